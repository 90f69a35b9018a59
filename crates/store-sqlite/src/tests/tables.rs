//! Rows read page by page.

use mafia::record::Record;
use realtime_protocol::filter::FilterError;

use super::records::import;
use super::*;
use crate::{QueryError, TablePage, TableQuery};

fn query(table: &str, pairs: &[(&str, &str)]) -> Result<TableQuery, QueryError> {
    TableQuery::parse(table, pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())))
}

fn page(subject: &mut Subject, table: &str, pairs: &[(&str, &str)]) -> TablePage {
    subject.store.rows(&query(table, pairs).unwrap()).unwrap()
}

fn column(page: &TablePage, name: &str) -> Vec<Value> {
    page.rows.iter().map(|row| row[name].clone()).collect()
}

fn seven_games() -> Subject {
    let mut subject = Subject::new();
    for number in 1..=7 {
        let mut body = posted(number);
        body["date"] = json!(format!("2026-03-0{number}"));
        body["winner"] = json!(if number % 2 == 0 { "mafia" } else { "town" });
        subject.store.put_game(&format!("g{number}"), &game(&body)).unwrap();
    }
    subject
}

#[test]
fn pages_follow_each_other_without_gap_and_end() {
    let mut subject = seven_games();
    for (table, rows) in [("games", 7), ("seats", 70), ("players", 10)] {
        let whole = page(&mut subject, table, &[]);
        assert_eq!((whole.rows.len(), &whole.next, whole.position.offset), (rows, &None, 7), "{table}");
        let (mut seen, mut after) = (Vec::new(), None::<String>);
        loop {
            let mut pairs = vec![("limit", "3")];
            if let Some(after) = &after {
                pairs.push(("after", after));
            }
            let part = page(&mut subject, table, &pairs);
            seen.extend(part.rows);
            after = part.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, whole.rows, "{table}");
    }
}

#[test]
fn a_row_of_a_game_has_its_fields_typed() {
    let mut subject = seven_games();
    let row = page(&mut subject, "games", &[("id", "eq.g2")]).rows.remove(0);
    let expected = json!({
        "id": "g2", "source": "club", "tournament": null, "tournament_id": null, "tournament_row": null,
        "season": null, "round": null, "game_no": 2, "table": null, "date": "2026-03-02", "time": "19:30:00",
        "referee": null, "rated": null, "winner": "mafia", "status": "finished", "first_killed_night": null,
        "first_killed_day": null, "flags": [], "corrected": false, "import_id": null, "offset": 2,
    });
    assert_eq!(Value::from(row), expected);
}

#[test]
fn filters_compare_by_the_type_of_the_column_and_hold_together() {
    let mut subject = seven_games();
    let ids = |subject: &mut Subject, pairs: &[(&str, &str)]| column(&page(subject, "games", pairs), "id");
    assert_eq!(ids(&mut subject, &[("winner", "eq.mafia")]), [json!("g2"), json!("g4"), json!("g6")]);
    assert_eq!(
        ids(&mut subject, &[("date", "gte.2026-03-03"), ("date", "lt.2026-03-06"), ("winner", "neq.mafia")]),
        [json!("g3"), json!("g5")]
    );
    assert_eq!(ids(&mut subject, &[("game_no", "lte.1")]), [json!("g1")]);
    assert_eq!(ids(&mut subject, &[("game_no", "gt.10")]), [json!(null); 0]);
    assert_eq!(ids(&mut subject, &[("tournament", "is.null"), ("id", "gt.g6")]), [json!("g7")]);
    assert_eq!(ids(&mut subject, &[("date", "is.not_null"), ("corrected", "eq.true")]), [json!(null); 0]);
    let black = page(&mut subject, "seats", &[("role", "eq.don"), ("game", "eq.g1")]);
    assert_eq!((column(&black, "seat"), column(&black, "name")), (vec![json!(10)], vec![json!("p10")]));
}

#[test]
fn every_operator_of_the_grammar_but_regular_expressions_is_known_to_sql() {
    let mut subject = seven_games();
    let mut body = posted(8);
    (body["tournament"], body["winner"]) = (json!("Кубок [100%] ЁЖ*"), json!(null));
    subject.store.put_game("g8", &game(&body)).unwrap();
    let mut ids = |pairs: &[(&str, &str)]| column(&page(&mut subject, "games", pairs), "id");
    assert_eq!(ids(&[("id", "in.(g1,\"g3\",x)")]), [json!("g1"), json!("g3")]);
    assert_eq!(ids(&[("winner", "not.in.(town)")]), ids(&[("winner", "eq.mafia")]), "a null is neither");
    assert_eq!(ids(&[("winner", "isdistinct.town"), ("id", "gt.g5")]), [json!("g6"), json!("g8")]);
    assert_eq!(ids(&[("winner", "not.isdistinct.town"), ("id", "gt.g5")]), [json!("g7")]);
    let eighth = [json!("g8")];
    for text in ["like.Кубок%", "like.%[100\\%] __\\*", "ilike.%ёж*", "not.like.кубок%", "not.is.null"]
    {
        assert_eq!(ids(&[("tournament", text)]), eighth, "{text}");
    }
    assert_eq!(ids(&[("tournament", "like.%ёж*")]), [json!(null); 0]);
    assert_eq!(ids(&[("corrected", "is.true")]), [json!(null); 0]);
    assert_eq!(ids(&[("corrected", "not.is.true"), ("rated", "is.unknown")]).len(), 8);
}

