//! The recorded files through the import's readers, against numbers that `fixtures/golden/count.py`
//! counts from the raw files without this code. Run when `GOMAFIA_DATA_DIR` tells their folder.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the helpers of tests fail and tell like tests"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mafia::formats::{Format, HEAD_BYTES, LineReader, Told, gomafia, sniff};
use mafia::game::{Game, Winner};
use mafia::record::{PlayerYear, Record, RoleYear};

const GAMES: [&str; 4] = [
    "club_games.jsonl",
    "family_games.jsonl",
    "family_games_undated.jsonl",
    "mafiauniverse_8238_games.jsonl",
];

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("GOMAFIA_DATA_DIR").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: GOMAFIA_DATA_DIR is not set");
    }
    folder
}

/// All records of a file of lines; nothing in it may be refused.
fn records(folder: &Path, name: &str, format: Format) -> Vec<Record> {
    let text = std::fs::read(folder.join(name)).unwrap();
    assert_eq!(sniff(&text[..text.len().min(HEAD_BYTES)]), Some(format), "{name}");
    let mut reader = LineReader::new(format).unwrap();
    let lines = text.split(|&byte| byte == b'\n').filter_map(|line| reader.read(line));
    lines.map(|read| read.unwrap_or_else(|refused| panic!("{name}: {refused:?}"))).collect()
}

fn games(folder: &Path, name: &str) -> Vec<Game> {
    let game = |record| if let Record::Game(game) = record { game } else { panic!("{name}: {record:?}") };
    records(folder, name, Format::GameLines).into_iter().map(game).collect()
}

fn years(folder: &Path) -> Vec<PlayerYear> {
    let year = |record| if let Record::PlayerYear(year) = record { year } else { panic!("{record:?}") };
    records(folder, "gomafia_player_years.csv", Format::PlayerYears).into_iter().map(year).collect()
}

fn document(folder: &Path, name: &str) -> Told {
    let text = std::fs::read(folder.join("gomafia_api").join(name)).unwrap();
    assert_eq!(sniff(&text[..text.len().min(HEAD_BYTES)]), Some(Format::GomafiaDocument), "{name}");
    let told = gomafia::read(&text);
    assert_eq!((&told.refused, &told.disagreements), (&vec![], &vec![]), "{name}");
    told
}

/// How often each word comes.
fn counts(words: impl IntoIterator<Item = String>) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts
}

fn expected(numbers: &[(&str, u32)]) -> BTreeMap<String, u32> {
    numbers.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect()
}

#[test]
fn recorded_games_by_role_winner_and_flag_are_those_of_an_independent_count() {
    let Some(folder) = folder() else { return };
    let games: Vec<Game> = GAMES.iter().flat_map(|name| games(&folder, name)).collect();
    let roles = games.iter().flat_map(|game| &game.seats);
    let roles = counts(roles.map(|seat| seat.role.map_or("none", |role| role.as_str()).to_owned()));
    let numbers = [("none", 20), ("civilian", 26955), ("don", 4020), ("mafia", 8054), ("sheriff", 4025)];
    assert_eq!(roles, expected(&numbers));
    let winners = counts(games.iter().map(|game| game.winner.map_or("none", Winner::as_str).to_owned()));
    assert_eq!(winners, expected(&[("none", 550), ("mafia", 2127), ("town", 1631)]));
    let flags = counts(games.iter().flat_map(Game::flags).map(|flag| flag.as_str().to_owned()));
    let numbers = [
        ("duplicate_name", 2),
        ("empty_name", 181),
        ("no_date", 823),
        ("no_role", 2),
        ("odd_roles", 293),
        ("unrated", 550),
        ("won_mismatch", 7),
    ];
    assert_eq!(flags, expected(&numbers));
}

#[test]
fn recorded_games_by_season_are_those_of_an_independent_count() {
    const SEASONS: [u32; 28] = [
        48, 121, 148, 121, 118, 192, 241, 113, 163, 153, 111, 86, 117, 143, 186, 142, 166, 202, 196, 241,
        132, 133, 133, 148, 78, 195, 170, 134,
    ];
    let Some(folder) = folder() else { return };
    let seasons = GAMES.iter().flat_map(|name| games(&folder, name)).map(|game| game.season);
    let counted = counts(seasons.map(|season| season.map_or_else(String::new, |number| number.to_string())));
    let mut numbers: BTreeMap<String, u32> =
        SEASONS.iter().enumerate().map(|(season, count)| (season.to_string(), *count)).collect();
    numbers.insert(String::new(), 177);
    assert_eq!(counted, numbers);
}

