//! What the public sees of a row as it stands in a commit: the columns of `GET /api/v1/tables/{table}`
//! that the log tells, and nothing else.

use serde_json::{Map, Value};

const CLUBS: &[&str] = &["source", "id", "title", "country", "city", "elo_average_milli", "score_milli"];
const DISAGREEMENTS: &[&str] = &["tournament", "game", "source", "field", "kept", "told"];
const GAMES: &[&str] = &[
    "id",
    "source",
    "tournament",
    "season",
    "round",
    "game_no",
    "table",
    "date",
    "time",
    "winner",
    "status",
    "flags",
    "corrected",
    "import_id",
    "offset",
];
const IMPORTS: &[&str] = &["id", "name", "games", "offset"];
const PLAYER_YEARS: &[&str] = &["source", "player", "year", "name", "region", "extra_per_ten_milli"];
const PLAYERS: &[&str] = &["id", "source", "key", "name", "elo_milli", "region", "club"];
const TOURNAMENT_ALIASES: &[&str] = &["source", "key", "tournament", "automatic"];
const TOURNAMENTS: &[&str] = &[
    "id",
    "source",
    "title",
    "status",
    "status_word",
    "type",
    "start",
    "end",
    "planned_rounds",
    "country",
    "city",
    "stars",
    "elo_average_milli",
    "offset",
];

/// The roles of a player's year, each an object in the log.
const ROLES: [&str; 4] = ["civilian", "sheriff", "mafia", "don"];
const ROLE_COLUMNS: [&str; 5] = ["games", "win_percent", "wins_min", "wins_max", "extra_milli"];

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

/// What is shown of a row of `table`; none when there is no such table.
///
/// Of a running game neither the winner nor anything of its seats is shown.
///
/// # Errors
/// When `text` is no JSON object.
pub fn row(table: &str, text: &str) -> Result<Option<Map<String, Value>>, serde_json::Error> {
    let columns = match table {
        "clubs" => CLUBS,
        "disagreements" => DISAGREEMENTS,
        "games" => GAMES,
        "imports" => IMPORTS,
        "player_years" => PLAYER_YEARS,
        "players" => PLAYERS,
        "tournament_aliases" => TOURNAMENT_ALIASES,
        "tournaments" => TOURNAMENTS,
        _ => return Ok(None),
    };
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
        _ => {}
    }
    let mut shown: Map<String, Value> =
        columns.iter().filter_map(|column| stored.remove_entry(*column)).collect();
    if table == "player_years" {
        for role in ROLES {
            let Some(Value::Object(mut year)) = stored.remove(role) else { continue };
            let columns = ROLE_COLUMNS.iter().filter_map(|column| year.remove_entry(*column));
            shown.extend(columns.map(|(column, value)| (format!("{role}_{column}"), value)));
        }
    }
    Ok(Some(shown))
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
