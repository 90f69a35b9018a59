//! Scores that are kept up to date are those that are counted anew.

use std::collections::BTreeMap;

use mafia::game::{BestMove, Game, GameStatus, Role, Seat, SeatPoints, Winner};
use mafia::scoring::{Rules, Score, ScoreChange, TABLE, TournamentScores};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// One thing that happens to a tournament.
#[derive(Debug, Clone)]
enum Operation {
    Put(u8, Box<Game>),
    Remove(u8),
    Plan(Option<i64>),
    /// Only so many rows of the table.
    Rules(usize),
}

fn winner() -> impl Strategy<Value = Option<Winner>> {
    let some = |winner| Just(Some(winner));
    prop_oneof![
        4 => some(Winner::Mafia), 3 => some(Winner::Town), 1 => some(Winner::Draw), 1 => Just(None),
    ]
}

fn seat() -> impl Strategy<Value = Seat> {
    let roles = [None, Some(Role::Don), Some(Role::Mafia), Some(Role::Sheriff), Some(Role::Civilian)];
    let team = (0..4_u8).prop_map(|team| (team > 0).then(|| format!(r#"{{"team":{team}}}"#)));
    let points = option::weighted(0.2, -1000..1000_i64);
    // Few players: they meet again, and some seats have no name.
    (0..5_u8, prop::sample::select(roles.to_vec()), team, points).prop_map(|(name, role, extra, ci)| Seat {
        name: if name == 0 { String::new() } else { format!("Игрок {name}") },
        role,
        points: SeatPoints { ci, ..SeatPoints::default() },
        extra,
        ..Seat::default()
    })
}

fn game() -> impl Strategy<Value = Game> {
    let sources = ["mafiauniverse/0", "mafiauniverse/0", "seezov/family", "club"];
    let moved = option::of((option::of(1..6_u8), option::of(0..4_u8)));
    let kind = (prop::sample::select(sources.to_vec()), winner(), prop::bool::weighted(0.1), 2018..2026_i16);
    (kind, option::of(1..4_i64), option::weighted(0.8, 1..6_u8), moved, vec(seat(), 1..6)).prop_map(
        |((source, winner, running, year), round, killed, moved, mut seats)| {
            for (number, seat) in (1..).zip(&mut seats) {
                seat.seat = number;
            }
            Game {
                source: source.to_owned(),
                tournament: Some("Кубок".to_owned()),
                date: Some(jiff::civil::date(year, 10, 1)),
                round,
                winner,
                status: if running { GameStatus::Running } else { GameStatus::Finished },
                first_killed_night: killed,
                best_move: moved.map(|(seat, hits)| BestMove { seat, hits, guess: vec![1, 2] }),
                seats,
                ..Game::default()
            }
        },
    )
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        8 => (0..8_u8, game()).prop_map(|(id, game)| Operation::Put(id, Box::new(game))),
        2 => (0..8_u8).prop_map(Operation::Remove),
        1 => option::of(-1..20_i64).prop_map(Operation::Plan),
        1 => (0..=TABLE.len()).prop_map(Operation::Rules),
    ]
}

/// All that a tournament consists of.
#[derive(Default)]
struct Model {
    games: BTreeMap<String, Game>,
    planned: Option<i64>,
    rows: Option<usize>,
}

impl Model {
    fn rules(&self) -> Rules {
        self.rows.map_or_else(Rules::default, |rows| Rules::new(TABLE[..rows].to_vec()))
    }

    fn counted_anew(&self) -> TournamentScores {
        let mut scores = TournamentScores::new(self.rules(), self.planned);
        for (id, game) in self.games.iter().rev() {
            scores.put(id, game);
        }
        scores
    }

    fn apply(&mut self, operation: Operation, scores: &mut TournamentScores) -> Vec<ScoreChange> {
        match operation {
            Operation::Put(id, game) => {
                let changes = scores.put(&id.to_string(), &game);
                self.games.insert(id.to_string(), *game);
                changes
            }
            Operation::Remove(id) => {
                self.games.remove(&id.to_string());
                scores.remove(&id.to_string())
            }
            Operation::Plan(rounds) => {
                self.planned = rounds;
                scores.set_planned_rounds(rounds)
            }
            Operation::Rules(rows) => {
                self.rows = Some(rows);
                scores.set_rules(self.rules())
            }
        }
    }
}

type Seen = BTreeMap<(String, u8), Score>;

/// The scores of all games, by game and seat.
fn seen(scores: &TournamentScores) -> Seen {
    let ids = (0..8).map(|id: u8| id.to_string());
    let of = |id: String| {
        let seats = scores.scores(&id).into_iter().flatten();
        seats.map(move |(seat, score)| ((id.clone(), seat), score)).collect::<Vec<_>>()
    };
    ids.flat_map(of).collect()
}

/// The seats that are there before and after with another score.
fn differing(before: &Seen, after: &Seen) -> Vec<(String, u8, Score, Score)> {
    let both = before.iter().filter_map(|(key, from)| Some((key, *from, *after.get(key)?)));
    both.filter(|(_, from, to)| from != to)
        .map(|((game, seat), from, to)| (game.clone(), *seat, from, to))
        .collect()
}

proptest! {
    #[test]
    fn scores_kept_up_to_date_are_those_counted_anew_and_each_change_is_told(
        operations in vec(operation(), 1..40)
    ) {
        let mut model = Model::default();
        let mut scores = TournamentScores::default();
        for operation in operations {
            let before = seen(&scores);
            let changes = model.apply(operation, &mut scores);
            let after = seen(&scores);
            prop_assert_eq!(&after, &seen(&model.counted_anew()));
            let told: Vec<_> =
                changes.iter().map(|change| (change.game.clone(), change.seat, change.from, change.to)).collect();
            prop_assert_eq!(told, differing(&before, &after));
            prop_assert!(changes.iter().all(|change| !change.why.to_string().is_empty()));
        }
    }
}
