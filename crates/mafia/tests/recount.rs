//! The views against a naive recount of the rows, which shares nothing with them.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test's helper may fail; points are few"
)]

use std::collections::{BTreeMap, BTreeSet};

use mafia::game::{GameStatus, Side, TournamentStatus, Winner};
use mafia::row::{GameRow, ImportRow, PlayerRow, RowChange, SeatRow, TournamentRow};
use mafia::views::Views;
use proptest::prelude::*;
use realtime_protocol::State;
use serde_json::{Value, json};

/// The tables as plain maps.
#[derive(Clone, Default, PartialEq, Debug)]
struct Tables {
    games: BTreeMap<String, GameRow>,
    tournaments: BTreeMap<String, TournamentRow>,
    imports: BTreeMap<i64, ImportRow>,
    players: BTreeMap<i64, PlayerRow>,
}

#[derive(Clone, Debug)]
enum Step {
    Game(GameRow),
    NoGame(String),
    Tournament(TournamentRow),
    NoTournament(String),
    Import(ImportRow),
    NoImport(i64),
    Player(PlayerRow),
}

impl Tables {
    /// Writes one row at the commit `offset`; answers with the change, if there is any.
    fn write(&mut self, step: &Step, offset: u64) -> Option<RowChange> {
        let change = match step.clone() {
            Step::Game(mut row) => {
                row.offset = offset;
                RowChange::Game { old: self.games.insert(row.id.clone(), row.clone()), new: Some(row) }
            }
            Step::NoGame(id) => RowChange::Game { old: Some(self.games.remove(&id)?), new: None },
            Step::Tournament(mut row) => {
                row.offset = row.offset.map(|_| offset);
                RowChange::Tournament {
                    old: self.tournaments.insert(row.id.clone(), row.clone()),
                    new: Some(row),
                }
            }
            Step::NoTournament(id) => {
                RowChange::Tournament { old: Some(self.tournaments.remove(&id)?), new: None }
            }
            Step::Import(mut row) => {
                row.offset = offset;
                RowChange::Import { old: self.imports.insert(row.id, row.clone()), new: Some(row) }
            }
            Step::NoImport(id) => RowChange::Import { old: Some(self.imports.remove(&id)?), new: None },
            Step::Player(row) => {
                RowChange::Player { old: self.players.insert(row.id, row.clone()), new: Some(row) }
            }
        };
        Some(change)
    }

    fn activity(&self) -> BTreeMap<String, Value> {
        let mut all: Vec<(u64, String, Value)> = Vec::new();
        for row in self.games.values().filter(|row| row.import_id.is_none() || row.corrected) {
            let trusted = !row.source.starts_with("mafiauniverse/");
            let at = row.date.map(|date| match row.time {
                Some(time) if trusted => {
                    format!("{date}T{:02}:{:02}:{:02}Z", time.hour(), time.minute(), time.second())
                }
                Some(_) | None => date.to_string(),
            });
            let value = json!({
                "kind": "game", "id": row.id, "offset": row.offset, "at": at, "title": row.title,
                "winner": row.winner.map(|winner| match winner {
                    Winner::Town => "town", Winner::Mafia => "mafia", Winner::Draw => "draw",
                }),
                "status": if row.status == GameStatus::Running { "running" } else { "finished" },
                "players": row.seats.len(), "corrected": row.corrected,
            });
            all.push((row.offset, format!("game:{}", row.id), value));
        }
        for row in self.tournaments.values() {
            let Some(offset) = row.offset else { continue };
            let status = format!("{:?}", row.status).to_lowercase();
            let at = row.start.map(|day| day.to_string());
            let value = json!({
                "kind": "tournament", "id": row.id, "offset": offset, "at": at, "title": row.title, "status": status,
            });
            all.push((offset, format!("tournament:{}", row.id), value));
        }
        for row in self.imports.values() {
            let value = json!({
                "kind": "import", "id": row.id, "offset": row.offset, "at": null, "title": row.name, "games": row.games,
            });
            all.push((row.offset, format!("import:{}", row.id), value));
        }
        all.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        all.into_iter().take(100).map(|(_, key, value)| (key, value)).collect()
    }

