//! Tournaments as rows.

use mafia::game::{Tournament, TournamentStatus};
use mafia::row::TournamentRow;
use rusqlite::{Connection, Row, params};
use sha2::{Digest, Sha256};

use crate::draft::Draft;
use crate::error::StoreError;
use crate::games::word;

/// All columns, in the order [`read`] takes them.
pub(crate) const COLUMNS: &str = "id, source, title, status, start, \"end\", planned_rounds, \"offset\"";

/// The id of a tournament that has none of its own: the same in every database.
#[must_use]
pub fn tournament_id(source: &str, title: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(source.as_bytes());
    hasher.update([0x1f]);
    hasher.update(title.as_bytes());
    hasher.finalize().iter().take(10).fold("t".to_owned(), |id, byte| format!("{id}{byte:02x}"))
}

/// A tournament of which only the title is known.
pub(crate) fn implied(source: &str, title: &str) -> TournamentRow {
    TournamentRow {
        id: tournament_id(source, title),
        source: source.to_owned(),
        title: title.to_owned(),
        status: TournamentStatus::Unknown,
        start: None,
        end: None,
        planned_rounds: None,
        offset: None,
        ..TournamentRow::default()
    }
}

/// A tournament as it stands in the commit `offset`.
pub(crate) fn row(tournament: &Tournament, offset: u64) -> TournamentRow {
    TournamentRow {
        id: tournament.id.clone(),
        source: tournament.source.clone(),
        title: tournament.title.clone(),
        status: tournament.status,
        start: tournament.start,
        end: tournament.end,
        planned_rounds: tournament.planned_rounds,
        offset: Some(offset),
        ..TournamentRow::default()
    }
}

/// Reads the columns of [`COLUMNS`].
pub(crate) fn read(row: &Row<'_>) -> Result<TournamentRow, StoreError> {
    Ok(TournamentRow {
        id: row.get(0)?,
        source: row.get(1)?,
        title: row.get(2)?,
        status: word(row, 3, TournamentStatus::from_word)?.unwrap_or_default(),
        start: word(row, 4, |text| text.parse().ok())?,
        end: word(row, 5, |text| text.parse().ok())?,
        planned_rounds: row.get(6)?,
        offset: row.get(7)?,
        ..TournamentRow::default()
    })
}

/// The tournament under this id.
pub(crate) fn load(connection: &Connection, id: &str) -> Result<Option<TournamentRow>, StoreError> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM tournaments WHERE id = ?1"))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(read).transpose()
}

/// Whether a tournament of this source has this title, or the row that only a title makes is there.
pub(crate) fn is_named(connection: &Connection, source: &str, title: &str) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM tournaments WHERE source = ?1 AND title = ?2) \
             OR EXISTS (SELECT 1 FROM tournaments WHERE id = ?3)",
        )?
        .query_row([source, title, &tournament_id(source, title)], |row| row.get(0))?)
}

/// Writes the row, in place of the one under its id.
pub(crate) fn write(draft: &Draft<'_>, row: &TournamentRow) -> Result<(), StoreError> {
    draft
        .prepare_cached(
            "INSERT INTO tournaments VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET \
             source = ?2, title = ?3, status = ?4, start = ?5, \"end\" = ?6, planned_rounds = ?7, \"offset\" = ?8",
        )?
        .execute(params![
            row.id,
            row.source,
            row.title,
            row.status.as_str(),
            row.start.map(|date| date.to_string()),
            row.end.map(|date| date.to_string()),
            row.planned_rounds,
            row.offset,
        ])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_id_depends_on_source_and_title_and_their_border() {
        let id = tournament_id("club", "Cup");
        assert_eq!((id.len(), &id[..1]), (21, "t"));
        assert_eq!(id, tournament_id("club", "Cup"));
        assert_ne!(id, tournament_id("clubC", "up"));
    }
}
