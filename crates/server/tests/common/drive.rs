//! The loop of a session's driver, with a hub beside it and no socket.

use std::sync::Arc;

use realtime_protocol::ThrottleClass;
use realtime_server::hub::{Hub, Tick};
use realtime_server::rows::Rows;
use realtime_server::session::{Now, Output, Read, Session};
use serde_json::{Value, json};

/// Does what the session wants until it waits, and answers with the messages that were sent.
pub(crate) fn drain(
    session: &mut Session,
    hub: &mut Hub,
    now: Now,
    mut read: impl FnMut(&Hub, &Read) -> Rows,
) -> Vec<Value> {
    let mut sent = Vec::new();
    loop {
        match session.poll_output() {
            Output::Send(bytes) => sent.push(payload(&bytes)),
            Output::Subscribe { join, topic, class, position } => {
                let answer = hub.subscribe(&topic, class, position.as_ref());
                let joined = answer.is_ok();
                assert!(session.handle_joined(now, join, &topic, answer) || !joined);
            }
            Output::Unsubscribe { topic, class } => hub.leave(&topic, class),
            Output::Read(wanted) => {
                let rows = read(hub, &wanted);
                session.handle_rows(now, wanted.join, rows);
            }
            Output::Close(code, _) => sent.push(json!({"close": code.0})),
            Output::Wait(_) => return sent,
        }
    }
}

/// Tells a session a flush as a driver does; answers what was ready to be written, before all that is drained.
pub(crate) fn tick(session: &mut Session, now: Now, class: ThrottleClass, tick: &Arc<Tick>) -> Vec<Value> {
    match session.handle_shared_tick(now, class, tick) {
        Some(frames) => frames.iter().map(|bytes| payload(bytes)).collect(),
        None => {
            session.handle_tick(now, class, tick);
            Vec::new()
        }
    }
}

fn payload(bytes: &[u8]) -> Value {
    let start = match bytes[1] {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    serde_json::from_slice(&bytes[start..]).unwrap()
}
