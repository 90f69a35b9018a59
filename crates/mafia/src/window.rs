//! Games over time: the part of the dated counts that a viewer asks for.
//!
//! The views read no clock and keep a count for each day and each hour; whoever shows them cuts them
//! here with the time of the server, so that every reader shows the same bars.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{RoundMode, ToSpan as _, Unit, Zoned, ZonedRound};
use realtime_protocol::State;

use crate::views::{DAY_PREFIX, HOUR_PREFIX};

/// How far back a viewer looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Timeframe {
    /// Today and the six days before.
    Days7,
    /// Today and the 29 days before.
    #[default]
    Days30,
    /// Today and the 89 days before.
    Days90,
    /// From the day after today's date a year ago.
    Year,
    /// From the first day with a game to the last, which may be later than today.
    All,
}

impl Timeframe {
    /// All of them, the shortest first.
    pub const ALL: [Self; 5] = [Self::Days7, Self::Days30, Self::Days90, Self::Year, Self::All];

    /// The word as it stands in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Days7 => "7d",
            Self::Days30 => "30d",
            Self::Days90 => "90d",
            Self::Year => "1y",
            Self::All => "all",
        }
    }

    /// The timeframe of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|timeframe| timeframe.as_str() == word)
    }

    /// The first and the last day that are shown; none when nothing is.
    fn bounds(self, days: &BTreeMap<Date, i64>, today: Date) -> Option<(Date, Date)> {
        let first = match self {
            Self::Days7 => today.checked_sub(6.days()),
            Self::Days30 => today.checked_sub(29.days()),
            Self::Days90 => today.checked_sub(89.days()),
            Self::Year => today.checked_sub(1.year()).and_then(|day| day.checked_add(1.day())),
            Self::All => return Some((*days.keys().next()?, *days.keys().next_back()?)),
        };
        Some((first.ok()?, today))
    }
}

/// The games of each day of the timeframe, days without one included, in order.
///
/// `state` is that of the view `metrics`; `today` is the day in the zone of the games.
#[must_use]
pub fn games_by_day(state: &State, timeframe: Timeframe, today: Date) -> Vec<(Date, i64)> {
    let days: BTreeMap<Date, i64> = counts(state, DAY_PREFIX, |text| text.parse().ok()).collect();
    let Some((first, last)) = timeframe.bounds(&days, today) else { return Vec::new() };
    let series = first.series(1.day()).take_while(|day| *day <= last);
    series.map(|day| (day, days.get(&day).copied().unwrap_or(0))).collect()
}

/// The games of the last 24 hours by the hour in which they began, in order; the last hour is the one that
/// `now` is in. Games that tell no time are in none of them.
///
/// `now` is in the zone of the games. An hour that the clocks show twice is one bar.
#[must_use]
pub fn games_by_hour(state: &State, now: &Zoned) -> Vec<((Date, i8), i64)> {
    let hours: BTreeMap<(Date, i8), i64> = counts(state, HOUR_PREFIX, hour_of).collect();
    let floor = ZonedRound::new().smallest(Unit::Hour).mode(RoundMode::Trunc);
    let Ok(last) = now.round(floor) else { return Vec::new() };
    let starts = (0..24_i64).rev().filter_map(|back| last.checked_sub(back.hours()).ok());
    let mut bars: Vec<((Date, i8), i64)> = Vec::with_capacity(24);
    for start in starts {
        let hour = (start.date(), start.hour());
        if bars.last().is_none_or(|(before, _)| *before != hour) {
            bars.push((hour, hours.get(&hour).copied().unwrap_or(0)));
        }
    }
    bars
}

fn counts<'a, K>(
    state: &'a State,
    prefix: &'a str,
    key: impl Fn(&str) -> Option<K> + 'a,
) -> impl Iterator<Item = (K, i64)> + 'a {
    let from = state.entries().range(prefix.to_owned()..);
    let own = from.map_while(move |(name, value)| Some((name.strip_prefix(prefix)?, value)));
    own.filter_map(move |(name, value)| Some((key(name)?, value.as_i64()?)))
}

