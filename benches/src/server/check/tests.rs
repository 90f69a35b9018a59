//! Each fault that a server could have is fed in and must be found.

use realtime_protocol::message::{Row, RowOp, TableMode};
use realtime_protocol::{Delta, Epoch, Position, StateHash};
use serde::Serialize;

use super::*;

const VIEW: &str = "view:bench";
const TABLE: &str = "table:bench";

fn position(offset: u64) -> Position {
    Position { epoch: Epoch::new("e"), offset }
}

fn state(n: u64) -> State {
    let mut delta = Delta::default();
    delta.put("n", n);
    State::from_entries(delta.put).unwrap()
}

fn frame<P: Serialize>(topic: &str, event: &str, payload: &P) -> String {
    Frame::encode(None, None, topic, event, payload).unwrap()
}

fn snapshot(n: u64) -> String {
    let joined = Joined {
        topic: VIEW.to_owned(),
        throttle_ms: 0,
        position: position(n),
        hash: state(n).hash(),
        mode: JoinMode::Snapshot,
        state: Some(state(n).entries().clone()),
        delta: None,
    };
    frame(VIEW, event::REPLY, &Reply::Ok(joined))
}

fn pushed(from: u64, to: u64, hash: StateHash) -> String {
    let mut delta = Delta::default();
    delta.put("n", to);
    frame(
        VIEW,
        event::DELTA,
        &DeltaPush { from, to, commits: to - from, hash, delta, at_ms: None, last: true },
    )
}

fn right(from: u64, to: u64) -> String {
    pushed(from, to, state(to).hash())
}

fn row_push(from: u64, to: u64, offsets: &[u64]) -> String {
    let row = |&offset: &u64| Row {
        offset,
        op: RowOp::Insert,
        key: offset.to_string(),
        new: None,
        old: None,
        at: String::new(),
    };
    frame(TABLE, event::ROWS, &RowsPush { from, to, rows: offsets.iter().map(row).collect(), last: true })
}

fn table_snapshot(at: u64) -> String {
    let joined = TableJoined {
        topic: TABLE.to_owned(),
        throttle_ms: 0,
        position: position(at),
        mode: TableMode::Live,
        reason: None,
        missed: None,
    };
    frame(TABLE, event::REPLY, &Reply::Ok(joined))
}

/// What two viewers make of the same texts: the second is told what is known from the first.
fn taken(stream: Stream, texts: &[String]) -> Result<Vec<Took>, Fault> {
    let mut checker = Checker::new(stream);
    let start = Place { at: (stream == Stream::Numbered).then_some(0), ..Place::default() };
    let (mut first, mut second) = (start.clone(), start);
    let mut took = Vec::new();
    for text in texts {
        let one = checker.take(&mut first, text.as_bytes());
        let other = checker.take(&mut second, text.as_bytes());
        assert_eq!(one.is_ok(), other.is_ok(), "what one viewer may not receive, another may not either");
        took.push(one?);
    }
    assert_eq!((first.at, first.state.hash()), (second.at, second.state.hash()));
    Ok(took)
}