    fn metrics(&self) -> BTreeMap<String, Value> {
        let finished: Vec<&GameRow> =
            self.games.values().filter(|row| row.status == GameStatus::Finished).collect();
        let players: BTreeSet<i64> =
            finished.iter().flat_map(|row| row.seats.iter().filter_map(|seat| seat.player)).collect();
        let running = self.tournaments.values().filter(|row| row.status == TournamentStatus::Running).count();
        let mut bars: BTreeMap<String, i64> = BTreeMap::new();
        for row in &finished {
            let Some(date) = row.date else { continue };
            *bars.entry(format!("games_by_day/{date}")).or_default() += 1;
            if let Some(time) = row.time.filter(|_| !row.source.starts_with("mafiauniverse/")) {
                *bars.entry(format!("games_by_hour/{date}T{:02}", time.hour())).or_default() += 1;
            }
        }
        let mut state: BTreeMap<String, Value> = bars.into_iter().map(|(key, n)| (key, n.into())).collect();
        state.insert("players".to_owned(), players.len().into());
        state.insert("games".to_owned(), finished.len().into());
        state.insert(
            "games_rated".to_owned(),
            finished.iter().filter(|row| row.winner.is_some()).count().into(),
        );
        state.insert("tournaments_running".to_owned(), running.into());
        if let Some((mean, n)) = mean_rating(finished) {
            state.insert("rating".to_owned(), json!({"kind": "local", "mean_milli": mean, "n": n}));
        } else {
            let elo: Vec<i64> = self.players.values().filter_map(|row| row.elo_milli).collect();
            if !elo.is_empty() {
                let mean = elo.iter().sum::<i64>() as f64 / elo.len() as f64;
                let value = json!({"kind": "elo", "mean_milli": (mean + 0.5).floor() as i64, "n": elo.len()});
                state.insert("rating".to_owned(), value);
            }
        }
        state
    }
}

/// The mean rating in thousandths and the number of rated players, from the rules as they are told.
fn mean_rating(mut games: Vec<&GameRow>) -> Option<(i64, i64)> {
    games.sort_by_key(|row| (row.date, row.game_no, row.id.clone()));
    let mut ratings: BTreeMap<(i64, Side), i64> = BTreeMap::new();
    let mut rated: BTreeSet<i64> = BTreeSet::new();
    for row in games {
        let Some(winner) = row.winner else { continue };
        let seated = |side: Side| -> Vec<i64> {
            row.seats.iter().filter(|seat| seat.side == Some(side)).filter_map(|seat| seat.player).collect()
        };
        let sides = [(Side::Town, seated(Side::Town)), (Side::Mafia, seated(Side::Mafia))];
        if sides.iter().any(|(_, team)| team.is_empty()) {
            continue;
        }
        let average = |n: usize| {
            let (side, team) = &sides[n];
            let sum: i64 =
                team.iter().map(|player| ratings.get(&(*player, *side)).copied().unwrap_or(0)).sum();
            sum as f64 / team.len() as f64
        };
        let red = 1.0 / (1.0 + 10f64.powf((average(1) - average(0)) / 400_000.0));
        let half = if row.seats.len() < 10 { 0.5 } else { 1.0 };
        let (won, lost) =
            if row.tournament.is_some() { (16.0 * half, 12.0 * half) } else { (4.0 * half, 3.0 * half) };
        for (side, team) in sides {
            let own = if side == Side::Town { red } else { 1.0 - red };
            let points = match (winner, side) {
                (Winner::Draw, _) if own <= 0.5 => won * (0.5 - own),
                (Winner::Draw, _) => lost * (0.5 - own),
                (Winner::Town, Side::Town) | (Winner::Mafia, Side::Mafia) => won * (1.0 - own),
                _ => -(lost * own),
            };
            for player in team {
                *ratings.entry((player, side)).or_default() += (points * 1000.0).round() as i64;
                rated.insert(player);
            }
        }
    }
    let n = i64::try_from(rated.len()).unwrap();
    let sum = 1_000_000 * n + ratings.values().sum::<i64>();
    (n > 0).then(|| ((2 * sum + n).div_euclid(2 * n), n))
}

fn seats() -> impl Strategy<Value = Vec<SeatRow>> {
    let side = prop_oneof![Just(None), Just(Some(Side::Town)), Just(Some(Side::Mafia))];
    let seat = (proptest::option::weighted(0.9, 0..7_i64), side);
    proptest::collection::vec(seat, 1..12).prop_map(|seats| {
        let numbered = (1..).zip(seats);
        numbered.map(|(seat, (player, side))| SeatRow { seat, player, side }).collect()
    })
}

