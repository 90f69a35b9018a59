//! A game as JSON again, and its digest.

use serde_json::{Map, Number, Value};
use sha2::{Digest as _, Sha256};

use super::{BestMove, Game, GameStatus, Seat};

impl Game {
    /// The object as it was posted, with `id`, `identity` and `flags`.
    #[must_use]
    pub fn to_json(&self, id: &str) -> Value {
        let mut object = self.to_map();
        object.insert("id".to_owned(), Value::from(id));
        Value::Object(object)
    }

    /// 32 hex digits that are equal for equal games; the id does not enter.
    #[must_use]
    pub fn digest(&self) -> String {
        hex_sha256(self.canonical().as_bytes(), 16)
    }

    /// One text for all that the game holds, without its id.
    pub(super) fn canonical(&self) -> String {
        let mut object = self.to_map();
        // A finished game is the same game whether or not its status was spelled out.
        if object.get("status").and_then(Value::as_str) == Some(GameStatus::Finished.as_str()) {
            object.remove("status");
        }
        canonical_text(&Value::Object(object))
    }

    fn to_map(&self) -> Map<String, Value> {
        let mut object = Object::default();
        object.put("source", Some(self.source.as_str()));
        object.put("tournament", self.tournament.as_deref());
        object.put("tournament_id", self.tournament_id.as_deref());
        object.put("season", self.season);
        object.put("round", self.round);
        object.put("game_no", self.game_no);
        object.put("table", self.table);
        object.put("date", self.date.map(|date| date.to_string()));
        object.put("time", self.time.map(time_text));
        object.put("referee", self.referee.as_deref());
        object.put("rated", self.rated);
        object.put("winner", self.winner.map(super::Winner::as_str));
        object.put("status", (self.status == GameStatus::Running).then_some(self.status.as_str()));
        object.put("first_killed_night", self.first_killed_night);
        object.put("first_killed_day", self.first_killed_day);
        object.put("best_move", self.best_move.as_ref().map(BestMove::to_json));
        let seats: Vec<Value> = self.seats.iter().map(Seat::to_json).collect();
        object.put("players", Some(seats));
        let mut map = object.with_extra(self.extra.as_deref());
        map.insert("identity".to_owned(), self.identity().to_json());
        let flags: Vec<&str> = self.flags().into_iter().map(super::Flag::as_str).collect();
        map.insert("flags".to_owned(), Value::from(flags));
        map
    }
}

impl BestMove {
    fn to_json(&self) -> Value {
        let mut object = Object::default();
        object.put("seat", self.seat);
        object.put("guess", (!self.guess.is_empty()).then(|| self.guess.clone()));
        object.put("hits", self.hits);
        Value::Object(object.0)
    }
}

impl Seat {
    fn to_json(&self) -> Value {
        let mut object = Object::default();
        object.put("seat", Some(self.seat));
        object.put("name", Some(self.name.as_str()));
        object.put("player_id", self.player_id.as_deref());
        object.put("role", self.role.map(super::Role::as_str));
        object.put("won", self.won_posted);
        object.put("fouls", self.fouls);
        let points = &self.points;
        object.put("win_points", points.win.map(thousandths));
        object.put("extra_points", points.extra.map(thousandths));
        object.put("best_move_points", points.best_move.map(thousandths));
        object.put("ci", points.ci.map(thousandths));
        object.put("fine", points.fine.map(thousandths));
        object.put("tech_fine", points.tech_fine.map(thousandths));
        object.put("auto_points", points.auto.map(thousandths));
        object.put("total", points.total.map(thousandths));
        Value::Object(object.with_extra(self.extra.as_deref()))
    }
}

#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn put(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value.into());
        }
    }

    /// What was kept as text stands above the typed fields: it is the exact form that was posted.
    fn with_extra(mut self, extra: Option<&str>) -> Map<String, Value> {
        let kept = extra.and_then(|text| serde_json::from_str::<Map<String, Value>>(text).ok());
        for (key, value) in kept.into_iter().flatten() {
            match (self.0.get_mut(&key), value) {
                (Some(Value::Object(typed)), Value::Object(inner)) => typed.extend(inner),
                (_, value) => {
                    self.0.insert(key, value);
                }
            }
        }
        self.0
    }
}

/// Thousandths as a JSON number: 500 is 0.5, 1000 is 1.
pub(crate) fn thousandths(amount: i64) -> Value {
    if amount % 1000 == 0 {
        return Value::from(amount / 1000);
    }
    #[expect(clippy::cast_precision_loss, reason = "amounts are far below 2^53")]
    let points = amount as f64 / 1000.0;
    Number::from_f64(points).map_or(Value::Null, Value::Number)
}

/// `HH:MM`, with seconds only when there are some.
pub(super) fn time_text(time: jiff::civil::Time) -> String {
    if time.second() == 0 {
        format!("{:02}:{:02}", time.hour(), time.minute())
    } else {
        format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
    }
}

/// JSON text with the keys of every object in order.
pub(super) fn canonical_text(value: &Value) -> String {
    let mut out = String::new();
    append_canonical(&mut out, value);
    out
}

fn append_canonical(out: &mut String, value: &Value) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                append_canonical(out, item);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_unstable_by(|a, b| a.0.cmp(b.0));
            out.push('{');
            for (n, (key, field)) in sorted.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                append_canonical(out, field);
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&value.to_string())
        }
    }
}

/// The first `bytes` bytes of the SHA-256 of `data` in lower-case hex.
pub(super) fn hex_sha256(data: &[u8], bytes: usize) -> String {
    Sha256::digest(data).iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}
