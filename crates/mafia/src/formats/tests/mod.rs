//! What is read of every format, on invented files that hold each oddity once.

mod gomafia;
mod lines;
mod sniff;
mod stats;
mod wins;

use crate::formats::Told;
use crate::game::{Game, Reason, Tournament};
use crate::record::{Club, PlayerFacts, PlayerYear, Record};

fn fixture(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name);
    std::fs::read(path).unwrap()
}

fn told(name: &str) -> Told {
    crate::formats::gomafia::read(&fixture(&format!("gomafia/{name}")))
}

/// Reasons and pointers of all that was set aside.
fn refusals(told: &Told) -> Vec<(Reason, &str)> {
    let rejections = told.refused.iter().flat_map(|refused| &refused.rejections);
    rejections.map(|rejection| (rejection.reason, rejection.pointer.as_str())).collect()
}

fn games(told: &Told) -> Vec<&Game> {
    told.records
        .iter()
        .filter_map(|record| if let Record::Game(game) = record { Some(game) } else { None })
        .collect()
}

fn tournaments(told: &Told) -> Vec<&Tournament> {
    told.records
        .iter()
        .filter_map(|record| if let Record::Tournament(one) = record { Some(one) } else { None })
        .collect()
}

fn players(told: &Told) -> Vec<&PlayerFacts> {
    told.records
        .iter()
        .filter_map(|record| if let Record::Player(player) = record { Some(player) } else { None })
        .collect()
}

fn clubs(told: &Told) -> Vec<&Club> {
    told.records
        .iter()
        .filter_map(|record| if let Record::Club(club) = record { Some(club) } else { None })
        .collect()
}

fn years(told: &Told) -> Vec<&PlayerYear> {
    told.records
        .iter()
        .filter_map(|record| if let Record::PlayerYear(year) = record { Some(year) } else { None })
        .collect()
}