fn game(ids: u32) -> impl Strategy<Value = GameRow> {
    let winner = prop_oneof![
        1 => Just(None),
        4 => Just(Some(Winner::Town)),
        4 => Just(Some(Winner::Mafia)),
        2 => Just(Some(Winner::Draw)),
    ];
    let when = (proptest::option::weighted(0.8, 1..4_i8), proptest::option::of(0..3_i8));
    let place = (proptest::option::of(0..3_i64), proptest::bool::ANY, proptest::bool::ANY);
    let marks = (proptest::bool::weighted(0.1), proptest::bool::weighted(0.3), proptest::bool::ANY);
    (0..ids, winner, when, place, marks, seats()).prop_map(|(n, winner, when, place, marks, seats)| {
        let (running, imported, corrected) = marks;
        GameRow {
            id: format!("g{n}"),
            source: if place.1 { "mafiauniverse/1" } else { "club" }.to_owned(),
            tournament: place.2.then(|| "Кубок".to_owned()),
            season: None,
            round: None,
            game_no: place.0,
            table: None,
            date: when.0.map(|day| jiff::civil::date(2024, 5, day)),
            time: when.1.map(|hour| jiff::civil::time(hour * 7, 5, 0, 0)),
            winner: winner.filter(|_| !running),
            status: if running { GameStatus::Running } else { GameStatus::Finished },
            title: format!("game {n}"),
            flags: BTreeSet::new(),
            offset: 0,
            import_id: imported.then_some(1),
            corrected,
            seats,
        }
    })
}

fn step(ids: u32) -> impl Strategy<Value = Step> {
    let status = prop_oneof![
        Just(TournamentStatus::Running),
        Just(TournamentStatus::Finished),
        Just(TournamentStatus::Unknown),
    ];
    let tournament = (0..3, status, proptest::bool::ANY).prop_map(|(n, status, told)| TournamentRow {
        id: format!("t{n}"),
        source: "club".to_owned(),
        title: format!("cup {n}"),
        status,
        start: (n == 1).then(|| jiff::civil::date(2024, 5, 1)),
        end: None,
        planned_rounds: None,
        offset: told.then_some(0),
        ..TournamentRow::default()
    });
    let import = (0..2_i64, 0..5_i64).prop_map(|(id, games)| ImportRow {
        id,
        name: format!("file {id}"),
        games,
        at: None,
        offset: 0,
    });
    let player = (0..4_i64, proptest::option::of(0..3_000_000_i64)).prop_map(|(id, elo_milli)| PlayerRow {
        id,
        key: format!("id:{id}"),
        source: "gomafia.pro".to_owned(),
        name: format!("Player {id}"),
        elo_milli,
        region: None,
        club: None,
    });
    prop_oneof![
        2 => player.prop_map(Step::Player),
        8 => game(ids).prop_map(Step::Game),
        4 => (0..ids).prop_map(|n| Step::NoGame(format!("g{n}"))),
        2 => tournament.prop_map(Step::Tournament),
        1 => (0..3).prop_map(|n| Step::NoTournament(format!("t{n}"))),
        1 => import.prop_map(Step::Import),
        1 => (0..2_i64).prop_map(Step::NoImport),
    ]
}

/// Folds all commits and undoes them again; every state on the way is recounted.
fn check(
    mut tables: Tables,
    mut views: Views,
    commits: &[Vec<Step>],
    first: u64,
) -> Result<(), TestCaseError> {
    let mut states: BTreeMap<&str, State> =
        Views::NAMES.into_iter().map(|name| (name, views.state(name).unwrap())).collect();
    views.take_changes();
    let mut done = Vec::new();
    for (offset, steps) in (first..).zip(commits) {
        let before = tables.clone();
        let changes: Vec<RowChange> = steps.iter().filter_map(|step| tables.write(step, offset)).collect();
        fold_and_compare(&mut views, &mut states, &changes, &tables)?;
        done.push((changes, before));
    }
    for (changes, before) in done.into_iter().rev() {
        let undo: Vec<RowChange> = changes.into_iter().rev().map(RowChange::inverse).collect();
        fold_and_compare(&mut views, &mut states, &undo, &before)?;
    }
    Ok(())
}

fn fold_and_compare(
    views: &mut Views,
    states: &mut BTreeMap<&str, State>,
    changes: &[RowChange],
    tables: &Tables,
) -> Result<(), TestCaseError> {
    views.fold(changes);
    take_and_compare(views, states, tables)
}

