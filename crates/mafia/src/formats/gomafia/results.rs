//! A tournament's result table against its games. The table is not kept: it follows from them.

use std::collections::BTreeMap;

use crate::formats::loose::Loose;
use crate::game::{Game, Reason, Rejection, Tournament};
use crate::record::TournamentKind;

/// Sums are told with two decimals, points of a game with up to three.
const ROUNDING_MILLI: i64 = 5;

#[derive(Debug, Default)]
struct Count {
    sum_milli: i64,
    is_without_points: bool,
    wins: i64,
    games: i64,
}

/// Where the result table and the games differ: sum of points, wins, number of games, and a player
/// of an individual tournament who sat at no table.
pub(super) fn compare(document: &Loose<'_>, tournament: &Tournament, games: &[Game]) -> Vec<Rejection> {
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for game in games {
        for seat in &game.seats {
            let count = counts.entry(seat.clean_name()).or_default();
            count.games += 1;
            count.wins += i64::from(game.won(seat) == Some(true));
            count.sum_milli += seat.points.total.unwrap_or_default();
            count.is_without_points |= seat.points.total.is_none();
        }
    }
    let mut found = Vec::new();
    for (pointer, row) in document.items("tournament_result") {
        let mut row = Loose::new(row, pointer);
        let login = row.text("login").unwrap_or_default();
        match counts.get(login.trim()) {
            Some(count) => compare_row(&mut row, &login, count),
            // The rows of a team tournament may be teams.
            None if tournament.kind == Some(TournamentKind::Team) => {}
            None => row.refuse(Reason::Disagreement, "login", format!("{login} sat at no table")),
        }
        found.append(&mut row.rejections);
    }
    found.iter_mut().for_each(|rejection| rejection.reason = Reason::Disagreement);
    found
}

fn compare_row(row: &mut Loose<'_>, login: &str, count: &Count) {
    if let Some(sum) = row.milli("sum")
        && !count.is_without_points
        && (sum - count.sum_milli).abs() > ROUNDING_MILLI
    {
        let message =
            format!("{login} has {} in the table and {} in the games", shown(sum), shown(count.sum_milli));
        row.refuse(Reason::Disagreement, "sum", message);
    }
    for (key, games) in [("win", count.wins), ("global_game", count.games)] {
        if let Some(told) = row.integer(key)
            && told != games
        {
            let message = format!("{login} has {told} in the table and {games} in the games");
            row.refuse(Reason::Disagreement, key, message);
        }
    }
}

fn shown(milli: i64) -> String {
    let sign = if milli < 0 { "-" } else { "" };
    format!("{sign}{}.{:03}", milli.abs() / 1000, milli.abs() % 1000)
}
