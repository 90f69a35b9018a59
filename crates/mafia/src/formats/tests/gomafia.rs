//! Tournaments, players and clubs of gomafia.pro.

use jiff::civil::date;
use serde_json::{Value, json};

use crate::formats::gomafia::read;
use crate::game::{Flag, Game, GameStatus, Reason, Role, TournamentStatus, Winner};
use crate::record::TournamentKind;

use super::{clubs, fixture, games, players, refusals, told, tournaments};

#[test]
fn a_tournament_is_read_before_its_games() {
    let told = told("tournament_get.json");
    assert_eq!(refusals(&told), []);
    let tournament = tournaments(&told)[0];
    assert!(matches!(told.records[0], crate::record::Record::Tournament(_)));
    assert_eq!((tournament.id.as_str(), tournament.source.as_str()), ("gomafia.pro-7701", "gomafia.pro"));
    assert_eq!(tournament.title, "Кубок Полярной совы");
    assert_eq!((tournament.status, &tournament.status_word), (TournamentStatus::Finished, &None));
    assert_eq!((tournament.kind, tournament.stars), (Some(TournamentKind::Individual), Some(3)));
    assert_eq!(tournament.elo_average_milli, Some(1_512_400));
    assert_eq!(
        (tournament.country.as_deref(), tournament.city.as_deref()),
        (Some("Россия"), Some("Полярный"))
    );
}

#[test]
fn days_in_two_forms_and_in_the_wrong_order_are_put_in_order() {
    let told = told("tournament_get.json");
    let tournament = tournaments(&told)[0];
    assert_eq!((tournament.start, tournament.end), (Some(date(2025, 3, 15)), Some(date(2025, 3, 16))));
    assert!(games(&told).iter().all(|game| game.date == Some(date(2025, 3, 15))));
}

#[test]
fn a_game_is_known_by_tournament_round_and_table_in_either_style_of_keys() {
    let told = told("tournament_get.json");
    let places: Vec<_> = games(&told).iter().map(|game| (game.round, game.table)).collect();
    let expected = [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2)].map(|(a, b)| (Some(a), Some(b)));
    assert_eq!(places, expected);
    for game in games(&told) {
        assert_eq!((game.source.as_str(), game.tournament_id.as_deref()), ("gomafia.pro", Some("7701")));
        assert_eq!(game.tournament.as_deref(), Some("Кубок Полярной совы"));
        assert_eq!(game.referee.as_deref(), Some("Судья Тихий"));
    }
}

#[test]
fn each_word_for_a_winner_is_read_and_null_is_none() {
    let told = told("tournament_get.json");
    let winners: Vec<_> = games(&told).iter().map(|game| game.winner).collect();
    let expected = [
        Some(Winner::Town),
        Some(Winner::Mafia),
        Some(Winner::Town),
        Some(Winner::Mafia),
        None,
        Some(Winner::Draw),
    ];
    assert_eq!(winners, expected);
}

