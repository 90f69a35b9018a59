//! How near the invented season is to real ones, and that it is the same each time.

use std::collections::{BTreeMap, BTreeSet};

use mafia::game::Game;

use super::*;

const DAY: Date = Date::constant(2026, 3, 5);

fn finals(past: &Past) -> Vec<&Value> {
    past.bulk.iter().chain(past.recent.iter().map(Told::last)).collect()
}

fn id(game: &Value) -> String {
    Game::parse(&game.to_string()).unwrap().game.id()
}

#[test]
fn the_same_seed_plays_the_same_season_and_another_seed_another() {
    assert_eq!(Season::new(42, DAY).past(), Season::new(42, DAY).past());
    assert_ne!(Season::new(42, DAY).past(), Season::new(43, DAY).past());
}

#[test]
fn every_game_is_accepted_and_no_two_are_one() {
    let past = Season::new(7, DAY).past();
    let mut ids = BTreeSet::new();
    for body in &past.bulk {
        assert!(ids.insert(id(body)), "{body}");
    }
    for told in &past.recent {
        assert!(ids.insert(id(&told.first)), "{told:?}");
        for body in &told.then {
            assert_eq!(id(body), id(&told.first));
        }
    }
}

/// A demo that is started again the next day must find its own games.
#[test]
fn the_next_day_tells_the_same_games_and_those_of_one_day_more() {
    let tomorrow = DAY.tomorrow().unwrap();
    for day in [DAY, Date::constant(2025, 12, 31)] {
        let by_id = |today: Date| -> BTreeMap<String, Value> {
            let past = Season::new(1, today).past();
            finals(&past).into_iter().map(|game| (id(game), game.clone())).collect()
        };
        let (today, next) = (by_id(day), by_id(day.tomorrow().unwrap()));
        let first = day.saturating_sub(PAST_DAYS.days()).to_string();
        let kept = today.iter().filter(|(_, game)| game["date"].as_str() > Some(&first));
        // A cup that begins on the last day of the year before falls out as a whole.
        let kept = kept.filter(|(_, game)| game.get("tournament").is_none());
        assert!(kept.clone().count() > 700);
        for (id, game) in kept {
            assert_eq!(next.get(id), Some(game));
        }
    }
    assert_eq!(
        Season::new(1, tomorrow).past().tournaments.len(),
        Season::new(1, DAY).past().tournaments.len()
    );
}

#[test]
fn a_season_is_a_year_with_everything_that_occurs_in_it() {
    let past = Season::new(1, DAY).past();
    let games = finals(&past);
    assert!((1_000..1_500).contains(&games.len()), "{} games", games.len());
    let dates = games.iter().map(|game| game["date"].as_str().unwrap());
    assert!(dates.clone().is_sorted() && dates.clone().all(|date| date < "2026-03-05"));
    assert!(dates.min() < Some("2025-03-20"));
    let count = |wanted: &dyn Fn(&Value) -> bool| games.iter().filter(|game| wanted(game)).count();
    assert!(count(&|game| game["winner"] == "draw") >= 3);
    assert!(count(&|game| game["players"].as_array().unwrap().len() == 9) >= 10);
    assert!(count(&|game| game.get("first_killed_night").is_none()) >= 10);
    assert!(count(&|game| game.get("tournament").is_some()) >= 250);
    assert!(games.iter().all(|game| game["referee"].is_string()));
    let names: BTreeSet<_> = games
        .iter()
        .flat_map(|game| game["players"].as_array().unwrap())
        .map(|seat| seat["name"].as_str().unwrap())
        .collect();
    assert!(names.len() == PLAYERS.len(), "{} players", names.len());
    assert!(past.recent.iter().all(|told| told.first.get("status").is_none()), "the past does not run");
    let status = |word: &str| past.tournaments.iter().filter(|(_, told)| told["status"] == word).count();
    assert!(status("finished") >= 9 && status("upcoming") == 1 && status("running") == 0);
}

