//! Games and seats as rows: reading them back and writing them.

use mafia::game::{BestMove, Game, GameStatus, Role, Seat, SeatPoints, Series, Winner};
use mafia::row::{GameRow, PlayerRow};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

use crate::disagreements;
use crate::draft::Draft;
use crate::error::StoreError;
use crate::joins::naming;
use crate::tournaments;

/// The columns that make a [`GameRow`]; [`slim_row`] reads them in this order.
pub(crate) const SLIM: &str = "n, id, \"offset\", import_id, corrected, flags, source, tournament, season, \
     round, game_no, \"table\", date, time, winner, status";

/// What stands in the table beside the game itself.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) n: i64,
    pub(crate) id: String,
    pub(crate) offset: u64,
    pub(crate) import_id: Option<i64>,
    pub(crate) corrected: bool,
}

/// A game as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) place: Place,
    pub(crate) game: Game,
    /// Row of each seat's player, in order of `game.seats`.
    pub(crate) players: Vec<Option<i64>>,
    /// The row of its tournament.
    pub(crate) tournament: Option<String>,
}

impl Stored {
    /// The row as it stands in a commit.
    pub(crate) fn row(&self) -> GameRow {
        row_of(&self.place, &self.game, &self.players)
    }
}

/// Enough of a stored game to tell whether it is the same.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) digest: String,
    pub(crate) offset: u64,
}

/// The game under this id.
pub(crate) fn key_of_id(connection: &Connection, id: &str) -> Result<Option<Key>, StoreError> {
    key(connection, "SELECT id, digest, \"offset\" FROM games WHERE id = ?1", id)
}

/// The game with this identity; none for an identity that names nothing.
pub(crate) fn key_of_identity(
    connection: &Connection,
    identity: Option<&str>,
) -> Result<Option<Key>, StoreError> {
    let Some(identity) = identity else { return Ok(None) };
    key(connection, "SELECT id, digest, \"offset\" FROM games WHERE identity = ?1", identity)
}

fn key(connection: &Connection, sql: &str, value: &str) -> Result<Option<Key>, StoreError> {
    let key = connection
        .prepare_cached(sql)?
        .query_row([value], |row| Ok(Key { id: row.get(0)?, digest: row.get(1)?, offset: row.get(2)? }));
    Ok(key.optional()?)
}

/// One text for one identity; none when the number is missing, as it then names nothing.
///
/// `row` is the tournament's row: games of all its sources share it, so the source is no part.
pub(crate) fn identity(game: &Game, row: Option<&str>) -> Option<String> {
    let identity = game.identity();
    let number = identity.number?;
    if let Some(row) = row {
        return Some(json!([{ "row": row }, number, identity.table]).to_string());
    }
    // The kind is named, so that a tournament called like a day is not that day.
    let series = match identity.series {
        None => Value::Null,
        Some(Series::Tournament(title)) => json!({ "tournament": title }),
        Some(Series::TournamentId(id)) => json!({ "tournament_id": id }),
        Some(Series::Season(season)) => json!({ "season": season }),
        Some(Series::Day(day)) => json!({ "day": day.to_string() }),
    };
    Some(json!([identity.source, series, number, identity.table]).to_string())
}

/// Reads a whole game.
pub(crate) fn load(connection: &Connection, id: &str) -> Result<Option<Stored>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT n, id, \"offset\", import_id, corrected, flags, source, tournament, season, round, game_no, \
         \"table\", date, time, winner, status, referee, rated, first_killed_night, first_killed_day, \
         best_move, extra, tournament_id, tournament_row FROM games WHERE id = ?1",
    )?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (place, mut game) = slim(row)?;
    game.referee = row.get(16)?;
    game.rated = row.get(17)?;
    game.first_killed_night = row.get(18)?;
    game.first_killed_day = row.get(19)?;
    game.best_move = row.get::<_, Option<String>>(20)?.map(|text| best_move(&text)).transpose()?;
    game.extra = row.get(21)?;
    game.tournament_id = row.get(22)?;
    let tournament = row.get(23)?;
    let players;
    (game.seats, players) = load_seats(connection, place.n)?;
    Ok(Some(Stored { place, game, players, tournament }))
}

