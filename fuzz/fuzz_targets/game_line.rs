//! A line of a game: whatever is read comes back from its own JSON as the same game.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mafia::formats::{Format, LineReader};
use mafia::game::Game;
use mafia::record::Record;

fuzz_target!(|line: &[u8]| {
    let Some(mut reader) = LineReader::new(Format::GameLines) else { return };
    match reader.read(line) {
        Some(Ok(Record::Game(game))) => {
            let again = Game::parse(&game.to_json("g1").to_string()).map(|parsed| parsed.game);
            assert_eq!(again.as_ref(), Ok(&game));
            assert_eq!(again.map(|again| again.digest()), Ok(game.digest()));
            assert!(!game.seats.is_empty());
            assert!(game.seats.iter().all(|seat| (1..=30).contains(&seat.seat)));
        }
        Some(Ok(other)) => unreachable!("a line of a game tells a game, not {other:?}"),
        Some(Err(refused)) => assert!(!refused.rejections.is_empty()),
        None => assert!(line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii().is_empty()),
    }
});
