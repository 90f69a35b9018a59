//! Many games at once: a commit for each few hundred, one entry in `imports` for all.

use std::collections::HashMap;

use mafia::game::{Game, PlayerKey};
use mafia::row::ImportRow;
use realtime_protocol::Position;
use rusqlite::params;

use crate::draft::Draft;
use crate::error::StoreError;
use crate::games;
use crate::store::{Store, now_ms};

/// Most games in one commit of an import: a commit is held in memory whole by everyone who follows.
pub const IMPORT_GAMES_PER_COMMIT: usize = 500;

/// What became of a batch of games.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BatchCounts {
    /// Games that are new.
    pub added: u64,
    /// Games that got other content.
    pub changed: u64,
    /// Games that were there as they are.
    pub unchanged: u64,
}

impl BatchCounts {
    fn add(&mut self, other: Self) {
        self.added += other.added;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
    }
}

/// An import that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// What became of all its games.
    pub counts: BatchCounts,
    /// The last commit of the log.
    pub position: Position,
}

/// An import under way. What was written stays when it is dropped.
#[derive(Debug)]
pub struct Import<'a> {
    store: &'a mut Store,
    name: String,
    row: Option<ImportRow>,
    counts: BatchCounts,
    known_players: HashMap<PlayerKey, i64>,
}

impl<'a> Import<'a> {
    pub(crate) fn begin(store: &'a mut Store, name: &str) -> Result<Self, StoreError> {
        // A file that cannot be read is told before the first batch is parsed.
        store.position()?;
        Ok(Self {
            store,
            name: name.to_owned(),
            row: None,
            counts: BatchCounts::default(),
            known_players: HashMap::new(),
        })
    }

    /// Writes games, at most [`IMPORT_GAMES_PER_COMMIT`] in one commit; nothing is appended for those
    /// that are there already.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; the commits before it stay.
    pub fn write(&mut self, games: &[Game]) -> Result<BatchCounts, StoreError> {
        let mut counts = BatchCounts::default();
        for chunk in games.chunks(IMPORT_GAMES_PER_COMMIT) {
            counts.add(self.write_commit(chunk)?);
        }
        Ok(counts)
    }

    /// Ends the import.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn finish(self) -> Result<Imported, StoreError> {
        Ok(Imported { counts: self.counts, position: self.store.position()? })
    }

    fn write_commit(&mut self, games: &[Game]) -> Result<BatchCounts, StoreError> {
        let mut draft = Draft::begin(&mut self.store.connection)?;
        draft.known_players = std::mem::take(&mut self.known_players);
        let old = self.row.clone();
        let mut row = match &old {
            Some(row) => ImportRow { offset: draft.offset(), ..row.clone() },
            None => insert(&draft, &self.name)?,
        };
        let mut counts = BatchCounts::default();
        for game in games {
            write_game(&mut draft, game, row.id, &mut counts)?;
        }
        if draft.has_games() {
            row.games += i64::try_from(counts.added + counts.changed).unwrap_or(i64::MAX);
            draft
                .prepare_cached("UPDATE imports SET games = ?2, \"offset\" = ?3 WHERE id = ?1")?
                .execute(params![row.id, row.games, row.offset])?;
            draft.import(old.as_ref(), &row)?;
            let known_players = std::mem::take(&mut draft.known_players);
            draft.commit(now_ms())?;
            // Only now: rows of a commit that failed are not there.
            self.known_players = known_players;
            self.row = Some(row);
            self.store.wake();
        }
        self.counts.add(counts);
        Ok(counts)
    }
}

/// The row of a new import; it is rolled back with the rest when no game changes.
fn insert(draft: &Draft<'_>, name: &str) -> Result<ImportRow, StoreError> {
    let offset = draft.offset();
    draft
        .prepare_cached("INSERT INTO imports (name, games, \"offset\") VALUES (?1, 0, ?2)")?
        .execute(params![name, offset])?;
    Ok(ImportRow { id: draft.last_insert_rowid(), name: name.to_owned(), games: 0, at: None, offset })
}

fn write_game(
    draft: &mut Draft<'_>,
    game: &Game,
    import: i64,
    counts: &mut BatchCounts,
) -> Result<(), StoreError> {
    let mut found = games::key_of_identity(draft, games::identity(game).as_deref())?;
    let id = found.as_ref().map_or_else(|| game.id(), |key| key.id.clone());
    if found.is_none() {
        found = games::key_of_id(draft, &id)?;
    }
    match found {
        Some(key) if key.digest == game.digest() => counts.unchanged += 1,
        Some(key) => {
            let old =
                games::load(draft, &key.id)?.ok_or_else(|| StoreError::corrupt("game", "it is gone"))?;
            games::update(draft, &old, game)?;
            counts.changed += 1;
        }
        None => {
            games::insert(draft, &id, game, Some(import))?;
            counts.added += 1;
        }
    }
    Ok(())
}
