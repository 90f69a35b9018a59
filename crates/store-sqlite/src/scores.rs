//! What the seats of a stored game scored, among all games of its tournament or season.

use mafia::game::{Game, GameStatus};
use mafia::scoring::{Score, score_game};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::error::StoreError;
use crate::games::{self, Stored};
use crate::tournaments;

/// Adds to each seat of `answer`, which is `stored` as it was posted, the parts of its score.
pub(crate) fn add(connection: &Connection, stored: &Stored, answer: &mut Value) -> Result<(), StoreError> {
    let Some(scores) = scores(connection, stored)? else { return Ok(()) };
    for player in answer.get_mut("players").and_then(Value::as_array_mut).into_iter().flatten() {
        let seat = player.get("seat").and_then(Value::as_u64);
        let score = scores.iter().find(|(number, _)| Some(u64::from(*number)) == seat);
        if let (Some(fields), Some((_, score))) = (player.as_object_mut(), score) {
            fields.insert("score".to_owned(), score_value(score));
        }
    }
    Ok(())
}

/// Thousandths of a point.
fn score_value(score: &Score) -> Value {
    json!({
        "win": score.win,
        "extra": score.extra,
        "best_move": score.best_move,
        "ci": score.ci,
        "fine": score.fine,
        "tech_fine": score.tech_fine,
        "total": score.total(),
    })
}

/// None when the game is not finished or has no winner.
fn scores(connection: &Connection, stored: &Stored) -> Result<Option<Vec<(u8, Score)>>, StoreError> {
    if stored.game.status != GameStatus::Finished || stored.game.winner.is_none() {
        return Ok(None);
    }
    let mut planned = None;
    let ids = match (&stored.tournament, stored.game.season) {
        (Some(row), _) => {
            planned = tournaments::load(connection, row)?.and_then(|found| found.row.planned_rounds);
            ids(connection, "SELECT id FROM games WHERE tournament_row = ?1", params![row])?
        }
        (None, Some(season)) => ids(
            connection,
            "SELECT id FROM games WHERE source = ?1 AND season = ?2 AND tournament_row IS NULL",
            params![stored.game.source, season],
        )?,
        (None, None) => vec![stored.place.id.clone()],
    };
    let mut games: Vec<(String, Game)> = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(found) = games::load(connection, &id)? {
            games.push((id, found.game));
        }
    }
    let games = games.iter().map(|(id, game)| (id.as_str(), game));
    Ok(score_game(games, planned, &stored.place.id))
}

fn ids(
    connection: &Connection,
    sql: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(values, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
