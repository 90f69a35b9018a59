//! What the store promises, on real files.

mod documented;
mod imports;
mod joins;
mod migration;
mod records;
mod recount;
mod scores;
mod tables;
mod writes;

use changelog::{Changelog, Commit, Read};
use mafia::game::{Game, Tournament};
use mafia::row::RowChange;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{SqliteLog, Store};

/// A store on a file of its own.
struct Subject {
    folder: TempDir,
    store: Store,
}

impl Subject {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db")).unwrap();
        Self { folder, store }
    }

    fn commits(&self) -> Vec<Commit> {
        let mut log = SqliteLog::open(&self.folder.path().join("a.db"), std::sync::Arc::default()).unwrap();
        match log.read_after(0, 10_000).unwrap() {
            Read::Commits(commits) => commits,
            Read::Expired { oldest } => panic!("expired up to {oldest}"),
        }
    }

    fn offset(&mut self) -> u64 {
        self.store.position().unwrap().offset
    }

    /// The states of all views as JSON.
    fn states(&mut self) -> Value {
        let (_, views) = self.store.views().unwrap();
        states_of(&views)
    }
}

fn states_of(views: &mafia::views::Views) -> Value {
    let state = |name| json!(views.state(name).unwrap().entries());
    json!({ "activity": state("activity"), "metrics": state("metrics") })
}

/// The stored game without the scores that the answer adds.
fn unscored(subject: &mut Subject, id: &str) -> Option<Value> {
    let mut answer = subject.store.game(id).unwrap()?;
    for player in answer["players"].as_array_mut().unwrap() {
        player.as_object_mut().unwrap().remove("score");
    }
    Some(answer)
}

fn rows(commit: &Commit) -> Vec<RowChange> {
    let decode = |change: &changelog::Change| {
        RowChange::decode(&change.table, change.new.as_deref(), change.old.as_deref()).unwrap()
    };
    commit.changes.iter().map(decode).collect()
}

fn game(value: &Value) -> Game {
    Game::parse(&value.to_string()).unwrap().game
}

fn tournament(id: &str, value: &Value) -> Tournament {
    Tournament::parse(id, &value.to_string()).unwrap()
}

/// A full table, seats 1 to 10: `p1` to `p10`, the last three black.
fn posted(number: i64) -> Value {
    let role = |seat| match seat {
        1 => "sheriff",
        8 | 9 => "mafia",
        10 => "don",
        _ => "civilian",
    };
    let players: Vec<Value> = (1..=10)
        .map(|seat| json!({ "seat": seat, "name": format!("p{seat}"), "role": role(seat) }))
        .collect();
    json!({
        "source": "club", "date": "2026-03-01", "time": "19:30", "game_no": number,
        "winner": "town", "players": players,
    })
}
