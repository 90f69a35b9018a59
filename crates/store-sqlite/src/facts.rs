//! What sources know apart from games and tournaments: players, clubs, years of players.

use mafia::record::{Club, PlayerFacts, PlayerYear, RoleYear};
use mafia::row::PlayerRow;
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;
use serde_json::json;

use crate::draft::Draft;
use crate::error::StoreError;

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Added,
    Changed,
    Unchanged,
}

/// A club's row in a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct ClubRow<'a> {
    source: &'a str,
    id: &'a str,
    title: &'a str,
    country: Option<&'a str>,
    city: Option<&'a str>,
    elo_average_milli: Option<i64>,
    score_milli: Option<i64>,
}

/// The row of a player's year in a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct YearRow<'a> {
    source: &'a str,
    player: &'a str,
    year: i16,
    name: &'a str,
    region: Option<&'a str>,
    civilian: RoleRow,
    sheriff: RoleRow,
    mafia: RoleRow,
    don: RoleRow,
    extra_per_ten_milli: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct RoleRow {
    games: i64,
    win_percent: Option<i64>,
    wins_min: i64,
    wins_max: i64,
    extra_milli: Option<i64>,
}

/// Reads a player's id, key, source, name, Elo, region and club.
pub(crate) fn read_player(row: &Row<'_>) -> Result<PlayerRow, rusqlite::Error> {
    Ok(PlayerRow {
        id: row.get(0)?,
        key: row.get(1)?,
        source: row.get(2)?,
        name: row.get(3)?,
        elo_milli: row.get(4)?,
        region: row.get(5)?,
        club: row.get(6)?,
    })
}

/// Stores what a source knows of a player, who is the one with this id on its seats.
pub(crate) fn player(draft: &mut Draft<'_>, facts: &PlayerFacts) -> Result<Fate, StoreError> {
    let key = format!("id:{}", facts.id);
    let old = draft
        .prepare_cached(
            "SELECT id, key, source, name, elo_milli, region, club FROM players WHERE source = ?1 AND key = ?2",
        )?
        .query_row([&facts.source, &key], read_player)
        .optional()?;
    let Some(old) = old else {
        draft
            .prepare_cached(
                "INSERT INTO players (source, key, name, elo_milli, region, club) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![facts.source, key, facts.name, facts.elo_milli, facts.region, facts.club])?;
        let new = PlayerRow {
            id: draft.last_insert_rowid(),
            key,
            source: facts.source.clone(),
            name: facts.name.clone(),
            elo_milli: facts.elo_milli,
            region: facts.region.clone(),
            club: facts.club.clone(),
        };
        draft.player(None, &new)?;
        return Ok(Fate::Added);
    };
    // The nickname stays the one first seen; what a document does not tell is no news.
    let new = PlayerRow {
        elo_milli: facts.elo_milli.or(old.elo_milli),
        region: facts.region.clone().or_else(|| old.region.clone()),
        club: facts.club.clone().or_else(|| old.club.clone()),
        ..old.clone()
    };
    if new == old {
        return Ok(Fate::Unchanged);
    }
    draft
        .prepare_cached("UPDATE players SET elo_milli = ?2, region = ?3, club = ?4 WHERE id = ?1")?
        .execute(params![new.id, new.elo_milli, new.region, new.club])?;
    draft.player(Some(&old), &new)?;
    Ok(Fate::Changed)
}

/// Stores a club.
pub(crate) fn club(draft: &mut Draft<'_>, told: &Club) -> Result<Fate, StoreError> {
    let old = draft
        .prepare_cached(
            "SELECT title, country, city, elo_average_milli, score_milli FROM clubs WHERE source = ?1 AND id = ?2",
        )?
        .query_row([&told.source, &told.id], |row| {
            Ok(Club {
                source: told.source.clone(),
                id: told.id.clone(),
                title: row.get(0)?,
                country: row.get(1)?,
                city: row.get(2)?,
                elo_average_milli: row.get(3)?,
                score_milli: row.get(4)?,
            })
        })
        .optional()?;
    let mut new = told.clone();
    if let Some(old) = &old {
        new.country = new.country.or_else(|| old.country.clone());
        new.city = new.city.or_else(|| old.city.clone());
        new.elo_average_milli = new.elo_average_milli.or(old.elo_average_milli);
        new.score_milli = new.score_milli.or(old.score_milli);
        if *old == new {
            return Ok(Fate::Unchanged);
        }
    }
    draft.prepare_cached("INSERT OR REPLACE INTO clubs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?.execute(
        params![new.source, new.id, new.title, new.country, new.city, new.elo_average_milli, new.score_milli],
    )?;
    let key = json!([new.source, new.id]).to_string();
    draft.change("clubs", key, old.as_ref().map(club_row).as_ref(), Some(&club_row(&new)))?;
    Ok(if old.is_some() { Fate::Changed } else { Fate::Added })
}

fn club_row(club: &Club) -> ClubRow<'_> {
    ClubRow {
        source: &club.source,
        id: &club.id,
        title: &club.title,
        country: club.country.as_deref(),
        city: club.city.as_deref(),
        elo_average_milli: club.elo_average_milli,
        score_milli: club.score_milli,
    }
}

