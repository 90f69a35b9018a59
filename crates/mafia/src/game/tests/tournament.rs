//! Tournaments as they are posted.

use crate::game::{Reason, Tournament, TournamentStatus};

#[test]
fn a_tournament_is_read_with_all_its_fields() {
    let json = r#"{"source":"gomafia","title":"Кубок","status":"running","start":"2025-08-10","end":"2025-08-11","planned_rounds":12}"#;
    let tournament = Tournament::parse("cup-1", json).unwrap();
    assert_eq!((tournament.id.as_str(), tournament.source.as_str()), ("cup-1", "gomafia"));
    assert_eq!((tournament.title.as_str(), tournament.status), ("Кубок", TournamentStatus::Running));
    assert_eq!(tournament.start.map(|day| day.to_string()).as_deref(), Some("2025-08-10"));
    assert_eq!(tournament.end.map(|day| day.to_string()).as_deref(), Some("2025-08-11"));
    assert_eq!(tournament.planned_rounds, Some(12));
}

#[test]
fn what_is_not_said_is_unknown() {
    let tournament = Tournament::parse("cup", r#"{"status":null,"start":"soon","title":" "}"#).unwrap();
    assert_eq!((tournament.source.as_str(), tournament.title.as_str()), ("local", "cup"));
    assert_eq!(
        (tournament.status, tournament.start, tournament.end),
        (TournamentStatus::Unknown, None, None)
    );
}

#[test]
fn what_cannot_be_read_is_refused() {
    let cases = [
        ("cup", "[]", Reason::NotAnObject, ""),
        ("cup", "", Reason::NotJson, ""),
        ("a b", "{}", Reason::BadId, "/id"),
        ("cup", r#"{"status":"идёт"}"#, Reason::UnknownStatus, "/status"),
        ("cup", r#"{"title":7}"#, Reason::WrongType, "/title"),
        ("cup", r#"{"planned_rounds":"12"}"#, Reason::NotANumber, "/planned_rounds"),
    ];
    for (id, json, reason, pointer) in cases {
        let rejections = Tournament::parse(id, json).unwrap_err();
        assert_eq!(rejections.len(), 1, "{json}");
        assert_eq!((rejections[0].reason, rejections[0].pointer.as_str()), (reason, pointer), "{json}");
    }
}
