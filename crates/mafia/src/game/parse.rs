//! Reading a game from the JSON object of a line or a request.

use std::collections::HashSet;

use jiff::civil::{Date, Time};
use serde_json::{Map, Value};

use super::json::time_text;
use super::reader::{integer_of, kind, object, seat_of};
use super::{
    BestMove, Fields, Game, GameStatus, Reason, Rejection, Role, SEAT_MAX, SOURCE_LOCAL, Seat, SeatPoints,
    Winner,
};

/// Fields with data about a person; they are dropped wherever they stand.
pub(crate) const PERSONAL: [&str; 9] = [
    "avatar",
    "avatar_link",
    "avatarLink",
    "first_name",
    "firstName",
    "last_name",
    "lastName",
    "vk_id",
    "vkId",
];

/// A game and the id it was posted with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The posted id; without one the game has [`Game::id`].
    pub id: Option<String>,
    /// The game.
    pub game: Game,
}

impl Game {
    /// Reads a game. Unknown fields are kept, personal ones dropped.
    ///
    /// # Errors
    /// All that refuses it, at least the first of each field.
    pub fn parse(json: &str) -> Result<Parsed, Vec<Rejection>> {
        let mut fields = object(json).map_err(|rejection| vec![rejection])?;
        drop_personal_fields(&mut fields);
        // Answers carry these; they are derived again.
        fields.remove("identity");
        fields.remove("flags");
        let players = fields.remove("players");
        let mut fields = Fields::new(fields, "");
        let id = fields.id("id");
        // An id is no part of the game.
        fields.forget("id");
        let mut game = read_game(&mut fields);
        let (seats, refused) = read_seats(players);
        let (extra, mut rejections) = fields.finish();
        rejections.extend(refused);
        if !rejections.is_empty() {
            return Err(rejections);
        }
        game.seats = seats;
        game.extra = extra;
        Ok(Parsed { id, game })
    }
}

fn drop_personal_fields(fields: &mut Map<String, Value>) {
    fields.retain(|key, _| !PERSONAL.contains(&key.as_str()));
    for value in fields.values_mut() {
        drop_personal(value);
    }
}

