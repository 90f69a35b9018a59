//! A file of players' years: no year has more wins than games, and no line changes another.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mafia::formats::{Format, LineReader, Refused};
use mafia::record::Record;

const HEADER: &[u8] =
    b"player_id,name,year,citizen_winrate,sheriff_winrate,mafia_winrate,don_winrate,total_games,\
citizen_games,sheriff_games,mafia_games,don_games,extra_points_avg_10_games,region";

fn read(lines: &[&[u8]]) -> Vec<Option<Result<Record, Refused>>> {
    let Some(mut reader) = LineReader::new(Format::PlayerYears) else { return Vec::new() };
    assert!(reader.read(HEADER).is_none());
    lines.iter().map(|line| reader.read(line)).collect()
}

fuzz_target!(|text: &[u8]| {
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    let told = read(&lines);
    for record in told.iter().flatten().flatten() {
        let Record::PlayerYear(year) = record else { unreachable!("a year is expected, not {record:?}") };
        for role in [year.civilian, year.sheriff, year.mafia, year.don] {
            assert!(0 <= role.wins_min && role.wins_min <= role.wins_max && role.wins_max <= role.games);
            assert!(role.win_percent.is_some_and(|percent| (0..=100).contains(&percent)));
        }
        assert!(!year.player.is_empty() && year.year >= 1980);
    }
    let mut backwards: Vec<&[u8]> = lines.clone();
    backwards.reverse();
    let mut again = read(&backwards);
    again.reverse();
    assert_eq!(again, told);
});