fn load_seats(connection: &Connection, n: i64) -> Result<(Vec<Seat>, Vec<Option<i64>>), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT player, seat, name, player_id, role, won, fouls, win_points, extra_points, \
         best_move_points, ci, fine, tech_fine, auto_points, total, extra \
         FROM seats WHERE game = ?1 ORDER BY posted",
    )?;
    let mut rows = statement.query([n])?;
    let (mut seats, mut players) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        players.push(row.get(0)?);
        seats.push(Seat {
            seat: row.get(1)?,
            name: row.get(2)?,
            player_id: row.get(3)?,
            role: word(row, 4, Role::from_word)?,
            won_posted: row.get(5)?,
            fouls: row.get(6)?,
            points: SeatPoints {
                win: row.get(7)?,
                extra: row.get(8)?,
                best_move: row.get(9)?,
                ci: row.get(10)?,
                fine: row.get(11)?,
                tech_fine: row.get(12)?,
                auto: row.get(13)?,
                total: row.get(14)?,
            },
            extra: row.get(15)?,
        });
    }
    Ok((seats, players))
}

/// Reads the columns of [`SLIM`]; the game has no seats and nothing that a [`GameRow`] does not need.
fn slim(row: &Row<'_>) -> Result<(Place, Game), StoreError> {
    let place = Place {
        n: row.get(0)?,
        id: row.get(1)?,
        offset: row.get(2)?,
        import_id: row.get(3)?,
        corrected: row.get(4)?,
    };
    let game = Game {
        source: row.get(6)?,
        tournament: row.get(7)?,
        season: row.get(8)?,
        round: row.get(9)?,
        game_no: row.get(10)?,
        table: row.get(11)?,
        date: word(row, 12, |text| text.parse().ok())?,
        time: word(row, 13, |text| text.parse().ok())?,
        winner: word(row, 14, Winner::from_word)?,
        status: word(row, 15, GameStatus::from_word)?.unwrap_or_default(),
        ..Game::default()
    };
    Ok((place, game))
}

/// A row without its seats, and the number by which `seats` knows the game.
pub(crate) fn slim_row(row: &Row<'_>) -> Result<(i64, GameRow), StoreError> {
    let (place, game) = slim(row)?;
    let flags = word(row, 5, |text| serde_json::from_str(text).ok())?.unwrap_or_default();
    Ok((place.n, GameRow { flags, ..row_of(&place, &game, &[]) }))
}

fn row_of(place: &Place, game: &Game, players: &[Option<i64>]) -> GameRow {
    let row = GameRow::of(game, &place.id, players, place.offset);
    GameRow { import_id: place.import_id, corrected: place.corrected, ..row }
}

