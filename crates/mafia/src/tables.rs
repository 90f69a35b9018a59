//! What the public sees of a row as it stands in a commit: the columns of `GET /api/v1/tables/{table}`
//! that the log tells, with what they hold, and nothing else.

use realtime_protocol::filter::{Column, Kind};
use serde_json::{Map, Value};

/// Who won, in words.
pub const WINNERS: Kind = Kind::Word(&["town", "mafia", "draw"]);
/// How far a game is, in words.
pub const STATUSES: Kind = Kind::Word(&["finished", "running"]);
/// What a player was, in words.
pub const ROLES: Kind = Kind::Word(&["civilian", "sheriff", "mafia", "don"]);
/// How far a tournament is, in words.
pub const TOURNAMENT_STATUSES: Kind =
    Kind::Word(&["upcoming", "running", "finished", "cancelled", "unknown"]);
/// Who plays in a tournament, in words.
pub const TOURNAMENT_KINDS: Kind = Kind::Word(&["individual", "team"]);

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind }
}

const fn text(name: &'static str) -> Column {
    column(name, Kind::Text)
}

const fn integer(name: &'static str) -> Column {
    column(name, Kind::Integer)
}

const CLUBS: &[Column] = &[
    text("source"),
    text("id"),
    text("title"),
    text("country"),
    text("city"),
    integer("elo_average_milli"),
    integer("score_milli"),
];
const DISAGREEMENTS: &[Column] =
    &[text("tournament"), text("game"), text("source"), text("field"), text("kept"), text("told")];
const GAMES: &[Column] = &[
    text("id"),
    text("source"),
    text("tournament"),
    integer("season"),
    integer("round"),
    integer("game_no"),
    integer("table"),
    column("date", Kind::Day),
    text("time"),
    column("winner", WINNERS),
    column("status", STATUSES),
    column("flags", Kind::Opaque),
    column("corrected", Kind::Truth),
    integer("import_id"),
    integer("offset"),
];
const IMPORTS: &[Column] = &[integer("id"), text("name"), integer("games"), integer("offset")];
const PLAYER_YEARS: &[Column] = &[
    text("source"),
    text("player"),
    integer("year"),
    text("name"),
    text("region"),
    integer("civilian_games"),
    integer("civilian_win_percent"),
    integer("civilian_wins_min"),
    integer("civilian_wins_max"),
    integer("civilian_extra_milli"),
    integer("sheriff_games"),
    integer("sheriff_win_percent"),
    integer("sheriff_wins_min"),
    integer("sheriff_wins_max"),
    integer("sheriff_extra_milli"),
    integer("mafia_games"),
    integer("mafia_win_percent"),
    integer("mafia_wins_min"),
    integer("mafia_wins_max"),
    integer("mafia_extra_milli"),
    integer("don_games"),
    integer("don_win_percent"),
    integer("don_wins_min"),
    integer("don_wins_max"),
    integer("don_extra_milli"),
    integer("extra_per_ten_milli"),
];
const PLAYERS: &[Column] = &[
    integer("id"),
    text("source"),
    text("key"),
    text("name"),
    integer("elo_milli"),
    text("region"),
    text("club"),
];
const TOURNAMENT_ALIASES: &[Column] =
    &[text("source"), text("key"), text("tournament"), column("automatic", Kind::Truth)];
const TOURNAMENTS: &[Column] = &[
    text("id"),
    text("source"),
    text("title"),
    column("status", TOURNAMENT_STATUSES),
    text("status_word"),
    column("type", TOURNAMENT_KINDS),
    column("start", Kind::Day),
    column("end", Kind::Day),
    integer("planned_rounds"),
    text("country"),
    text("city"),
    integer("stars"),
    integer("elo_average_milli"),
    integer("offset"),
];

/// The roles of a player's year, each an object in the log.
const YEAR_ROLES: [&str; 4] = ["civilian", "sheriff", "mafia", "don"];

/// The tables whose rows stand in the log, sorted. Seats stand there within their games.
pub const NAMES: [&str; 8] = [
    "clubs",
    "disagreements",
    "games",
    "imports",
    "player_years",
    "players",
    "tournament_aliases",
    "tournaments",
];

/// The columns of a table's rows; none when there is no such table.
#[must_use]
pub fn columns(table: &str) -> &'static [Column] {
    match table {
        "clubs" => CLUBS,
        "disagreements" => DISAGREEMENTS,
        "games" => GAMES,
        "imports" => IMPORTS,
        "player_years" => PLAYER_YEARS,
        "players" => PLAYERS,
        "tournament_aliases" => TOURNAMENT_ALIASES,
        "tournaments" => TOURNAMENTS,
        _ => &[],
    }
}

/// What is shown of a row of `table`; none when there is no such table.
///
/// Of a running game neither the winner nor anything of its seats is shown.
///
/// # Errors
/// When `text` is no JSON object.
pub fn row(table: &str, text: &str) -> Result<Option<Map<String, Value>>, serde_json::Error> {
    let columns = columns(table);
    if columns.is_empty() {
        return Ok(None);
    }
    let mut stored: Map<String, Value> = serde_json::from_str(text)?;
    match table {
        "games" if stored.get("status").and_then(Value::as_str) != Some("finished") => {
            stored.insert("winner".to_owned(), Value::Null);
        }
        "tournaments" => {
            if let Some(kind) = stored.remove("kind") {
                stored.insert("type".to_owned(), kind);
            }
        }
        "player_years" => {
            for role in YEAR_ROLES {
                let Some(Value::Object(year)) = stored.remove(role) else { continue };
                stored.extend(year.into_iter().map(|(column, value)| (format!("{role}_{column}"), value)));
            }
        }
        _ => {}
    }
    Ok(Some(columns.iter().filter_map(|column| stored.remove_entry(column.name)).collect()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_of_a_running_game_gives_roles_or_the_result_away() {
        let stored = json!({"id": "g", "status": "running", "winner": "town", "title": "t",
            "seats": [{"seat": 1, "player": 1, "side": "mafia"}]});
        let shown = row("games", &stored.to_string()).unwrap().unwrap();
        assert_eq!(Value::from(shown), json!({"id": "g", "status": "running", "winner": null}));
    }

    #[test]
    fn columns_that_are_not_listed_are_not_shown() {
        let stored = json!({"id": 1, "key": "id:1", "name": "Кит", "phone": "+7"});
        let shown = row("players", &stored.to_string()).unwrap().unwrap();
        assert_eq!(Value::from(shown), json!({"id": 1, "key": "id:1", "name": "Кит"}));
    }

    #[test]
    fn every_table_has_its_columns_and_another_none() {
        for name in NAMES {
            assert!(row(name, "{}").unwrap().is_some(), "{name}");
            assert!(row(name, "[]").is_err(), "{name}");
        }
        assert_eq!(row("commits", "{}").unwrap(), None);
    }
}
