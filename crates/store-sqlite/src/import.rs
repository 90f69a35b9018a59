//! Many records at once: a commit for each few hundred, one entry in `imports` for all.

use std::collections::{BTreeSet, HashMap};

use mafia::game::{Game, PlayerKey, Tournament};
use mafia::record::{Club, PlayerFacts, PlayerYear, Record};
use mafia::row::ImportRow;
use realtime_protocol::Position;
use rusqlite::params;

use crate::disagreements::{self, Disagreement, Subject};
use crate::draft::Draft;
use crate::error::StoreError;
use crate::facts::{self, Fate};
use crate::joins::{self, Joined, Telling};
use crate::store::{Store, now_ms};
use crate::{games, tournaments};

/// Most records in one commit of an import: a commit is held in memory whole by everyone who follows.
pub const IMPORT_GAMES_PER_COMMIT: usize = 500;

/// What became of a batch of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BatchCounts {
    /// Records that are new.
    pub added: u64,
    /// Records that got other content.
    pub changed: u64,
    /// Records that were there as they are, or that another source had told before.
    pub unchanged: u64,
}

impl BatchCounts {
    fn add(&mut self, other: Self) {
        self.added += other.added;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
    }

    fn count(&mut self, fate: Fate) {
        match fate {
            Fate::Added => self.added += 1,
            Fate::Changed => self.changed += 1,
            Fate::Unchanged => self.unchanged += 1,
        }
    }
}

/// An import that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// What became of all its records.
    pub counts: BatchCounts,
    /// Names of tournaments that were joined to a tournament of another source.
    pub joined: Vec<Joined>,
    /// What it tells otherwise than the source that told of it first. Nothing of it was taken.
    pub disagreements: Vec<Disagreement>,
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
    joined: BTreeSet<Joined>,
    disagreements: BTreeSet<Disagreement>,
    known_players: HashMap<PlayerKey, i64>,
}

/// The records of one commit, by kind.
#[derive(Default)]
struct Batch<'r> {
    tournaments: Vec<&'r Tournament>,
    games: Vec<&'r Game>,
    players: Vec<&'r PlayerFacts>,
    clubs: Vec<&'r Club>,
    years: Vec<&'r PlayerYear>,
}