/// A text column whose words have a meaning.
pub(crate) fn word<T>(
    row: &Row<'_>,
    column: usize,
    meaning: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, StoreError> {
    let what = || format!("column {}", row.as_ref().column_name(column).unwrap_or("?"));
    let value = row.get_ref(column)?.as_str_or_null().map_err(|error| StoreError::corrupt(what(), error))?;
    let Some(text) = value else { return Ok(None) };
    meaning(text).map(Some).ok_or_else(|| StoreError::corrupt(what(), format!("unknown {text:?}")))
}

fn best_move(text: &str) -> Result<BestMove, StoreError> {
    let (seat, guess, hits) = serde_json::from_str(text)?;
    Ok(BestMove { seat, guess, hits })
}

fn best_move_text(best_move: &BestMove) -> String {
    Value::from(vec![
        Value::from(best_move.seat),
        Value::from(best_move.guess.clone()),
        Value::from(best_move.hits),
    ])
    .to_string()
}

/// Writes a new game; its tournament has been settled.
pub(crate) fn insert(
    draft: &mut Draft<'_>,
    id: &str,
    game: &Game,
    import_id: Option<i64>,
) -> Result<(), StoreError> {
    let n =
        draft.prepare_cached("SELECT coalesce(max(n), 0) + 1 FROM games")?.query_row([], |row| row.get(0))?;
    let place = Place { n, id: id.to_owned(), offset: draft.offset(), import_id, corrected: false };
    let stored = write(draft, place, game)?;
    draft.game(id, None, Some(&stored.row()))?;
    refresh_starts(draft, None, Some(&stored))
}

/// Gives a stored game other content; the tournament it now names has been settled.
pub(crate) fn update(draft: &mut Draft<'_>, old: &Stored, game: &Game) -> Result<(), StoreError> {
    let corrected = old.place.corrected || old.game.status == GameStatus::Finished;
    let place = Place { offset: draft.offset(), corrected, ..old.place.clone() };
    erase(draft, place.n)?;
    let stored = write(draft, place, game)?;
    draft.game(&old.place.id, Some(&old.row()), Some(&stored.row()))?;
    refresh_starts(draft, Some(old), Some(&stored))
}

/// Removes a stored game with its seats.
pub(crate) fn remove(draft: &mut Draft<'_>, old: &Stored) -> Result<(), StoreError> {
    erase(draft, old.place.n)?;
    draft.game(&old.place.id, Some(&old.row()), None)?;
    if let Some(tournament) = &old.tournament {
        disagreements::forget(draft, tournament, &old.place.id)?;
    }
    refresh_starts(draft, Some(old), None)
}

/// The first day of a tournament that only games name follows its games.
fn refresh_starts(
    draft: &mut Draft<'_>,
    old: Option<&Stored>,
    new: Option<&Stored>,
) -> Result<(), StoreError> {
    let day = |stored: Option<&Stored>| {
        stored.and_then(|stored| Some((stored.tournament.clone()?, stored.game.date)))
    };
    let (old, new) = (day(old), day(new));
    if old == new {
        return Ok(());
    }
    for (tournament, _) in old.into_iter().chain(new) {
        tournaments::refresh_start(draft, &tournament)?;
    }
    Ok(())
}

/// Writes a game as it stands in a file of an older version; the log is not told.
pub(crate) fn rewrite(draft: &mut Draft<'_>, old: &Stored, game: &Game) -> Result<(), StoreError> {
    erase(draft, old.place.n)?;
    write(draft, old.place.clone(), game).map(drop)
}

/// Deletes a game's row and seats.
fn erase(draft: &Draft<'_>, n: i64) -> Result<(), StoreError> {
    draft.prepare_cached("DELETE FROM seats WHERE game = ?1")?.execute([n])?;
    draft.prepare_cached("DELETE FROM games WHERE n = ?1")?.execute([n])?;
    Ok(())
}

fn write(draft: &mut Draft<'_>, place: Place, game: &Game) -> Result<Stored, StoreError> {
    let players =
        game.seats.iter().map(|seat| player(draft, &game.source, seat)).collect::<Result<Vec<_>, _>>()?;
    let tournament = naming(game).find(draft)?;
    // Of a running game only what its row shows, as the column serves that row.
    let flags = serde_json::to_string(&row_of(&place, game, &players).flags)?;
    draft
        .prepare_cached(
            "INSERT INTO games VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, \
             ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)",
        )?
        .execute(params![
            place.n,
            place.id,
            identity(game, tournament.as_deref()),
            game.digest(),
            place.offset,
            place.import_id,
            place.corrected,
            game.source,
            game.tournament,
            game.season,
            game.round,
            game.game_no,
            game.table,
            game.date.map(|date| date.to_string()),
            game.time.map(|time| time.to_string()),
            game.referee,
            game.rated,
            game.winner.map(Winner::as_str),
            game.status.as_str(),
            game.first_killed_night,
            game.first_killed_day,
            game.best_move.as_ref().map(best_move_text),
            flags,
            game.extra,
            game.tournament_id,
            tournament,
        ])?;
    for (posted, (seat, player)) in game.seats.iter().zip(&players).enumerate() {
        write_seat(draft, place.n, posted, seat, *player)?;
    }
    Ok(Stored { place, game: game.clone(), players, tournament })
}

fn write_seat(
    draft: &Draft<'_>,
    n: i64,
    posted: usize,
    seat: &Seat,
    player: Option<i64>,
) -> Result<(), StoreError> {
    draft
        .prepare_cached(
            "INSERT INTO seats VALUES \
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        )?
        .execute(params![
            n,
            seat.seat,
            player,
            seat.role.map(Role::as_str),
            posted,
            seat.name,
            seat.player_id,
            seat.won_posted,
            seat.fouls,
            seat.points.win,
            seat.points.extra,
            seat.points.best_move,
            seat.points.ci,
            seat.points.fine,
            seat.points.tech_fine,
            seat.points.auto,
            seat.points.total,
            seat.extra,
        ])?;
    Ok(())
}

/// The row of a seat's player, made when he is new; none for a seat without a name.
fn player(draft: &mut Draft<'_>, source: &str, seat: &Seat) -> Result<Option<i64>, StoreError> {
    let Some(key) = seat.player_key(source) else { return Ok(None) };
    if let Some(id) = draft.known_players.get(&key) {
        return Ok(Some(*id));
    }
    let found = draft
        .prepare_cached("SELECT id FROM players WHERE source = ?1 AND key = ?2")?
        .query_row([&key.source, &key.key], |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        draft.known_players.insert(key, id);
        return Ok(found);
    }
    let name = seat.clean_name();
    draft.prepare_cached("INSERT INTO players (source, key, name) VALUES (?1, ?2, ?3)")?.execute([
        &key.source,
        &key.key,
        &name,
    ])?;
    let id = draft.last_insert_rowid();
    draft.player(
        None,
        &PlayerRow { id, key: key.key.clone(), source: key.source.clone(), name, ..PlayerRow::default() },
    )?;
    draft.known_players.insert(key, id);
    Ok(Some(id))
}
