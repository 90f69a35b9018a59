//! A tournament, alone in a list or with its games.

use serde_json::Value;

use super::{SOURCE, results, tables, tournament_id};
use crate::formats::Told;
use crate::formats::loose::Loose;
use crate::formats::raw::raw_of_value;
use crate::game::{Reason, Rejection, Tournament, TournamentStatus, is_id};
use crate::record::{Record, TournamentKind, in_order};

/// Reads `{tournament, games, tournament_result}`.
pub(super) fn read(document: &Loose<'_>, told: &mut Told) {
    let mut fields = document.inner("tournament");
    let tournament = of_fields(&mut fields);
    let refusals = std::mem::take(&mut fields.rejections);
    let value = document.value("tournament").cloned().unwrap_or(Value::Null);
    let Some(tournament) = tournament else {
        // Without it the games have no series and would be taken for other games.
        told.refuse(refusals, raw_of_value(value));
        return;
    };
    let refused = told.refused.len();
    let mut games = Vec::new();
    for table in tables::of(document) {
        match table.read(&tournament, fields.id("id").as_deref()) {
            Ok(game) => games.push(game),
            Err(rejections) => told.refuse(rejections, raw_of_value(table.value.clone())),
        }
    }
    if told.refused.len() == refused {
        told.disagreements.extend(results::compare(document, &tournament, &games));
    }
    told.keep(Record::Tournament(tournament), refusals, &value);
    told.records.extend(games.into_iter().map(Record::Game));
}

/// The tournament of an object; none without an id.
pub(super) fn of_fields(fields: &mut Loose<'_>) -> Option<Tournament> {
    let id = fields.id("id").map(|id| tournament_id(&id)).filter(|id| is_id(id));
    let Some(id) = id else {
        fields.rejections.push(Rejection::new(
            Reason::NoData,
            fields.pointer_to("id"),
            "the id of the tournament is expected",
        ));
        return None;
    };
    let (status, status_word) = status(fields);
    let (start, end) = in_order(fields.date("date_start"), fields.date("date_end"));
    Some(Tournament {
        source: SOURCE.to_owned(),
        title: fields.text("title").unwrap_or_else(|| id.clone()),
        id,
        status,
        start,
        end,
        kind: kind(fields),
        country: translated(fields, "country"),
        city: translated(fields, "city"),
        stars: fields.integer("star"),
        elo_average_milli: fields.milli("elo_average"),
        status_word,
        ..Tournament::default()
    })
}

/// The status by its word, else by the word that the page shows. The vocabulary of the first is
/// not known whole.
fn status(fields: &mut Loose<'_>) -> (TournamentStatus, Option<String>) {
    let word = fields.text("status");
    let shown = fields.text("status_translate");
    let known = [&word, &shown].into_iter().flatten().find_map(|word| TournamentStatus::from_told(word));
    match known {
        Some(TournamentStatus::Unknown) | None => (TournamentStatus::Unknown, word.or(shown)),
        Some(status) => (status, None),
    }
}

fn kind(fields: &mut Loose<'_>) -> Option<TournamentKind> {
    fields.text("type").and_then(|word| TournamentKind::from_word(word.trim()))
}

/// A place by its shown name, else as it stands.
fn translated(fields: &mut Loose<'_>, key: &str) -> Option<String> {
    fields.text(&format!("{key}_translate")).or_else(|| fields.text(key))
}
