//! Tournaments as they are posted.

use crate::game::{Alias, AliasKey, Reason, Tournament, TournamentStatus};
use crate::record::TournamentKind;

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
        ("a\nb", "{}", Reason::BadId, "/id"),
        (" ", "{}", Reason::BadId, "/id"),
        ("cup", r#"{"status":7}"#, Reason::WrongType, "/status"),
        ("cup", r#"{"status":"running","status_word":7}"#, Reason::WrongType, "/status_word"),
        ("cup", r#"{"type":"pairs"}"#, Reason::WrongType, "/type"),
        ("cup", r#"{"elo_average":"much"}"#, Reason::NotANumber, "/elo_average"),
        ("cup", r#"{"aliases":{}}"#, Reason::WrongType, "/aliases"),
        ("cup", r#"{"aliases":["x"]}"#, Reason::WrongType, "/aliases/0"),
        (
            "cup",
            r#"{"aliases":[{"source":"a","id":"1"},{"id":"1"}]}"#,
            Reason::WrongType,
            "/aliases/1/source",
        ),
        ("cup", r#"{"aliases":[{"source":"a"}]}"#, Reason::WrongType, "/aliases/0/id"),
        ("cup", r#"{"aliases":[{"source":"a","id":"1","title":"b"}]}"#, Reason::WrongType, "/aliases/0/id"),
        ("cup", r#"{"title":7}"#, Reason::WrongType, "/title"),
        ("cup", r#"{"planned_rounds":"12"}"#, Reason::NotANumber, "/planned_rounds"),
    ];
    for (id, json, reason, pointer) in cases {
        let rejections = Tournament::parse(id, json).unwrap_err();
        assert_eq!(rejections.len(), 1, "{json}");
        assert_eq!((rejections[0].reason, rejections[0].pointer.as_str()), (reason, pointer), "{json}");
    }
}

#[test]
fn kind_place_stars_and_average_elo_are_read() {
    let json = r#"{"type":"team","country":"Россия","city":"Казань","stars":3,"elo_average":"1512.40"}"#;
    let tournament = Tournament::parse("cup", json).unwrap();
    assert_eq!(tournament.kind, Some(TournamentKind::Team));
    assert_eq!(
        (tournament.country.as_deref(), tournament.city.as_deref(), tournament.stars),
        (Some("Россия"), Some("Казань"), Some(3))
    );
    assert_eq!(tournament.elo_average_milli, Some(1_512_400));
    let number = Tournament::parse("cup", r#"{"kind":"individual","elo_average":1512.4}"#).unwrap();
    assert_eq!((number.kind, number.elo_average_milli), (Some(TournamentKind::Individual), Some(1_512_400)));
}

#[test]
fn words_of_sources_for_the_status_have_their_meaning() {
    for (word, status) in [
        ("ongoing", TournamentStatus::Running),
        ("идёт", TournamentStatus::Running),
        ("В процессе", TournamentStatus::Running),
        ("Завершён", TournamentStatus::Finished),
        ("Завершен ", TournamentStatus::Finished),
        ("Отменён", TournamentStatus::Cancelled),
        ("Скоро", TournamentStatus::Upcoming),
    ] {
        let json = serde_json::json!({ "status": word }).to_string();
        let tournament = Tournament::parse("cup", &json).unwrap();
        assert_eq!((tournament.status, tournament.status_word), (status, None), "{word}");
    }
}

#[test]
fn a_status_that_nobody_knows_is_kept_as_a_word() {
    let tournament = Tournament::parse("cup", r#"{"status":"перенесён"}"#).unwrap();
    assert_eq!(
        (tournament.status, tournament.status_word.as_deref()),
        (TournamentStatus::Unknown, Some("перенесён"))
    );
    let again = Tournament::parse("cup", r#"{"status":"unknown","status_word":"перенесён"}"#).unwrap();
    assert_eq!(again, tournament);
}

#[test]
fn days_told_in_the_wrong_order_are_put_in_order() {
    let tournament = Tournament::parse("cup", r#"{"start":"2025-08-11","end":"2025-08-10"}"#).unwrap();
    let days = [tournament.start, tournament.end].map(|day| day.map(|day| day.to_string()));
    assert_eq!(days, [Some("2025-08-10".to_owned()), Some("2025-08-11".to_owned())]);
}

#[test]
fn tournaments_of_other_sources_are_named_by_id_or_title() {
    let json = r#"{"aliases":[{"source":"a","id":8238},{"source":"b","title":"Кубок «Я»"}]}"#;
    let tournament = Tournament::parse("cup", json).unwrap();
    assert_eq!(
        tournament.aliases,
        [
            Alias { source: "a".to_owned(), key: AliasKey::Id("8238".to_owned()) },
            Alias { source: "b".to_owned(), key: AliasKey::Title("Кубок «Я»".to_owned()) },
        ]
    );
}

#[test]
fn a_tournament_may_be_called_by_a_name_in_any_alphabet() {
    let id = "Кубок «Ночь» 🎭 \"2026\"";
    assert_eq!(Tournament::parse(id, "{}").unwrap().id, id);
}
