//! When each recorded game is due. Pure: the time that has passed comes in.

use std::time::Duration;

use jiff::civil::DateTime;

use super::recording::Recorded;
use crate::speed::Speed;

/// Between games of which no day is known.
const UNDATED_APART: Duration = Duration::from_secs(60);

/// A game and its moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due {
    /// After the first game, in recorded time.
    pub(crate) offset: Duration,
    /// The recorded clock, where there is one.
    pub(crate) clock: Option<DateTime>,
    /// The number of its line.
    pub(crate) line: usize,
    /// What is sent.
    pub(crate) body: String,
}

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Send this.
    Send(Due),
    /// Wait; until then nothing is due.
    Wait {
        /// How long, in the time of the replay.
        left: Duration,
        /// The clock of the game that comes then.
        clock: Option<DateTime>,
    },
    /// All are sent.
    Done,
}

/// The games of a recording that are still to be sent.
///
/// Gaps are kept in proportion: at twice the speed an evening takes half as long, and so does the week
/// until the next one. A game that is late is sent at once and moves none after it.
#[derive(Debug)]
pub(crate) struct Schedule {
    waiting: std::iter::Peekable<std::vec::IntoIter<Due>>,
    speed: Speed,
}

impl Schedule {
    /// The games in their order, `speed` times as fast as they were recorded.
    ///
    /// Games without a day follow the last one with a day, a minute apart.
    pub(crate) fn new(games: Vec<Recorded>, speed: Speed) -> Self {
        let first = games.iter().find_map(|one| one.clock);
        let mut last: Option<Duration> = None;
        let due = games.into_iter().map(|Recorded { line, body, clock, .. }| {
            let since_first = clock.zip(first).map(|(clock, first)| clock.duration_since(first));
            let offset = match since_first.map(Duration::try_from) {
                Some(offset) => offset.unwrap_or_default(),
                None => last.map_or(Duration::ZERO, |last| last + UNDATED_APART),
            };
            last = Some(offset);
            Due { offset, clock, line, body }
        });
        let due: Vec<_> = due.collect();
        Self { waiting: due.into_iter().peekable(), speed }
    }

    /// How many games are still to be sent.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// What to do when the replay has run for `elapsed`.
    pub(crate) fn next(&mut self, elapsed: Duration) -> Next {
        let Some(due) = self.waiting.peek() else { return Next::Done };
        let left = self.speed.compress(due.offset).saturating_sub(elapsed);
        if !left.is_zero() {
            return Next::Wait { left, clock: due.clock };
        }
        self.waiting.next().map_or(Next::Done, Next::Send)
    }
}

#[cfg(test)]
mod tests {
    use super::super::recording::Recording;
    use super::*;

    const GAMES: [(&str, &str); 4] = [
        ("2025-03-01", r#","time":"20:00:00""#),
        ("2025-03-01", r#","time":"20:00:02""#),
        ("2025-03-08", r#","time":"20:00:00""#),
        ("soon", ""),
    ];

    fn schedule(speed: Speed) -> Schedule {
        let lines = (1..).zip(GAMES).map(|(n, (date, time))| {
            format!(r#"{{"game_no":{n},"date":"{date}"{time},"players":[{{"seat":1,"name":"Кит"}}]}}"#)
        });
        let lines: Vec<_> = lines.collect();
        Schedule::new(Recording::read(lines.join("\n").as_bytes()).games, speed)
    }

    /// Runs it with a clock that jumps from wait to wait; what was sent when.
    fn run(mut schedule: Schedule) -> Vec<(Duration, usize)> {
        let (mut now, mut sent) = (Duration::ZERO, Vec::new());
        loop {
            match schedule.next(now) {
                Next::Send(due) => sent.push((now, due.line)),
                Next::Wait { left, .. } => now += left,
                Next::Done => return sent,
            }
        }
    }

    const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

    #[test]
    fn at_speed_one_the_recorded_gaps_are_kept() {
        let sent = run(schedule(Speed::Times(1.0)));
        let two = Duration::from_secs(2);
        assert_eq!(sent, [(Duration::ZERO, 1), (two, 2), (WEEK, 3), (WEEK + UNDATED_APART, 4)]);
    }

    #[test]
    fn every_wait_is_divided_by_the_speed_and_max_waits_for_nothing() {
        let sent = run(schedule(Speed::Times(100.0)));
        let whole = WEEK + UNDATED_APART;
        assert_eq!(
            sent,
            [(Duration::ZERO, 1), (Duration::from_millis(20), 2), (WEEK / 100, 3), (whole / 100, 4)]
        );
        assert_eq!(run(schedule(Speed::Max)), [1, 2, 3, 4].map(|line| (Duration::ZERO, line)));
    }

    #[test]
    fn a_late_game_is_sent_at_once_and_moves_none_after_it() {
        let mut schedule = schedule(Speed::Times(1.0));
        let late = Duration::from_secs(3600);
        let sent = [schedule.next(late), schedule.next(late)];
        assert!(matches!(&sent, [Next::Send(one), Next::Send(two)] if (one.line, two.line) == (1, 2)));
        let clock = Some(jiff::civil::date(2025, 3, 8).at(20, 0, 0, 0));
        assert_eq!(schedule.next(late), Next::Wait { left: WEEK - late, clock });
    }
}
