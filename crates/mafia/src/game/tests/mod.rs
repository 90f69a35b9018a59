//! What is refused, what is kept, and who a game is.

mod identity;
mod kept;
mod refusals;
mod round_trip;
mod tournament;

use serde_json::{Value, json};

use super::Game;

/// A game of ten without oddities.
fn plain() -> Value {
    let roles = [
        "mafia", "civilian", "sheriff", "don", "civilian", "civilian", "mafia", "civilian", "civilian",
        "civilian",
    ];
    let players: Vec<Value> = roles
        .iter()
        .enumerate()
        .map(|(n, role)| json!({ "seat": n + 1, "name": format!("Игрок {}", n + 1), "role": role }))
        .collect();
    json!({
        "source": "club",
        "date": "2024-05-01",
        "game_no": 3,
        "winner": "town",
        "players": players,
    })
}

/// A plain game with the value at this JSON pointer set; a missing key is added.
fn with(pointer: &str, value: Value) -> Value {
    let mut game = plain();
    set(&mut game, pointer, value);
    game
}

fn set(game: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = game.pointer_mut(parent).unwrap();
    match key.parse::<usize>() {
        Ok(n) => parent[n] = value,
        Err(_) => parent[key] = value,
    }
}

fn parse(game: &Value) -> Game {
    Game::parse(&game.to_string()).unwrap().game
}

/// The game as it is answered, without what is added to every answer.
fn answered(game: &Value) -> Value {
    let mut answer = parse(game).to_json("g1");
    let fields = answer.as_object_mut().unwrap();
    assert_eq!(fields.remove("id"), Some(json!("g1")));
    assert!(fields.remove("identity").is_some_and(|identity| identity.is_object()));
    assert!(fields.remove("flags").is_some_and(|flags| flags.is_array()));
    answer
}

fn flags(game: &Value) -> Vec<&'static str> {
    parse(game).flags().into_iter().map(super::Flag::as_str).collect()
}
