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

#[cfg(test)]
mod tests {
    use super::*;

    fn player(elo_milli: Option<i64>, region: Option<&str>) -> Record {
        Record::Player(PlayerFacts {
            source: "polar".to_owned(),
            id: "7".to_owned(),
            name: "Кит".to_owned(),
            elo_milli,
            region: region.map(str::to_owned),
            club: None,
        })
    }

    fn tournament(told: Tournament) -> Record {
        Record::Tournament(Tournament { id: "polar-1".to_owned(), source: "polar".to_owned(), ..told })
    }

    fn fields(found: &[Rejection]) -> Vec<&str> {
        found.iter().map(|one| one.pointer.as_str()).collect()
    }

    #[test]
    fn a_second_telling_fills_what_the_first_left_open() {
        let mut seen = Seen::default();
        let first = player(Some(2_000_000), None);
        assert_eq!(seen.look(first.clone()), (Some(first.clone()), Vec::new()));
        assert_eq!(seen.look(first), (None, Vec::new()));
        let both = player(Some(2_000_000), Some("north"));
        assert_eq!(seen.look(player(None, Some("north"))), (Some(both), Vec::new()));
    }

    #[test]
    fn what_is_told_differently_is_found_and_does_not_count() {
        let mut seen = Seen::default();
        seen.look(player(Some(2_000_000), Some("north")));
        let (news, found) = seen.look(player(Some(1_999_000), Some("south")));
        assert_eq!((news, fields(&found)), (None, vec!["elo", "region"]));
    }

    #[test]
    fn a_status_that_is_known_outdoes_one_that_is_not() {
        let mut seen = Seen::default();
        let word = Some("archived".to_owned());
        seen.look(tournament(Tournament {
            title: "polar-1".to_owned(),
            status_word: word,
            ..Tournament::default()
        }));
        let finished = Tournament {
            title: "Cup".to_owned(),
            status: TournamentStatus::Finished,
            ..Tournament::default()
        };
        let told = tournament(finished);
        assert_eq!(seen.look(told.clone()), (Some(told.clone()), Vec::new()));
        let open = tournament(Tournament { title: "Cup".to_owned(), ..Tournament::default() });
        assert_eq!(seen.look(open), (None, Vec::new()));
        let cancelled = Tournament {
            title: "Bowl".to_owned(),
            status: TournamentStatus::Cancelled,
            ..Tournament::default()
        };
        let (news, found) = seen.look(tournament(cancelled));
        assert_eq!((news, fields(&found)), (None, vec!["title", "status"]));
    }

    #[test]
    fn clubs_of_two_sources_are_two() {
        let mut seen = Seen::default();
        let club = |source: &str, city: &str| {
            Record::Club(Club {
                source: source.to_owned(),
                id: "1".to_owned(),
                city: Some(city.to_owned()),
                ..Club::default()
            })
        };
        seen.look(club("polar", "Kola"));
        let other = club("tropic", "Lima");
        assert_eq!(seen.look(other.clone()), (Some(other), Vec::new()));
        assert_eq!(fields(&seen.look(club("polar", "Lima")).1), ["city"]);
    }
}