/// Removes every personal field, at any depth.
pub(crate) fn drop_personal(value: &mut Value) {
    match value {
        Value::Object(fields) => drop_personal_fields(fields),
        Value::Array(items) => items.iter_mut().for_each(drop_personal),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn read_game(fields: &mut Fields) -> Game {
    Game {
        source: read_source(fields),
        tournament: read_tournament(fields),
        tournament_id: read_source_id(fields, "tournament_id"),
        season: fields.integer("season"),
        round: fields.integer("round"),
        game_no: fields.integer("game_no"),
        table: fields.integer("table"),
        date: read_date(fields, "date"),
        time: read_time(fields),
        referee: fields.text("referee"),
        rated: fields.truth("rated"),
        winner: fields.word("winner", Winner::from_word, Reason::UnknownWinner),
        status: read_status(fields),
        first_killed_night: fields.seat_number("first_killed_night"),
        first_killed_day: fields.seat_number("first_killed_day"),
        best_move: read_best_move(fields),
        seats: Vec::new(),
        extra: None,
    }
}

/// No source, a null and an empty text all mean the local one.
pub(crate) fn read_source(fields: &mut Fields) -> String {
    let source = fields.text("source").filter(|source| !source.trim().is_empty());
    fields.forget("source");
    source.unwrap_or_else(|| SOURCE_LOCAL.to_owned())
}

fn read_tournament(fields: &mut Fields) -> Option<String> {
    let name = fields.text("tournament")?;
    if name.trim().is_empty() {
        fields.keep("tournament", Value::from(name));
        return None;
    }
    Some(name)
}

fn read_status(fields: &mut Fields) -> GameStatus {
    let status = fields.word("status", GameStatus::from_word, Reason::UnknownStatus);
    if status == Some(GameStatus::Finished) {
        // The typed field cannot tell a spelled-out status from the default.
        fields.keep("status", Value::from(GameStatus::Finished.as_str()));
    }
    status.unwrap_or_default()
}

/// A day `YYYY-MM-DD`; anything else is kept as it is.
pub(crate) fn read_date(fields: &mut Fields, key: &str) -> Option<Date> {
    let raw = fields.take(key)?;
    let date = raw.as_str().filter(|text| text.len() == 10).and_then(|text| {
        let date: Date = text.parse().ok()?;
        (date.to_string() == text).then_some(date)
    });
    if date.is_none() {
        fields.keep(key, raw);
    }
    date
}

/// A time `HH:MM` or `HH:MM:SS`; anything else is kept as it is.
fn read_time(fields: &mut Fields) -> Option<Time> {
    let raw = fields.take("time")?;
    let time = raw.as_str().and_then(time_of);
    if time.is_none_or(|time| raw.as_str() != Some(time_text(time).as_str())) {
        fields.keep("time", raw);
    }
    time
}

fn time_of(text: &str) -> Option<Time> {
    let shape = |(n, byte): (usize, u8)| if n % 3 == 2 { byte == b':' } else { byte.is_ascii_digit() };
    if !matches!(text.len(), 5 | 8) || !text.bytes().enumerate().all(shape) {
        return None;
    }
    let part = |from: usize| text.get(from..from + 2).map_or(Some(0), |digits| digits.parse::<i8>().ok());
    Time::new(part(0)?, part(3)?, part(6)?, 0).ok()
}

fn read_best_move(fields: &mut Fields) -> Option<BestMove> {
    let value = fields.take("best_move")?;
    let Value::Object(inner) = value else {
        fields.refuse(Reason::WrongType, "best_move", format!("an object is expected, not {}", kind(&value)));
        return None;
    };
    let mut inner = Fields::new(inner, fields.pointer_to("best_move"));
    let best_move = BestMove {
        seat: inner.seat_number("seat"),
        guess: read_guess(&mut inner),
        hits: read_hits(&mut inner),
    };
    let (extra, rejections) = inner.finish();
    fields.rejections.extend(rejections);
    let extra = extra.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    if best_move == BestMove::default() {
        fields.keep("best_move", extra.unwrap_or_else(|| Value::Object(Map::new())));
        return None;
    }
    if let Some(extra) = extra {
        fields.keep("best_move", extra);
    }
    Some(best_move)
}

fn read_guess(fields: &mut Fields) -> Vec<u8> {
    let Some(value) = fields.take("guess") else { return Vec::new() };
    let Value::Array(items) = &value else {
        fields.refuse(Reason::WrongType, "guess", format!("a list is expected, not {}", kind(&value)));
        return Vec::new();
    };
    let mut guess = Vec::with_capacity(items.len());
    for (n, item) in items.iter().enumerate() {
        match integer_of(item) {
            Some(number) => guess.extend(seat_of(number)),
            None => {
                fields.refuse(Reason::NotANumber, &format!("guess/{n}"), "the number of a seat is expected")
            }
        }
    }
    if guess.is_empty() || guess.len() < items.len() {
        fields.keep("guess", value);
        return Vec::new();
    }
    guess
}

fn read_hits(fields: &mut Fields) -> Option<u8> {
    let number = fields.integer("hits")?;
    let hits = u8::try_from(number).ok();
    if hits.is_none() {
        fields.keep("hits", Value::from(number));
    }
    hits
}

fn read_seats(players: Option<Value>) -> (Vec<Seat>, Vec<Rejection>) {
    let players = match players {
        Some(Value::Array(players)) if !players.is_empty() => players,
        Some(Value::Array(_)) | None => {
            return (Vec::new(), vec![no_seats("at least one player is expected")]);
        }
        Some(_) => return (Vec::new(), vec![no_seats("a list of players is expected")]),
    };
    let mut taken = HashSet::new();
    let mut seats = Vec::with_capacity(players.len());
    let mut rejections = Vec::new();
    for (n, player) in players.into_iter().enumerate() {
        let pointer = format!("/players/{n}");
        let Value::Object(mut player) = player else {
            let message = format!("an object is expected, not {}", kind(&player));
            rejections.push(Rejection::new(Reason::WrongType, pointer, message));
            continue;
        };
        // Answers carry it; it is counted again.
        player.remove("score");
        let mut fields = Fields::new(player, pointer);
        let mut seat = read_seat(&mut fields);
        if seat.seat != 0 && !taken.insert(seat.seat) {
            fields.refuse(Reason::SeatTwice, "seat", format!("seat {} is taken", seat.seat));
        }
        let (extra, refused) = fields.finish();
        rejections.extend(refused);
        seat.extra = extra;
        seats.push(seat);
    }
    (seats, rejections)
}

fn no_seats(message: &str) -> Rejection {
    Rejection::new(Reason::NoSeats, "/players", message)
}

fn read_seat(fields: &mut Fields) -> Seat {
    Seat {
        seat: read_seat_number(fields),
        name: fields.text("name").unwrap_or_default(),
        player_id: read_source_id(fields, "player_id"),
        role: fields.word("role", Role::from_word, Reason::UnknownRole),
        won_posted: fields.truth("won"),
        fouls: fields.integer("fouls"),
        points: SeatPoints {
            win: fields.points("win_points"),
            extra: fields.points("extra_points"),
            best_move: fields.points("best_move_points"),
            ci: fields.points("ci"),
            fine: fields.points("fine"),
            tech_fine: fields.points("tech_fine"),
            auto: fields.points("auto_points"),
            total: fields.points("total"),
        },
        extra: None,
    }
}

/// The seat's number; 0, which no seat has, after a refusal.
fn read_seat_number(fields: &mut Fields) -> u8 {
    let refused = fields.rejections.len();
    let number = fields.integer("seat");
    let seat = number.and_then(seat_of);
    if seat.is_none() && fields.rejections.len() == refused {
        fields.refuse(Reason::SeatOutOfRange, "seat", format!("a seat from 1 to {SEAT_MAX} is expected"));
    }
    seat.unwrap_or(0)
}

/// The source's own id of something, a text or an integer.
pub(crate) fn read_source_id(fields: &mut Fields, key: &str) -> Option<String> {
    let raw = fields.take(key)?;
    if let Some(number) = integer_of(&raw) {
        fields.keep(key, raw);
        return Some(number.to_string());
    }
    fields.put_back(key, raw);
    let id = fields.text(key)?;
    if id.trim().is_empty() {
        fields.keep(key, Value::from(id));
        return None;
    }
    Some(id)
}
