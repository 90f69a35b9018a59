//! The recorded games, when their folder is told by `GOMAFIA_DATA_DIR`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the helpers of tests fail and tell like tests"
)]

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use mafia::game::{Flag, Game};
use mafia::row::{GameRow, RowChange};
use mafia::views::Views;
use serde_json::Value;

const FILES: [(&str, usize); 4] = [
    ("club_games.jsonl", 57),
    ("family_games.jsonl", 3308),
    ("family_games_undated.jsonl", 823),
    ("mafiauniverse_8238_games.jsonl", 120),
];

/// All games of all files with their lines; none when the folder is not told.
fn recorded() -> Option<Vec<(Game, String)>> {
    let Some(folder) = std::env::var_os("GOMAFIA_DATA_DIR") else {
        println!("skipped: GOMAFIA_DATA_DIR is not set");
        return None;
    };
    let mut games = Vec::new();
    for (file, expected) in FILES {
        let text = std::fs::read_to_string(Path::new(&folder).join(file)).unwrap();
        let before = games.len();
        for (n, line) in text.lines().enumerate() {
            let parsed = Game::parse(line).unwrap_or_else(|why| panic!("{file}:{}: {why:?}", n + 1));
            games.push((parsed.game, line.to_owned()));
        }
        assert_eq!(games.len() - before, expected, "{file}");
    }
    Some(games)
}

#[test]
fn recorded_games_all_parse_and_no_two_are_the_same() {
    let Some(games) = recorded() else { return };
    let identities: HashSet<_> = games.iter().map(|(game, _)| game.identity()).collect();
    let ids: HashSet<_> = games.iter().map(|(game, _)| game.id()).collect();
    let digests: HashSet<_> = games.iter().map(|(game, _)| game.digest()).collect();
    assert_eq!((identities.len(), ids.len(), digests.len()), (4308, 4308, 4308));
}

#[test]
fn recorded_games_are_given_back_as_they_were_posted() {
    let Some(games) = recorded() else { return };
    for (game, line) in games {
        let posted: Value = serde_json::from_str(&line).unwrap();
        let answer = game.to_json("g1");
        for (key, value) in posted.as_object().unwrap() {
            assert!(same(&answer[key], value), "{key} of {line}");
        }
        assert_eq!(answer.as_object().unwrap().len(), posted.as_object().unwrap().len() + 3);
        assert_eq!(Game::parse(&answer.to_string()).unwrap().game, game);
    }
}

/// Equality in which 1 and 1.0 are the same number.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

#[test]
fn recorded_oddities_are_those_that_the_data_tells() {
    let Some(games) = recorded() else { return };
    let mut counts: BTreeMap<Flag, usize> = BTreeMap::new();
    for (game, line) in &games {
        for flag in game.flags() {
            *counts.entry(flag).or_default() += 1;
        }
        let posted: Value = serde_json::from_str(line).unwrap();
        assert_eq!(game.winner.is_none(), posted["winner"].is_null());
        assert_eq!(game.date.is_none(), posted["date"].is_null());
    }
    assert_eq!(counts.get(&Flag::Unrated), Some(&550));
    assert_eq!(counts.get(&Flag::NoDate), Some(&823));
    // In seven unrated games every seat is told to have won.
    assert_eq!(counts.get(&Flag::WonMismatch), Some(&7));
}

#[test]
fn recorded_games_fold_to_the_same_views_from_the_last_to_the_first_and_at_once() {
    let Some(games) = recorded() else { return };
    let mut players = BTreeMap::new();
    let mut changes = Vec::new();
    for (n, (game, _)) in games.iter().enumerate() {
        let ids: Vec<Option<i64>> = game
            .seats
            .iter()
            .map(|seat| {
                let next = i64::try_from(players.len()).unwrap();
                seat.player_key(&game.source).map(|key| *players.entry(key).or_insert(next))
            })
            .collect();
        let row = GameRow::of(game, &game.id(), &ids, n as u64 + 1);
        changes.push(RowChange::Game { old: None, new: Some(row) });
    }
    let mut at_once = Views::new();
    at_once.fold(&changes);
    let mut backwards = Views::new();
    for commit in changes.rchunks(211) {
        backwards.fold(commit);
    }
    for name in Views::NAMES {
        assert_eq!(backwards.state(name), at_once.state(name), "{name}");
    }
    let metrics = at_once.state("metrics").unwrap();
    assert_eq!(metrics.get("games"), Some(&Value::from(4308)));
    assert_eq!(metrics.get("games_rated"), Some(&Value::from(4308 - 550)));
    assert_eq!(metrics.get("players"), Some(&Value::from(players.len())));
}
