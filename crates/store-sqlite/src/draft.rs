//! One commit while it is being written: rows and changes in one transaction.

use std::collections::{BTreeMap, HashMap};
use std::ops::Deref;

use changelog::{Change, Op};
use mafia::game::PlayerKey;
use mafia::row::{GameRow, ImportRow, PlayerRow, TournamentRow};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use serde::Serialize;

use crate::disagreements::Disagreement;
use crate::error::StoreError;
use crate::joins::Joined;
use crate::{log, schema};

/// A write transaction that becomes one commit, or nothing.
pub(crate) struct Draft<'a> {
    transaction: Transaction<'a>,
    epoch: String,
    offset: u64,
    /// Rows of players met so far; an import hands them from commit to commit.
    pub(crate) known_players: HashMap<PlayerKey, i64>,
    /// Tournaments that were joined in this commit.
    pub(crate) joined: Vec<Joined>,
    /// What sources tell differently, as far as this commit met it.
    pub(crate) disagreements: Vec<Disagreement>,
    changes: BTreeMap<Place, RowTexts>,
    /// The place of each row's change.
    places: HashMap<(&'static str, String), Place>,
    #[cfg(test)]
    raw: Vec<Change>,
}

/// Where a change stands in its commit: the table's place, then in order of arrival.
type Place = (usize, usize);

/// A row of `table` before and after, as JSON text.
struct RowTexts {
    table: &'static str,
    key: String,
    old: Option<String>,
    new: Option<String>,
}

/// The order of tables in a commit.
const ORDER: [&str; 8] = [
    "clubs",
    "players",
    "player_years",
    "tournaments",
    "tournament_aliases",
    "games",
    "disagreements",
    "imports",
];

impl Deref for Draft<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

impl<'a> Draft<'a> {
    /// Takes the write lock of the file.
    pub(crate) fn begin(connection: &'a mut Connection) -> Result<Self, StoreError> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (epoch, head) = schema::head(&transaction)?;
        Ok(Self {
            transaction,
            epoch,
            offset: head + 1,
            known_players: HashMap::new(),
            joined: Vec::new(),
            disagreements: Vec::new(),
            changes: BTreeMap::new(),
            places: HashMap::new(),
            #[cfg(test)]
            raw: Vec::new(),
        })
    }

    /// The offset this commit will have.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Notes that the row `key` of `table` is `new` where it was `old`. Several changes of a row in one
    /// commit become one; none is left when it ends as it was.
    pub(crate) fn change<R: Serialize>(
        &mut self,
        table: &'static str,
        key: String,
        old: Option<&R>,
        new: Option<&R>,
    ) -> Result<(), StoreError> {
        let new = new.map(serde_json::to_string).transpose()?;
        if let Some(place) = self.places.get(&(table, key.clone())) {
            if let Some(known) = self.changes.get_mut(place) {
                known.new = new;
            }
            return Ok(());
        }
        let old = old.map(serde_json::to_string).transpose()?;
        let table_place = ORDER.iter().position(|known| *known == table).unwrap_or(ORDER.len());
        let place = (table_place, self.places.len());
        self.places.insert((table, key.clone()), place);
        self.changes.insert(place, RowTexts { table, key, old, new });
        Ok(())
    }

    pub(crate) fn player(&mut self, old: Option<&PlayerRow>, new: &PlayerRow) -> Result<(), StoreError> {
        self.change("players", new.id.to_string(), old, Some(new))
    }

    pub(crate) fn tournament(
        &mut self,
        old: Option<&TournamentRow>,
        new: &TournamentRow,
    ) -> Result<(), StoreError> {
        self.change("tournaments", new.id.clone(), old, Some(new))
    }

    pub(crate) fn game(
        &mut self,
        id: &str,
        old: Option<&GameRow>,
        new: Option<&GameRow>,
    ) -> Result<(), StoreError> {
        self.change("games", id.to_owned(), old, new)
    }

    pub(crate) fn import(&mut self, old: Option<&ImportRow>, new: &ImportRow) -> Result<(), StoreError> {
        self.change("imports", new.id.to_string(), old, Some(new))
    }

    /// Changes of tables this store does not know.
    #[cfg(test)]
    pub(crate) fn raw(&mut self, changes: Vec<Change>) {
        self.raw.extend(changes);
    }

    /// Whether anything that was noted so far is other than before.
    pub(crate) fn has_changes(&self) -> bool {
        self.changes.values().any(|row| row.old != row.new)
    }

    /// Writes the commit's own row and makes all of it durable; answers with its offset.
    pub(crate) fn commit(self, now_ms: u64) -> Result<u64, StoreError> {
        let changes = self.changes.into_values().filter(|row| row.old != row.new).map(RowTexts::into_change);
        #[cfg(test)]
        let changes = changes.chain(self.raw);
        let text = log::encode(changes.collect())?;
        self.transaction.prepare_cached("INSERT INTO commits VALUES (?1, ?2, ?3, ?4)")?.execute(params![
            self.epoch,
            self.offset,
            now_ms,
            text
        ])?;
        // Kept apart from the rows: after retention the next offset is still one more.
        schema::set_meta(&self.transaction, "head", &self.offset.to_string())?;
        self.transaction.commit()?;
        Ok(self.offset)
    }

    /// Makes the rows durable without a commit of the log: only for what no reader of the log can see.
    pub(crate) fn keep(self) -> Result<(), StoreError> {
        Ok(self.transaction.commit()?)
    }
}

impl RowTexts {
    fn into_change(self) -> Change {
        let op = match (&self.old, &self.new) {
            (None, _) => Op::Insert,
            (Some(_), Some(_)) => Op::Update,
            (Some(_), None) => Op::Delete,
        };
        Change { table: self.table.to_owned(), op, key: self.key, new: self.new, old: self.old }
    }
}
