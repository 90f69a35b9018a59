//! Who a game and a player is.

use serde_json::{Value, json};

use super::{parse, plain, set, with};
use crate::game::Seat;

#[test]
fn identity_and_id_of_known_games_never_change() {
    let club = parse(&plain());
    assert_eq!(
        club.identity().to_json(),
        json!({"source": "club", "series": "2024-05-01", "number": 3, "table": null})
    );
    assert_eq!(club.id(), "gab3a82356b329f87dd10");
    let mut game = plain();
    for (pointer, value) in [
        ("/source", json!("mafiauniverse/8238")),
        ("/tournament", json!("PUMP IT")),
        ("/round", json!(1)),
        ("/table", json!(1)),
    ] {
        set(&mut game, pointer, value);
    }
    let tournament = parse(&game);
    assert_eq!(
        tournament.identity().to_json(),
        json!({"source": "mafiauniverse/8238", "series": "PUMP IT", "number": 1, "table": 1})
    );
    assert_eq!(tournament.id(), "gaa1631c3cc7eca3e6ca1");
}

#[test]
fn an_identity_does_not_depend_on_the_result() {
    let id = parse(&plain()).id();
    assert_eq!(parse(&with("/winner", json!("mafia"))).id(), id);
    assert_eq!(parse(&with("/players/0/name", json!("Другой"))).id(), id);
    for (pointer, value) in [
        ("/source", json!("other")),
        ("/date", json!("2024-05-02")),
        ("/game_no", json!(4)),
        ("/round", json!(4)),
        ("/table", json!(1)),
        ("/season", json!(1)),
        ("/tournament", json!("2024-05-01")),
    ] {
        assert_ne!(parse(&with(pointer, value)).id(), id, "{pointer}");
    }
}

#[test]
fn the_series_is_the_tournament_else_the_season_else_the_day() {
    let series = |pairs: &[(&str, Value)]| {
        let mut game = plain();
        for (pointer, value) in pairs {
            set(&mut game, pointer, value.clone());
        }
        parse(&game).identity().to_json()["series"].clone()
    };
    assert_eq!(series(&[("/season", json!(2)), ("/tournament", json!("Кубок"))]), json!("Кубок"));
    assert_eq!(series(&[("/season", json!(2))]), json!(2));
    assert_eq!(series(&[]), json!("2024-05-01"));
    assert_eq!(series(&[("/date", json!("Majest"))]), Value::Null);
}

#[test]
fn a_game_without_a_number_is_known_by_what_it_holds() {
    let bare = |winner: &str| {
        let mut game = with("/winner", json!(winner));
        game.as_object_mut().unwrap().remove("game_no");
        parse(&game)
    };
    assert_eq!(bare("town").id(), bare("town").id());
    assert_ne!(bare("town").id(), bare("mafia").id());
    assert_eq!(bare("town").identity(), bare("mafia").identity());
    assert_eq!(bare("town").id().len(), 21);
}

#[test]
fn equal_games_have_equal_digests_and_others_do_not() {
    let digest = |game: &Value| parse(game).digest();
    let plain_digest = digest(&plain());
    assert_eq!(plain_digest.len(), 32);
    assert!(plain_digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(digest(&with("/status", json!("finished"))), plain_digest);
    assert_eq!(digest(&with("/id", json!("own"))), plain_digest);
    assert_eq!(digest(&with("/vk_id", json!(1))), plain_digest);
    for (pointer, value) in [
        ("/status", json!("running")),
        ("/winner", json!("mafia")),
        ("/note", json!("x")),
        ("/players/0/fouls", json!(1)),
        ("/players/9/note", json!("x")),
        ("/time", json!("10:00")),
    ] {
        assert_ne!(digest(&with(pointer, value)), plain_digest, "{pointer}");
    }
}

#[test]
fn a_player_is_an_id_of_the_source_else_a_name() {
    let seat = |name: &str, id: Option<&str>| Seat {
        name: name.to_owned(),
        player_id: id.map(str::to_owned),
        ..Seat::default()
    };
    let key = |seat: &Seat| seat.player_key("club").map(|key| (key.source, key.key));
    let pair = |key: &str| Some(("club".to_owned(), key.to_owned()));
    assert_eq!(key(&seat(" Анна ", None)), pair("name:Анна"));
    assert_eq!(key(&seat("И\u{306}", None)), pair("name:Й"));
    assert_eq!(key(&seat("Анна", Some("7"))), pair("id:7"));
    assert_eq!(key(&seat("  ", None)), None);
    assert_eq!(key(&seat("", Some("7"))), None);
    assert_eq!(seat(" Aokigahara🥦 ", None).clean_name(), "Aokigahara🥦");
}

#[test]
fn titles_say_series_number_and_table() {
    let title = |pairs: &[(&str, Value)]| {
        let mut game = plain();
        for (pointer, value) in pairs {
            set(&mut game, pointer, value.clone());
        }
        parse(&game).title()
    };
    assert_eq!(title(&[]), "club · #3");
    assert_eq!(title(&[("/season", json!(5))]), "club · season 5 · #3");
    assert_eq!(title(&[("/tournament", json!("PUMP IT")), ("/season", json!(5))]), "PUMP IT · #3");
    assert_eq!(title(&[("/round", json!(8)), ("/table", json!(2))]), "club · #8 · table 2");
    assert_eq!(title(&[("/game_no", Value::Null)]), "club");
}
