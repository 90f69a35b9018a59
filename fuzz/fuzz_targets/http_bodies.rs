//! A body of a posted game or tournament: what is accepted comes back from its own JSON as the same, and what
//! is refused names where.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mafia::game::{Game, Reason, Rejection, Tournament};
use mafia::row::TournamentRow;
use serde_json::Value;

const ID: &str = "t-1";

fuzz_target!(|body: &str| {
    match Game::parse(body) {
        Ok(parsed) => {
            let id = parsed.id.clone().unwrap_or_else(|| parsed.game.id());
            let again = Game::parse(&parsed.game.to_json(&id).to_string()).expect("its own JSON is accepted");
            assert_eq!((again.id, &again.game), (Some(id), &parsed.game));
            assert_eq!(again.game.digest(), parsed.game.digest());
        }
        Err(rejections) => check(&rejections),
    }
    match Tournament::parse(ID, body) {
        Ok(tournament) => {
            let answer = Value::Object(row(&tournament).to_json()).to_string();
            let again = Tournament::parse(ID, &answer).expect("its own JSON is accepted");
            // Aliases are no part of the answer.
            assert_eq!(again, Tournament { aliases: Vec::new(), ..tournament });
        }
        Err(rejections) => check(&rejections),
    }
});

/// Only what is no object at all is refused as a whole.
fn check(rejections: &[Rejection]) {
    assert!(!rejections.is_empty());
    for refused in rejections {
        let is_whole =
            matches!(refused.reason, Reason::NotJson | Reason::NotAnObject) && refused.pointer.is_empty();
        assert!(is_whole || refused.pointer.starts_with('/'), "{refused:?}");
    }
}

/// The row that the store keeps of it.
fn row(told: &Tournament) -> TournamentRow {
    let told = told.clone();
    TournamentRow {
        id: told.id,
        source: told.source,
        title: told.title,
        status: told.status,
        start: told.start,
        end: told.end,
        planned_rounds: told.planned_rounds,
        kind: told.kind,
        country: told.country,
        city: told.city,
        stars: told.stars,
        elo_average_milli: told.elo_average_milli,
        status_word: told.status_word,
        offset: None,
    }
}
