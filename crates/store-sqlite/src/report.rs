//! What a file holds, in numbers, and what its sources tell differently.

use std::collections::BTreeMap;

use mafia::game::Side;
use realtime_protocol::{Epoch, Position};
use rusqlite::Connection;
use serde::Serialize;

use crate::disagreements::{self, Disagreement};
use crate::error::StoreError;
use crate::joins::Joined;
use crate::schema;
use crate::store::Store;

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The commit that it stands at.
    pub position: Position,
    /// Rows of each table.
    pub tables: BTreeMap<&'static str, u64>,
    /// Games of each source, running ones too.
    pub games_by_source: BTreeMap<String, u64>,
    /// Games of each season; those of no season are not here.
    pub games_by_season: BTreeMap<i64, u64>,
    /// Games with each oddity; of a running game only those that give no roles away.
    pub games_by_flag: BTreeMap<String, u64>,
    /// How often each side won, over finished games with a result; a draw is a win for nobody.
    pub win_rate_by_side: BTreeMap<&'static str, WinRate>,
    /// What sources call tournaments that stand under another source's row.
    pub joins: Vec<Joined>,
    /// What a later source tells otherwise; nothing of it was taken.
    pub disagreements: Vec<Disagreement>,
}

/// Wins and the games they are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WinRate {
    /// Games won.
    pub wins: u64,
    /// Games with a result, draws included.
    pub n: u64,
    /// Wins of a thousand games, rounded half up; none without games.
    pub rate_milli: Option<u64>,
}

/// Every table with rows of its own.
const TABLES: [&str; 10] = [
    "clubs",
    "commits",
    "disagreements",
    "games",
    "imports",
    "player_years",
    "players",
    "seats",
    "tournament_aliases",
    "tournaments",
];

impl Store {
    /// Counts what the file holds.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn report(&mut self) -> Result<Report, StoreError> {
        let transaction = self.connection.transaction()?;
        let (epoch, offset) = schema::head(&transaction)?;
        let mut tables = BTreeMap::new();
        for table in TABLES {
            let sql = format!("SELECT count(*) FROM {table}");
            tables.insert(table, transaction.query_row(&sql, [], |row| row.get(0))?);
        }
        Ok(Report {
            position: Position { epoch: Epoch::new(&epoch), offset },
            tables,
            games_by_source: counts(&transaction, "SELECT source, count(*) FROM games GROUP BY source")?,
            games_by_season: counts(
                &transaction,
                "SELECT season, count(*) FROM games WHERE season IS NOT NULL GROUP BY season",
            )?,
            games_by_flag: counts(
                &transaction,
                "SELECT flag.value, count(*) FROM games, json_each(games.flags) AS flag GROUP BY flag.value",
            )?,
            win_rate_by_side: win_rates(&transaction)?,
            joins: joins(&transaction)?,
            disagreements: disagreements(&transaction)?,
        })
    }
}

fn win_rates(connection: &Connection) -> Result<BTreeMap<&'static str, WinRate>, StoreError> {
    let won: BTreeMap<String, u64> = counts(
        connection,
        "SELECT winner, count(*) FROM games WHERE status = 'finished' AND winner IS NOT NULL GROUP BY winner",
    )?;
    let n = won.values().sum();
    let rate = |side: &str| {
        let wins = won.get(side).copied().unwrap_or(0);
        WinRate { wins, n, rate_milli: (2000 * wins + n).checked_div(2 * n) }
    };
    Ok([Side::Town, Side::Mafia].map(|side| (side.as_str(), rate(side.as_str()))).into())
}

/// A player by the name that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The row of the table `players`.
    pub id: i64,
    /// Who knows the player.
    pub source: String,
    /// `id:` and the source's id, or `name:` and the nickname.
    pub key: String,
}

impl Store {
    /// The players of every source who are called exactly so; one name may be that of several.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn players_named(&mut self, name: &str) -> Result<Vec<Named>, StoreError> {
        let mut statement = self
            .connection
            .prepare("SELECT id, source, key FROM players WHERE name = ?1 ORDER BY source, key")?;
        let rows = statement
            .query_map([name], |row| Ok(Named { id: row.get(0)?, source: row.get(1)?, key: row.get(2)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn counts<K: Ord + rusqlite::types::FromSql>(
    connection: &Connection,
    sql: &str,
) -> Result<BTreeMap<K, u64>, StoreError> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Without the former titles that a source's own tournament had.
fn joins(connection: &Connection) -> Result<Vec<Joined>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT alias.source, alias.key, alias.tournament, alias.automatic FROM tournament_aliases AS alias \
         JOIN tournaments ON tournaments.id = alias.tournament WHERE tournaments.source <> alias.source \
         ORDER BY alias.tournament, alias.source, alias.key",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Joined { source: row.get(0)?, key: row.get(1)?, tournament: row.get(2)?, automatic: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn disagreements(connection: &Connection) -> Result<Vec<Disagreement>, StoreError> {
    let sql = format!("{} ORDER BY tournament, game, source, field", disagreements::SELECT);
    let mut statement = connection.prepare(&sql)?;
    let rows = statement.query_map([], disagreements::read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