#[test]
fn the_black_side_won_56_1_percent_of_2921_rated_dated_family_games() {
    let Some(folder) = folder() else { return };
    let games = games(&folder, "family_games.jsonl");
    let rated = games.iter().filter(|game| game.rated != Some(false)).filter_map(|game| game.winner);
    let rated: Vec<Winner> = rated.collect();
    let mafia = rated.iter().filter(|&&winner| winner == Winner::Mafia).count();
    assert_eq!((rated.len(), mafia), (2921, 1639));
    assert_eq!(format!("{:.1}", 100.0 * 1639.0 / 2921.0), "56.1");
}

/// Games, and per cent of games won, of one role in 2024: the told rates weighted by games.
fn rate_of_2024(years: &[PlayerYear], role: fn(&PlayerYear) -> RoleYear) -> (i64, String) {
    let roles: Vec<RoleYear> = years.iter().filter(|year| year.year == 2024).map(role).collect();
    let games: i64 = roles.iter().map(|role| role.games).sum();
    let weighted: i64 = roles.iter().map(|role| role.games * role.win_percent.unwrap()).sum();
    // A rounded rate is off by half a per cent at most, so its wins by half a game in a hundred.
    let (least, most) = (
        roles.iter().map(|role| role.wins_min).sum::<i64>(),
        roles.iter().map(|role| role.wins_max).sum::<i64>(),
    );
    assert!(least <= most && weighted - games / 2 <= least * 100 && most * 100 <= weighted + games / 2);
    (games, format!("{}.{:02}", weighted / games, (weighted % games * 1000 / games + 5) / 10))
}

#[test]
fn win_rates_of_2024_weighted_by_games_are_those_of_an_independent_count() {
    let Some(folder) = folder() else { return };
    let years = years(&folder);
    assert_eq!(rate_of_2024(&years, |year| year.civilian), (75_226, "41.50".to_owned()));
    assert_eq!(rate_of_2024(&years, |year| year.sheriff), (12_504, "41.42".to_owned()));
    assert_eq!(rate_of_2024(&years, |year| year.mafia), (25_085, "58.80".to_owned()));
    assert_eq!(rate_of_2024(&years, |year| year.don), (12_544, "58.67".to_owned()));
}

#[test]
fn recorded_player_years_are_all_kept_those_without_games_too() {
    let Some(folder) = folder() else { return };
    let years = years(&folder);
    let games =
        |year: &PlayerYear| year.civilian.games + year.sheriff.games + year.mafia.games + year.don.games;
    let active = |number| years.iter().filter(|year| year.year == number && games(year) > 0).count();
    assert_eq!((years.len(), active(2023), active(2024)), (11_076, 1_673, 1_982));
    let of_2023: i64 = years.iter().filter(|year| year.year == 2023).map(|year| year.civilian.games).sum();
    assert_eq!(of_2023, 56_518);
}

#[test]
fn recorded_documents_are_read_whole() {
    let Some(folder) = folder() else { return };
    let kinds = |name| {
        counts(document(&folder, name).records.iter().map(|record| {
            let kind = match record {
                Record::Game(_) => "game",
                Record::Tournament(_) => "tournament",
                Record::PlayerYear(_) => "year",
                Record::Player(_) => "player",
                Record::Club(_) => "club",
            };
            kind.to_owned()
        }))
    };
    assert_eq!(kinds("tournament_get.json"), expected(&[("tournament", 1), ("game", 10)]));
    assert_eq!(kinds("tournament_getAll.json"), expected(&[("tournament", 29)]));
    assert_eq!(kinds("user_getTop.json"), expected(&[("player", 62)]));
    assert_eq!(kinds("club_getTop.json"), expected(&[("club", 10)]));
    assert_eq!(kinds("stats_get.json"), expected(&[("player", 1)]));
    assert_eq!(
        kinds("stats_page_serverData.json"),
        expected(&[("player", 1), ("tournament", 10), ("year", 1)])
    );
}

/// The ten games of the document were made from ten of the recorded lines.
#[test]
fn the_games_of_a_recorded_document_are_those_of_its_lines() {
    let Some(folder) = folder() else { return };
    let lines = games(&folder, "mafiauniverse_8238_games.jsonl");
    for record in document(&folder, "tournament_get.json").records {
        let Record::Game(game) = record else { continue };
        let line = lines.iter().find(|line| (line.round, line.table) == (game.round, game.table)).unwrap();
        assert_eq!((game.winner, game.date, &game.referee), (line.winner, line.date, &line.referee));
        for (seat, told) in line.seats.iter().zip(&game.seats) {
            assert_eq!((seat.seat, &seat.name, seat.role), (told.seat, &told.name, told.role));
            assert_eq!(seat.points.total, told.points.total, "{}", seat.name);
        }
    }
}
