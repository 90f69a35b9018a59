//! Files of lines.

use crate::formats::{Format, LineReader, Refused};
use crate::game::Reason;
use crate::record::{PlayerYear, Record, RoleYear};

use super::fixture;

fn read(format: Format, text: &[u8]) -> Vec<Result<Record, Refused>> {
    let mut reader = LineReader::new(format).unwrap();
    text.split(|&byte| byte == b'\n').filter_map(|line| reader.read(line)).collect()
}

fn csv() -> Vec<Result<Record, Refused>> {
    read(Format::PlayerYears, &fixture("gomafia/player_years.csv"))
}

fn year(read: &Result<Record, Refused>) -> &PlayerYear {
    let Ok(Record::PlayerYear(year)) = read else { unreachable!("a year is expected, not {read:?}") };
    year
}

#[test]
fn a_year_is_read_with_the_range_of_wins_that_its_rates_allow() {
    let rows = csv();
    let first = year(&rows[0]);
    assert_eq!(
        (first.source.as_str(), first.player.as_str(), first.name.as_str()),
        ("gomafia.pro", "900001", "Полынь")
    );
    assert_eq!(
        (first.year, first.region.as_deref(), first.extra_per_ten_milli),
        (2023, Some("central"), Some(1650))
    );
    // 42.5 % … 43.5 % of 279 games is 118.6 … 121.4 wins.
    let civilian =
        RoleYear { games: 279, win_percent: Some(43), wins_min: 119, wins_max: 121, extra_milli: Some(120) };
    let don =
        RoleYear { games: 48, win_percent: Some(73), wins_min: 35, wins_max: 35, extra_milli: Some(250) };
    assert_eq!((first.civilian, first.don), (civilian, don));
}

#[test]
fn a_year_without_games_is_kept() {
    let rows = csv();
    let idle = year(&rows[1]);
    assert_eq!((idle.year, idle.civilian.games, idle.civilian.wins_max, idle.don.games), (2024, 0, 0, 0));
}

#[test]
fn a_quoted_name_and_negative_extra_points_are_read() {
    let rows = csv();
    let quoted = year(&rows[2]);
    assert_eq!((quoted.name.as_str(), quoted.extra_per_ten_milli), ("Кит, \"Большой\"", Some(-500)));
    assert_eq!((quoted.mafia.wins_min, quoted.mafia.wins_max), (1, 1));
}

#[test]
fn a_year_is_set_aside_with_its_column() {
    let rows = csv();
    let refusals: Vec<_> = rows
        .iter()
        .filter_map(|row| row.as_ref().err())
        .map(|refused| (refused.rejections[0].reason, refused.rejections[0].pointer.as_str()))
        .collect();
    // The row of Ёлка has ten games by role and eleven in all, that of Гранит two and three.
    let expected = [
        (Reason::RoleSum, "total_games"),
        (Reason::RoleSum, "total_games"),
        (Reason::OutOfRange, "citizen_winrate"),
        (Reason::NotANumber, "citizen_winrate"),
        (Reason::Columns, ""),
    ];
    assert_eq!(refusals, expected);
}

#[test]
fn columns_are_known_by_name_and_others_are_passed_over() {
    let text =
        b"don_winrate,don_games,mafia_winrate,mafia_games,sheriff_winrate,sheriff_games,citizen_winrate,\
        citizen_games,total_games,year,name,player_id,mood\n0,0,0,0,0,0,50,2.0,2,2024,Kit,7,fine\n";
    let rows = read(Format::PlayerYears, text);
    let row = year(&rows[0]);
    assert_eq!((row.player.as_str(), row.civilian.games, row.civilian.wins_min), ("7", 2, 1));
    assert_eq!((&row.region, row.extra_per_ten_milli, row.civilian.extra_milli), (&None, None, None));
}

#[test]
fn a_repeated_line_of_names_is_no_year() {
    let text = String::from_utf8(fixture("gomafia/player_years.csv")).unwrap();
    assert_eq!(read(Format::PlayerYears, format!("{text}{text}").as_bytes()).len(), csv().len() * 2);
}

#[test]
fn byte_order_mark_line_ends_and_blank_lines_are_no_part_of_a_line() {
    let text = String::from_utf8(fixture("evening.jsonl")).unwrap();
    let plain = read(Format::GameLines, text.as_bytes());
    let dressed = format!("\u{feff}{}", text.replace('\n', "\r\n \r\n"));
    assert_eq!(plain.len(), 17);
    assert_eq!(read(Format::GameLines, dressed.as_bytes()), plain);
}

#[test]
fn bytes_that_are_no_text_set_a_line_aside() {
    let rows = read(Format::GameLines, b"{\"source\":\"\xff\"}\n");
    assert_eq!(rows[0].as_ref().unwrap_err().rejections[0].reason, Reason::NotJson);
}

/// Personal values must not come out through a report either.
#[test]
fn a_refused_line_is_shown_without_personal_fields() {
    let text = br#"{"players":[],"vk_id":"id7","note":"x","by":{"firstName":"Secret"}}
{"players":[],"last_name":"Secret","note"
{"players":[],"note":"plain"}
{"players":[],"note":"p
{"players":[],"vk_\u0069d":"id7"}"#;
    let raw: Vec<String> =
        read(Format::GameLines, text).into_iter().map(|row| row.unwrap_err().raw).collect();
    assert_eq!(
        raw,
        [
            r#"{"by":{},"note":"x","players":[]}"#,
            "",
            r#"{"players":[],"note":"plain"}"#,
            r#"{"players":[],"note":"p"#,
            r#"{"players":[]}"#
        ]
    );
}
