//! Lists of players, clubs and tournaments. `total_rows`, repeated in every row, is no data.

use serde_json::Value;

use super::{SOURCE, tournament};
use crate::formats::Told;
use crate::formats::loose::Loose;
use crate::formats::raw::raw_of_value;
use crate::game::{Reason, Rejection};
use crate::record::{Club, PlayerFacts, Record};

/// Reads each row by what it holds.
pub(super) fn read(rows: &[Value], pointer: &str, told: &mut Told) {
    for (n, value) in rows.iter().enumerate() {
        let mut row = Loose::new(value, format!("{pointer}/{n}"));
        let record = if row.value("login").is_some() {
            player(&mut row).map(Record::Player)
        } else if ["date_start", "date_end", "status", "type"].iter().any(|key| row.value(key).is_some()) {
            tournament::of_fields(&mut row).map(Record::Tournament)
        } else if row.value("title").is_some() {
            club(&mut row).map(Record::Club)
        } else {
            let message = "neither a player, a club nor a tournament";
            row.rejections.push(Rejection::new(Reason::NoData, format!("{pointer}/{n}"), message));
            None
        };
        match record {
            Some(record) => told.keep(record, row.rejections, value),
            None => told.refuse(row.rejections, raw_of_value(value.clone())),
        }
    }
}

/// A player; none without an id.
pub(super) fn player(row: &mut Loose<'_>) -> Option<PlayerFacts> {
    let Some(id) = row.id("id") else {
        row.refuse(Reason::NoData, "id", "the id of the player is expected");
        return None;
    };
    Some(PlayerFacts {
        source: SOURCE.to_owned(),
        id,
        name: row.text("login").unwrap_or_default(),
        elo_milli: row.milli("elo"),
        region: row.text("region"),
        club: row.id("club_id"),
    })
}

fn club(row: &mut Loose<'_>) -> Option<Club> {
    let Some(id) = row.id("id") else {
        row.refuse(Reason::NoData, "id", "the id of the club is expected");
        return None;
    };
    Some(Club {
        source: SOURCE.to_owned(),
        id,
        title: row.text("title").unwrap_or_default(),
        country: row.text("country"),
        city: row.text("city"),
        elo_average_milli: row.milli("elo_average"),
        score_milli: row.milli("club_score"),
    })
}
