//! Any JSON in any field: either refused, or kept and given back the same.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{plain, set};
use crate::game::Game;

const POINTERS: [&str; 40] = [
    "/id",
    "/source",
    "/tournament",
    "/season",
    "/round",
    "/game_no",
    "/table",
    "/date",
    "/time",
    "/referee",
    "/rated",
    "/winner",
    "/status",
    "/first_killed_night",
    "/first_killed_day",
    "/best_move",
    "/players",
    "/note",
    "/identity",
    "/flags",
    "/vk_id",
    "/players/0",
    "/players/0/seat",
    "/players/1/name",
    "/players/0/player_id",
    "/players/0/role",
    "/players/1/won",
    "/players/0/fouls",
    "/players/0/win_points",
    "/players/1/extra_points",
    "/players/0/best_move_points",
    "/players/0/ci",
    "/players/0/fine",
    "/players/0/tech_fine",
    "/players/0/auto_points",
    "/players/0/total",
    "/players/0/likes",
    "/players/2/extra",
    "/players/3/avatar",
    "/extra",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..40_i64).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-5000..5000_i64).prop_map(|n| json!(n as f64 / 1000.0)),
        any::<f64>().prop_map(|n| json!(n)),
        "[a-zЖ🥦\"\\\\ ]{0,4}".prop_map(Value::from),
        "(town|mafia|draw|don|sheriff|civilian|running|finished|2024-05-0[0-9]|1[0-9]:[0-9]{2}(:0[0-9])?)"
            .prop_map(Value::from),
    ];
    let key = "(seat|guess|hits|name|role|vk_id|[a-z]{1,2})";
    leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(key, inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_taken_is_the_same_when_it_is_posted_again(
        changes in proptest::collection::vec((proptest::sample::select(&POINTERS[..]), any_json()), 0..4)
    ) {
        let mut game = plain();
        // Seats first, the list of players last: a pointer into it must still lead somewhere.
        let (mut list, fields): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|(pointer, _)| matches!(*pointer, "/players" | "/players/0"));
        list.sort_by_key(|(pointer, _)| *pointer == "/players");
        for (pointer, value) in fields.into_iter().chain(list) {
            set(&mut game, pointer, value);
        }
        match Game::parse(&game.to_string()) {
            Ok(parsed) => {
                let answer = parsed.game.to_json("g1");
                prop_assert!(!answer.to_string().contains("\"vk_id\""));
                let again = Game::parse(&answer.to_string()).unwrap().game;
                prop_assert_eq!(again.digest(), parsed.game.digest());
                prop_assert_eq!(again.to_json("g1"), answer);
                prop_assert_eq!(again, parsed.game);
            }
            Err(rejections) => prop_assert!(!rejections.is_empty()),
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}") {
        prop_assert!(Game::parse(&text).is_err());
    }
}
