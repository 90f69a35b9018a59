//! Tournaments that two sources tell of are one: by an alias, or by exact title and start day.
//!
//! Of two rows the one stored first stays, a told one before one that only games name, and what it knows
//! stands; the other only fills what is missing. Of two games the one stored first stays.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mafia::game::{Alias, AliasKey, Game, Tournament, TournamentStatus};
use mafia::row::TournamentRow;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::disagreements::{self, Subject};
use crate::draft::Draft;
use crate::error::StoreError;
use crate::games;
use crate::tournaments::{self, Naming, Stored, own_id};

/// A source's name for a tournament that stands under another row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Joined {
    /// The source.
    pub source: String,
    /// `id:` or `title:` and what the source calls it.
    pub key: String,
    /// The row that it is.
    pub tournament: String,
    /// Whether title and start day told so; else someone did.
    pub automatic: bool,
}

/// How a tournament is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Put by an organiser: all of it, also what is missing.
    Put,
    /// Brought by an import: what is missing says nothing.
    Import,
}

/// Makes sure that every tournament named by `games` has a row, and joins what is one.
pub(crate) fn settle<'a>(
    draft: &mut Draft<'_>,
    games: impl Iterator<Item = &'a Game>,
) -> Result<(), StoreError> {
    let mut named: BTreeMap<Naming<'_>, Option<Date>> = BTreeMap::new();
    for game in games {
        let naming = naming(game);
        if naming.implied_id().is_none() {
            continue;
        }
        let first = named.entry(naming).or_default();
        *first = earlier(*first, game.date);
    }
    for (naming, first) in named {
        settle_one(draft, naming, first)?;
    }
    Ok(())
}

/// How a game names its tournament.
pub(crate) fn naming(game: &Game) -> Naming<'_> {
    Naming { source: &game.source, id: game.tournament_id.as_deref(), title: game.tournament.as_deref() }
}

fn earlier(a: Option<Date>, b: Option<Date>) -> Option<Date> {
    a.into_iter().chain(b).min()
}

fn settle_one(draft: &mut Draft<'_>, naming: Naming<'_>, first: Option<Date>) -> Result<(), StoreError> {
    let old = match naming.find(draft)? {
        Some(id) => tournaments::load(draft, &id)?,
        None => None,
    };
    let new = match &old {
        Some(old) if old.told => return Ok(()),
        Some(old) => {
            let start = earlier(old.row.start, first);
            Stored { row: TournamentRow { start, ..old.row.clone() }, told: false }
        }
        None => {
            let Some(id) = naming.implied_id() else { return Ok(()) };
            let title = naming.title.or(naming.id).unwrap_or_default().to_owned();
            let source = naming.source.to_owned();
            Stored {
                row: TournamentRow { id, source, title, start: first, ..TournamentRow::default() },
                told: false,
            }
        }
    };
    if old.as_ref() == Some(&new) {
        return Ok(());
    }
    tournaments::write(draft, old.as_ref(), &new)?;
    join_by_title_and_day(draft, &new.row.id).map(drop)
}

/// Stores what a source tells of a tournament; answers with the row under which it stands.
pub(crate) fn tell(
    draft: &mut Draft<'_>,
    tournament: &Tournament,
    telling: Telling,
) -> Result<String, StoreError> {
    let mut row = tournaments::told(tournament);
    let old = match standing(draft, tournament)? {
        Some(id) => tournaments::load(draft, &id)?,
        None => None,
    };
    match &old {
        Some(old) if old.row.source != row.source && old.row.id != row.id => {
            let new = filled(draft, old, &row)?;
            write_touched(draft, old, new, telling)?;
        }
        Some(old) => {
            if telling == Telling::Import {
                row = newer(&old.row, row);
            }
            row.offset = old.row.offset;
            if old.row.title != row.title {
                // Games that are brought again still call it so.
                let key = AliasKey::Title(old.row.title.clone());
                let former = Alias { source: old.row.source.clone(), key };
                alias(draft, &former, &row.id, false).map(drop)?;
            }
            write_touched(draft, old, Stored { row, told: true }, telling)?;
        }
        None => {
            row.offset = (telling == Telling::Put).then(|| draft.offset());
            tournaments::write(draft, None, &Stored { row, told: true })?;
        }
    }
    let mut id = old.map_or_else(|| tournament.id.clone(), |old| old.row.id);
    absorb_implied(draft, &id, tournament)?;
    id = join_by_title_and_day(draft, &id)?;
    for pair in &tournament.aliases {
        id = join_explicitly(draft, pair, &id)?;
    }
    Ok(id)
}

