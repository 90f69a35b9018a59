//! Players' years as comma-separated values.
//!
//! Columns are known by their names and may stand in any order. Read are the player's id and name,
//! the year, the region, games, win rate and extra points by role, and extra points for ten games.
//! Ranks, score and category are another author's computation and are passed over, as is every
//! column that is not known.

use csv::StringRecord;

use super::loose::{decimal_milli, whole};
use super::wins::{GAMES_MAX, wins};
use crate::game::{Reason, Rejection};
use crate::record::{PlayerYear, RoleYear};

/// Where these files come from; the address in each row says so.
const SOURCE: &str = "gomafia.pro";

/// The columns of a file, by their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlayerYears {
    header: String,
    width: usize,
    player_id: usize,
    name: usize,
    year: usize,
    total: usize,
    civilian: RoleColumns,
    sheriff: RoleColumns,
    mafia: RoleColumns,
    don: RoleColumns,
    region: Option<usize>,
    extra_per_ten: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RoleColumns {
    games: usize,
    rate: usize,
    extra: Option<usize>,
}

/// Whether a line names these columns.
pub(super) fn is_header(line: &[u8]) -> bool {
    std::str::from_utf8(line).is_ok_and(|line| PlayerYears::of_header(line).is_ok())
}

impl PlayerYears {
    /// The columns that a line names.
    pub(super) fn of_header(line: &str) -> Result<Self, Rejection> {
        let names = split(line)?;
        let optional = |name: &str| names.iter().position(|column| column.trim() == name);
        let column = |name: &str| {
            optional(name).ok_or_else(|| Rejection::new(Reason::Columns, name, "there is no such column"))
        };
        let role = |word: &str| -> Result<RoleColumns, Rejection> {
            Ok(RoleColumns {
                games: column(&format!("{word}_games"))?,
                rate: column(&format!("{word}_winrate"))?,
                extra: optional(&format!("extra_points_{word}_avg")),
            })
        };
        Ok(Self {
            header: line.trim().to_owned(),
            width: names.len(),
            player_id: column("player_id")?,
            name: column("name")?,
            year: column("year")?,
            total: column("total_games")?,
            civilian: role("citizen")?,
            sheriff: role("sheriff")?,
            mafia: role("mafia")?,
            don: role("don")?,
            region: optional("region"),
            extra_per_ten: optional("extra_points_avg_10_games"),
        })
    }

    /// Whether a line repeats the names, as in files that were put together.
    pub(super) fn is_header(&self, line: &str) -> bool {
        line.trim() == self.header
    }

    /// The year that a line tells.
    pub(super) fn read(&self, line: &str) -> Result<PlayerYear, Vec<Rejection>> {
        let fields = split(line).map_err(|rejection| vec![rejection])?;
        if fields.len() != self.width {
            let message = format!("{} fields are expected, not {}", self.width, fields.len());
            return Err(vec![Rejection::new(Reason::Columns, "", message)]);
        }
        let mut row = Row { fields: &fields, columns: self, rejections: Vec::new() };
        let year = row.year();
        if row.rejections.is_empty() { Ok(year) } else { Err(row.rejections) }
    }
}

/// The fields of one line: a quote that is not closed ends with it.
fn split(line: &str) -> Result<StringRecord, Rejection> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(1024)
        .from_reader(line.as_bytes());
    let mut fields = StringRecord::new();
    let mut rest = StringRecord::new();
    let read = reader.read_record(&mut fields).and_then(|_| reader.read_record(&mut rest));
    match read {
        Ok(false) => Ok(fields),
        Ok(true) => Err(Rejection::new(Reason::Columns, "", "the line breaks within")),
        Err(error) => Err(Rejection::new(Reason::Columns, "", error.to_string())),
    }
}

struct Row<'a> {
    fields: &'a StringRecord,
    columns: &'a PlayerYears,
    rejections: Vec<Rejection>,
}

impl Row<'_> {
    fn year(&mut self) -> PlayerYear {
        let columns = self.columns;
        let player = self.field(columns.player_id).trim().to_owned();
        if player.is_empty() {
            self.refuse(Reason::NoData, "player_id", "the player's id is expected");
        }
        let roles = [
            ("citizen", columns.civilian),
            ("sheriff", columns.sheriff),
            ("mafia", columns.mafia),
            ("don", columns.don),
        ]
        .map(|(word, columns)| self.role(word, columns));
        let total = self.games("total_games", columns.total);
        let sum: i64 = roles.iter().map(|role| role.games).sum();
        if self.rejections.is_empty() && sum != total {
            let message = format!("the roles have {sum} games, not {total}");
            self.refuse(Reason::RoleSum, "total_games", message);
        }
        let [civilian, sheriff, mafia, don] = roles;
        PlayerYear {
            source: SOURCE.to_owned(),
            player,
            name: self.field(columns.name).to_owned(),
            year: self.number_of_year(),
            region: columns.region.map(|at| self.field(at).trim().to_owned()).filter(|text| !text.is_empty()),
            civilian,
            sheriff,
            mafia,
            don,
            extra_per_ten_milli: self.milli("extra_points_avg_10_games", columns.extra_per_ten),
        }
    }

    fn role(&mut self, word: &str, columns: RoleColumns) -> RoleYear {
        let games = self.games(&format!("{word}_games"), columns.games);
        let rate = format!("{word}_winrate");
        let percent = self.integer(&rate, columns.rate);
        let wins = wins(games, percent);
        if wins.is_none() {
            self.refuse(Reason::OutOfRange, &rate, format!("{percent} % of {games} games is no win rate"));
        }
        let wins = wins.unwrap_or(0..=0);
        RoleYear {
            games,
            win_percent: Some(percent),
            wins_min: *wins.start(),
            wins_max: *wins.end(),
            extra_milli: self.milli(&format!("extra_points_{word}_avg"), columns.extra),
        }
    }

    fn games(&mut self, name: &str, at: usize) -> i64 {
        let games = self.integer(name, at);
        if !(0..=GAMES_MAX).contains(&games) {
            self.refuse(Reason::OutOfRange, name, format!("{games} is no number of games"));
            return 0;
        }
        games
    }

    fn number_of_year(&mut self) -> i16 {
        let year = self.integer("year", self.columns.year);
        let known = i16::try_from(year).ok().filter(|year| (1980..=2200).contains(year));
        if known.is_none() {
            self.refuse(Reason::OutOfRange, "year", format!("{year} is no year"));
        }
        known.unwrap_or_default()
    }

    fn integer(&mut self, name: &str, at: usize) -> i64 {
        let number = whole(self.field(at));
        if number.is_none() {
            self.refuse(Reason::NotANumber, name, "an integer is expected");
        }
        number.unwrap_or_default()
    }

    fn milli(&mut self, name: &str, at: Option<usize>) -> Option<i64> {
        let field = self.field(at?);
        if field.trim().is_empty() {
            return None;
        }
        let milli = decimal_milli(field);
        if milli.is_none() {
            self.refuse(Reason::NotANumber, name, "a number is expected");
        }
        milli
    }

    fn field(&self, at: usize) -> &str {
        self.fields.get(at).unwrap_or_default()
    }

    fn refuse(&mut self, reason: Reason, column: &str, message: impl Into<String>) {
        self.rejections.push(Rejection::new(reason, column, message));
    }
}
