//! What two sources tell differently of one tournament. The first one's values stand.

use std::collections::BTreeMap;

use mafia::game::{Game, GameStatus, Role, Seat, Winner};
use mafia::record::TournamentKind;
use mafia::row::TournamentRow;
use rusqlite::Row;
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::error::StoreError;

/// One value that a later source tells differently.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Disagreement {
    /// The joined tournament.
    pub tournament: String,
    /// The game; none when the tournament itself is told differently.
    pub game: Option<String>,
    /// The source whose value was not taken.
    pub source: String,
    /// The field: its name, for a seat `players/SEAT/name`.
    pub field: String,
    /// What stands.
    pub kept: String,
    /// What the other source says.
    pub told: String,
}

const TABLE: &str = "disagreements";

/// Fields with a value, as text; numbers of points in thousandths.
type Fields = BTreeMap<String, String>;

/// What [`note`] is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) tournament: &'a str,
    /// Empty for the tournament itself.
    pub(crate) game: &'a str,
    pub(crate) source: &'a str,
}

/// Notes where two sources tell one game differently.
pub(crate) fn of_games(
    draft: &mut Draft<'_>,
    subject: Subject<'_>,
    kept: &Game,
    told: &Game,
) -> Result<(), StoreError> {
    note(draft, subject, &game_fields(kept), &game_fields(told))
}

/// Notes where two sources tell one tournament differently.
pub(crate) fn of_tournaments(
    draft: &mut Draft<'_>,
    kept: &TournamentRow,
    told: &TournamentRow,
) -> Result<(), StoreError> {
    let subject = Subject { tournament: &kept.id, game: "", source: &told.source };
    note(draft, subject, &tournament_fields(kept), &tournament_fields(told))
}

/// Puts what differs in place of what differed when this source told of it before.
fn note(draft: &mut Draft<'_>, subject: Subject<'_>, kept: &Fields, told: &Fields) -> Result<(), StoreError> {
    let mut before = load(draft, subject)?;
    for (field, told) in told {
        // A value that one of them does not know is no disagreement.
        let Some(kept) = kept.get(field).filter(|kept| *kept != told) else { continue };
        let new = Disagreement {
            tournament: subject.tournament.to_owned(),
            game: Some(subject.game.to_owned()).filter(|game| !game.is_empty()),
            source: subject.source.to_owned(),
            field: field.clone(),
            kept: kept.clone(),
            told: told.clone(),
        };
        let old = before.remove(field);
        if old.as_ref() != Some(&new) {
            write(draft, old.as_ref(), &new)?;
        }
        draft.disagreements.push(new);
    }
    for old in before.values() {
        remove(draft, old)?;
    }
    Ok(())
}

fn key(row: &Disagreement) -> String {
    let game = row.game.as_deref().unwrap_or_default();
    serde_json::Value::from(vec![row.tournament.as_str(), game, &row.source, &row.field]).to_string()
}

/// What this source told of the subject before, by field.
fn load(draft: &Draft<'_>, subject: Subject<'_>) -> Result<BTreeMap<String, Disagreement>, StoreError> {
    let known = of_tournament(draft, subject.tournament)?;
    let game = Some(subject.game).filter(|game| !game.is_empty());
    let same = known.into_iter().filter(|one| one.game.as_deref() == game && one.source == subject.source);
    Ok(same.map(|one| (one.field.clone(), one)).collect())
}

