//! Which rules gave points when: a dated table, and what the code falls back on without one.

use std::borrow::Cow;

use jiff::civil::{Date, date};

use super::ci::{CiForm, CiRule};

/// One row: the rules of a source from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What the names of the sources begin with; empty for all that have no row of their own.
    pub source: Cow<'static, str>,
    /// The first day; none for always.
    pub since: Option<Date>,
    /// The first season, for a source that counts seasons; it goes before the day.
    pub since_season: Option<i64>,
    /// Thousandths for a best move that named 0, 1, 2 and 3 blacks; none where it is not known.
    pub best_move: [Option<i64>; 4],
    /// Compensation of the first killed; none where there is none or its form is not known.
    pub ci: Option<CiRule>,
}

/// Rows in the order of their days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    rows: Vec<Row>,
}

impl Rules {
    /// Rules of these rows; of two that hold for a game the later in the list decides.
    #[must_use]
    pub fn new(rows: Vec<Row>) -> Self {
        Self { rows }
    }

    /// The row for a game of `source`: of the rows with the longest beginning that fits, the last
    /// that had begun. A game with neither day nor season is taken for a recent one.
    ///
    /// A source with rows of its own never falls back on those of others: a game before its first
    /// row has none.
    #[must_use]
    pub fn row(&self, source: &str, season: Option<i64>, day: Option<Date>) -> Option<&Row> {
        let fits = |row: &&Row| source.starts_with(row.source.as_ref());
        let longest = self.rows.iter().filter(fits).map(|row| row.source.len()).max()?;
        let own = self.rows.iter().filter(fits).filter(|row| row.source.len() == longest);
        own.rev().find(|row| row.had_begun(season, day))
    }
}

impl Default for Rules {
    /// The rules that are known, [`TABLE`].
    fn default() -> Self {
        Self::new(TABLE.to_vec())
    }
}

impl Row {
    fn had_begun(&self, season: Option<i64>, day: Option<Date>) -> bool {
        if let (Some(since), Some(season)) = (self.since_season, season) {
            return season >= since;
        }
        match (self.since, day) {
            (Some(since), Some(day)) => day >= since,
            (None, _) | (Some(_), None) => true,
        }
    }
}

const MAFIAUNIVERSE: Cow<'static, str> = Cow::Borrowed("mafiauniverse");
const GOMAFIA: Cow<'static, str> = Cow::Borrowed("gomafia");
const FAMILY: Cow<'static, str> = Cow::Borrowed("seezov/family");

/// Red lost, and the best move does not matter: all that is stated of the club's forms.
const fn family_ci(form: CiForm) -> Option<CiRule> {
    Some(CiRule { form, town_won_percent: 0, needs_black: false })
}

/// Checked on the 1,200 seats of one tournament: whole when the mafia won, half when the town won.
const QUOTA: Option<CiRule> =
    Some(CiRule { form: CiForm::Quota { share: 400, cap: 400 }, town_won_percent: 50, needs_black: true });