fn take_and_compare(
    views: &mut Views,
    states: &mut BTreeMap<&str, State>,
    tables: &Tables,
) -> Result<(), TestCaseError> {
    for (name, delta) in views.take_changes() {
        let state = states.get_mut(name).unwrap();
        prop_assert_eq!(&state.effective(&delta), &delta, "{} tells what did not change", name);
        state.apply(&delta).unwrap();
    }
    for (name, recounted) in [("activity", tables.activity()), ("metrics", tables.metrics())] {
        prop_assert_eq!(states[name].entries(), &recounted, "{} by deltas", name);
        prop_assert_eq!(&views.state(name).unwrap(), &states[name], "{} as a whole", name);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn folds_equal_a_recount_after_every_commit_and_every_undo(
        commits in proptest::collection::vec(proptest::collection::vec(step(12), 1..5), 1..20)
    ) {
        let mut empty = Views::new();
        empty.fold(&[]);
        check(Tables::default(), empty, &commits, 1)?;
    }
}

/// Folds all commits and asks what changed only after every `together` of them.
fn check_together(mut views: Views, commits: &[Vec<Step>], together: usize) -> Result<(), TestCaseError> {
    let mut tables = Tables::default();
    let mut states: BTreeMap<&str, State> =
        Views::NAMES.into_iter().map(|name| (name, views.state(name).unwrap())).collect();
    for (offset, steps) in (1..).zip(commits) {
        let changes: Vec<RowChange> = steps.iter().filter_map(|step| tables.write(step, offset)).collect();
        views.fold(&changes);
        if offset % together as u64 == 0 {
            take_and_compare(&mut views, &mut states, &tables)?;
        }
    }
    take_and_compare(&mut views, &mut states, &tables)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn commits_asked_about_together_tell_only_what_changed_in_the_end(
        commits in proptest::collection::vec(proptest::collection::vec(step(12), 1..5), 1..30),
        together in 2..8_usize,
    ) {
        check_together(Views::new(), &commits, together)?;
    }

    #[test]
    fn a_full_feed_asked_about_seldom_shows_its_last_hundred_entries(
        commits in proptest::collection::vec(proptest::collection::vec(step(400), 1..30), 10..24),
        together in 2..8_usize,
    ) {
        check_together(Views::new(), &commits, together)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_feed_shows_its_last_hundred_entries_whatever_comes_and_goes(
        start in proptest::collection::vec(game(400), 90..130),
        commits in proptest::collection::vec(proptest::collection::vec(step(400), 1..30), 1..10)
    ) {
        let mut tables = Tables::default();
        let mut views = Views::new();
        for (offset, row) in (1..).zip(start) {
            let step = Step::Game(GameRow { import_id: None, ..row });
            views.fold(tables.write(&step, offset).as_slice());
        }
        check(tables, views, &commits, 1000)?;
    }
}

#[test]
fn the_hundred_and_first_entry_comes_back_when_a_newer_one_goes() {
    let row = |n: u64| GameRow {
        id: format!("g{n:03}"),
        source: "club".to_owned(),
        tournament: None,
        season: None,
        round: None,
        game_no: None,
        table: None,
        date: None,
        time: None,
        winner: None,
        status: GameStatus::Finished,
        title: "club".to_owned(),
        flags: BTreeSet::new(),
        offset: n,
        import_id: None,
        corrected: false,
        seats: Vec::new(),
    };
    let mut views = Views::new();
    let rows: Vec<RowChange> = (1..=101).map(|n| RowChange::Game { old: None, new: Some(row(n)) }).collect();
    views.fold(&rows);
    assert_eq!(views.state("activity").unwrap().get("game:g001"), None);
    let gone = [RowChange::Game { old: Some(row(50)), new: None }];
    views.take_changes();
    views.fold(&gone);
    let deltas = views.take_changes();
    assert_eq!(deltas[0].0, "activity");
    assert_eq!(deltas[0].1.drop.iter().collect::<Vec<_>>(), ["game:g050"]);
    assert_eq!(deltas[0].1.put.keys().collect::<Vec<_>>(), ["game:g001"]);
    views.fold(&[RowChange::Game { old: None, new: Some(row(50)) }]);
    let undone = views.take_changes();
    assert_eq!(undone[0].1.drop.iter().collect::<Vec<_>>(), ["game:g001"]);
}

#[test]
fn empty_views_have_their_figures_at_zero() {
    let views = Views::new();
    let zero = json!({"players": 0, "games": 0, "games_rated": 0, "tournaments_running": 0});
    assert_eq!(serde_json::to_value(views.state("metrics").unwrap().entries()).unwrap(), zero);
    assert!(views.state("activity").unwrap().entries().is_empty());
    assert_eq!(views.state("charts"), None);
    assert_eq!(views.delta_from_empty("charts"), None);
}