fn numbered(numbers: &[u64]) -> Vec<String> {
    numbers.iter().map(|n| format!(r#"{{"n":{n},"pad":"x"}}"#)).collect()
}

#[test]
fn what_a_right_server_sends_is_taken_and_read_once_for_all_viewers() {
    let texts = [snapshot(5), right(5, 6), frame("phoenix", event::BEAT, &()), right(6, 9)];
    let took = taken(Stream::View, &texts).unwrap();
    assert_eq!(took, [Took::Joined, Took::Moved(5, 6), Took::Nothing, Took::Moved(6, 9)]);
    let took = taken(Stream::Table, &[table_snapshot(5), row_push(5, 6, &[6]), row_push(6, 8, &[7, 8])]);
    assert_eq!(took.unwrap(), [Took::Joined, Took::Moved(5, 6), Took::Moved(6, 8)]);
    let took = taken(Stream::Numbered, &numbered(&[1, 2]));
    assert_eq!(took.unwrap(), [Took::Moved(0, 1), Took::Moved(1, 2)]);
    let mut checker = Checker::new(Stream::View);
    let mut places = vec![Place::default(); 20];
    for text in [snapshot(5), right(5, 6)] {
        for place in &mut places {
            checker.take(place, text.as_bytes()).unwrap();
        }
    }
    assert_eq!((checker.checked, checker.read), (40, 2));
    assert!(places.iter().all(|place| place.at == Some(6) && place.state.hash() == state(6).hash()));
}

#[test]
fn a_missing_message_is_found() {
    let view = taken(Stream::View, &[snapshot(5), right(5, 6), right(7, 8)]);
    assert!(matches!(view, Err(Fault::Gap { at: 6, from: 7 })), "{view:?}");
    let table = taken(Stream::Table, &[table_snapshot(5), row_push(6, 7, &[7])]);
    assert!(matches!(table, Err(Fault::Gap { at: 5, from: 6 })), "{table:?}");
    let row = taken(Stream::Table, &[table_snapshot(5), row_push(5, 8, &[6, 8])]);
    assert!(matches!(row, Err(Fault::Row { expected: 7, found: 8 })), "{row:?}");
    let last = taken(Stream::Table, &[table_snapshot(5), row_push(5, 7, &[6])]);
    assert!(matches!(last, Err(Fault::Row { expected: 7, .. })), "{last:?}");
    let number = taken(Stream::Numbered, &numbered(&[1, 3]));
    assert!(matches!(number, Err(Fault::Gap { at: 1, from: 2 })), "{number:?}");
}

#[test]
fn a_message_that_comes_twice_is_found() {
    let view = taken(Stream::View, &[snapshot(5), right(5, 6), right(5, 6)]);
    assert!(matches!(view, Err(Fault::Repeated { at: 6, to: 6 })), "{view:?}");
    let table = taken(Stream::Table, &[table_snapshot(5), row_push(5, 6, &[6]), row_push(5, 6, &[6])]);
    assert!(matches!(table, Err(Fault::Repeated { at: 6, to: 6 })), "{table:?}");
    let row = taken(Stream::Table, &[table_snapshot(5), row_push(5, 7, &[6, 6])]);
    assert!(matches!(row, Err(Fault::Row { expected: 7, found: 6 })), "{row:?}");
    let number = taken(Stream::Numbered, &numbered(&[1, 1]));
    assert!(matches!(number, Err(Fault::Repeated { at: 1, to: 1 })), "{number:?}");
}

#[test]
fn a_message_out_of_order_is_found() {
    let view = taken(Stream::View, &[snapshot(5), right(5, 6), right(6, 7), right(5, 6)]);
    assert!(matches!(view, Err(Fault::Order { at: 7, from: 5, to: 6 })), "{view:?}");
    let overlap = taken(Stream::View, &[snapshot(5), right(5, 7), right(6, 8)]);
    assert!(matches!(overlap, Err(Fault::Order { at: 7, from: 6, to: 8 })), "{overlap:?}");
    let row = taken(Stream::Table, &[table_snapshot(5), row_push(5, 7, &[7, 6])]);
    assert!(matches!(row, Err(Fault::Row { expected: 6, found: 7 })), "{row:?}");
    let number = taken(Stream::Numbered, &numbered(&[1, 2, 1]));
    assert!(matches!(number, Err(Fault::Order { at: 2, from: 0, to: 1 })), "{number:?}");
}

#[test]
fn a_state_with_another_hash_is_found_also_when_the_same_delta_was_right_before() {
    let wrong = taken(Stream::View, &[snapshot(5), pushed(5, 6, StateHash(1))]);
    assert!(matches!(wrong, Err(Fault::Hash { at: 6 })), "{wrong:?}");
    // The same bytes on another state are not taken for known.
    let mut checker = Checker::new(Stream::View);
    let mut first = Place { at: Some(5), ..Place::default() };
    let mut entries = Delta::default();
    entries.put("other", 1);
    let state = Rc::new(State::from_entries(entries.put).unwrap());
    let mut second = Place { at: Some(5), state };
    checker.take(&mut first, right(5, 6).as_bytes()).unwrap();
    let other = checker.take(&mut second, right(5, 6).as_bytes());
    assert!(matches!(other, Err(Fault::Hash { at: 6 })), "{other:?}");
}

#[test]
fn what_is_no_answer_to_a_join_is_found() {
    for text in [
        r#"["1","1","view:bench","phx_reply",{"status":"error","response":{"reason":"unknown_topic: no"}}]"#,
        r#"[null,null,"view:bench","phx_error",{}]"#,
        "no frame",
    ] {
        assert!(taken(Stream::View, &[text.to_owned()]).is_err(), "{text}");
    }
    assert!(matches!(taken(Stream::View, &[right(5, 6)]), Err(Fault::Unexpected(_))), "nobody has joined");
}
