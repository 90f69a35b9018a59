//! A player's statistics and the page that shows them.
//!
//! A page's history tells one seat of each game: tournaments are read from it, games are not.

use serde_json::Value;

use super::{SOURCE, rankings, tournament};
use crate::formats::Told;
use crate::formats::loose::Loose;
use crate::formats::raw::raw_of_value;
use crate::formats::wins::{GAMES_MAX, wins};
use crate::game::{Reason, Rejection};
use crate::record::{PlayerFacts, PlayerYear, Record, RoleYear};

/// Reads `{user, stats}` and, of a page, `history`.
pub(super) fn read(document: &Loose<'_>, told: &mut Told) {
    let mut user = document.inner("user");
    let player = rankings::player(&mut user);
    let rejections = std::mem::take(&mut user.rejections);
    let value = document.value("user").cloned().unwrap_or(Value::Null);
    match player {
        Some(player) => {
            if let Some(year) = year_of(document) {
                read_year(document, &player, year, told);
            }
            told.keep(Record::Player(player), rejections, &value);
        }
        None => told.refuse(rejections, raw_of_value(value)),
    }
    for (pointer, value) in document.items("history") {
        let mut row = Loose::new(value, pointer);
        match tournament::of_fields(&mut row) {
            Some(tournament) => told.keep(Record::Tournament(tournament), row.rejections, value),
            None => told.refuse(row.rejections, raw_of_value(value.clone())),
        }
    }
}

/// The year that the statistics are of. None when they are of all years, of one kind of games, or
/// of unrated tournaments too: then they are not what a year of a player means elsewhere.
fn year_of(document: &Loose<'_>) -> Option<i16> {
    let mut parameters = document.inner("urlParams");
    if parameters.value("period").is_none() {
        parameters = document.inner("defaultParams");
    }
    let year = parameters.value("period").and_then(|_| parameters.integer("period"))?;
    let is_whole = |told: Option<String>, word: &str| told.is_none_or(|told| told == word);
    let is_year =
        is_whole(parameters.text("game_type"), "all") && is_whole(parameters.text("tournament_type"), "fsm");
    i16::try_from(year).ok().filter(|year| is_year && (1980..=2200).contains(year))
}

fn read_year(document: &Loose<'_>, player: &PlayerFacts, year: i16, told: &mut Told) {
    let stats = document.inner("stats");
    let mut primary = stats.inner("primary");
    let rates = stats.inner("win_rate");
    let mut points = stats.inner("advanced_points");
    let mut rejections = Vec::new();
    // Here «black» is a mafia member without the don.
    let roles = [("red", "red"), ("sheriff", "sheriff"), ("mafia", "black"), ("don", "don")].map(
        |(role, points_key)| {
            let games = primary.integer(role).unwrap_or_default();
            let mut points = points.inner(points_key);
            let extra_milli = points.milli("per_game");
            let year = of_role(&rates.inner(role), games, &mut rejections);
            rejections.append(&mut points.rejections);
            RoleYear { extra_milli, ..year }
        },
    );
    let total = primary.integer("total_games").unwrap_or_default();
    let sum: i64 = roles.iter().map(|role| role.games).fold(0, i64::saturating_add);
    if primary.rejections.is_empty() && sum != total {
        let message = format!("the roles have {sum} games, not {total}");
        primary.refuse(Reason::RoleSum, "total_games", message);
    }
    let extra_per_ten_milli = points.milli("points_10_games");
    rejections.append(&mut primary.rejections);
    rejections.append(&mut points.rejections);
    let [civilian, sheriff, mafia, don] = roles;
    let year = PlayerYear {
        source: SOURCE.to_owned(),
        player: player.id.clone(),
        name: player.name.clone(),
        year,
        region: player.region.clone(),
        civilian,
        sheriff,
        mafia,
        don,
        extra_per_ten_milli,
    };
    let value = document.value("stats").cloned().unwrap_or(Value::Null);
    told.keep(Record::PlayerYear(year), rejections, &value);
}

/// Games and wins in one role: the wins where they are told, else what the told rate allows.
fn of_role(rate: &Loose<'_>, games: i64, rejections: &mut Vec<Rejection>) -> RoleYear {
    let mut win = rate.inner("win");
    let told = win.integer("value");
    let percent = win.integer("percent");
    let range = match (told, percent) {
        (Some(wins), _) => (0..=games).contains(&wins).then_some(wins..=wins),
        (None, Some(percent)) => wins(games, percent),
        (None, None) => Some(0..=games),
    };
    let range = range.filter(|_| (0..=GAMES_MAX).contains(&games));
    if range.is_none() && win.rejections.is_empty() {
        win.refuse(Reason::OutOfRange, "value", format!("no number of wins in {games} games"));
    }
    rejections.append(&mut win.rejections);
    let range = range.unwrap_or(0..=0);
    RoleYear {
        games,
        win_percent: if told.is_some() { None } else { percent },
        wins_min: *range.start(),
        wins_max: *range.end(),
        extra_milli: None,
    }
}
