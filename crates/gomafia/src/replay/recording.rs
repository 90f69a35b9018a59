//! Recorded games, one a line, in the order in which they were played.

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time};
use mafia::game::{Game, Rejection};
use mafia::row::GameRow;

use crate::limits::LINE_BYTES_MAX;

/// When the first of a day's games without a time is taken to be played.
const EVENING: Time = Time::constant(19, 0, 0, 0);
/// How long such an evening lasts.
const EVENING_SECONDS: i64 = 5 * 3600;

/// A recorded game.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// The number of its line, from 1.
    pub(crate) line: usize,
    /// The line.
    pub(crate) body: String,
    /// What it says.
    pub(crate) game: Game,
    /// When it was played; none without a day. See [`Recording::read`] for a day without a time.
    pub(crate) clock: Option<DateTime>,
}

impl Recorded {
    /// The time of play as it was recorded.
    pub(crate) fn time(&self) -> Option<Time> {
        // The row knows which sources tell the time of their page instead.
        GameRow::of(&self.game, "", &[], 0).played_at()
    }
}

/// A line that is no game.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SetAside {
    /// The number of the line, from 1.
    pub(crate) line: usize,
    /// Why.
    pub(crate) why: String,
}

/// The games of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recording {
    /// In the order of play.
    pub(crate) games: Vec<Recorded>,
    /// In the order of the file.
    pub(crate) set_aside: Vec<SetAside>,
}

impl Recording {
    /// Reads the lines of a file.
    ///
    /// The order is that of the day and the time of play; games of one time follow their season,
    /// round, number and line; those without a day come last. The games of a day that have no time
    /// are taken to be played from 19:00 on, evenly over five hours.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let (mut games, mut set_aside) = (Vec::new(), Vec::new());
        for (line, text) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
            let text = text.trim_ascii();
            if text.is_empty() {
                continue;
            }
            match parse(text) {
                Ok((body, game)) => games.push(Recorded { line, body, game, clock: None }),
                Err(why) => set_aside.push(SetAside { line, why }),
            }
        }
        give_clocks(&mut games);
        games.sort_by_key(|one| {
            let Game { season, round, game_no, .. } = one.game;
            (one.clock.is_none(), one.clock, season, round, game_no, one.line)
        });
        Self { games, set_aside }
    }
}

fn parse(text: &[u8]) -> Result<(String, Game), String> {
    if text.len() > LINE_BYTES_MAX {
        return Err(format!("a line has at most {LINE_BYTES_MAX} bytes"));
    }
    let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
    let parsed = Game::parse(text).map_err(|rejections| told(&rejections))?;
    Ok((text.to_owned(), parsed.game))
}

fn told(rejections: &[Rejection]) -> String {
    let each = rejections.iter().map(|one| format!("{} {}", one.pointer, one.message).trim().to_owned());
    each.collect::<Vec<_>>().join("; ")
}

/// Gives every game with a day its clock.
fn give_clocks(games: &mut [Recorded]) {
    let mut without_time: Vec<(Date, &mut Recorded)> = Vec::new();
    for one in games {
        match (one.game.date, one.time()) {
            (None, _) => {}
            (Some(date), Some(time)) => one.clock = Some(date.to_datetime(time)),
            (Some(date), None) => without_time.push((date, one)),
        }
    }
    without_time.sort_by_key(|(date, one)| {
        let Game { season, round, game_no, .. } = one.game;
        (*date, season, round, game_no, one.line)
    });
    for evening in without_time.chunk_by_mut(|(one, _), (other, _)| one == other) {
        let apart = EVENING_SECONDS / i64::try_from(evening.len()).unwrap_or(1);
        for (n, (date, one)) in (0..).zip(evening) {
            one.clock = date.to_datetime(EVENING).checked_add((n * apart).seconds()).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn line(fields: &Value) -> String {
        let mut game = json!({"source": "polar/club", "players": [{"seat": 1, "name": "Полынь"}]});
        for (key, value) in fields.as_object().unwrap() {
            game[key] = value.clone();
        }
        game.to_string()
    }

    fn read(games: &[Value]) -> Recording {
        let lines: Vec<_> = games.iter().map(line).collect();
        Recording::read(lines.join("\n").as_bytes())
    }

    fn clocks(recording: &Recording) -> Vec<(usize, String)> {
        let clock = |one: &Recorded| one.clock.map_or_else(|| "none".to_owned(), |clock| clock.to_string());
        recording.games.iter().map(|one| (one.line, clock(one))).collect()
    }

    #[test]
    fn games_come_in_the_order_of_play_and_undated_ones_last() {
        let recording = read(&[
            json!({"game_no": 1}),
            json!({"date": "2025-03-02", "time": "20:00", "game_no": 2}),
            json!({"date": "2025-03-01", "time": "23:10", "game_no": 9}),
            json!({"date": "2025-03-02", "time": "20:00", "game_no": 1}),
            json!({"date": "2025-03-01", "time": "21:00:30", "round": 3}),
        ]);
        let lines: Vec<_> = recording.games.iter().map(|one| one.line).collect();
        assert_eq!(lines, [5, 3, 4, 2, 1]);
    }

    #[test]
    fn the_games_of_a_day_are_spread_evenly_over_its_evening() {
        let recording = read(&[
            json!({"date": "2025-03-01", "game_no": 2}),
            json!({"date": "2025-03-01", "game_no": 1}),
            json!({"date": "2025-03-08", "game_no": 1}),
            json!({"date": "2025-03-01", "time": "20:00", "game_no": 7}),
        ]);
        let expected = [
            (2, "2025-03-01T19:00:00"),
            (4, "2025-03-01T20:00:00"),
            (1, "2025-03-01T21:30:00"),
            (3, "2025-03-08T19:00:00"),
        ];
        assert_eq!(clocks(&recording), expected.map(|(line, clock)| (line, clock.to_owned())));
    }

    #[test]
    fn the_time_of_a_page_is_no_time_of_play() {
        let recording =
            read(&[json!({"source": "mafiauniverse/1", "date": "2025-03-01", "time": "11:54", "round": 1})]);
        assert_eq!(clocks(&recording), [(1, "2025-03-01T19:00:00".to_owned())]);
    }

    #[test]
    fn a_line_that_is_no_game_is_set_aside_with_its_number() {
        let good = line(&json!({"date": "2025-03-01"}));
        let text = format!("\u{feff}{good}\r\n\n{{\"players\":[]}}\nnot json\n");
        let recording = Recording::read(text.as_bytes());
        assert_eq!(recording.games.len(), 1);
        assert_eq!(recording.games[0].body, good);
        let lines: Vec<_> = recording.set_aside.iter().map(|one| one.line).collect();
        assert_eq!(lines, [3, 4]);
        assert!(recording.set_aside[0].why.starts_with("/players "), "{:?}", recording.set_aside);
        assert_eq!(Recording::read(b"{\"a\":\"\xff\"}").set_aside.len(), 1);
    }
}
