//! A document: its games come back from their own JSON, its pointers lead into it, and no personal
//! field is in what is told.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mafia::formats::gomafia;
use mafia::game::{Game, Reason};
use mafia::record::{Record, RoleYear};
use serde_json::Value;

/// A value that only personal fields have.
const SECRET: &str = "s3cr3t";

fuzz_target!(|text: &[u8]| {
    check(text);
    // The same with a personal field in every object.
    if let Ok(mut value) = serde_json::from_slice::<Value>(text)
        && !String::from_utf8_lossy(text).contains(SECRET)
    {
        mark(&mut value);
        let marked = value.to_string();
        let told = gomafia::read(marked.as_bytes());
        assert!(!format!("{told:?}").contains(SECRET));
    }
});

fn check(text: &[u8]) {
    let told = gomafia::read(text);
    for record in &told.records {
        match record {
            Record::Game(game) => {
                let again = Game::parse(&game.to_json("g1").to_string()).map(|parsed| parsed.game);
                assert_eq!(again.as_ref(), Ok(game));
            }
            Record::PlayerYear(year) => {
                [year.civilian, year.sheriff, year.mafia, year.don].into_iter().for_each(check_role);
            }
            Record::Tournament(tournament) => {
                assert!(tournament.id.starts_with("gomafia.pro-"));
                assert!(
                    tournament.start.is_none()
                        || tournament.end.is_none()
                        || tournament.start <= tournament.end
                );
            }
            Record::Player(player) => assert!(!player.id.is_empty()),
            Record::Club(club) => assert!(!club.id.is_empty()),
        }
    }
    let document: Option<Value> =
        serde_json::from_slice(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)).ok();
    for refused in &told.refused {
        assert!(!refused.rejections.is_empty());
        let is_broken = refused.rejections.iter().any(|one| one.reason == Reason::NotJson);
        assert_eq!(is_broken, document.is_none());
    }
    for disagreement in &told.disagreements {
        let place = document.as_ref().and_then(|document| document.pointer(&disagreement.pointer));
        assert!(place.is_some() || disagreement.pointer.ends_with("/login"), "{}", disagreement.pointer);
    }
}

fn check_role(role: RoleYear) {
    assert!(0 <= role.wins_min && role.wins_min <= role.wins_max && role.wins_max <= role.games);
}

fn mark(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(mark);
            fields.insert("first_name".to_owned(), Value::from(SECRET));
            fields.insert("vkId".to_owned(), Value::from(SECRET));
        }
        Value::Array(items) => items.iter_mut().for_each(mark),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