fn hour_of(text: &str) -> Option<(Date, i8)> {
    let (date, hour) = text.split_once('T')?;
    Some((date.parse().ok()?, hour.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use jiff::civil::{DateTime, date};
    use jiff::tz::TimeZone;
    use serde_json::Value;

    use super::*;

    /// The state of games on these days and hours.
    fn state(days: &[(Date, i64)], hours: &[((Date, i8), i64)]) -> State {
        let days = days.iter().map(|(day, n)| (format!("games_by_day/{day}"), Value::from(*n)));
        let hours =
            hours.iter().map(|((day, hour), n)| (format!("games_by_hour/{day}T{hour:02}"), Value::from(*n)));
        let others = [("games".to_owned(), Value::from(99)), ("players".to_owned(), Value::from(9))];
        State::from_entries(days.chain(hours).chain(others).collect()).unwrap()
    }

    fn sum<K>(bars: &[(K, i64)]) -> i64 {
        bars.iter().map(|(_, games)| games).sum()
    }

    /// Behaviour: B42 — broken by: leaving the first day of the window out; leaving days without games out
    #[test]
    fn the_bars_sum_to_the_games_of_the_window_in_every_timeframe() {
        let today = date(2026, 3, 31);
        // One game on each of the last 1,000 days: the sum is the number of days in the window.
        let days: Vec<(Date, i64)> = (0..1000_i64).map(|back| (today - back.days(), 1)).collect();
        let state = state(&days, &[]);
        for (timeframe, games) in Timeframe::ALL.into_iter().zip([7, 30, 90, 365, 1000]) {
            let bars = games_by_day(&state, timeframe, today);
            assert_eq!((bars.len(), sum(&bars)), (games, games as i64), "{timeframe:?}");
            assert_eq!(bars.last().map(|(day, _)| *day), Some(today));
            assert!(bars.windows(2).all(|pair| pair[1].0 == pair[0].0.tomorrow().unwrap()), "{timeframe:?}");
        }
    }

    #[test]
    fn days_without_games_are_bars_of_nought_and_games_outside_are_none_of_the_window() {
        let today = date(2026, 3, 31);
        let days = [(date(2026, 3, 24), 5), (date(2026, 3, 25), 2), (today, 3), (date(2031, 1, 1), 4)];
        let state = state(&days, &[]);
        let week = games_by_day(&state, Timeframe::Days7, today);
        assert_eq!(week.iter().map(|(_, games)| *games).collect::<Vec<_>>(), [2, 0, 0, 0, 0, 0, 3]);
        let all = games_by_day(&state, Timeframe::All, today);
        assert_eq!((all.first(), all.last(), sum(&all)), (days.first(), days.last(), 14));
        assert_eq!(games_by_day(&State::default(), Timeframe::All, today), []);
        assert_eq!(sum(&games_by_day(&State::default(), Timeframe::Year, today)), 0);
    }

    #[test]
    fn a_leap_year_has_one_day_more() {
        let bars = games_by_day(&State::default(), Timeframe::Year, date(2024, 12, 31));
        assert_eq!((bars.first().map(|(day, _)| *day), bars.len()), (Some(date(2024, 1, 1)), 366));
        let bars = games_by_day(&State::default(), Timeframe::Year, date(2024, 2, 29));
        assert_eq!((bars.first().map(|(day, _)| *day), bars.len()), (Some(date(2023, 3, 1)), 366));
    }

    fn zoned(at: DateTime) -> Zoned {
        at.to_zoned(TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()).unwrap()
    }

    /// Behaviour: B42 — broken by: stepping back by the clock instead of by the hour
    #[test]
    fn a_day_in_which_the_clocks_change_loses_no_hour_and_counts_none_twice() {
        let every_hour =
            |day: Date| -> Vec<((Date, i8), i64)> { (0..24).map(|hour| ((day, hour), 1)).collect() };
        // 29 March 2026: two o'clock is three o'clock. 24 hours reach an hour further back.
        let spring = date(2026, 3, 29);
        let hours = [every_hour(date(2026, 3, 28)), every_hour(spring)].concat();
        let bars = games_by_hour(&state(&[], &hours), &zoned(spring.at(12, 30, 0, 0)));
        assert_eq!(
            (bars.first().map(|bar| bar.0), bars.last().map(|bar| bar.0)),
            (Some((date(2026, 3, 28), 12)), Some((spring, 12)))
        );
        assert!(bars.iter().all(|(hour, _)| *hour != (spring, 2)), "the hour that was none");
        assert_eq!(bars.len(), 24);
        // 25 October 2026: two o'clock comes twice and is one bar.
        let autumn = date(2026, 10, 25);
        let hours = [every_hour(date(2026, 10, 24)), every_hour(autumn)].concat();
        let bars = games_by_hour(&state(&[], &hours), &zoned(autumn.at(12, 30, 0, 0)));
        assert_eq!((bars.len(), sum(&bars)), (23, 23));
        assert_eq!(bars.first().map(|bar| bar.0), Some((date(2026, 10, 24), 14)));
    }

    #[test]
    fn a_game_with_only_a_day_counts_on_its_day_and_in_no_hour() {
        let today = date(2026, 3, 31);
        let state = state(&[(today, 2)], &[((today, 20), 1)]);
        assert_eq!(sum(&games_by_day(&state, Timeframe::Days7, today)), 2);
        assert_eq!(sum(&games_by_hour(&state, &zoned(today.at(20, 5, 0, 0)))), 1);
        assert_eq!(sum(&games_by_hour(&state, &zoned(today.at(19, 59, 0, 0)))), 0);
    }

    #[test]
    fn words_are_read_back() {
        for timeframe in Timeframe::ALL {
            assert_eq!(Timeframe::from_word(timeframe.as_str()), Some(timeframe));
        }
        assert_eq!(Timeframe::from_word("week"), None);
    }
}