/// The rules that are known. What is not known is absent, never guessed.
pub const TABLE: &[Row] = &[
    // Any other source. Three blacks 0.4, two 0.25: the default after FIIM in the public code of
    // mafiaratings. Its compensation is known from one sample scoring only; the form that stands the
    // test of a whole real tournament is taken.
    Row {
        source: Cow::Borrowed(""),
        since: None,
        since_season: None,
        best_move: [Some(0), Some(0), Some(250), Some(400)],
        ci: QUOTA,
    },
    // mafiauniverse.org: all 1,200 seats of tournament 8238 of October 2025 follow from this. How
    // long before that it was so is not known; the year is taken.
    Row {
        source: MAFIAUNIVERSE,
        since: Some(date(2025, 1, 1)),
        since_season: None,
        best_move: [Some(0), Some(100), Some(300), Some(600)],
        ci: QUOTA,
    },
    // gomafia.pro (FSM) up to 5 January 2023. A public bot (pineappleVlad) shows that no black and
    // one black looked alike in the result table; the values of two and three are not told there.
    Row {
        source: GOMAFIA,
        since: None,
        since_season: None,
        best_move: [Some(0), Some(0), None, None],
        ci: None,
    },
    // After 5 January 2023, from the same bot: three 0.5, two 0.25, and one is no longer like none,
    // but its value is not told. No form of the compensation was found in public code.
    Row {
        source: GOMAFIA,
        since: Some(date(2023, 1, 6)),
        since_season: None,
        best_move: [Some(0), None, Some(250), Some(500)],
        ci: None,
    },
    // The family club, seasons 2 and 3: from the points of 169 best moves in its sheets. One black
    // gave 0.2, two 0.4, three (4 times) 0.8.
    Row {
        source: FAMILY,
        since: Some(date(2019, 3, 1)),
        since_season: Some(2),
        best_move: [Some(0), Some(200), Some(400), Some(800)],
        ci: None,
    },
    // Seasons 4 to 16, to February 2023: from its sheets.
    Row {
        source: FAMILY,
        since: Some(date(2019, 9, 1)),
        since_season: Some(4),
        best_move: [Some(0), Some(0), Some(250), Some(400)],
        ci: None,
    },
    // Seasons 17 and 18: best move from its sheets; compensation 0.1 flat, from the club's public code.
    Row {
        source: FAMILY,
        since: Some(date(2023, 3, 1)),
        since_season: Some(17),
        best_move: [Some(0), Some(0), Some(300), Some(500)],
        ci: family_ci(CiForm::Flat(100)),
    },
    // Seasons 19 and 20, to February 2024: the rate itself, 0.4 above 0.399, from the same code.
    Row {
        source: FAMILY,
        since: Some(date(2023, 9, 1)),
        since_season: Some(19),
        best_move: [Some(0), Some(0), Some(300), Some(500)],
        ci: family_ci(CiForm::Rate { factor: 1000, full_above: 399, cap: 400 }),
    },
    // Since season 21: 1.25 of the rate, 0.5 above 0.399, from the same code.
    Row {
        source: FAMILY,
        since: Some(date(2024, 3, 1)),
        since_season: Some(21),
        best_move: [Some(0), Some(0), Some(400), Some(600)],
        ci: family_ci(CiForm::Rate { factor: 1250, full_above: 399, cap: 500 }),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// What a best move that named 0, 1, 2 and 3 blacks gave; none without a row.
    fn best_move(source: &str, season: Option<i64>, day: Option<Date>) -> Option<[Option<i64>; 4]> {
        Rules::default().row(source, season, day).map(|row| row.best_move)
    }

    #[test]
    fn each_source_has_its_values_from_their_first_day_on() {
        let of = |values: [i64; 4]| Some(values.map(Some));
        let cases = [
            ("club", date(2014, 3, 1), of([0, 0, 250, 400])),
            ("mafiauniverse/8238", date(2025, 10, 6), of([0, 100, 300, 600])),
            ("mafiauniverse/1", date(2024, 12, 31), None),
            ("gomafia.pro", date(2023, 1, 5), Some([Some(0), Some(0), None, None])),
            ("gomafia", date(2023, 1, 6), Some([Some(0), None, Some(250), Some(500)])),
            ("seezov/family", date(2019, 2, 28), None),
            ("seezov/family", date(2019, 8, 31), of([0, 200, 400, 800])),
            ("seezov/family", date(2023, 2, 28), of([0, 0, 250, 400])),
            ("seezov/family", date(2023, 8, 31), of([0, 0, 300, 500])),
            ("seezov/family", date(2024, 2, 29), of([0, 0, 300, 500])),
            ("seezov/family", date(2024, 3, 1), of([0, 0, 400, 600])),
        ];
        for (source, day, values) in cases {
            assert_eq!(best_move(source, None, Some(day)), values, "{source} {day}");
        }
    }

    #[test]
    fn the_season_goes_before_a_mistyped_day() {
        let day = Some(date(2020, 1, 1));
        assert_eq!(best_move("seezov/family", Some(21), day), Some([0, 0, 400, 600].map(Some)));
        assert_eq!(best_move("seezov/family", Some(1), day), None);
        // A source without seasons in its rows is asked by day.
        assert_eq!(best_move("mafiauniverse/1", Some(3), day), None);
    }

    #[test]
    fn a_game_without_day_and_season_is_taken_for_a_recent_one() {
        assert_eq!(best_move("seezov/family", None, None), Some([0, 0, 400, 600].map(Some)));
    }

    #[test]
    fn rows_of_one_source_stand_in_the_order_of_their_days_and_seasons() {
        for (n, row) in TABLE.iter().enumerate() {
            for later in TABLE.iter().skip(n + 1).filter(|later| later.source == row.source) {
                assert!((row.since, row.since_season) < (later.since, later.since_season), "{later:?}");
            }
        }
    }
}
