//! A provider in a played world, for the tests of the hooks.

use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use realtime_manager::{Config, Recovery};
use realtime_protocol::Topic;
use realtime_web::{PlayedServer, Script};
use serde_json::Value;

use crate::{Realtime, RealtimeConfig};

/// Script, server and the owner of everything.
pub(crate) struct Played {
    pub(crate) script: Rc<Script>,
    pub(crate) server: PlayedServer,
    pub(crate) owner: Owner,
}

pub(crate) fn view(name: &str) -> Topic {
    Topic::view(name).unwrap()
}

pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl Played {
    /// A provider that wants to connect; nobody has answered yet.
    pub(crate) fn new() -> Self {
        // Effects need somebody who runs them; a second call finds the first one's.
        _ = any_spawner::Executor::init_futures_executor();
        let script = Script::new(1);
        let server = PlayedServer::new(script.clone());
        let owner = Owner::new();
        let recovery = Recovery { jitter: false, ..Recovery::default() };
        let config = RealtimeConfig { manager: Config { recovery, ..Config::default() } };
        owner.with(|| Realtime::scripted(config, &script).unwrap().provide());
        Self { script, server, owner }
    }

    /// The same, connected.
    pub(crate) fn connected() -> Self {
        let played = Self::new();
        played.server.accept();
        played
    }

    /// Runs inside of the provider.
    pub(crate) fn within<T>(&self, act: impl FnOnce() -> T) -> T {
        let result = self.owner.with(act);
        self.settle();
        result
    }

    /// Lets effects run, and the server answer what comes of them.
    pub(crate) fn settle(&self) {
        any_spawner::Executor::poll_local();
        self.server.answer();
        any_spawner::Executor::poll_local();
    }

    /// One commit, and time for it to arrive.
    pub(crate) fn put(&self, topic: &Topic, entries: &[(&str, Value)]) {
        self.server.put(topic, entries);
        self.server.pass(secs(1));
        self.settle();
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.settle();
        self.server.pass(time);
        self.settle();
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        self.owner.cleanup();
    }
}
