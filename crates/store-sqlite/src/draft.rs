//! One commit while it is being written: rows and changes in one transaction.

use std::collections::HashMap;
use std::ops::Deref;

use changelog::{Change, Op};
use mafia::game::PlayerKey;
use mafia::row::{GameRow, ImportRow, PlayerRow, TournamentRow};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use serde::Serialize;

use crate::error::StoreError;
use crate::{log, schema};

/// A write transaction that becomes one commit, or nothing.
pub(crate) struct Draft<'a> {
    transaction: Transaction<'a>,
    epoch: String,
    offset: u64,
    /// Rows of players met so far; an import hands them from commit to commit.
    pub(crate) known_players: HashMap<PlayerKey, i64>,
    players: Vec<Change>,
    tournaments: Vec<Change>,
    games: Vec<Change>,
    rest: Vec<Change>,
}

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
            players: Vec::new(),
            tournaments: Vec::new(),
            games: Vec::new(),
            rest: Vec::new(),
        })
    }

    /// The offset this commit will have.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) fn player(&mut self, row: &PlayerRow) -> Result<(), StoreError> {
        self.players.push(change("players", row.id.to_string(), None, Some(row))?);
        Ok(())
    }

    pub(crate) fn tournament(
        &mut self,
        old: Option<&TournamentRow>,
        new: &TournamentRow,
    ) -> Result<(), StoreError> {
        self.tournaments.push(change("tournaments", new.id.clone(), old, Some(new))?);
        Ok(())
    }

    pub(crate) fn game(
        &mut self,
        id: &str,
        old: Option<&GameRow>,
        new: Option<&GameRow>,
    ) -> Result<(), StoreError> {
        self.games.push(change("games", id.to_owned(), old, new)?);
        Ok(())
    }

    pub(crate) fn import(&mut self, old: Option<&ImportRow>, new: &ImportRow) -> Result<(), StoreError> {
        self.rest.push(change("imports", new.id.to_string(), old, Some(new))?);
        Ok(())
    }

    /// Changes of tables this store does not know.
    #[cfg(test)]
    pub(crate) fn raw(&mut self, changes: Vec<Change>) {
        self.rest.extend(changes);
    }

    /// Whether a game was written in this commit.
    pub(crate) fn has_games(&self) -> bool {
        !self.games.is_empty()
    }

    /// Writes the commit's own row and makes all of it durable; answers with its offset.
    pub(crate) fn commit(self, now_ms: u64) -> Result<u64, StoreError> {
        let mut changes = self.players;
        changes.extend(self.tournaments);
        changes.extend(self.games);
        changes.extend(self.rest);
        let text = log::encode(changes)?;
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
}

fn change<R: Serialize>(
    table: &str,
    key: String,
    old: Option<&R>,
    new: Option<&R>,
) -> Result<Change, StoreError> {
    let op = match (old, new) {
        (None, _) => Op::Insert,
        (Some(_), Some(_)) => Op::Update,
        (Some(_), None) => Op::Delete,
    };
    Ok(Change {
        table: table.to_owned(),
        op,
        key,
        new: new.map(serde_json::to_string).transpose()?,
        old: old.map(serde_json::to_string).transpose()?,
    })
}
