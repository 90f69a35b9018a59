//! Recorded games with their dates moved, so that the first is played now.

use std::collections::BTreeSet;

use anyhow::Context as _;
use jiff::civil::DateTime;
use jiff::{SignedDuration, ToSpan as _};
use mafia::game::Game;
use serde_json::{Map, Value};

use super::recording::Recorded;

/// How far dates are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shift {
    /// To the second, where the time of play is known; the days of other games by `days`.
    Exact { by: SignedDuration, days: i64 },
    /// By whole days.
    Days(i64),
}

/// Moves the dates of all games so that the first one is played at `now`; the order stays.
///
/// Games of which only the day is known move by whole days, and so do all when the first has no time.
/// Moving to the second can carry games over midnight; where that would make two games of one
/// identity, all move by whole days instead. What is recorded as the clock of each game stays.
///
/// # Errors
/// When a date leaves the calendar.
pub(crate) fn rebase(games: &mut [Recorded], now: DateTime) -> anyhow::Result<()> {
    let Some(first) = games.iter().find(|one| one.clock.is_some()) else { return Ok(()) };
    let Some(clock) = first.clock else { return Ok(()) };
    let days = i64::from(clock.date().until(now.date())?.get_days());
    let exact = Shift::Exact { by: now.duration_since(clock), days };
    let shift = if first.time().is_some() { exact } else { Shift::Days(days) };
    let mut moved = shift.all(games)?;
    if distinct(moved.iter().map(|(_, game)| game)) < distinct(games.iter().map(|one| &one.game)) {
        moved = Shift::Days(days).all(games)?;
    }
    for (one, (body, game)) in games.iter_mut().zip(moved) {
        (one.body, one.game) = (body, game);
    }
    Ok(())
}

fn distinct<'a>(games: impl Iterator<Item = &'a Game>) -> usize {
    games.map(Game::id).collect::<BTreeSet<_>>().len()
}

impl Shift {
    fn all(self, games: &[Recorded]) -> anyhow::Result<Vec<(String, Game)>> {
        games.iter().map(|one| self.one(one)).collect()
    }

    fn one(self, one: &Recorded) -> anyhow::Result<(String, Game)> {
        let Some(date) = one.game.date else { return Ok((one.body.clone(), one.game.clone())) };
        let mut fields: Map<String, Value> = serde_json::from_str(&one.body)?;
        let leaves = || format!("line {}: the moved date is in no calendar", one.line);
        match (self, one.time()) {
            (Self::Exact { by, .. }, Some(time)) => {
                let moved = date.to_datetime(time).checked_add(by).with_context(leaves)?;
                fields.insert("date".to_owned(), moved.date().to_string().into());
                fields.insert("time".to_owned(), moved.time().strftime("%H:%M:%S").to_string().into());
            }
            (Self::Exact { days, .. } | Self::Days(days), _) => {
                let moved = date.checked_add(days.days()).with_context(leaves)?;
                fields.insert("date".to_owned(), moved.to_string().into());
            }
        }
        let body = Value::Object(fields).to_string();
        let parsed = Game::parse(&body);
        // Only its date and time differ from a line that was read.
        let game = parsed.map_err(|_| anyhow::anyhow!("line {}: the moved game is none", one.line))?.game;
        Ok((body, game))
    }
}

#[cfg(test)]
mod tests {
    use super::super::recording::Recording;
    use super::*;

    const NOW: DateTime = DateTime::constant(2026, 3, 10, 9, 30, 0, 0);

    fn moved(lines: &[&str]) -> Vec<(Option<String>, Option<String>)> {
        let lines = lines.iter().map(|fields| {
            format!(r#"{{{fields},"source":"polar/club","players":[{{"seat":1,"name":"Кит"}}]}}"#)
        });
        let lines: Vec<_> = lines.collect();
        let mut games = Recording::read(lines.join("\n").as_bytes()).games;
        let clocks: Vec<_> = games.iter().map(|one| one.clock).collect();
        rebase(&mut games, NOW).unwrap();
        assert_eq!(games.iter().map(|one| one.clock).collect::<Vec<_>>(), clocks);
        let text = |one: &Recorded| {
            let told = Game::parse(&one.body).unwrap().game;
            assert_eq!(told, one.game);
            (told.date.map(|date| date.to_string()), told.time.map(|time| time.to_string()))
        };
        games.iter().map(text).collect()
    }

    fn expected(days: &[(&str, &str)]) -> Vec<(Option<String>, Option<String>)> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        days.iter().map(|(date, time)| (some(date), some(time))).collect()
    }

    #[test]
    fn the_first_game_is_now_and_a_game_with_only_a_day_moves_by_whole_days() {
        let games = [
            r#""date":"2025-03-01","time":"20:00","game_no":1"#,
            r#""date":"2025-03-01","time":"23:59:30","season":1,"game_no":2"#,
            r#""date":"2025-03-03","game_no":1"#,
            r#""game_no":1"#,
        ];
        let days = [("2026-03-10", "09:30:00"), ("2026-03-10", "13:29:30"), ("2026-03-12", ""), ("", "")];
        assert_eq!(moved(&games), expected(&days));
    }

    #[test]
    fn a_first_game_without_a_time_moves_all_by_whole_days() {
        let games =
            [r#""date":"2025-03-01","game_no":1"#, r#""date":"2025-03-02","time":"20:00","game_no":1"#];
        assert_eq!(moved(&games), expected(&[("2026-03-10", ""), ("2026-03-11", "20:00:00")]));
    }

    #[test]
    fn two_games_never_become_one() {
        // To the second both would be the third game of 11 March.
        let games = [
            r#""date":"2025-03-01","time":"06:00","game_no":1"#,
            r#""date":"2025-03-01","time":"23:00","game_no":3"#,
            r#""date":"2025-03-02","time":"10:00","game_no":3"#,
        ];
        let days = [("2026-03-10", "06:00:00"), ("2026-03-10", "23:00:00"), ("2026-03-11", "10:00:00")];
        assert_eq!(moved(&games), expected(&days));
    }
}
