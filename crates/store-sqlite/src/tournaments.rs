//! Tournaments as rows, and which row a game or a source means.

use mafia::game::{Tournament, TournamentStatus, is_tournament_id};
use mafia::record::TournamentKind;
use mafia::row::TournamentRow;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use crate::draft::Draft;
use crate::error::StoreError;
use crate::games::word;

/// All columns of a row, in the order [`read`] takes them.
pub(crate) const COLUMNS: &str = "id, source, title, status, start, \"end\", planned_rounds, \"offset\", \
     kind, country, city, stars, elo_average_milli, status_word";

/// How a game or a source names a tournament.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Naming<'a> {
    pub(crate) source: &'a str,
    /// The source's own id; where there is one, the title tells nothing.
    pub(crate) id: Option<&'a str>,
    pub(crate) title: Option<&'a str>,
}

/// A row and what only the table knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) row: TournamentRow,
    /// Whether a source told of it; else only games name it.
    pub(crate) told: bool,
}

/// The id of a tournament that has none of its own: the same in every database.
#[must_use]
pub fn tournament_id(source: &str, title: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(source.as_bytes());
    hasher.update([0x1f]);
    hasher.update(title.as_bytes());
    hasher.finalize().iter().take(10).fold("t".to_owned(), |id, byte| format!("{id}{byte:02x}"))
}

impl Naming<'_> {
    /// The row's id of a tournament that only games name; none when nothing names it.
    pub(crate) fn implied_id(&self) -> Option<String> {
        match (self.id, self.title) {
            (Some(id), _) => {
                let own = format!("{}-{id}", self.source);
                Some(if is_tournament_id(&own) { own } else { tournament_id(self.source, id) })
            }
            (None, Some(title)) => Some(tournament_id(self.source, title)),
            (None, None) => None,
        }
    }

    /// The row that is meant: by alias, by id, by title.
    pub(crate) fn find(&self, connection: &Connection) -> Result<Option<String>, StoreError> {
        let Some(implied) = self.implied_id() else { return Ok(None) };
        let found = match (self.id, self.title) {
            (Some(id), _) => connection
                .prepare_cached(
                    "SELECT tournament FROM tournament_aliases WHERE source = ?1 AND key IN (?2, ?3) \
                     UNION ALL SELECT id FROM tournaments WHERE id IN (?4, ?5) AND source = ?1 LIMIT 1",
                )?
                .query_row(
                    params![self.source, format!("id:{id}"), format!("id:{implied}"), implied, id],
                    |row| row.get(0),
                )
                .optional()?,
            (None, title) => connection
                .prepare_cached(
                    "SELECT tournament FROM tournament_aliases WHERE source = ?1 AND key = 'title:' || ?2 \
                     UNION ALL SELECT * FROM (SELECT id FROM tournaments WHERE source = ?1 AND title = ?2 \
                     ORDER BY told DESC, rowid LIMIT 1) \
                     UNION ALL SELECT id FROM tournaments WHERE id = ?3 LIMIT 1",
                )?
                .query_row(params![self.source, title, implied], |row| row.get(0))
                .optional()?,
        };
        Ok(found)
    }
}

/// What a source calls the tournament that it stores under `id`: its own id, without its name.
pub(crate) fn own_id<'a>(source: &str, id: &'a str) -> &'a str {
    id.strip_prefix(source).and_then(|rest| rest.strip_prefix('-')).unwrap_or(id)
}

/// A tournament as it is told, without the commit.
pub(crate) fn told(tournament: &Tournament) -> TournamentRow {
    TournamentRow {
        id: tournament.id.clone(),
        source: tournament.source.clone(),
        title: tournament.title.clone(),
        status: tournament.status,
        start: tournament.start,
        end: tournament.end,
        planned_rounds: tournament.planned_rounds,
        kind: tournament.kind,
        country: tournament.country.clone(),
        city: tournament.city.clone(),
        stars: tournament.stars,
        elo_average_milli: tournament.elo_average_milli,
        status_word: tournament.status_word.clone(),
        offset: None,
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
        kind: word(row, 8, TournamentKind::from_word)?,
        country: row.get(9)?,
        city: row.get(10)?,
        stars: row.get(11)?,
        elo_average_milli: row.get(12)?,
        status_word: row.get(13)?,
    })
}

/// The tournament under this id.
pub(crate) fn load(connection: &Connection, id: &str) -> Result<Option<Stored>, StoreError> {
    let sql = format!("SELECT {COLUMNS}, told FROM tournaments WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Stored { row: read(row)?, told: row.get(14)? }))
}

/// Writes `new` where `old` is, in the table and among the changes.
pub(crate) fn write(draft: &mut Draft<'_>, old: Option<&Stored>, new: &Stored) -> Result<(), StoreError> {
    if old == Some(new) {
        return Ok(());
    }
    let row = &new.row;
    draft
        .prepare_cached(
            "INSERT INTO tournaments (id, source, title, status, start, \"end\", planned_rounds, \"offset\", \
             told, kind, country, city, stars, elo_average_milli, status_word) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) \
             ON CONFLICT (id) DO UPDATE SET source = ?2, title = ?3, status = ?4, start = ?5, \"end\" = ?6, \
             planned_rounds = ?7, \"offset\" = ?8, told = ?9, kind = ?10, country = ?11, city = ?12, \
             stars = ?13, elo_average_milli = ?14, status_word = ?15",
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
            new.told,
            row.kind.map(TournamentKind::as_str),
            row.country,
            row.city,
            row.stars,
            row.elo_average_milli,
            row.status_word,
        ])?;
    draft.tournament(old.map(|old| &old.row), row)
}

/// Removes a row.
pub(crate) fn remove(draft: &mut Draft<'_>, old: &Stored) -> Result<(), StoreError> {
    draft.prepare_cached("DELETE FROM tournaments WHERE id = ?1")?.execute([&old.row.id])?;
    draft.change("tournaments", old.row.id.clone(), Some(&old.row), None)
}

/// Gives a tournament that only games name the day of its first game as start.
pub(crate) fn refresh_start(draft: &mut Draft<'_>, id: &str) -> Result<(), StoreError> {
    let Some(old) = load(draft, id)?.filter(|stored| !stored.told) else { return Ok(()) };
    let first: Option<String> = draft
        .prepare_cached("SELECT min(date) FROM games WHERE tournament_row = ?1")?
        .query_row([id], |row| row.get(0))?;
    let start = first.and_then(|text| text.parse().ok());
    let new = Stored { row: TournamentRow { start, ..old.row.clone() }, told: false };
    write(draft, Some(&old), &new)
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

    #[test]
    fn a_sources_own_id_names_the_row_that_the_source_itself_would_tell() {
        let naming = |source, id| Naming { source, id: Some(id), title: Some("Cup") };
        assert_eq!(naming("site.org", "8238").implied_id().as_deref(), Some("site.org-8238"));
        assert_eq!(own_id("site.org", "site.org-8238"), "8238");
        assert_eq!(own_id("site", "site.org-8238"), "site.org-8238");
        let long = "8".repeat(1000);
        assert_eq!(naming("site", &long).implied_id().unwrap(), tournament_id("site", &long));
    }
}