#[test]
fn a_seat_has_its_number_player_role_points_and_elo() {
    let told = told("tournament_get.json");
    let games = games(&told);
    let seat = &games[0].seats[0];
    assert_eq!((seat.seat, seat.name.as_str(), seat.player_id.as_deref()), (1, "Полынь", Some("900001")));
    assert_eq!((seat.role, seat.points.total), (Some(Role::Civilian), Some(1300)));
    assert_eq!(seat.extra.as_deref(), Some(r#"{"elo":1500.5,"elo_delta":7}"#));
    let roles: Vec<_> = games[0].seats.iter().filter_map(|seat| seat.role).collect();
    assert_eq!((roles[1], roles[3], roles[5]), (Role::Mafia, Role::Sheriff, Role::Don));
    // Ids, seats and points told as texts are the same numbers.
    assert_eq!((games[2].seats[1].seat, games[2].seats[1].player_id.as_deref()), (2, Some("900002")));
    assert_eq!(games[3].seats[0].points.total, Some(-400));
    assert!(games[3].flags().contains(&Flag::EmptyName));
}

#[test]
fn a_game_comes_back_from_its_own_json_as_it_is() {
    for file in ["tournament_get.json", "tournament_get_contradiction.json"] {
        for game in games(&told(file)) {
            let again = Game::parse(&game.to_json("g1").to_string()).unwrap();
            assert_eq!(&again.game, game);
        }
    }
}

#[test]
fn a_seating_without_result_is_open_while_the_tournament_goes_on() {
    let mut document: Value = serde_json::from_slice(&fixture("gomafia/tournament_get.json")).unwrap();
    assert_eq!(games(&told("tournament_get.json"))[4].status, GameStatus::Finished);
    document["data"]["tournament"]["status"] = json!("В процессе");
    let told = read(document.to_string().as_bytes());
    let running = games(&told).iter().filter(|game| game.status == GameStatus::Running).count();
    assert_eq!((running, games(&told)[4].status), (1, GameStatus::Running));
}

#[test]
fn what_refuses_a_game_is_told_where_it_stands_in_the_document() {
    let told = told("tournament_get_refused.json");
    let expected = [
        (Reason::UnknownWinner, "/data/games/0/game/0/win"),
        (Reason::UnknownRole, "/data/games/0/game/1/table/3/role"),
        (Reason::SeatTwice, "/data/games/1/game/0/table/4/place"),
        (Reason::NotANumber, "/data/games/1/game/1/table/5/points"),
    ];
    assert_eq!(refusals(&told), expected);
    assert_eq!((games(&told).len(), tournaments(&told).len()), (0, 1));
    assert!(!format!("{told:?}").contains("Секрет"));
    assert!(told.refused[2].raw.contains("Вереск"));
}

#[test]
fn a_result_table_that_contradicts_the_games_is_told() {
    assert_eq!(told("tournament_get.json").disagreements, []);
    let told = told("tournament_get_contradiction.json");
    let found: Vec<_> = told.disagreements.iter().map(|one| (one.reason, one.pointer.as_str())).collect();
    let expected =
        ["/tournament_result/1/sum", "/tournament_result/2/win", "/tournament_result/3/global_game"];
    assert_eq!(found, expected.map(|pointer| (Reason::Disagreement, pointer)));
    assert_eq!(told.disagreements[0].message, "Кит has 9.990 in the table and 1.400 in the games");
    assert_eq!(games(&told).len(), 2);
}

#[test]
fn who_is_in_the_result_table_of_individuals_sat_at_a_table() {
    let mut document: Value = serde_json::from_slice(&fixture("gomafia/tournament_get.json")).unwrap();
    document["data"]["tournament_result"][0]["login"] = json!("Призрак");
    let told = read(document.to_string().as_bytes());
    assert_eq!(told.disagreements[0].message, "Призрак sat at no table");
    document["data"]["tournament"]["type"] = json!("team");
    assert_eq!(read(document.to_string().as_bytes()).disagreements, []);
}

#[test]
fn a_list_of_tournaments_is_read_whatever_their_status_is_called() {
    let told = told("tournament_getAll.json");
    assert_eq!(refusals(&told), []);
    let list = tournaments(&told);
    let statuses: Vec<_> = list.iter().map(|one| (one.status, one.status_word.as_deref())).collect();
    let expected = [
        (TournamentStatus::Finished, None),
        (TournamentStatus::Running, None),
        (TournamentStatus::Cancelled, None),
        (TournamentStatus::Unknown, Some("on_moderation")),
    ];
    assert_eq!(statuses, expected);
    assert_eq!((list[1].id.as_str(), list[1].start), ("gomafia.pro-7704", Some(date(2025, 8, 10))));
    assert_eq!(
        (list[1].country.as_deref(), list[1].city.as_deref(), list[1].stars),
        (Some("Россия"), None, None)
    );
    assert_eq!((list[3].kind, list[3].start, list[3].end), (None, None, None));
}

#[test]
fn players_of_a_ranking_are_facts_without_personal_fields() {
    let told = told("user_getTop.json");
    let list = players(&told);
    let facts: Vec<_> = list
        .iter()
        .map(|one| (one.id.as_str(), one.name.as_str(), one.elo_milli, one.club.as_deref()))
        .collect();
    let expected = [
        ("900001", "Полынь", Some(2_087_320), None),
        ("900002", "Кит", Some(1_000_000), Some("68")),
        ("900003", "Ёлка", None, None),
    ];
    assert_eq!(facts, expected);
    assert_eq!(list[1].region.as_deref(), Some("central"));
    let all = format!("{told:?}");
    assert!(
        !all.contains("Тайна") && !all.contains("Секрет") && !all.contains("id1") && !all.contains("invalid")
    );
}

#[test]
fn clubs_are_read() {
    let told = told("club_getTop.json");
    let list = clubs(&told);
    assert_eq!((list[0].id.as_str(), list[0].title.as_str()), ("68", "Полярный круг"));
    assert_eq!((list[0].elo_average_milli, list[0].score_milli), (Some(2_050_000), Some(400_000)));
    assert_eq!((list[1].id.as_str(), list[1].elo_average_milli), ("69", Some(1_987_500)));
    assert_eq!((&list[1].country, &list[1].city), (&None, &None));
}

#[test]
fn an_answer_without_data_is_told_with_its_result() {
    let told = told("no_user.json");
    assert_eq!(refusals(&told), [(Reason::NoData, "")]);
    let message = &told.refused[0].rejections[0].message;
    assert_eq!(message, "the answer's result is \"error\" and there is no data to read");
    for (document, pointer) in [
        (r#"{"result":"success","data":null}"#, "/data"),
        (r#"{"data":{}}"#, "/data"),
        (r#"{"data":{"user":null,"stats":[]}}"#, "/data/user/id"),
        (r#"{"tournament":[],"games":[]}"#, "/tournament/id"),
        (r#"[{"id":"7"}]"#, "/0"),
        (r#"[{"login":"Кит"}]"#, "/0/id"),
        ("7", ""),
    ] {
        assert_eq!(refusals(&read(document.as_bytes())), [(Reason::NoData, pointer)], "{document}");
    }
}

#[test]
fn an_empty_list_tells_nothing_and_refuses_nothing() {
    assert_eq!(read(br#"{"result":"success","data":[]}"#), crate::formats::Told::default());
}

#[test]
fn a_broken_document_is_set_aside_without_being_shown() {
    let told = read(br#"{"result":"success","data":[{"first_name":"Secret""#);
    assert_eq!(refusals(&told), [(Reason::NotJson, "")]);
    assert_eq!(told.refused[0].raw, "");
}
