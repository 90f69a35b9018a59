//! Games to send.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

const NAMES: [&str; 10] =
    ["Полынь", "Кит", "Ёлка", "Гранит", "Борей 🌬️", "Сэр \"Туман\"", "Вереск", "Маяк", "Лис & Ко", "Zefir"];

const ROLES: [&str; 10] = [
    "civilian", "mafia", "civilian", "sheriff", "civilian", "don", "civilian", "civilian", "mafia",
    "civilian",
];

/// A file of the repository's `fixtures` folder.
#[must_use]
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name)
}

/// An invented finished game of ten; `number` makes its identity.
#[must_use]
pub fn game(number: u64, winner: &str) -> Value {
    let players: Vec<Value> = NAMES
        .iter()
        .zip(ROLES)
        .enumerate()
        .map(|(index, (name, role))| json!({"seat": index + 1, "name": name, "role": role}))
        .collect();
    json!({
        "source": "polar/evening",
        "date": "2025-05-09",
        "game_no": number,
        "table": 1,
        "winner": winner,
        "players": players,
    })
}
