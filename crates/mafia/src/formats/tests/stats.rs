//! A player's statistics and page.

use jiff::civil::date;
use serde_json::{Value, json};

use crate::formats::Told;
use crate::formats::gomafia::read;
use crate::game::{Reason, TournamentStatus};
use crate::record::{RoleYear, TournamentKind};

use super::{fixture, games, players, refusals, told, tournaments, years};

/// The page with the value at this pointer set.
fn page_with(pointer: &str, value: Value) -> Told {
    let mut page: Value = serde_json::from_slice(&fixture("gomafia/stats_page.json")).unwrap();
    *page.pointer_mut(pointer).unwrap() = value;
    read(page.to_string().as_bytes())
}

fn role(games: i64, wins: i64, extra_milli: i64) -> RoleYear {
    RoleYear { games, win_percent: None, wins_min: wins, wins_max: wins, extra_milli: Some(extra_milli) }
}

#[test]
fn a_page_of_a_year_tells_the_player_with_his_elo_and_the_year_with_exact_wins() {
    let told = told("stats_page.json");
    assert_eq!(refusals(&told), []);
    let player = players(&told)[0];
    assert_eq!((player.id.as_str(), player.name.as_str()), ("900001", "Полынь"));
    assert_eq!((player.elo_milli, player.club.as_deref()), (Some(2_087_320), Some("68")));
    let year = years(&told)[0];
    assert_eq!((year.player.as_str(), year.year, year.extra_per_ten_milli), ("900001", 2025, Some(810)));
    assert_eq!((year.civilian, year.sheriff), (role(63, 19, 70), role(12, 3, 20)));
    assert_eq!((year.mafia, year.don), (role(17, 4, 50), role(11, 7, 250)));
}

#[test]
fn an_answer_that_does_not_tell_its_period_tells_no_year() {
    let told = told("stats_get.json");
    assert_eq!((players(&told).len(), years(&told).len(), refusals(&told).len()), (1, 0, 0));
}

#[test]
fn a_period_that_is_no_year_or_not_of_all_rated_games_tells_no_year() {
    for (pointer, value) in [
        ("/urlParams/tournamentType", json!("all")),
        ("/urlParams/gameType", json!("final")),
        ("/urlParams/period", json!(7)),
    ] {
        let told = page_with(pointer, value);
        assert_eq!((players(&told).len(), years(&told).len()), (1, 0), "{pointer}");
    }
    assert_eq!(years(&page_with("/urlParams/period", json!("2024")))[0].year, 2024);
}

#[test]
fn the_history_tells_tournaments_and_no_games() {
    let told = told("stats_page.json");
    assert_eq!(games(&told).len(), 0);
    let list = tournaments(&told);
    let ids: Vec<_> = list.iter().map(|one| (one.id.as_str(), one.kind, one.status)).collect();
    let expected = [
        ("gomafia.pro-7701", Some(TournamentKind::Individual), TournamentStatus::Unknown),
        ("gomafia.pro-7707", Some(TournamentKind::Team), TournamentStatus::Unknown),
    ];
    assert_eq!(ids, expected);
    assert_eq!((list[1].start, list[1].end), (Some(date(2025, 1, 10)), Some(date(2025, 1, 11))));
}

#[test]
fn the_page_is_the_same_in_its_wrapping_or_an_envelope() {
    let bare = told("stats_page.json");
    assert_eq!(told("stats_page_next_data.json"), bare);
    let page: Value = serde_json::from_slice(&fixture("gomafia/stats_page.json")).unwrap();
    for wrapped in [
        json!({ "result": "success", "data": page }),
        json!({ "__NEXT_DATA__": { "props": { "pageProps": { "serverData": page } } } }),
        json!({ "serverData": page }),
    ] {
        assert_eq!(read(wrapped.to_string().as_bytes()), bare);
    }
}

#[test]
fn personal_fields_of_a_page_are_in_nothing_that_is_told() {
    let all = format!("{:?}", page_with("/user/elo", json!("many")));
    for word in ["Тайна", "Секрет", "id7", "invalid"] {
        assert!(!all.contains(word), "{word} in {all}");
    }
    assert!(all.contains("NotANumber"));
}

#[test]
fn statistics_that_contradict_themselves_set_the_year_aside_and_keep_the_player() {
    for (pointer, value, reason, at) in [
        ("/stats/primary/total_games", json!(104), Reason::RoleSum, "/stats/primary/total_games"),
        ("/stats/win_rate/don/win/value", json!(12), Reason::OutOfRange, "/stats/win_rate/don/win/value"),
        ("/stats/primary/don", json!("eleven"), Reason::NotANumber, "/stats/primary/don"),
    ] {
        let told = page_with(pointer, value);
        assert_eq!((players(&told).len(), years(&told).len()), (1, 0), "{pointer}");
        assert!(refusals(&told).contains(&(reason, at)), "{pointer}: {:?}", refusals(&told));
    }
}

#[test]
fn empty_lists_stand_for_empty_objects() {
    let told = page_with("/stats/advanced_points", json!([]));
    assert_eq!((years(&told)[0].civilian.extra_milli, years(&told)[0].extra_per_ten_milli), (None, None));
    // Wins that are not told can be any.
    let told = page_with("/stats/win_rate", json!([]));
    assert_eq!((years(&told)[0].don.wins_min, years(&told)[0].don.wins_max), (0, 11));
}

#[test]
fn a_rate_without_the_wins_is_a_range() {
    let told = page_with("/stats/win_rate/red/win", json!({ "percent": "43" }));
    let civilian = years(&told)[0].civilian;
    assert_eq!((civilian.win_percent, civilian.wins_min, civilian.wins_max), (Some(43), 27, 27));
}
