//! A server and two viewers while time passes, commits come and sockets fill: what each viewer is told follows from
//! what it was told before and is true, and in the end nothing is missing.
//!
//! A line is a step; its first letter says which and, where it is a viewer's, whose: small is the first. A line
//! that is no step is a text that the first viewer sends.

#![no_main]

mod client;
#[path = "../../../crates/server/tests/common/mod.rs"]
#[expect(dead_code, reason = "rows here have an old amount too")]
mod common;
#[path = "../frames.rs"]
mod frames;
mod server;
mod truth;
mod viewer;

use std::time::Duration;

use client::Client;
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use server::{Server, notes};

const TOPICS: [&str; 8] = [
    "view:sums",
    "view:last",
    "view:system",
    "table:amounts",
    "table:amounts?n=gte.3",
    "table:notes",
    "view:sums?least=3",
    "view:nothing",
];
const CLASSES_MS: [u32; 4] = [0, 0, 100, 60_000];

struct World {
    server: Server,
    clients: [Client; 2],
}

impl World {
    fn step(&mut self, line: &[u8]) {
        let Self { server, clients: [first, second] } = self;
        let client = if line.first().is_some_and(u8::is_ascii_uppercase) { second } else { first };
        let topic = |topic: u8| TOPICS[usize::from(topic) % TOPICS.len()];
        let kind = line.first().map(u8::to_ascii_lowercase);
        match (kind.unwrap_or_default(), line.get(1..).unwrap_or_default()) {
            (b'j', &[of, class, ref rest @ ..]) => {
                // Somewhere in the log or ahead of it; or in another one.
                let offset = |byte: &u8| u64::from(*byte) % (server.hub.offset() + 2);
                let epoch = if rest.len() > 1 { "other" } else { server::EPOCH };
                let position = rest.first().map(|byte| json!({"epoch": epoch, "offset": offset(byte)}));
                let throttle_ms = CLASSES_MS[usize::from(class) % CLASSES_MS.len()];
                let join = json!({"throttle_ms": throttle_ms, "position": position});
                client.say(server, &json!(["1", "1", topic(of), "phx_join", join]).to_string());
            }
            (b'l', &[of]) => client.say(server, &json!([null, "2", topic(of), "phx_leave", {}]).to_string()),
            (b'r', &[of]) => {
                client.say(server, &json!([null, null, topic(of), "reset", {"reason": "gap"}]).to_string());
            }
            (b'h', b"") => client.hide(server, true),
            (b's', b"") => client.hide(server, false),
            (b'b', b"") => client.say(server, r#"[null,"3","phoenix","heartbeat",{}]"#),
            (b'p', payload) => client.ping(server, payload),
            (b'o', b"") => {
                client.give(server, |session| session.handle_other(server.now));
            }
            (b'm', &[mode]) => {
                let mode = if mode & 1 == 0 { "live" } else { "demo" };
                client.give(server, |session| session.handle_mode(server.now, mode));
            }
            (b'f', b"") => client.turn(server),
            (b'a', b"") => {
                client.ask(server);
            }
            (b'+', pairs) => server.commit(1, |truth, _| truth.changes(pairs.as_chunks().0)),
            (b'c', pairs) => {
                let pairs = pairs.as_chunks().0;
                server.commit(pairs.len(), |truth, n| truth.changes(&pairs[n..=n]));
            }
            (b'n', &[count]) => server.commit(1, |_, _| notes(u16::from(count) * 2).collect()),
            // More than go by before a quiet table is told so.
            (b'q', &[count]) => server.commit(usize::from(count) * 4, |_, _| Vec::new()),
            (b'v', &[number]) => server.observe(number % 4),
            (b'd', &[keep]) => server.trim(keep % 8),
            (b'w', &[time]) => self.wait(Duration::from_millis(u64::from(time) * u64::from(time))),
            (b't', b"") => self.tell(),
            (0, _) => self.settle(),
            _ => client.say(server, &String::from_utf8_lossy(line)),
        }
        self.server.flush();
    }

    fn wait(&mut self, time: Duration) {
        self.server.now.instant += time;
        self.server.now.wall_ms += u64::try_from(time.as_millis()).expect("a time");
        self.server.flush();
        self.clients.iter_mut().for_each(|client| client.look(&self.server));
    }

    /// The flushes under way reach everybody.
    fn tell(&mut self) {
        for class in self.server.untold() {
            self.clients.iter_mut().for_each(|client| client.tick(&self.server, class));
            self.server.told(class);
        }
    }

    /// Everything that is under way and can be done is done.
    fn settle(&mut self) {
        self.tell();
        for client in &mut self.clients {
            let mut asked = 0;
            while client.ask(&mut self.server) {
                asked += 1;
                assert!(asked < 10_000, "it never ends");
            }
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let server = Server::new();
    let clients = [Client::new(&server), Client::new(&server)];
    let mut world = World { server, clients };
    for line in bytes.split(|&byte| byte == b'\n').take(256) {
        world.step(line);
    }
    let World { server, clients } = &mut world;
    for client in clients {
        client.fill(server, false);
        client.hide(server, false);
    }
    // Longer than any class waits, once for what was under way and once for what came of it.
    for _ in 0..2 {
        world.settle();
        world.wait(Duration::from_secs(61));
    }
    world.settle();
    let World { mut server, clients } = world;
    clients.iter().for_each(|client| client.check(&server));
    clients.into_iter().for_each(|client| client.end(&mut server));
    assert_eq!(server.hub.groups(), 0, "nothing is left in the hub");
});
