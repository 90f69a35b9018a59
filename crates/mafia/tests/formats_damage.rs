//! Damage to one line of a file changes nothing but what that line told.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail like tests")]

use mafia::formats::{Format, LineReader, sniff};
use mafia::game::Game;
use mafia::record::Record;
use proptest::prelude::*;

fn lines(name: &str) -> Vec<Vec<u8>> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name);
    let text = std::fs::read(path).unwrap();
    text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

/// What each line told: a record, a refusal without its words, or nothing.
fn told(format: Format, lines: &[Vec<u8>]) -> Vec<Option<Result<Record, ()>>> {
    let mut reader = LineReader::new(format).unwrap();
    lines.iter().map(|line| reader.read(line).map(|read| read.map_err(|_| ()))).collect()
}

/// The file as bytes, and read again as a file is: split at line ends.
fn told_of_file(format: Format, lines: &[Vec<u8>]) -> Vec<Option<Result<Record, ()>>> {
    let file = lines.join(&b'\n');
    let lines: Vec<Vec<u8>> = file.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
    told(format, &lines)
}

#[derive(Debug, Clone)]
enum Damage {
    /// The line ends early.
    Cut(prop::sample::Index),
    /// The line stands twice.
    Doubled,
    /// A byte is another.
    Flipped(prop::sample::Index, u8),
    /// The line is other bytes altogether.
    Replaced(Vec<u8>),
    /// The line is gone.
    Removed,
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        any::<prop::sample::Index>().prop_map(Damage::Cut),
        Just(Damage::Doubled),
        (any::<prop::sample::Index>(), 1..=255_u8).prop_map(|(at, mask)| Damage::Flipped(at, mask)),
        prop::collection::vec(any::<u8>(), 0..200).prop_map(Damage::Replaced),
        Just(Damage::Removed),
    ]
}

/// The lines that stand in place of `line`; a flip may make two of one.
fn damaged(line: &[u8], damage: &Damage) -> Vec<Vec<u8>> {
    let mut bytes = line.to_vec();
    match damage {
        Damage::Cut(at) => bytes.truncate(at.index(line.len())),
        Damage::Doubled => return vec![bytes.clone(), bytes],
        Damage::Flipped(at, mask) => bytes[at.index(line.len())] ^= mask,
        Damage::Replaced(other) => bytes.clone_from(other),
        Damage::Removed => return Vec::new(),
    }
    bytes.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// Damages line `at` and compares all the others.
fn others_stay(format: Format, lines: &[Vec<u8>], at: usize, damage: &Damage) -> Result<(), TestCaseError> {
    let whole = told_of_file(format, lines);
    let instead = damaged(&lines[at], damage);
    let mut file = lines.to_vec();
    file.splice(at..=at, instead.iter().cloned());
    let after = told_of_file(format, &file);
    prop_assert_eq!(&after[..at], &whole[..at]);
    prop_assert_eq!(&after[at + instead.len()..], &whole[at + 1..]);
    if matches!(damage, Damage::Doubled) {
        prop_assert_eq!(&after[at], &whole[at]);
        prop_assert_eq!(&after[at + 1], &whole[at]);
    }
    prop_assert_eq!(sniff(&file.join(&b'\n')), Some(format));
    Ok(())
}

/// The records of a file in an order that does not depend on that of its lines.
fn sorted(told: Vec<Option<Result<Record, ()>>>) -> Vec<String> {
    let mut all: Vec<String> = told.into_iter().flatten().map(|read| format!("{read:?}")).collect();
    all.sort_unstable();
    all
}

proptest! {
    /// Behaviour: B67 — broken by: a line that is no UTF-8 changing the format of those after it
    #[test]
    fn a_damaged_line_of_games_changes_no_other_line(at in any::<prop::sample::Index>(), damage in damage()) {
        let lines = lines("evening.jsonl");
        others_stay(Format::GameLines, &lines, at.index(lines.len()), &damage)?;
    }

    /// Behaviour: B67 — broken by: forgetting the names of columns after a refused line
    #[test]
    fn a_damaged_line_of_years_changes_no_other_line(at in any::<prop::sample::Index>(), damage in damage()) {
        let lines = lines("gomafia/player_years.csv");
        // Without the names of its columns a file is none of years; that is no damage to a line.
        others_stay(Format::PlayerYears, &lines, 1 + at.index(lines.len() - 1), &damage)?;
    }

    #[test]
    fn any_order_of_lines_tells_the_same_games(lines in Just(lines("evening.jsonl")).prop_shuffle()) {
        let ordered = sorted(told_of_file(Format::GameLines, &self::lines("evening.jsonl")));
        prop_assert_eq!(sorted(told_of_file(Format::GameLines, &lines)), ordered);
    }

    #[test]
    fn any_order_of_lines_tells_the_same_years(
        rows in Just(lines("gomafia/player_years.csv")[1..].to_vec()).prop_shuffle(),
    ) {
        let mut lines = lines("gomafia/player_years.csv");
        let ordered = sorted(told_of_file(Format::PlayerYears, &lines));
        lines.splice(1.., rows);
        prop_assert_eq!(sorted(told_of_file(Format::PlayerYears, &lines)), ordered);
    }

    /// A damaged line that is still a game is a game like any other: it comes back as it is.
    #[test]
    fn a_line_that_survives_its_damage_is_a_whole_game(at in any::<prop::sample::Index>(), damage in damage()) {
        let lines = lines("evening.jsonl");
        for line in damaged(&lines[at.index(lines.len())], &damage) {
            let read = LineReader::new(Format::GameLines).unwrap().read(&line);
            let Some(Ok(Record::Game(game))) = read else { continue };
            let again = Game::parse(&game.to_json("g1").to_string()).unwrap();
            prop_assert_eq!(again.game, game);
        }
    }
}
