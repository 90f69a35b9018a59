//! When something happened: a moment, or only a day.

/// When an event took place, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EventTime {
    /// Milliseconds since 1970, UTC.
    Moment(i64),
    /// A day without a time of day.
    Day(Day),
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Day {
    /// Year, four digits.
    pub year: i64,
    /// Month from 1.
    pub month: u8,
    /// Day of the month from 1.
    pub day: u8,
}

/// A time of day beside its day, in the viewer's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    /// The day.
    pub day: Day,
    /// Hour from 0.
    pub hour: u8,
    /// Minute from 0.
    pub minute: u8,
}

impl std::fmt::Display for Day {
    /// `2026-03-01`, which reads the same in both languages.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl std::fmt::Display for Local {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:02}:{:02}", self.day, self.hour, self.minute)
    }
}

impl Local {
    /// The time of day alone, `14:32`.
    #[must_use]
    pub fn clock(&self) -> String {
        format!("{:02}:{:02}", self.hour, self.minute)
    }
}

impl EventTime {
    /// Reads `2026-03-01T18:00:00Z` and `2026-03-01`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Some((date, time)) = text.split_once('T') else { return Some(Self::Day(Day::parse(text)?)) };
        let day = Day::parse(date)?;
        let clock = time.strip_suffix('Z')?;
        let whole = clock.split_once('.').map_or(clock, |(whole, _)| whole);
        let mut parts = whole.split(':');
        let hour = number(parts.next()?, 2, 23)?;
        let minute = number(parts.next()?, 2, 59)?;
        let second = number(parts.next()?, 2, 60)?;
        if parts.next().is_some() {
            return None;
        }
        let seconds = ((day.since_1970() * 24 + hour) * 60 + minute) * 60 + second;
        Some(Self::Moment(seconds * 1000))
    }
}

impl Day {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let year = number(parts.next()?, 4, 9999)?;
        let month = u8::try_from(number(parts.next()?, 2, 12)?).ok().filter(|month| *month > 0)?;
        let day = u8::try_from(number(parts.next()?, 2, 31)?).ok().filter(|day| *day > 0)?;
        parts.next().is_none().then_some(Self { year, month, day })
    }

    /// Days since 1970-01-01, by the proleptic Gregorian calendar.
    fn since_1970(self) -> i64 {
        // Years begin in March here, so that the leap day is the last day of its year.
        let shifted = self.year - i64::from(self.month < 3);
        let month = (i64::from(self.month) + 9) % 12;
        let era = shifted.div_euclid(400);
        let year = shifted.rem_euclid(400);
        let day = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + year * 365 + year / 4 - year / 100 + day - 719_468
    }
}

fn number(text: &str, digits: usize, max: i64) -> Option<i64> {
    if text.len() != digits || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|value| *value <= max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_counted_from_1970() {
        let cases = [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:30:15Z", 951_827_415_000),
            ("2026-03-01T18:00:00Z", 1_772_388_000_000),
            ("1969-12-31T23:59:59.5Z", -1_000),
        ];
        for (text, millis) in cases {
            assert_eq!(EventTime::parse(text), Some(EventTime::Moment(millis)), "{text}");
        }
    }

    #[test]
    fn a_day_stays_a_day() {
        let day = Day { year: 2026, month: 3, day: 1 };
        assert_eq!(EventTime::parse("2026-03-01"), Some(EventTime::Day(day)));
        assert_eq!(day.to_string(), "2026-03-01");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-00-10",
            "2026-03-01T25:00:00Z",
            "2026-03-01T10:00:00",
            "1-1-1",
        ] {
            assert_eq!(EventTime::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_local_time_shows_day_and_clock() {
        let local = Local { day: Day { year: 2026, month: 3, day: 1 }, hour: 9, minute: 5 };
        assert_eq!(local.to_string(), "2026-03-01 09:05");
        assert_eq!(local.clock(), "09:05");
    }
}
