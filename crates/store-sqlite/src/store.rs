//! The writer's side: games and tournaments, each write one commit.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;
use mafia::game::{Game, Tournament};
use realtime_protocol::{Epoch, Position};
use rusqlite::Connection;
use serde_json::Value;

use crate::draft::Draft;
use crate::error::{Clash, StoreError};
use crate::games::Key;
use crate::import::Import;
use crate::joins::Telling;
use crate::log::Appended;
use crate::{answer, games, joins, rebuild, schema, scores, tables, tournaments};

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is new.
    Created,
    /// It has other content.
    Changed,
    /// The same was there already; nothing was appended to the log.
    Unchanged,
}

/// A write that is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The id under which it is stored.
    pub id: String,
    /// The last commit that touched it.
    pub position: Position,
    /// What the write did.
    pub outcome: Outcome,
}

/// One connection that reads and writes the tables. Calls block; several processes may each hold one.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    waker: Option<Arc<Appended>>,
    pub(crate) zone: TimeZone,
}

impl Store {
    /// Opens the file at `path`; a new one gets its tables and an epoch.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be opened, belongs to another program or to a later version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = schema::open(path)?;
        rebuild::prepare(&connection, TimeZone::UTC)?;
        tables::prepare(&connection)?;
        Ok(Self { connection, waker: None, zone: TimeZone::UTC })
    }

    /// Sets the zone in which games tell their dates and times; UTC at first.
    ///
    /// # Errors
    /// [`StoreError`] when the recounts cannot be told.
    pub fn set_time_zone(&mut self, zone: TimeZone) -> Result<(), StoreError> {
        rebuild::prepare(&self.connection, zone.clone())?;
        self.zone = zone;
        Ok(())
    }

    /// Has `waker` told of every commit of this store.
    pub fn set_waker(&mut self, waker: Arc<Appended>) {
        self.waker = Some(waker);
    }

    /// The last commit.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn position(&mut self) -> Result<Position, StoreError> {
        let (epoch, offset) = schema::head(&self.connection)?;
        Ok(Position { epoch: Epoch::new(&epoch), offset })
    }

    /// Where the data of this file come from, as it was set; none for a file nobody has claimed.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn origin(&mut self) -> Result<Option<String>, StoreError> {
        Ok(schema::meta(&self.connection, "origin")?)
    }

    /// Sets where the data of this file come from: `demo`, `live` or `replay`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub fn set_origin(&mut self, origin: &str) -> Result<(), StoreError> {
        Ok(schema::set_meta(&self.connection, "origin", origin)?)
    }

    /// Whether there is no game and no tournament, and nothing was ever imported.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn is_empty(&mut self) -> Result<bool, StoreError> {
        Ok(self.connection.query_row(
            "SELECT NOT EXISTS (SELECT 1 FROM games) AND NOT EXISTS (SELECT 1 FROM tournaments) \
             AND NOT EXISTS (SELECT 1 FROM imports)",
            [],
            |row| row.get(0),
        )?)
    }

    /// Stores a game that is new: under `id`, or under the id its identity gives.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another body stands under the id, or the same identity under
    /// another id; [`StoreError::Sqlite`] when the database fails.
    pub fn post_game(&mut self, id: Option<&str>, game: &Game) -> Result<Written, StoreError> {
        let digest = game.digest();
        let named = id.map_or_else(|| game.id(), str::to_owned);
        let mut draft = Draft::begin(&mut self.connection)?;
        joins::settle(&mut draft, std::iter::once(game))?;
        let identity = games::identity(game, joins::naming(game).find(&draft)?.as_deref());
        if let Some(key) = games::key_of_id(&draft, &named)? {
            if key.digest != digest {
                return Err(StoreError::Conflict { id: key.id, clash: Clash::Id });
            }
            drop(draft);
            return self.unchanged(key);
        }
        if let Some(key) = games::key_of_identity(&draft, identity.as_deref())? {
            // Without an id of the caller's, the same game again is no clash of ids.
            if id.is_some() || key.digest != digest {
                return Err(StoreError::Conflict { id: key.id, clash: Clash::Identity });
            }
            drop(draft);
            return self.unchanged(key);
        }
        games::insert(&mut draft, &named, game, None)?;
        let offset = draft.commit(now_ms())?;
        self.written(named, offset, Outcome::Created)
    }

    /// Stores a game under `id`, in place of the one that is there. A finished game that gets other
    /// content is marked as corrected.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the identity is another game's; [`StoreError::Sqlite`] when the
    /// database fails.
    pub fn put_game(&mut self, id: &str, game: &Game) -> Result<Written, StoreError> {
        let mut draft = Draft::begin(&mut self.connection)?;
        joins::settle(&mut draft, std::iter::once(game))?;
        let identity = games::identity(game, joins::naming(game).find(&draft)?.as_deref());
        if let Some(key) = games::key_of_identity(&draft, identity.as_deref())?
            && key.id != id
        {
            return Err(StoreError::Conflict { id: key.id, clash: Clash::Identity });
        }
        let outcome = match games::key_of_id(&draft, id)? {
            Some(key) if key.digest == game.digest() => {
                drop(draft);
                return self.unchanged(key);
            }
            Some(_) => {
                let old =
                    games::load(&draft, id)?.ok_or_else(|| StoreError::corrupt("game", "it is gone"))?;
                games::update(&mut draft, &old, game)?;
                Outcome::Changed
            }
            None => {
                games::insert(&mut draft, id, game, None)?;
                Outcome::Created
            }
        };
        let offset = draft.commit(now_ms())?;
        self.written(id.to_owned(), offset, outcome)
    }

    /// Removes a game; none when there is none under `id`. Its players stay.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn delete_game(&mut self, id: &str) -> Result<Option<Position>, StoreError> {
        let mut draft = Draft::begin(&mut self.connection)?;
        let Some(old) = games::load(&draft, id)? else { return Ok(None) };
        games::remove(&mut draft, &old)?;
        let offset = draft.commit(now_ms())?;
        self.wake();
        Ok(Some(self.at(offset)?))
    }

    /// The game under `id` as it was posted, with its id, identity and flags; of a finished one with a
    /// winner each seat carries its `score`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn game(&mut self, id: &str) -> Result<Option<Value>, StoreError> {
        let transaction = self.connection.transaction()?;
        let Some(stored) = games::load(&transaction, id)? else { return Ok(None) };
        let mut answer = stored.game.to_json(id);
        scores::add(&transaction, &stored, &mut answer)?;
        Ok(Some(answer))
    }

    /// Stores a tournament under its id, in place of the one that is there. One that was joined to
    /// another source's fills what is missing there, and what it tells differently is noted.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn put_tournament(&mut self, tournament: &Tournament) -> Result<Written, StoreError> {
        let mut draft = Draft::begin(&mut self.connection)?;
        let known = match joins::standing(&draft, tournament)? {
            Some(id) => tournaments::load(&draft, &id)?.and_then(|stored| stored.row.offset),
            None => None,
        };
        let id = joins::tell(&mut draft, tournament, Telling::Put)?;
        if !draft.has_changes() {
            let stored = tournaments::load(&draft, &id)?;
            drop(draft);
            let position = self.at(stored.and_then(|stored| stored.row.offset).unwrap_or_default())?;
            return Ok(Written { id: tournament.id.clone(), position, outcome: Outcome::Unchanged });
        }
        let offset = draft.commit(now_ms())?;
        let outcome = if known.is_some() { Outcome::Changed } else { Outcome::Created };
        self.written(tournament.id.clone(), offset, outcome)
    }

    /// The tournament under `id`, or the one to which this id was joined, with what its games count.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn tournament(&mut self, id: &str) -> Result<Option<Value>, StoreError> {
        let transaction = self.connection.transaction()?;
        answer::tournament(&transaction, id)
    }

    /// Starts the import of a file called `name`. Nothing is written before its first game that changes
    /// something.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn begin_import(&mut self, name: &str) -> Result<Import<'_>, StoreError> {
        Import::begin(self, name)
    }

    fn unchanged(&mut self, key: Key) -> Result<Written, StoreError> {
        let position = self.at(key.offset)?;
        Ok(Written { id: key.id, position, outcome: Outcome::Unchanged })
    }

    fn written(&mut self, id: String, offset: u64, outcome: Outcome) -> Result<Written, StoreError> {
        self.wake();
        Ok(Written { id, position: self.at(offset)?, outcome })
    }

    fn at(&mut self, offset: u64) -> Result<Position, StoreError> {
        Ok(Position { offset, ..self.position()? })
    }

    /// Tells the readers of this process of a commit that is durable.
    pub(crate) fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.notify();
        }
    }

    /// Appends a commit of any changes.
    #[cfg(test)]
    pub(crate) fn append(&mut self, changes: Vec<changelog::Change>) -> Result<u64, StoreError> {
        let mut draft = Draft::begin(&mut self.connection)?;
        draft.raw(changes);
        let offset = draft.commit(now_ms())?;
        self.wake();
        Ok(offset)
    }
}

/// Wall clock, milliseconds since 1970; it enters no state.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| u64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}
