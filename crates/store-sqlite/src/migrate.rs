//! Files of older versions become files of this one when they are opened.

use mafia::game::Game;
use rusqlite::Connection;

use crate::draft::Draft;
use crate::error::StoreError;
use crate::schema::{VERSION, version};
use crate::{games, joins};

/// Brings a file of version 1 up to date, all or nothing.
///
/// No commit is written: nothing that a row in the log shows becomes another.
pub(crate) fn from_1(connection: &mut Connection) -> Result<(), StoreError> {
    let mut draft = Draft::begin(connection)?;
    // Another process may have done it while this one waited for the lock.
    if version(&draft)? != 1 {
        return Ok(());
    }
    draft.execute_batch(include_str!("schema_2.sql"))?;
    let ids: Vec<String> = draft
        .prepare(
            "SELECT id FROM games WHERE tournament IS NOT NULL OR extra LIKE '%tournament_id%' ORDER BY n",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in ids {
        let Some(stored) = games::load(&draft, &id)? else { continue };
        // Version 1 kept the source's id of a tournament among the unknown fields.
        let parsed = Game::parse(&stored.game.to_json(&id).to_string());
        let game = parsed.map_or_else(|_| stored.game.clone(), |parsed| parsed.game);
        // An implied tournament also gets the day of its first game.
        joins::settle(&mut draft, std::iter::once(&game))?;
        games::rewrite(&mut draft, &stored, &game)?;
    }
    draft.pragma_update(None, "user_version", VERSION)?;
    draft.keep()
}
