//! A filter finds the same rows in the log, as they are shown, as in the tables by SQL.

use std::collections::BTreeMap;

use changelog::{Changelog as _, Commit, Read};
use mafia::game::Game;
use proptest::prelude::*;
use realtime_protocol::Topic;
use realtime_server::Selection;
use serde_json::json;
use store_sqlite::{SqliteLog, Store, TableQuery};

use super::*;

/// Names that are hard on a filter.
const NAMES: [&str; 8] = ["Кубок", "кубок «Ёж»", "50%_*", "a,\"b\")", "[x]\\y", "🎭 & 🦊", "not.eq.1", " + "];

/// One posted game.
#[derive(Debug, Clone)]
struct Posted {
    id: u8,
    tournament: Option<usize>,
    round: Option<i64>,
    day: Option<u8>,
    winner: Option<usize>,
    is_running: bool,
}

fn posted() -> impl Strategy<Value = Posted> {
    let fields = (
        0..8_u8,
        prop::option::weighted(0.8, 0..NAMES.len()),
        prop::option::of(0..12_i64),
        prop::option::of(1..=9_u8),
        prop::option::weighted(0.9, 0..3_usize),
        prop::bool::weighted(0.2),
    );
    fields.prop_map(|(id, tournament, round, day, winner, is_running)| Posted {
        id,
        tournament,
        round,
        day,
        winner,
        is_running,
    })
}

/// A condition as it is written, column and text.
fn condition() -> impl Strategy<Value = (&'static str, String)> {
    let name = || prop::sample::select(&NAMES[..]);
    let part = prop::sample::select(&["%", "_", "куб", "Ё", "\\%", "\\\\", "*", "[", "?", "🎭", "x]"][..]);
    let quoted = |name: &str| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    let text = prop_oneof![
        ("eq|neq|lt|gte|isdistinct", name()).prop_map(|(op, name)| format!("{op}.{name}")),
        prop::collection::vec(name(), 1..4).prop_map(move |names| {
            format!("in.({})", names.into_iter().map(quoted).collect::<Vec<_>>().join(","))
        }),
        ("like|ilike", prop::collection::vec(part, 1..4))
            .prop_map(|(op, parts)| format!("{op}.%{}%", parts.concat())),
        Just("is.null".to_owned()),
    ];
    let integer = ("eq|neq|lt|lte|gt|gte|isdistinct", -1..12_i64).prop_map(|(op, n)| format!("{op}.{n}"));
    let day = ("eq|lt|gt", 1..=9_u8).prop_map(|(op, day)| format!("{op}.2026-03-0{day}"));
    let winner = prop_oneof![
        "(eq|neq|gt|isdistinct)[.](town|mafia|draw)",
        "in[.][(](town|mafia),(draw|mafia)[)]",
        Just("is.null".to_owned()),
    ];
    let truth = "(eq|neq|lte)[.](true|false)|is[.](true|false|unknown|not_null)";
    let condition = prop_oneof![
        text.prop_map(|text| ("tournament", text)),
        integer.prop_map(|text| ("round", text)),
        day.prop_map(|text| ("date", text)),
        winner.prop_map(|text| ("winner", text)),
        "(eq|lt)[.](finished|running)".prop_map(|text| ("status", text)),
        truth.prop_map(|text| ("corrected", text)),
        "g[0-7]".prop_map(|id| ("id", format!("gt.{id}"))),
    ];
    (condition, prop::bool::weighted(0.3)).prop_map(|((column, text), is_negated)| {
        (column, if is_negated { format!("not.{text}") } else { text })
    })
}

fn post(store: &mut Store, game: &Posted) {
    let players: Vec<Value> =
        (1..=10).map(|seat| json!({"seat": seat, "name": format!("p{seat}"), "role": "civilian"})).collect();
    let body = json!({
        "source": "club",
        "tournament": game.tournament.map(|n| NAMES[n]),
        "round": game.round,
        "date": game.day.map(|day| format!("2026-03-0{day}")),
        // Its own, so that no game is another.
        "game_no": game.id,
        "winner": game.winner.map(|n| ["town", "mafia", "draw"][n]),
        "status": if game.is_running { "running" } else { "finished" },
        "players": players,
    });
    let body = Game::parse(&body.to_string()).unwrap().game;
    // Whoever clashes with another game is refused, and nothing has happened.
    if store.put_game(&format!("g{}", game.id), &body).is_err() {}
}

fn commits(log: &mut SqliteLog) -> Vec<Commit> {
    match log.read_after(0, 10_000).unwrap() {
        Read::Commits(commits) => commits,
        Read::Expired { oldest } => unreachable!("expired up to {oldest}"),
    }
}

/// The topic of a filter, encoded as little as possible.
fn topic(conditions: &[(&str, String)]) -> Topic {
    let encoded = |text: &str| text.replace('%', "%25").replace('&', "%26");
    let query: Vec<_> =
        conditions.iter().map(|(column, text)| format!("{column}={}", encoded(text))).collect();
    Topic::parse(&format!("table:games?{}", query.join("&"))).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Behaviour: B34 — broken by: a name in a topic is compared as it is encoded
    #[test]
    fn a_filter_finds_the_same_rows_as_they_are_shown_as_sql_finds_in_the_tables(
        games in prop::collection::vec(posted(), 1..30),
        filters in prop::collection::vec(prop::collection::vec(condition(), 1..4), 40),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let mut store = Store::open(&path).unwrap();
        games.iter().for_each(|game| post(&mut store, game));
        let mut rows = BTreeMap::new();
        for change in commits(&mut SqliteLog::open(&path, std::sync::Arc::default()).unwrap())
            .iter()
            .flat_map(|commit| &commit.changes)
            .filter(|change| change.table == "games")
        {
            let shown = change.new.as_ref().map(|text| LiveTables.row("games", text).unwrap());
            match shown {
                Some(shown) => rows.insert(change.key.clone(), shown),
                None => rows.remove(&change.key),
            };
        }
        for filter in &filters {
            let selection = Selection::parse(&LiveTables, &topic(filter)).unwrap();
            let selected: Vec<_> = rows.iter().filter(|(_, row)| selection.takes(row)).map(|(id, _)| id).collect();
            let pairs = filter.iter().map(|(column, text)| ((*column).to_owned(), text.clone()));
            let page = store.rows(&TableQuery::parse("games", pairs).unwrap()).unwrap();
            let found: Vec<_> = page.rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
            prop_assert_eq!(selected, found, "{:?}", filter);
        }
    }
}

/// Behaviour: B35 — broken by: a filter is applied to the row as it stands in the log
#[test]
fn no_filter_finds_the_winner_of_a_game_that_is_running() {
    let stored = json!({"id": "g", "status": "running", "winner": "town", "flags": ["odd_roles"]});
    let shown = LiveTables.row("games", &stored.to_string()).unwrap();
    let takes = |query: &str| {
        let topic = Topic::parse(&format!("table:games?{query}")).unwrap();
        Selection::parse(&LiveTables, &topic).unwrap().takes(&shown)
    };
    assert!(takes("status=eq.running") && takes("winner=is.null"));
    for query in
        ["winner=eq.town", "winner=not.eq.mafia", "winner=in.(town,mafia,draw)", "winner=is.not_null"]
    {
        assert!(!takes(query), "{query}");
    }
}
