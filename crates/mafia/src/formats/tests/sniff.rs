//! Formats told apart by content.

use crate::formats::Format::{GameLines, GomafiaDocument, PlayerYears};
use crate::formats::sniff;

use super::fixture;

#[test]
fn every_fixture_is_known_by_its_content() {
    let files = [
        ("evening.jsonl", GameLines),
        ("bad_lines.jsonl", GameLines),
        ("gomafia/player_years.csv", PlayerYears),
        ("gomafia/tournament_get.json", GomafiaDocument),
        ("gomafia/tournament_get_contradiction.json", GomafiaDocument),
        ("gomafia/tournament_getAll.json", GomafiaDocument),
        ("gomafia/user_getTop.json", GomafiaDocument),
        ("gomafia/club_getTop.json", GomafiaDocument),
        ("gomafia/stats_get.json", GomafiaDocument),
        ("gomafia/stats_page.json", GomafiaDocument),
        ("gomafia/stats_page_next_data.json", GomafiaDocument),
        ("gomafia/no_user.json", GomafiaDocument),
    ];
    for (file, format) in files {
        let text = fixture(file);
        assert_eq!(sniff(&text), Some(format), "{file}");
        let windows = String::from_utf8_lossy(&text).replace('\n', "\r\n");
        assert_eq!(sniff(format!("\u{feff}{windows}").as_bytes()), Some(format), "{file}");
    }
}

#[test]
fn what_is_none_of_ours_is_not_taken_for_it() {
    let others: [&[u8]; 9] = [
        b"",
        b" \n\n",
        b"# Notes\n\nplayers, year, data\n",
        b"name,year,total\nA,2024,3\n",
        b"[1,2,3]\n",
        b"{\n \"name\": \"package\",\n \"version\": \"1\"\n}\n",
        b"\x1f\x8b\x08\x00",
        b"<html>{\"players\":[]}</html>",
        b"{{{{{{[[[[\"",
    ];
    for other in others {
        assert_eq!(sniff(other), None, "{}", String::from_utf8_lossy(other));
    }
}

#[test]
fn a_game_is_no_document_though_it_names_a_tournament_or_a_key_of_one() {
    assert_eq!(sniff(br#"{"tournament":"Cup","data":1,"players":[]}"#), Some(GameLines));
    assert_eq!(sniff(br#"{"tournament":{"id":"1"}"#), Some(GomafiaDocument));
    assert_eq!(sniff(br#"{"note":"\"players\":","result":"success"}"#), Some(GomafiaDocument));
    assert_eq!(sniff(br#"{"anything":{"result":"success"}}"#), Some(GameLines));
}

#[test]
fn a_damaged_first_line_does_not_hide_the_games() {
    assert_eq!(sniff(b"\xff\xfe garbage\n{\"source\":\"a\",\"players\":[]}\n"), Some(GameLines));
}