/// Everything that is told otherwise of a tournament and its games.
fn of_tournament(draft: &Draft<'_>, tournament: &str) -> Result<Vec<Disagreement>, StoreError> {
    let sql = format!("{SELECT} WHERE tournament = ?1");
    let mut statement = draft.prepare_cached(&sql)?;
    let rows = statement.query_map([tournament], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// All of [`Disagreement`], in the order [`read`] takes it.
pub(crate) const SELECT: &str =
    "SELECT tournament, nullif(game, ''), source, field, kept, told FROM disagreements";

/// Reads a row of [`SELECT`].
pub(crate) fn read(row: &Row<'_>) -> Result<Disagreement, rusqlite::Error> {
    Ok(Disagreement {
        tournament: row.get(0)?,
        game: row.get(1)?,
        source: row.get(2)?,
        field: row.get(3)?,
        kept: row.get(4)?,
        told: row.get(5)?,
    })
}

fn write(draft: &mut Draft<'_>, old: Option<&Disagreement>, new: &Disagreement) -> Result<(), StoreError> {
    let game = new.game.as_deref().unwrap_or_default();
    draft
        .prepare_cached("INSERT OR REPLACE INTO disagreements VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute([&new.tournament, game, &new.source, &new.field, &new.kept, &new.told])?;
    draft.change(TABLE, key(new), old, Some(new))
}

fn remove(draft: &mut Draft<'_>, old: &Disagreement) -> Result<(), StoreError> {
    let game = old.game.as_deref().unwrap_or_default();
    draft
        .prepare_cached(
            "DELETE FROM disagreements WHERE tournament = ?1 AND game = ?2 AND source = ?3 AND field = ?4",
        )?
        .execute([&old.tournament, game, &old.source, &old.field])?;
    draft.change(TABLE, key(old), Some(old), None)
}

/// Gives what is told otherwise of one tournament to the one that it became.
pub(crate) fn move_all(draft: &mut Draft<'_>, from: &str, to: &str) -> Result<(), StoreError> {
    for old in of_tournament(draft, from)? {
        remove(draft, &old)?;
        write(draft, None, &Disagreement { tournament: to.to_owned(), ..old })?;
    }
    Ok(())
}

/// Forgets what is told otherwise of a game that goes.
pub(crate) fn forget(draft: &mut Draft<'_>, tournament: &str, game: &str) -> Result<(), StoreError> {
    let of_game = |one: &Disagreement| one.game.as_deref() == Some(game);
    for old in of_tournament(draft, tournament)?.into_iter().filter(of_game) {
        remove(draft, &old)?;
    }
    Ok(())
}

fn game_fields(game: &Game) -> Fields {
    let mut fields = Fields::new();
    let mut put = |field: &str, value: Option<String>| {
        fields.extend(value.map(|value| (field.to_owned(), value)));
    };
    put("date", game.date.map(|date| date.to_string()));
    // Times of this one source are those of a page, not of play.
    let time = game.time.filter(|_| !game.source.starts_with("mafiauniverse/"));
    put("time", time.map(|time| time.to_string()));
    put("referee", game.referee.clone());
    put("rated", game.rated.map(|rated| rated.to_string()));
    let finished = game.status == GameStatus::Finished;
    put("winner", game.winner.filter(|_| finished).map(|winner| Winner::as_str(winner).to_owned()));
    put("first_killed_night", game.first_killed_night.map(|seat| seat.to_string()));
    put("first_killed_day", game.first_killed_day.map(|seat| seat.to_string()));
    for seat in game.seats.iter().filter(|_| finished) {
        seat_fields(seat, &mut put);
    }
    fields
}

fn seat_fields(seat: &Seat, put: &mut impl FnMut(&str, Option<String>)) {
    let mut put = |field: &str, value| put(&format!("players/{}/{field}", seat.seat), value);
    put("name", Some(seat.clean_name()).filter(|name| !name.is_empty()));
    put("role", seat.role.map(|role| Role::as_str(role).to_owned()));
    put("fouls", seat.fouls.map(|fouls| fouls.to_string()));
    let points = &seat.points;
    for (field, value) in [
        ("win_points", points.win),
        ("extra_points", points.extra),
        ("best_move_points", points.best_move),
        ("ci", points.ci),
        ("fine", points.fine),
        ("tech_fine", points.tech_fine),
        ("auto_points", points.auto),
        ("total", points.total),
    ] {
        put(field, value.map(|value| value.to_string()));
    }
}

fn tournament_fields(row: &TournamentRow) -> Fields {
    let known = row.status != mafia::game::TournamentStatus::Unknown;
    let fields = [
        ("title", Some(row.title.clone())),
        ("status", known.then(|| row.status.as_str().to_owned())),
        ("start", row.start.map(|day| day.to_string())),
        ("end", row.end.map(|day| day.to_string())),
        ("planned_rounds", row.planned_rounds.map(|rounds| rounds.to_string())),
        ("type", row.kind.map(|kind| TournamentKind::as_str(kind).to_owned())),
        ("country", row.country.clone()),
        ("city", row.city.clone()),
        ("stars", row.stars.map(|stars| stars.to_string())),
        ("elo_average", row.elo_average_milli.map(|milli| milli.to_string())),
    ];
    fields.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))).collect()
}
