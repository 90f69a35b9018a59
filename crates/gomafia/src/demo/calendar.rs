//! What is played on which day of a simulated season.

use jiff::ToSpan as _;
use jiff::civil::{Date, Time, Weekday};
use serde_json::{Value, json};

use super::dice::Dice;

/// A cup in every so many weeks.
const CUP_EVERY_WEEKS: i64 = 5;
/// More than the cups of a year, so that a title with its year names one.
const CUP_TITLES: [&str; 12] = [
    "Кубок Тумана",
    "Приз Полярной Ночи",
    "Кубок Медного Чайника",
    "Big Lantern Open",
    "Мемориал Старого Фонаря",
    "Бал Молчания",
    "Кубок Двух Мостов",
    "Snow Owl Cup",
    "Гран-при Тихой Гавани",
    "Янтарный Стол",
    "Кубок Последнего Трамвая",
    "Копейка и Корона",
];
const MONDAY: Date = Date::constant(1970, 1, 5);

/// Tables and rounds of a cup; each of its two days has half of the rounds.
pub(super) const CUP_TABLES: i64 = 3;
/// See [`CUP_TABLES`].
pub(super) const CUP_ROUNDS: i64 = 10;

/// An evening of the club.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Evening {
    /// How many tables play.
    pub(super) tables: i64,
    /// How many games each of them plays.
    pub(super) games: i64,
    /// When the first games begin.
    pub(super) begins: Time,
}

/// The evening of that day, if there is one: nearly every weekend, seldom early in the week, less in summer.
pub(super) fn evening(dice: &mut Dice, day: Date) -> Option<Evening> {
    let (per_mille, tables, least, most, hour) = match day.weekday() {
        Weekday::Monday | Weekday::Tuesday | Weekday::Thursday => (120, 1, 3, 4, 19),
        Weekday::Wednesday => (500, 1, 3, 4, 19),
        Weekday::Friday => (850, 1, 4, 5, 18),
        Weekday::Saturday => (930, 2, 4, 6, 15),
        Weekday::Sunday => (750, 1, 4, 6, 15),
    };
    let summer = matches!(day.month(), 6..=8);
    let per_mille = if summer { per_mille * 6 / 10 } else { per_mille };
    let games = dice.between(least, most);
    dice.chance(per_mille).then(|| Evening { tables, games, begins: Time::constant(hour, 10, 0, 0) })
}

/// When the game after `games` others of an evening that began at `begins` begins.
pub(super) fn clock(begins: Time, games: i64) -> Time {
    begins.saturating_add((games * 62).minutes())
}

/// A tournament of a weekend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cup {
    /// Its id.
    pub(super) id: String,
    /// Its title with the year.
    pub(super) title: String,
    /// The Saturday.
    pub(super) start: Date,
    /// The Sunday.
    pub(super) end: Date,
    stars: i64,
}

impl Cup {
    /// The cup that is played on that day.
    pub(super) fn on(day: Date) -> Option<Self> {
        let days = i64::from(MONDAY.until(day).ok()?.get_days());
        let week = days.div_euclid(7);
        if week.rem_euclid(CUP_EVERY_WEEKS) != 1 || days.rem_euclid(7) < 5 {
            return None;
        }
        let start = MONDAY.checked_add((week * 7 + 5).days()).ok()?;
        let end = start.checked_add(1.days()).ok()?;
        let cups = CUP_TITLES.len().try_into().unwrap_or(1);
        let number = (week / CUP_EVERY_WEEKS).rem_euclid(cups);
        let title = CUP_TITLES.get(usize::try_from(number).ok()?)?;
        let id = format!("demo-cup-{start}");
        Some(Self { id, title: format!("{title} {}", start.year()), start, end, stars: 1 + number % 4 })
    }

    /// The tournament as it is told on that day.
    pub(super) fn told(&self, today: Date) -> Value {
        let status = match today {
            _ if today > self.end => "finished",
            _ if today < self.start => "upcoming",
            _ => "running",
        };
        json!({
            "source": "demo", "title": self.title, "status": status, "start": self.start.to_string(),
            "end": self.end.to_string(), "planned_rounds": CUP_ROUNDS, "stars": self.stars,
        })
    }
}

/// Every day from `from` to the one before `to`.
pub(super) fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    from.series(1.days()).take_while(move |day| *day < to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year() -> impl Iterator<Item = Date> {
        days(Date::constant(2025, 3, 1), Date::constant(2026, 3, 1))
    }

    #[test]
    fn a_year_has_ten_or_eleven_cups_on_weekends_each_with_a_title_of_its_own() {
        let mut cups: Vec<_> = year().filter_map(Cup::on).collect();
        assert!(cups.iter().all(|cup| cup.start.weekday() == Weekday::Saturday));
        assert_eq!(cups.len() % 2, 0, "both days of each cup are in this year");
        cups.dedup();
        assert!((10..=11).contains(&cups.len()), "{cups:?}");
        let titles: std::collections::BTreeSet<_> = cups.iter().map(|cup| &cup.title).collect();
        assert_eq!(titles.len(), cups.len());
    }

    #[test]
    fn a_cup_is_upcoming_then_running_then_finished() {
        let cup = year().find_map(Cup::on).unwrap();
        let status = |days: i64| cup.told(cup.start.checked_add(days.days()).unwrap())["status"].clone();
        assert_eq!([-1, 0, 1, 2].map(status), ["upcoming", "running", "running", "finished"]);
    }

    #[test]
    fn most_games_of_a_year_are_played_at_weekends() {
        let (mut all, mut weekend) = (0, 0);
        for day in year() {
            let evening = evening(&mut Dice::of_day(1, 1, day), day);
            let games = evening.map_or(0, |evening| evening.tables * evening.games);
            all += games;
            let free = [Weekday::Friday, Weekday::Saturday, Weekday::Sunday].contains(&day.weekday());
            weekend += if free { games } else { 0 };
        }
        assert!((700..1_100).contains(&all), "{all} games");
        assert!(weekend * 4 > all * 3, "{weekend} of {all} at weekends");
    }

    #[test]
    fn an_evening_ends_on_its_day() {
        assert_eq!(clock(Time::constant(19, 10, 0, 0), 3).to_string(), "22:16:00");
        assert_eq!(clock(Time::constant(15, 10, 0, 0), 5).to_string(), "20:20:00");
    }
}