/// Writes a row that was there; someone's word moves its entry in the feed, an import's does not.
fn write_touched(
    draft: &mut Draft<'_>,
    old: &Stored,
    mut new: Stored,
    telling: Telling,
) -> Result<(), StoreError> {
    let put = telling == Telling::Put;
    if new != *old && (put || old.row.offset.is_some()) || put && old.row.offset.is_none() {
        new.row.offset = Some(draft.offset());
    }
    tournaments::write(draft, Some(old), &new)
}

/// The row that a told tournament means: its own, or the one that its source's name was joined to.
pub(crate) fn standing(draft: &Draft<'_>, tournament: &Tournament) -> Result<Option<String>, StoreError> {
    if tournaments::load(draft, &tournament.id)?.is_some() {
        return Ok(Some(tournament.id.clone()));
    }
    aliased(draft, &tournament.source, &tournament.id)
}

/// The row to which the id that `source` gave was joined.
fn aliased(draft: &Draft<'_>, source: &str, id: &str) -> Result<Option<String>, StoreError> {
    let keys = [format!("id:{id}"), format!("id:{}", own_id(source, id))];
    let found = draft
        .prepare_cached(
            "SELECT tournament FROM tournament_aliases WHERE source = ?1 AND key IN (?2, ?3) LIMIT 1",
        )?
        .query_row(params![source, keys[0], keys[1]], |row| row.get(0));
    Ok(found.optional()?)
}

/// What one source tells later: its newer words, and the older where it says nothing.
fn newer(old: &TournamentRow, told: TournamentRow) -> TournamentRow {
    let says_status = told.status != TournamentStatus::Unknown || told.status_word.is_some();
    let says_title = told.title != told.id;
    TournamentRow {
        title: if says_title { told.title } else { old.title.clone() },
        status: if says_status { told.status } else { old.status },
        status_word: if says_status { told.status_word } else { old.status_word.clone() },
        start: told.start.or(old.start),
        end: told.end.or(old.end),
        planned_rounds: told.planned_rounds.or(old.planned_rounds),
        kind: told.kind.or(old.kind),
        country: told.country.or_else(|| old.country.clone()),
        city: told.city.or_else(|| old.city.clone()),
        stars: told.stars.or(old.stars),
        elo_average_milli: told.elo_average_milli.or(old.elo_average_milli),
        ..told
    }
}

/// What stands, with what only another source knows; notes where they differ.
fn filled(draft: &mut Draft<'_>, kept: &Stored, told: &TournamentRow) -> Result<Stored, StoreError> {
    let mut base = kept.row.clone();
    if !kept.told {
        // The day of the first game is no word of anyone.
        base.start = told.start.or(base.start);
    }
    let mut words = told.clone();
    if words.title == words.id {
        words.title.clone_from(&base.title);
    }
    disagreements::of_tournaments(draft, &base, &words)?;
    let row = newer(told, base);
    Ok(Stored { row: TournamentRow { offset: kept.row.offset, ..row }, told: true })
}

