//! The live views from the tables, and what SQL alone counts in them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use mafia::game::{GameStatus, Role};
use mafia::row::{ImportRow, RowChange, SeatRow};
use mafia::views::Views;
use realtime_protocol::{Epoch, Position, State};
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, Row, Rows};
use serde_json::Value;

use crate::error::StoreError;
use crate::store::Store;
use crate::{facts, games, schema, tournaments};

/// A key on which the fold and the recount of a view do not agree.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The view.
    pub view: String,
    /// The key of its state.
    pub key: String,
    /// What the fold has there.
    pub fold: Option<Value>,
    /// What the recount has there.
    pub recount: Option<Value>,
}

impl Store {
    /// The live views as the tables give them, and the commit they stand at.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn views(&mut self) -> Result<(Position, Views), StoreError> {
        let transaction = self.connection.transaction()?;
        rebuild(&transaction, &self.zone)
    }

    /// The state of `view` counted in SQL, apart from the fold; none for a view without a recount.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn recount(&mut self, view: &str) -> Result<Option<State>, StoreError> {
        // Rolled back when dropped, and the temporary tables with it.
        let transaction = self.connection.transaction()?;
        recount(&transaction, view)
    }

    /// Compares the fold and the recount of every view at one commit; empty when they agree.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn verify(&mut self) -> Result<Vec<Difference>, StoreError> {
        let mut differences = Vec::new();
        for view in Views::NAMES {
            let transaction = self.connection.transaction()?;
            let (_, views) = rebuild(&transaction, &self.zone)?;
            let fold = views.state(view).unwrap_or_default();
            let recount = recount(&transaction, view)?.unwrap_or_default();
            let keys: BTreeSet<&String> = fold.entries().keys().chain(recount.entries().keys()).collect();
            for key in keys {
                let (fold, recount) = (fold.get(key).cloned(), recount.get(key).cloned());
                if fold != recount {
                    differences.push(Difference { view: view.to_owned(), key: key.clone(), fold, recount });
                }
            }
        }
        Ok(differences)
    }
}

/// Adds what the recounts need and this build of SQLite lacks; games tell their times in `zone`.
pub(crate) fn prepare(connection: &Connection, zone: TimeZone) -> Result<(), StoreError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("pow", 2, flags, |context| {
        Ok(context.get::<f64>(0)?.powf(context.get::<f64>(1)?))
    })?;
    connection.create_scalar_function("utc", 2, flags, move |context| {
        let (date, time) = (context.get::<String>(0)?, context.get::<String>(1)?);
        let local: jiff::civil::DateTime = format!("{date}T{time}").parse().map_err(failed)?;
        let moment = local.to_zoned(zone.clone()).map_err(failed)?.timestamp();
        Ok(moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    })?;
    Ok(())
}

fn failed(error: jiff::Error) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(Box::new(error))
}

fn recount(connection: &Connection, view: &str) -> Result<Option<State>, StoreError> {
    let sql = match view {
        "metrics" => include_str!("../recount/metrics.sql"),
        "activity" => include_str!("../recount/activity.sql"),
        _ => return Ok(None),
    };
    connection.execute_batch(sql)?;
    let mut entries = BTreeMap::new();
    {
        let mut statement = connection.prepare("SELECT key, value FROM temp.recount")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let text: String = row.get(1)?;
            entries.insert(row.get(0)?, serde_json::from_str(&text)?);
        }
    }
    State::from_entries(entries).map(Some).map_err(|error| StoreError::corrupt("view", error))
}

fn rebuild(connection: &Connection, zone: &TimeZone) -> Result<(Position, Views), StoreError> {
    let (epoch, offset) = schema::head(connection)?;
    let mut changes = Vec::new();
    read_players(connection, &mut changes)?;
    read_tournaments(connection, &mut changes)?;
    read_games(connection, &mut changes)?;
    read_imports(connection, &mut changes)?;
    let mut views = Views::in_zone(zone.clone());
    views.fold(&changes);
    // They stand in the states; only later ones are news.
    views.take_changes();
    Ok((Position { epoch: Epoch::new(&epoch), offset }, views))
}

fn read_players(connection: &Connection, changes: &mut Vec<RowChange>) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare("SELECT id, key, source, name, elo_milli, region, club FROM players ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        changes.push(RowChange::Player { old: None, new: Some(facts::read_player(row)?) });
    }
    Ok(())
}

fn read_tournaments(connection: &Connection, changes: &mut Vec<RowChange>) -> Result<(), StoreError> {
    let sql = format!("SELECT {} FROM tournaments ORDER BY id", tournaments::COLUMNS);
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        changes.push(RowChange::Tournament { old: None, new: Some(tournaments::read(row)?) });
    }
    Ok(())
}

fn read_imports(connection: &Connection, changes: &mut Vec<RowChange>) -> Result<(), StoreError> {
    let mut statement = connection.prepare("SELECT id, name, games, \"offset\" FROM imports ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, name, games, offset) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let new = ImportRow { id, name, games, at: None, offset };
        changes.push(RowChange::Import { old: None, new: Some(new) });
    }
    Ok(())
}

/// Games and seats in two scans in the same order, so that each seat meets its game.
fn read_games(connection: &Connection, changes: &mut Vec<RowChange>) -> Result<(), StoreError> {
    let sql = format!("SELECT {} FROM games ORDER BY n", games::SLIM);
    let mut game_statement = connection.prepare(&sql)?;
    let mut seat_statement =
        connection.prepare("SELECT game, seat, player, role FROM seats ORDER BY game, seat")?;
    let mut game_rows = game_statement.query([])?;
    let mut seat_rows = seat_statement.query([])?;
    let mut next = next_seat(&mut seat_rows)?;
    while let Some(row) = game_rows.next()? {
        let (n, mut game) = games::slim_row(row)?;
        let finished = game.status == GameStatus::Finished;
        while let Some((_, mut seat)) = next.take_if(|(owner, _)| *owner == n) {
            // A running game shows nobody's side.
            seat.side = seat.side.filter(|_| finished);
            game.seats.push(seat);
            next = next_seat(&mut seat_rows)?;
        }
        changes.push(RowChange::Game { old: None, new: Some(game) });
    }
    Ok(())
}

fn next_seat(rows: &mut Rows<'_>) -> Result<Option<(i64, SeatRow)>, StoreError> {
    let seat = |row: &Row<'_>| -> Result<_, StoreError> {
        let side = games::word(row, 3, |word| Role::from_word(word).map(Role::side))?;
        Ok((row.get(0)?, SeatRow { seat: row.get(1)?, player: row.get(2)?, side }))
    };
    rows.next()?.map(seat).transpose()
}
