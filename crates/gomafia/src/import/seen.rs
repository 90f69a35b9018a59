//! What was told already within one import.
//!
//! Two files, or two lines of one, may tell the same thing differently. The first one stands and
//! the other fills what it left open: else a second import of the same files would change
//! everything there and back.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use mafia::game::{Game, Reason, Rejection, Tournament, TournamentStatus};
use mafia::record::{Club, PlayerFacts, Record};

/// All that an import has told so far. Of games a few bytes each; of the rest, which documents tell,
/// the records.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    games: HashMap<u128, u128>,
    tournaments: HashMap<String, Tournament>,
    players: HashMap<String, PlayerFacts>,
    clubs: HashMap<String, Club>,
}

impl Seen {
    /// What a record tells beyond what was told before, if anything, filled up with that; and where
    /// it contradicts it.
    pub(crate) fn look(&mut self, record: Record) -> (Option<Record>, Vec<Rejection>) {
        match record {
            Record::Game(game) => self.look_at_game(game),
            Record::Tournament(told) => {
                let key = told.id.clone();
                look_up(&mut self.tournaments, key, told, Record::Tournament, fill_tournament)
            }
            Record::Player(told) => {
                let key = format!("{}\u{1f}{}", told.source, told.id);
                look_up(&mut self.players, key, told, Record::Player, fill_player)
            }
            Record::Club(told) => {
                let key = format!("{}\u{1f}{}", told.source, told.id);
                look_up(&mut self.clubs, key, told, Record::Club, fill_club)
            }
            // A file of years holds each once, and the database narrows what two files tell.
            Record::PlayerYear(year) => (Some(Record::PlayerYear(year)), Vec::new()),
        }
    }

    fn look_at_game(&mut self, game: Game) -> (Option<Record>, Vec<Rejection>) {
        let id = game.id();
        let digest = bits(&game.digest());
        match self.games.entry(bits(&id)) {
            Entry::Vacant(entry) => {
                entry.insert(digest);
                (Some(Record::Game(game)), Vec::new())
            }
            Entry::Occupied(first) if *first.get() == digest => (None, Vec::new()),
            Entry::Occupied(_) => {
                let found = Rejection {
                    reason: Reason::Disagreement,
                    pointer: String::new(),
                    message: format!("game {id} was told differently before, which stands"),
                };
                (None, vec![found])
            }
        }
    }
}

/// The hex digits of an id or a digest as a number: a third of the memory of the text.
fn bits(text: &str) -> u128 {
    text.chars().filter_map(|digit| digit.to_digit(16)).fold(0, |bits, digit| bits << 4 | u128::from(digit))
}

fn look_up<T: Clone + PartialEq>(
    known: &mut HashMap<String, T>,
    key: String,
    told: T,
    record: fn(T) -> Record,
    fill: fn(&mut T, T, &mut Differences),
) -> (Option<Record>, Vec<Rejection>) {
    let Some(first) = known.get_mut(&key) else {
        known.insert(key, told.clone());
        return (Some(record(told)), Vec::new());
    };
    let mut differences = Differences { of: key.replace('\u{1f}', " "), found: Vec::new() };
    let before = first.clone();
    fill(first, told, &mut differences);
    let news = (*first != before).then(|| record(first.clone()));
    (news, differences.found)
}

struct Differences {
    of: String,
    found: Vec<Rejection>,
}

impl Differences {
    /// Fills `first` where it is open.
    fn fill<T: PartialEq + std::fmt::Debug>(&mut self, field: &str, first: &mut Option<T>, told: Option<T>) {
        match (&first, told) {
            (None, told) => *first = told,
            (Some(first), Some(told)) if *first != told => {
                self.found.push(Rejection {
                    reason: Reason::Disagreement,
                    pointer: field.to_owned(),
                    message: format!(
                        "{}: {first:?} was told before and stands, here it is {told:?}",
                        self.of
                    ),
                });
            }
            (Some(_), _) => {}
        }
    }
}

fn fill_tournament(first: &mut Tournament, told: Tournament, differences: &mut Differences) {
    let mut title = Some(std::mem::take(&mut first.title)).filter(|title| *title != first.id);
    differences.fill("title", &mut title, Some(told.title).filter(|title| *title != told.id));
    first.title = title.unwrap_or_else(|| first.id.clone());
    let mut status = Some(first.status).filter(|status| *status != TournamentStatus::Unknown);
    differences.fill(
        "status",
        &mut status,
        Some(told.status).filter(|one| *one != TournamentStatus::Unknown),
    );
    first.status = status.unwrap_or_default();
    differences.fill("start", &mut first.start, told.start);
    differences.fill("end", &mut first.end, told.end);
    differences.fill("planned_rounds", &mut first.planned_rounds, told.planned_rounds);
    differences.fill("type", &mut first.kind, told.kind);
    differences.fill("country", &mut first.country, told.country);
    differences.fill("city", &mut first.city, told.city);
    differences.fill("stars", &mut first.stars, told.stars);
    differences.fill("elo_average", &mut first.elo_average_milli, told.elo_average_milli);
    if first.status == TournamentStatus::Unknown {
        differences.fill("status_word", &mut first.status_word, told.status_word);
    } else {
        first.status_word = None;
    }
}

fn fill_player(first: &mut PlayerFacts, told: PlayerFacts, differences: &mut Differences) {
    differences.fill("elo", &mut first.elo_milli, told.elo_milli);
    differences.fill("region", &mut first.region, told.region);
    differences.fill("club", &mut first.club, told.club);
}

fn fill_club(first: &mut Club, told: Club, differences: &mut Differences) {
    differences.fill("country", &mut first.country, told.country);
    differences.fill("city", &mut first.city, told.city);
    differences.fill("elo_average", &mut first.elo_average_milli, told.elo_average_milli);
    differences.fill("club_score", &mut first.score_milli, told.score_milli);
}
