//! The tables of a tournament as games.
//!
//! A table is brought into the form of a game's line and read by the one reader of games, so that
//! the same things refuse it; pointers are turned back to where the value stands here.

use serde_json::{Map, Value, json};

use super::SOURCE;
use crate::formats::loose::{Loose, decimal_milli};
use crate::game::{Game, GameStatus, Reason, Rejection, Tournament, TournamentStatus};

/// A game's field → the field of a table or its player that it stands in.
const NAMES: [(&str, &str); 6] = [
    ("winner", "win"),
    ("name", "login"),
    ("player_id", "id"),
    ("seat", "place"),
    ("total", "points"),
    ("table", "tableNum"),
];

/// One table of one round.
#[derive(Debug)]
pub(super) struct Table<'a> {
    round: Loose<'a>,
    pointer: String,
    pub(super) value: &'a Value,
}

/// All tables of all rounds.
pub(super) fn of<'a>(document: &Loose<'a>) -> Vec<Table<'a>> {
    let mut tables = Vec::new();
    for (pointer, round) in document.items("games") {
        let round = Loose::new(round, pointer);
        for (pointer, value) in round.items("game") {
            tables.push(Table { round: round.again(), pointer, value });
        }
    }
    tables
}

impl Table<'_> {
    /// The game of this table. `id` is the source's own id of the tournament.
    pub(super) fn read(&self, tournament: &Tournament, id: Option<&str>) -> Result<Game, Vec<Rejection>> {
        let mut round = self.round.again();
        let mut fields = Loose::new(self.value, self.pointer.as_str());
        let mut players = Vec::new();
        let mut pointers = Vec::new();
        let mut refused = Vec::new();
        for (pointer, player) in fields.items("table") {
            let mut player = Loose::new(player, pointer.as_str());
            players.push(seat(&mut player));
            pointers.push(pointer);
            refused.append(&mut player.rejections);
        }
        let winner = winner(&mut fields);
        let game = json!({
            "source": SOURCE,
            "tournament": tournament.title,
            "tournament_id": id,
            "round": round.integer("game_num"),
            "table": fields.integer("table_num"),
            "date": tournament.start.map(|day| day.to_string()),
            "referee": fields.text("referee"),
            "winner": winner,
            "players": players,
        });
        refused.append(&mut round.rejections);
        refused.append(&mut fields.rejections);
        let mut game = match Game::parse(&without_nulls(game).to_string()) {
            Ok(parsed) => parsed.game,
            Err(rejections) => {
                refused
                    .extend(rejections.into_iter().map(|rejection| self.turned_back(rejection, &pointers)));
                return Err(refused);
            }
        };
        if !refused.is_empty() {
            return Err(refused);
        }
        // A seating without a result in a tournament that goes on is no finished game.
        let is_open = match tournament.status {
            TournamentStatus::Upcoming | TournamentStatus::Running => true,
            TournamentStatus::Finished | TournamentStatus::Cancelled | TournamentStatus::Unknown => false,
        };
        if game.winner.is_none() && is_open {
            game.status = GameStatus::Running;
        }
        Ok(game)
    }

    /// The same refusal with the pointer to where the value stands in the document.
    fn turned_back(&self, mut rejection: Rejection, players: &[String]) -> Rejection {
        let name = |key: &str| {
            NAMES
                .iter()
                .find(|(name, _)| *name == key)
                .map_or_else(|| key.to_owned(), |(_, own)| (*own).to_owned())
        };
        let mut parts = rejection.pointer.split('/').skip(1);
        rejection.pointer = match (parts.next(), parts.next(), parts.next()) {
            (Some("players"), Some(n), field) => {
                let player = n.parse().ok().and_then(|n: usize| players.get(n));
                let player = player.map_or(self.pointer.as_str(), String::as_str);
                field.map_or_else(|| player.to_owned(), |field| format!("{player}/{}", name(field)))
            }
            (Some("players"), None, _) => format!("{}/table", self.pointer),
            (Some(field), _, _) => format!("{}/{}", self.pointer, name(field)),
            (None, _, _) => self.pointer.clone(),
        };
        rejection
    }
}

/// A player's object in the form of a game's line.
fn seat(player: &mut Loose<'_>) -> Value {
    let points = player.milli("points").map(|_| decimal(player.value("points")));
    let seat = player.integer("place");
    let role = player.text("role").map(|word| match word.trim() {
        "red" => "civilian".to_owned(),
        word => word.to_owned(),
    });
    let elo = player.milli("elo").map(|_| decimal(player.value("elo")));
    let elo_delta = player.milli("elo_delta").map(|_| decimal(player.value("elo_delta")));
    json!({
        "seat": seat,
        "name": player.text("login").unwrap_or_default(),
        "player_id": player.id("id"),
        "role": role,
        "total": points,
        "elo": elo,
        "elo_delta": elo_delta,
    })
}

/// Who won, in the word of a game's line; a word that is not known stays and refuses the game.
fn winner(table: &mut Loose<'_>) -> Option<String> {
    let value = table.value("win")?;
    if !value.is_string() {
        table.refuse(Reason::UnknownWinner, "win", "a word is expected");
        return None;
    }
    let word = table.text("win")?;
    Some(match word.trim() {
        "city" | "red" => "town".to_owned(),
        "black" => "mafia".to_owned(),
        word => word.to_owned(),
    })
}

/// The number of a value that is one or a text of one.
fn decimal(value: Option<&Value>) -> Value {
    match value {
        Some(Value::String(text)) => match decimal_milli(text) {
            Some(milli) if milli % 1000 == 0 => Value::from(milli / 1000),
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            Some(milli) => Value::from(milli as f64 / 1000.0),
            None => Value::Null,
        },
        Some(value) => value.clone(),
        None => Value::Null,
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: Map<String, Value> = fields
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key, without_nulls(value)))
                .collect();
            Value::Object(fields)
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        value @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => value,
    }
}
