//! Invented games in any number, the same at each run.

use serde_json::{Value, json};

const PLAYERS: u64 = 2_000;
const ROLES: [&str; 10] = [
    "don", "mafia", "mafia", "sheriff", "civilian", "civilian", "civilian", "civilian", "civilian",
    "civilian",
];
const GAMES_A_DAY: u64 = 40;

/// Game `n` of a long season; dates and times go up with `n`.
pub(crate) fn game(n: u64) -> Value {
    let mut mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = |sides: u64| {
        mixed ^= mixed >> 29;
        mixed = mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^= mixed >> 32;
        mixed % sides
    };
    let winner = if next(100) < 57 { "mafia" } else { "town" };
    let first = next(PLAYERS);
    let turn = next(10);
    let seats = (0..10_u64).map(|seat| {
        // A step that is coprime to the number of players: nobody sits twice.
        let player = (first + seat * 191) % PLAYERS;
        let role = usize::try_from((seat + turn) % 10).map_or("civilian", |at| ROLES[at]);
        json!({"seat": seat + 1, "name": format!("Player {player}"), "role": role, "extra_points": 0.2})
    });
    let day = n / GAMES_A_DAY;
    let date = format!("{:04}-{:02}-{:02}", 2010 + day / 336, day / 28 % 12 + 1, day % 28 + 1);
    let time = format!("{:02}:30", 10 + n % GAMES_A_DAY / 4);
    json!({
        "source": "bench", "season": 1, "game_no": n + 1, "date": date, "time": time, "winner": winner,
        "players": seats.collect::<Vec<_>>(),
    })
}
