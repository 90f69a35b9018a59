//! A tournament as it is answered.

use rusqlite::{Connection, OptionalExtension};
use serde_json::{Value, json};

use crate::error::StoreError;
use crate::{joins, tournaments};

/// The tournament under `id`, or the one to which a source's `id` was joined.
pub(crate) fn tournament(connection: &Connection, id: &str) -> Result<Option<Value>, StoreError> {
    let stored = match tournaments::load(connection, id)? {
        Some(stored) => Some(stored),
        None => match joined(connection, id)? {
            Some(row) => tournaments::load(connection, &row)?,
            None => None,
        },
    };
    let Some(stored) = stored else { return Ok(None) };
    let id = &stored.row.id;
    let mut object = stored.row.to_json();
    object.insert("offset".to_owned(), stored.row.offset.into());
    let (games, rounds): (i64, i64) = connection
        .prepare_cached(
            "SELECT count(*), count(DISTINCT coalesce(round, game_no)) FROM games \
             WHERE tournament_row = ?1 AND status = 'finished'",
        )?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let players: i64 = connection
        .prepare_cached(
            "SELECT count(DISTINCT seats.player) FROM seats JOIN games ON games.n = seats.game \
             WHERE games.tournament_row = ?1 AND games.status = 'finished'",
        )?
        .query_row([id], |row| row.get(0))?;
    object.insert("games".to_owned(), games.into());
    object.insert("rounds_played".to_owned(), rounds.into());
    object.insert("players".to_owned(), players.into());
    let aliases = joins::aliases(connection, id)?;
    let aliases = aliases.iter().filter_map(|alias| {
        let (kind, name) = alias.key.split_once(':')?;
        Some(json!({ "source": alias.source, kind: name, "automatic": alias.automatic }))
    });
    object.insert("aliases".to_owned(), aliases.collect());
    Ok(Some(Value::Object(object)))
}

fn joined(connection: &Connection, id: &str) -> Result<Option<String>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT tournament FROM tournament_aliases WHERE key = 'id:' || ?1 ORDER BY source LIMIT 1",
        )?
        .query_row([id], |row| row.get(0))
        .optional()?)
}