const YEAR_COLUMNS: &str = "name, region, civilian_games, civilian_win_percent, civilian_wins_min, \
     civilian_wins_max, civilian_extra_milli, sheriff_games, sheriff_win_percent, sheriff_wins_min, \
     sheriff_wins_max, sheriff_extra_milli, mafia_games, mafia_win_percent, mafia_wins_min, \
     mafia_wins_max, mafia_extra_milli, don_games, don_win_percent, don_wins_min, don_wins_max, \
     don_extra_milli, extra_per_ten_milli";

/// Stores a player's year. Of two that tell the same games each narrows the other's range of wins.
pub(crate) fn player_year(draft: &mut Draft<'_>, told: &PlayerYear) -> Result<Fate, StoreError> {
    let sql =
        format!("SELECT {YEAR_COLUMNS} FROM player_years WHERE source = ?1 AND player = ?2 AND year = ?3");
    let old = draft
        .prepare_cached(&sql)?
        .query_row(params![told.source, told.player, told.year], |row| read_year(row, told))
        .optional()?;
    let new = old.as_ref().map_or_else(|| told.clone(), |old| both_years(old, told));
    if old.as_ref() == Some(&new) {
        return Ok(Fate::Unchanged);
    }
    let [civilian, sheriff, mafia, don] = [new.civilian, new.sheriff, new.mafia, new.don];
    let mut statement = draft.prepare_cached(
        "INSERT OR REPLACE INTO player_years VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, \
         ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)",
    )?;
    let mut column = 5;
    for (n, text) in [&new.source, &new.player].into_iter().enumerate() {
        statement.raw_bind_parameter(n + 1, text)?;
    }
    statement.raw_bind_parameter(3, new.year)?;
    statement.raw_bind_parameter(4, &new.name)?;
    statement.raw_bind_parameter(5, &new.region)?;
    for role in [civilian, sheriff, mafia, don] {
        for value in
            [Some(role.games), role.win_percent, Some(role.wins_min), Some(role.wins_max), role.extra_milli]
        {
            column += 1;
            statement.raw_bind_parameter(column, value)?;
        }
    }
    statement.raw_bind_parameter(26, new.extra_per_ten_milli)?;
    statement.raw_execute()?;
    drop(statement);
    let key = json!([new.source, new.player, new.year]).to_string();
    draft.change("player_years", key, old.as_ref().map(year_row).as_ref(), Some(&year_row(&new)))?;
    Ok(if old.is_some() { Fate::Changed } else { Fate::Added })
}

fn read_year(row: &Row<'_>, told: &PlayerYear) -> Result<PlayerYear, rusqlite::Error> {
    let role = |at: usize| -> Result<RoleYear, rusqlite::Error> {
        Ok(RoleYear {
            games: row.get(at)?,
            win_percent: row.get(at + 1)?,
            wins_min: row.get(at + 2)?,
            wins_max: row.get(at + 3)?,
            extra_milli: row.get(at + 4)?,
        })
    };
    Ok(PlayerYear {
        source: told.source.clone(),
        player: told.player.clone(),
        year: told.year,
        name: row.get(0)?,
        region: row.get(1)?,
        civilian: role(2)?,
        sheriff: role(7)?,
        mafia: role(12)?,
        don: role(17)?,
        extra_per_ten_milli: row.get(22)?,
    })
}

fn both_years(old: &PlayerYear, told: &PlayerYear) -> PlayerYear {
    PlayerYear {
        name: if old.name.is_empty() { told.name.clone() } else { old.name.clone() },
        region: told.region.clone().or_else(|| old.region.clone()),
        civilian: both_roles(old.civilian, told.civilian),
        sheriff: both_roles(old.sheriff, told.sheriff),
        mafia: both_roles(old.mafia, told.mafia),
        don: both_roles(old.don, told.don),
        extra_per_ten_milli: told.extra_per_ten_milli.or(old.extra_per_ten_milli),
        ..told.clone()
    }
}

fn both_roles(old: RoleYear, told: RoleYear) -> RoleYear {
    let (wins_min, wins_max) = (old.wins_min.max(told.wins_min), old.wins_max.min(told.wins_max));
    if old.games != told.games || wins_min > wins_max {
        return told;
    }
    RoleYear {
        games: told.games,
        win_percent: told.win_percent.or(old.win_percent),
        wins_min,
        wins_max,
        extra_milli: told.extra_milli.or(old.extra_milli),
    }
}

fn year_row(year: &PlayerYear) -> YearRow<'_> {
    let role = |role: RoleYear| RoleRow {
        games: role.games,
        win_percent: role.win_percent,
        wins_min: role.wins_min,
        wins_max: role.wins_max,
        extra_milli: role.extra_milli,
    };
    YearRow {
        source: &year.source,
        player: &year.player,
        year: year.year,
        name: &year.name,
        region: year.region.as_deref(),
        civilian: role(year.civilian),
        sheriff: role(year.sheriff),
        mafia: role(year.mafia),
        don: role(year.don),
        extra_per_ten_milli: year.extra_per_ten_milli,
    }
}
