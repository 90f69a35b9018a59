//! The hooks of the page in a played world.

use std::time::Duration;

use leptos::prelude::*;
use realtime_leptos::{Realtime, RealtimeConfig};
use realtime_manager::Cut;
use realtime_protocol::Topic;
use realtime_web::{PlayedServer, Script};
use serde_json::json;

use super::*;
use crate::entries::EntryKind;
use crate::figures::Reading;

fn connected() -> (Owner, PlayedServer) {
    _ = any_spawner::Executor::init_futures_executor();
    let script = Script::new(1);
    let owner = Owner::new();
    owner.with(|| Realtime::scripted(RealtimeConfig::default(), &script).unwrap().provide());
    let server = PlayedServer::new(script);
    server.accept();
    (owner, server)
}

fn put(server: &PlayedServer, topic: &Topic, entries: &[(&str, serde_json::Value)]) {
    server.put(topic, entries);
    server.pass(Duration::from_secs(1));
}

#[test]
fn each_figure_is_read_by_itself() {
    let (owner, server) = connected();
    let topic = Topic::view("metrics").unwrap();
    server.set(&topic, &[("games", json!(7)), ("players", json!(20)), ("tournaments_running", json!(1))]);
    let metrics = owner.with(|| use_realtime_dashboard_metrics().unwrap());
    assert_eq!((metrics.games.get_untracked(), metrics.as_of.get_untracked()), (None, None));
    server.answer();
    assert_eq!(metrics.games.get_untracked(), Some(Reading::Count(7)));
    assert_eq!(metrics.rating.get_untracked(), None);
    put(&server, &topic, &[("games", json!(8))]);
    assert_eq!(metrics.games.get_untracked(), Some(Reading::Count(8)));
    assert_eq!(metrics.players.get_untracked(), Some(Reading::Count(20)));
    assert_eq!(metrics.status.updates.get_untracked(), 2);
    assert_eq!(metrics.as_of.get_untracked(), metrics.status.last_updated.get_untracked());
    owner.cleanup();
}

#[test]
fn the_feed_shows_the_newest_of_the_wanted_kinds_and_counts_what_is_new() {
    let (owner, server) = connected();
    let topic = Topic::view("activity").unwrap();
    let part = Topic::parse("view:activity?kind=game&limit=3").unwrap();
    let game = |offset: u64| json!({"offset": offset, "title": "Cup", "status": "finished", "players": 10});
    let import = json!({"offset": 3, "title": "f.jsonl", "games": 57});
    server.set(&topic, &[("game:a", game(1)), ("game:b", game(2)), ("import:1", import), ("odd", json!(1))]);
    server.set(&part, &[("game:a", game(1)), ("game:b", game(2))]);
    let (games, all) = owner.with(|| {
        let games = use_realtime_activity_feed(2, &[EntryKind::Game]).unwrap();
        (games, use_realtime_activity_feed(100, &EntryKind::ALL).unwrap())
    });
    assert_eq!(all.entries.get_untracked(), None);
    server.answer();
    let ids = |feed: UseActivityFeed| -> Vec<String> {
        let entries = feed.entries.get_untracked().unwrap_or_default();
        entries.into_iter().map(|entry| entry.id).collect()
    };
    assert_eq!(ids(all), ["1", "b", "a"]);
    assert_eq!((ids(games).join(" "), games.cut_by.get_untracked()), ("b a".to_owned(), None));
    put(&server, &part, &[("game:c", game(4))]);
    assert_eq!((ids(games).join(" "), games.cut_by.get_untracked()), ("c b".to_owned(), Some(Cut::Entries)));
    assert_eq!(all.unseen.get_untracked(), 0);
    put(&server, &topic, &[("game:c", game(4))]);
    assert_eq!((ids(all).len(), all.unseen.get_untracked()), (4, 1));
    all.mark_seen.run(());
    assert_eq!(all.unseen.get_untracked(), 0);
    owner.cleanup();
}