#[test]
fn columns_hold_the_same_in_answers_and_in_topics() {
    for table in mafia::tables::NAMES {
        let told = TableQuery::columns(table).unwrap();
        for column in mafia::tables::columns(table) {
            assert!(told.contains(column), "{table}.{}", column.name);
        }
    }
}

#[test]
fn a_value_is_never_read_as_sql() {
    let mut subject = seven_games();
    let nasty = "x' OR 1=1; DROP TABLE games; -- \"«Ян» 🎭";
    let mut body = posted(9);
    body["tournament"] = json!(nasty);
    subject.store.put_game("g9", &game(&body)).unwrap();
    let text = format!("eq.{nasty}");
    assert_eq!(column(&page(&mut subject, "games", &[("tournament", &text)]), "id"), [json!("g9")]);
    assert_eq!(page(&mut subject, "games", &[("source", &text)]).rows.len(), 0);
    assert_eq!(page(&mut subject, "games", &[("after", nasty)]).rows.len(), 0, "the ids all stand before");
    assert_eq!(page(&mut subject, "games", &[]).rows.len(), 8);
}

#[test]
fn what_cannot_be_asked_is_told_with_what_can() {
    for (table, name, text, expected) in [
        ("game", "id", "eq.1", "players"),
        ("commits", "offset", "eq.1", "tournament_aliases"),
        ("games", "colour", "eq.1", "first_killed_night"),
        ("games", "flags", "eq.[]", "there is no column"),
        ("games", "id; DROP TABLE games", "eq.1", "there is no column"),
        ("games", "winner", "town", "neq"),
        ("games", "winner", "like.t%", "one of town, mafia, draw"),
        ("games", "source", "match.^c", "like and ilike"),
        ("games", "winner", "eq.city", "town, mafia, draw"),
        ("games", "season", "eq.one", "an integer"),
        ("games", "date", "gt.yesterday", "YYYY-MM-DD"),
        ("games", "corrected", "eq.1", "true or false"),
        ("games", "limit", "1001", "1 to 1000"),
        ("games", "limit", "0", "1 to 1000"),
        ("seats", "after", "g1", "JSON array"),
        ("players", "after", "x", "an integer"),
    ] {
        let error = query(table, &[(name, text)]).unwrap_err().to_string();
        assert!(error.contains(expected), "{table} {name}={text}: {error}");
    }
    let many = vec![("id", "eq.1"); 33];
    assert_eq!(query("games", &many).unwrap_err(), QueryError::Filter(FilterError::Conditions));
}

#[test]
fn a_running_game_shows_no_role_and_no_winner_and_cannot_be_asked_for_them() {
    let mut subject = Subject::new();
    let mut body = posted(1);
    body["status"] = json!("running");
    body["winner"] = json!("mafia");
    body["players"][9]["win_points"] = json!(1);
    body["players"][9]["won"] = json!(true);
    subject.store.put_game("g1", &game(&body)).unwrap();
    assert_eq!(column(&page(&mut subject, "games", &[]), "winner"), [Value::Null]);
    assert_eq!(page(&mut subject, "games", &[("winner", "eq.mafia")]).rows.len(), 0);
    let seats = page(&mut subject, "seats", &[]);
    for name in ["role", "won", "win_points", "total"] {
        assert_eq!(column(&seats, name), vec![Value::Null; 10], "{name}");
    }
    assert_eq!(column(&seats, "name")[9], "p10");
    assert_eq!(page(&mut subject, "seats", &[("role", "eq.don")]).rows.len(), 0);
}

#[test]
fn every_table_can_be_read() {
    let mut subject = seven_games();
    let club = mafia::record::Club {
        source: "club".to_owned(),
        id: "a\"b".to_owned(),
        title: "Клуб".to_owned(),
        ..mafia::record::Club::default()
    };
    let year = mafia::record::PlayerYear {
        source: "club".to_owned(),
        player: "7".to_owned(),
        year: 2024,
        ..mafia::record::PlayerYear::default()
    };
    let body = json!({ "source": "club", "title": "Cup", "type": "team" });
    import(
        &mut subject,
        &[Record::Club(club), Record::PlayerYear(year), Record::Tournament(tournament("cup", &body))],
    );
    for (table, rows) in [
        ("clubs", 1),
        ("disagreements", 0),
        ("games", 7),
        ("imports", 1),
        ("player_years", 1),
        ("players", 10),
        ("seats", 70),
        ("tournament_aliases", 0),
        ("tournaments", 1),
    ] {
        assert_eq!(page(&mut subject, table, &[]).rows.len(), rows, "{table}");
    }
    let after = json!(["club", "a\"b"]).to_string();
    assert_eq!(page(&mut subject, "clubs", &[("after", &after)]).rows.len(), 0);
    assert_eq!(page(&mut subject, "tournaments", &[("type", "eq.team")]).rows[0]["id"], "cup");
    assert_eq!(page(&mut subject, "player_years", &[("year", "eq.2024")]).rows[0]["don_games"], 0);
}