/// Takes the row that only games of the same source made for this title into the told one.
fn absorb_implied(draft: &mut Draft<'_>, id: &str, tournament: &Tournament) -> Result<(), StoreError> {
    let source = tournament.source.as_str();
    let named = [
        Naming { source, id: None, title: Some(&tournament.title) }.implied_id(),
        Naming { source, id: Some(own_id(source, &tournament.id)), title: None }.implied_id(),
    ];
    for implied in named.into_iter().flatten().filter(|implied| implied != id) {
        let Some(lose) = tournaments::load(draft, &implied)?.filter(|stored| !stored.told) else { continue };
        tournaments::remove(draft, &lose)?;
        move_aliases(draft, &implied, id)?;
        disagreements::move_all(draft, &implied, id)?;
        move_games(draft, &implied, id)?;
        name_too(draft, source, &tournament.title, id, true)?;
    }
    Ok(())
}

/// Joins the row to one of another source with the same title and start day; answers with what stands.
fn join_by_title_and_day(draft: &mut Draft<'_>, id: &str) -> Result<String, StoreError> {
    let other: Option<String> = draft
        .prepare_cached(
            "SELECT other.id FROM tournaments AS one JOIN tournaments AS other \
             ON other.title = one.title AND other.start = one.start AND other.source <> one.source \
             WHERE one.id = ?1 ORDER BY other.rowid LIMIT 1",
        )?
        .query_row([id], |row| row.get(0))
        .optional()?;
    match other {
        Some(other) => join(draft, id, &other, true),
        None => Ok(id.to_owned()),
    }
}

/// Joins what someone says is one; answers with what stands.
fn join_explicitly(draft: &mut Draft<'_>, pair: &Alias, id: &str) -> Result<String, StoreError> {
    let naming = match &pair.key {
        AliasKey::Id(own) => Naming { source: &pair.source, id: Some(own), title: None },
        AliasKey::Title(title) => Naming { source: &pair.source, id: None, title: Some(title) },
    };
    let stands = match naming.find(draft)? {
        Some(other) if other != id && tournaments::load(draft, &other)?.is_some() => {
            join(draft, id, &other, false)?
        }
        Some(_) | None => id.to_owned(),
    };
    let joined = alias(draft, pair, &stands, false)?;
    draft.joined.extend(joined);
    Ok(stands)
}

/// Makes one row of two.
fn join(draft: &mut Draft<'_>, one: &str, other: &str, automatic: bool) -> Result<String, StoreError> {
    let first: String = draft
        .prepare_cached("SELECT id FROM tournaments WHERE id IN (?1, ?2) ORDER BY told DESC, rowid LIMIT 1")?
        .query_row([one, other], |row| row.get(0))?;
    let later = if first == one { other } else { one };
    let gone = || StoreError::corrupt("tournament", "it is gone");
    let keep = tournaments::load(draft, &first)?.ok_or_else(gone)?;
    let lose = tournaments::load(draft, later)?.ok_or_else(gone)?;
    let mut new = if lose.told { filled(draft, &keep, &lose.row)? } else { keep.clone() };
    if lose.row.offset.is_some() || new != keep && keep.row.offset.is_some() {
        new.row.offset = Some(draft.offset());
    }
    tournaments::write(draft, Some(&keep), &new)?;
    tournaments::remove(draft, &lose)?;
    move_aliases(draft, later, &first)?;
    disagreements::move_all(draft, later, &first)?;
    let source = lose.row.source.clone();
    if source != keep.row.source {
        let id = Alias { source: source.clone(), key: AliasKey::Id(later.to_owned()) };
        let joined = alias(draft, &id, &first, automatic)?;
        draft.joined.extend(joined);
        name_too(draft, &source, &lose.row.title, &first, automatic)?;
    }
    move_games(draft, later, &first)?;
    tournaments::refresh_start(draft, &first)?;
    Ok(first)
}

