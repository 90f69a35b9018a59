//! A connection in every situation: a driver in a played world, and a small server that is played too.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use realtime_leptos::{Realtime, RealtimeConfig};
use realtime_manager::{Config, Input, Instant, Recovery};
use realtime_protocol::Topic;
use realtime_protocol::close::CloseCode;
use realtime_web::{PlayedServer, Script};
use serde_json::{Value, json};

/// Decides all chance, so that every visit shows the same.
const SEED: u64 = 7;

/// Whatever is asked is answered within such a step, which is the round trip that is shown.
const STEP: Duration = Duration::from_millis(31);
/// Between two beats of the server.
const BEAT: Duration = Duration::from_secs(2);
/// Days in the charts.
const DAYS: u32 = 20;

/// What happens before a page is looked at; the name stands in the address.
pub(crate) type Situation = (&'static str, fn(&World));

/// All situations of a connection.
pub(crate) const SITUATIONS: [Situation; 12] = [
    ("live", World::live),
    ("updating", World::updating),
    ("connecting", |world| world.pass(2)),
    ("reconnecting", World::reconnecting),
    ("trying", World::trying),
    ("error", World::gave_up),
    ("refused", World::refused),
    ("disconnected", World::disconnected),
    ("paused", World::paused),
    ("topic-refused", World::topic_refused),
    ("unreadable", World::unreadable),
    ("restored", World::restored),
];

/// Their names, for a page that is shown in all of them.
pub(crate) const NAMES: [&str; SITUATIONS.len()] = {
    let mut names = [""; SITUATIONS.len()];
    let mut at = 0;
    while at < SITUATIONS.len() {
        names[at] = SITUATIONS[at].0;
        at += 1;
    }
    names
};

/// A played world with its server.
pub(crate) struct World {
    script: Rc<Script>,
    server: PlayedServer,
    games: Cell<u32>,
    beat_due: Cell<Instant>,
}

/// Draws `view` below a provider, then lets happen what leads to the state.
pub(crate) fn shown_in(state: &'static str, view: impl FnOnce() -> AnyView) -> AnyView {
    let script = Script::new(SEED);
    let recovery = Recovery { jitter: false, ..Recovery::default() };
    let config = RealtimeConfig { manager: Config { recovery, ..Config::default() } };
    let Ok(realtime) = Realtime::scripted(config, &script) else { return ().into_any() };
    realtime.provide();
    let server = PlayedServer::new(script.clone());
    let world = World { script, server, games: Cell::new(12_480), beat_due: Cell::default() };
    let world = StoredValue::new_local(world);
    provide_context(world);
    let view = view();
    world.with_value(|world| {
        world.fill();
        if let Some((_, play)) = SITUATIONS.iter().find(|(name, _)| *name == state) {
            play(world);
        }
    });
    view
}

/// For a control of the page that is drawn: lets one game more come.
pub(crate) fn next_game() -> impl Fn() + 'static {
    let world = use_context::<StoredValue<World, LocalStorage>>();
    move || {
        if let Some(world) = world {
            world.with_value(|world| {
                world.commit();
                world.pass(1);
            });
        }
    }
}

impl World {
    fn live(&self) {
        self.answer_the_door();
        for _ in 0..45 {
            self.pass(2);
            self.commit();
        }
        self.pass(3);
    }

    fn updating(&self) {
        self.live();
        self.commit();
    }

    fn reconnecting(&self) {
        self.live();
        self.lose();
        // A loss is told once it is two seconds old, and the second retry is made later than that.
        for _ in 0..2 {
            self.refuse_the_door();
        }
        self.pass(1);
    }

    fn trying(&self) {
        self.live();
        self.lose();
        self.script.advance(Duration::from_millis(1_500));
    }

    fn gave_up(&self) {
        self.live();
        self.lose();
        for _ in 0..5 {
            self.refuse_the_door();
        }
        self.pass(3);
    }

    fn refused(&self) {
        self.live();
        self.close(Some(CloseCode::FORBIDDEN), "not in this hall");
        self.pass(3);
    }

    fn disconnected(&self) {
        self.live();
        self.with_driver_of_the_viewer(|connection| connection.disconnect.run(()));
        self.pass(65);
    }