impl<'r> Batch<'r> {
    fn of(records: &'r [Record]) -> Self {
        let mut batch = Self::default();
        for record in records {
            match record {
                Record::Game(game) => batch.games.push(game),
                Record::Tournament(tournament) => batch.tournaments.push(tournament),
                Record::Player(facts) => batch.players.push(facts),
                Record::Club(club) => batch.clubs.push(club),
                Record::PlayerYear(year) => batch.years.push(year),
            }
        }
        batch
    }
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
            joined: BTreeSet::new(),
            disagreements: BTreeSet::new(),
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
            let batch = Batch { games: chunk.iter().collect(), ..Batch::default() };
            counts.add(self.write_commit(&batch)?);
        }
        Ok(counts)
    }

    /// Writes records of any kind, at most [`IMPORT_GAMES_PER_COMMIT`] in one commit; nothing is appended
    /// for what is there already. In each commit tournaments come first, so that games find them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; the commits before it stay.
    pub fn write_records(&mut self, records: &[Record]) -> Result<BatchCounts, StoreError> {
        let mut counts = BatchCounts::default();
        for chunk in records.chunks(IMPORT_GAMES_PER_COMMIT) {
            counts.add(self.write_commit(&Batch::of(chunk))?);
        }
        Ok(counts)
    }

    /// Ends the import.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn finish(self) -> Result<Imported, StoreError> {
        Ok(Imported {
            counts: self.counts,
            joined: self.joined.into_iter().collect(),
            disagreements: self.disagreements.into_iter().collect(),
            position: self.store.position()?,
        })
    }

    fn write_commit(&mut self, batch: &Batch<'_>) -> Result<BatchCounts, StoreError> {
        let mut draft = Draft::begin(&mut self.store.connection)?;
        draft.known_players = std::mem::take(&mut self.known_players);
        let old = self.row.clone();
        let mut row = match &old {
            Some(row) => ImportRow { offset: draft.offset(), ..row.clone() },
            None => insert(&draft, &self.name)?,
        };
        let mut counts = write_facts(&mut draft, batch)?;
        let games = write_games(&mut draft, batch, row.id)?;
        counts.add(games);
        self.joined.extend(std::mem::take(&mut draft.joined));
        self.disagreements.extend(std::mem::take(&mut draft.disagreements));
        if draft.has_changes() {
            row.games += i64::try_from(games.added + games.changed).unwrap_or(i64::MAX);
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

/// Writes what is no game.
fn write_facts(draft: &mut Draft<'_>, batch: &Batch<'_>) -> Result<BatchCounts, StoreError> {
    let mut counts = BatchCounts::default();
    for club in &batch.clubs {
        counts.count(facts::club(draft, club)?);
    }
    for player in &batch.players {
        counts.count(facts::player(draft, player)?);
    }
    for year in &batch.years {
        counts.count(facts::player_year(draft, year)?);
    }
    for tournament in &batch.tournaments {
        counts.count(write_tournament(draft, tournament)?);
    }
    Ok(counts)
}

fn write_tournament(draft: &mut Draft<'_>, tournament: &Tournament) -> Result<Fate, StoreError> {
    let row = |draft: &Draft<'_>| match joins::standing(draft, tournament)? {
        Some(id) => tournaments::load(draft, &id),
        None => Ok(None),
    };
    let old = row(draft)?;
    joins::tell(draft, tournament, Telling::Import)?;
    Ok(match old {
        None => Fate::Added,
        Some(old) if row(draft)?.as_ref() != Some(&old) => Fate::Changed,
        Some(_) => Fate::Unchanged,
    })
}

fn write_games(draft: &mut Draft<'_>, batch: &Batch<'_>, import: i64) -> Result<BatchCounts, StoreError> {
    let mut counts = BatchCounts::default();
    joins::settle(draft, batch.games.iter().copied())?;
    for game in &batch.games {
        counts.count(write_game(draft, game, import)?);
    }
    Ok(counts)
}

/// The row of a new import; it is rolled back with the rest when no game changes.
fn insert(draft: &Draft<'_>, name: &str) -> Result<ImportRow, StoreError> {
    let offset = draft.offset();
    draft
        .prepare_cached("INSERT INTO imports (name, games, \"offset\") VALUES (?1, 0, ?2)")?
        .execute(params![name, offset])?;
    Ok(ImportRow { id: draft.last_insert_rowid(), name: name.to_owned(), games: 0, at: None, offset })
}

fn write_game(draft: &mut Draft<'_>, game: &Game, import: i64) -> Result<Fate, StoreError> {
    let tournament = joins::naming(game).find(draft)?;
    let identity = games::identity(game, tournament.as_deref());
    let mut found = games::key_of_identity(draft, identity.as_deref())?;
    let id = found.as_ref().map_or_else(|| game.id(), |key| key.id.clone());
    if found.is_none() {
        found = games::key_of_id(draft, &id)?;
    }
    let Some(key) = found else {
        games::insert(draft, &id, game, Some(import))?;
        return Ok(Fate::Added);
    };
    if key.digest == game.digest() {
        return Ok(Fate::Unchanged);
    }
    let old = games::load(draft, &key.id)?.ok_or_else(|| StoreError::corrupt("game", "it is gone"))?;
    match &tournament {
        // Another source told of this game first: its word stands.
        Some(tournament) if old.game.source != game.source => {
            let subject = Subject { tournament, game: &key.id, source: &game.source };
            disagreements::of_games(draft, subject, &old.game, game)?;
            Ok(Fate::Unchanged)
        }
        Some(_) | None => {
            games::update(draft, &old, game)?;
            Ok(Fate::Changed)
        }
    }
}