/// Notes that games of `source` mean the tournament `id` by its title, unless another is called so.
fn name_too(
    draft: &mut Draft<'_>,
    source: &str,
    title: &str,
    id: &str,
    automatic: bool,
) -> Result<(), StoreError> {
    if (Naming { source, id: None, title: Some(title) }).find(draft)?.is_some() {
        return Ok(());
    }
    let name = Alias { source: source.to_owned(), key: AliasKey::Title(title.to_owned()) };
    let joined = alias(draft, &name, id, automatic)?;
    draft.joined.extend(joined);
    Ok(())
}

/// Notes that `pair` is the tournament `id`; answers with what is new.
fn alias(
    draft: &mut Draft<'_>,
    pair: &Alias,
    id: &str,
    automatic: bool,
) -> Result<Option<Joined>, StoreError> {
    let key = match &pair.key {
        AliasKey::Id(own) => format!("id:{own}"),
        AliasKey::Title(title) => format!("title:{title}"),
    };
    let new = Joined { source: pair.source.clone(), key, tournament: id.to_owned(), automatic };
    let old = draft
        .prepare_cached(
            "SELECT tournament, automatic FROM tournament_aliases WHERE source = ?1 AND key = ?2",
        )?
        .query_row([&new.source, &new.key], |row| {
            Ok(Joined { tournament: row.get(0)?, automatic: row.get(1)?, ..new.clone() })
        })
        .optional()?;
    if old.as_ref().is_some_and(|old| old.tournament == new.tournament) {
        return Ok(None);
    }
    write_alias(draft, old.as_ref(), &new)?;
    Ok(Some(new))
}

fn write_alias(draft: &mut Draft<'_>, old: Option<&Joined>, new: &Joined) -> Result<(), StoreError> {
    draft
        .prepare_cached("INSERT OR REPLACE INTO tournament_aliases VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![new.source, new.key, new.tournament, new.automatic])?;
    let key = serde_json::json!([new.source, new.key]).to_string();
    draft.change("tournament_aliases", key, old, Some(new))
}

fn move_aliases(draft: &mut Draft<'_>, from: &str, to: &str) -> Result<(), StoreError> {
    for old in aliases(draft, from)? {
        let new = Joined { tournament: to.to_owned(), ..old.clone() };
        write_alias(draft, Some(&old), &new)?;
    }
    Ok(())
}

/// The names of other sources, and older ones of its own, that mean this row.
pub(crate) fn aliases(connection: &rusqlite::Connection, id: &str) -> Result<Vec<Joined>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT source, key, automatic FROM tournament_aliases WHERE tournament = ?1 ORDER BY source, key",
    )?;
    let rows = statement.query_map([id], |row| {
        Ok(Joined {
            source: row.get(0)?,
            key: row.get(1)?,
            tournament: id.to_owned(),
            automatic: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Gives the games of one row to another; of two that are then one the earlier stays.
fn move_games(draft: &mut Draft<'_>, from: &str, to: &str) -> Result<(), StoreError> {
    let ids: Vec<String> = draft
        .prepare_cached("SELECT id FROM games WHERE tournament_row = ?1 ORDER BY n")?
        .query_map([from], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in ids {
        let Some(moved) = games::load(draft, &id)? else { continue };
        let identity = games::identity(&moved.game, Some(to));
        let same = match games::key_of_identity(draft, identity.as_deref())? {
            Some(key) if key.id != id => games::load(draft, &key.id)?,
            Some(_) | None => None,
        };
        if let Some(same) = same {
            let (first, later) = if same.place.n < moved.place.n { (&same, &moved) } else { (&moved, &same) };
            if first.game.source != later.game.source {
                let source = &later.game.source;
                let subject = Subject { tournament: to, game: &first.place.id, source };
                disagreements::of_games(draft, subject, &first.game, &later.game)?;
            }
            games::remove(draft, later)?;
            disagreements::forget(draft, to, &later.place.id)?;
            if later.place.id == id {
                continue;
            }
        }
        draft
            .prepare_cached("UPDATE games SET identity = ?2, tournament_row = ?3 WHERE id = ?1")?
            .execute(params![id, identity, to])?;
    }
    Ok(())
}