    fn paused(&self) {
        self.live();
        self.with_driver_of_the_viewer(|connection| connection.set_live.run(false));
        self.pass(65);
    }

    fn topic_refused(&self) {
        for topic in topics().into_iter().flatten() {
            self.server.refuse(&topic, "unknown_topic: there is no such view");
        }
        self.answer_the_door();
        self.pass(3);
    }

    fn unreadable(&self) {
        self.live();
        self.server.receive(r#"[null,null,"view:metrics","delta",{"from":"many"}]"#);
        self.server.receive("not a message");
        self.pass(1);
    }

    fn restored(&self) {
        self.reconnecting();
        self.commit();
        self.answer_the_door();
        self.pass(1);
    }

    fn with_driver_of_the_viewer(&self, act: impl FnOnce(realtime_leptos::UseConnection)) {
        if let Ok(connection) = realtime_leptos::use_realtime_connection() {
            act(connection);
        }
    }

    /// The socket that is wanted opens, now or when the next attempt comes, and the server answers.
    fn answer_the_door(&self) {
        if let Some(attempt) = self.next_attempt() {
            self.script.input(Input::Opened(attempt));
            self.script.advance(STEP);
            self.server.answer();
        }
    }

    fn refuse_the_door(&self) {
        if self.next_attempt().is_some() {
            self.lose();
        }
    }

    fn next_attempt(&self) -> Option<realtime_manager::Attempt> {
        for _ in 0..60 {
            if self.script.attempt().is_some() {
                break;
            }
            self.script.advance(Duration::from_secs(1));
        }
        self.script.attempt()
    }

    fn lose(&self) {
        self.server.lose();
    }

    fn close(&self, code: Option<CloseCode>, reason: &str) {
        if let Some(attempt) = self.script.attempt() {
            self.script.input(Input::Closed(attempt, code, reason));
        }
    }

    /// Lets seconds pass in which the server answers and beats.
    fn pass(&self, seconds: u64) {
        let end = self.script.now() + Duration::from_secs(seconds);
        while self.script.now() < end {
            if self.script.now() < self.beat_due.get() {
                self.script.advance(STEP);
                self.server.answer();
            } else {
                self.server.pass(STEP);
                self.beat_due.set(self.script.now() + BEAT);
            }
        }
    }

    fn fill(&self) {
        let [metrics, activity] = topics();
        let games = self.games.get();
        if let Some(metrics) = metrics {
            let days: Vec<_> = (1..=DAYS)
                .map(|day| (format!("games_by_day/2026-04-{day:02}"), json!(day * 7 % 11)))
                .collect();
            let days = days.iter().map(|(key, games)| (key.as_str(), games.clone()));
            let figures = [
                ("games", json!(games)),
                ("games_rated", json!(games - 80)),
                ("players", json!(641)),
                ("rating", json!({"kind": "local", "mean_milli": 1_512_250, "n": 641})),
                ("tournaments_running", json!(3)),
            ];
            self.server.set(&metrics, &figures.into_iter().chain(days).collect::<Vec<_>>());
        }
        if let Some(activity) = activity {
            let entries: Vec<_> = (games - 12..=games).map(entry).collect();
            let entries: Vec<_> = entries.iter().map(|(key, entry)| (key.as_str(), entry.clone())).collect();
            self.server.set(&activity, &entries);
        }
    }

    /// One game more.
    fn commit(&self) {
        let games = self.games.get() + 1;
        self.games.set(games);
        let [metrics, activity] = topics();
        if let Some(metrics) = metrics {
            self.server.put(&metrics, &[("games", json!(games)), ("games_rated", json!(games - 80))]);
        }
        if let Some(activity) = activity {
            let (key, entry) = entry(games);
            self.server.put(&activity, &[(&key, entry)]);
        }
    }
}

/// The topics that components of the gallery follow: figures, and what happened.
fn topics() -> [Option<Topic>; 2] {
    ["metrics", "activity"].map(|name| Topic::view(name).ok())
}

fn entry(game: u32) -> (String, Value) {
    let entry = json!({
        "kind": "game", "id": game.to_string(), "offset": game, "at": "2025-12-31T23:58:00Z",
        "title": "Кубок «Ночь» · 3", "winner": "town", "status": "finished", "players": 10, "corrected": false,
    });
    (format!("game:{game}"), entry)
}