/// How near the simulated figures come to DOMAIN.md 2 and 5, over ten seasons.
#[test]
fn a_season_is_near_the_real_figures() {
    const TOLERANCE_PERCENT: f64 = 1.0;
    let (mut won, mut seats, mut extra, mut fined) = (BTreeMap::new(), BTreeMap::new(), 0.0, 0.0);
    let (mut decided, mut black, mut named) = (0.0, 0.0, 0.0);
    for seed in 1..=10 {
        for game in finals(&Season::new(seed, DAY).past()) {
            if game["winner"] != "draw" {
                decided += 1.0;
                black += if game["winner"] == "mafia" { 1.0 } else { 0.0 };
            }
            named += if game.get("best_move").is_some() { 1.0 } else { 0.0 };
            for seat in game["players"].as_array().unwrap() {
                let role = seat["role"].as_str().unwrap().to_owned();
                *won.entry(role.clone()).or_insert(0.0) += if seat["won"] == true { 1.0 } else { 0.0 };
                *seats.entry(role).or_insert(0.0) += 1.0;
                extra += if seat.get("extra_points").is_some() { 1.0 } else { 0.0 };
                fined += if seat.get("fine").is_some() { 1.0 } else { 0.0 };
            }
        }
    }
    let all: f64 = seats.values().sum();
    let figures = [
        ("black side's share of wins", black / decided, 58.5),
        ("civilian", won["civilian"] / seats["civilian"], 41.5),
        ("sheriff", won["sheriff"] / seats["sheriff"], 41.3),
        ("mafia", won["mafia"] / seats["mafia"], 58.5),
        ("don", won["don"] / seats["don"], 58.6),
        ("seats with extra points", extra / all, 53.4),
        ("seats with a fine", fined / all, 34.3),
        ("games with a best move", named / decided, 97.0),
    ];
    for (name, share, real) in figures {
        let share = share * 100.0;
        println!("{name}: {share:.1} %, real {real:.1} %");
        assert!((share - real).abs() <= TOLERANCE_PERCENT, "{name}: {share:.2} %, real {real} %");
    }
}

fn live(season: &mut Season, steps: usize) -> Vec<Live> {
    (0..steps).map(|_| season.live(DAY, Time::constant(20, 15, 0, 0))).collect()
}

#[test]
fn marathons_begin_and_end_one_after_the_other_with_games_between() {
    let steps = live(&mut Season::new(1, DAY), 100);
    let told = steps.iter().filter_map(|step| match step {
        Live::Tournament(id, told) => Some((id.as_str(), told["status"].as_str().unwrap())),
        Live::Game(_) => None,
    });
    let expected = [("demo-live-1", "running"), ("demo-live-1", "finished"), ("demo-live-2", "running")];
    assert_eq!(told.take(3).collect::<Vec<_>>(), expected);
    let games = steps.iter().filter_map(|step| match step {
        Live::Game(told) => Some(told),
        Live::Tournament(..) => None,
    });
    let ids: BTreeSet<_> = games.clone().map(|told| id(&told.first)).collect();
    assert_eq!(ids.len(), games.clone().count(), "no two games are one");
    let seen = |wanted: &dyn Fn(&Told) -> bool| games.clone().any(wanted);
    assert!(seen(&|told| told.first["status"] == "running"));
    assert!(seen(&|told| told.first.get("status").is_none()));
    assert!(seen(&|told| told.first.get("tournament").is_none()));
    assert!(games.clone().all(|told| told.last().get("status").is_none()), "every game ends");
}

#[test]
fn a_round_seats_every_player_of_the_marathon_once() {
    let steps = live(&mut Season::new(1, DAY), 68);
    let mut rounds: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for step in steps {
        let Live::Game(told) = step else { continue };
        let Some(round) = told.last()["round"].as_i64() else { continue };
        let seats = told.last()["players"].as_array().unwrap().iter().map(|seat| seat["name"].to_string());
        rounds.entry(round).or_default().extend(seats);
    }
    let fields: Vec<BTreeSet<_>> = rounds.values().map(|names| names.iter().collect()).collect();
    assert_eq!(rounds.len(), 15);
    assert!(fields.iter().all(|field| field.len() == 30 && *field == fields[0]));
}

#[test]
fn a_demo_that_is_started_again_goes_on_with_its_marathon() {
    let mut first = Season::new(1, DAY);
    let begun = live(&mut first, 30);
    let Live::Tournament(_, told) = &begun[0] else { panic!("a marathon begins first") };
    let mut second = Season::new(1, DAY);
    second.resume(1, Some(told.clone()));
    assert_eq!(live(&mut second, 20), begun[1..21]);
    let mut third = Season::new(1, DAY);
    third.resume(1, None);
    assert!(matches!(&live(&mut third, 1)[0], Live::Tournament(id, _) if id == "demo-live-2"));
}
