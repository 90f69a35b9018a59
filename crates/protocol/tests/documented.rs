//! The examples of PROTOCOL.md are read and written by the types, to the byte.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use realtime_protocol::Frame;
use realtime_protocol::message::{
    AccessToken, Beat, DeltaPush, Join, Mode, Reply, ResetPush, RowsPush, TableJoined,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

const PROTOCOL: &str = include_str!("../../../PROTOCOL.md");

/// The example under this name comes back as it stands.
fn check<P: Serialize + DeserializeOwned>(name: &str) {
    let fence = format!("```json {name}\n");
    let (_, rest) = PROTOCOL.split_once(&fence).unwrap_or_else(|| panic!("no example {name}"));
    let (text, _) = rest.split_once("\n```").unwrap();
    let frame = Frame::decode(text).unwrap();
    let payload: P = serde_json::from_str(frame.payload.get()).unwrap();
    let (join_ref, reference) = (frame.join_ref.as_deref(), frame.reference.as_deref());
    let again = Frame::encode(join_ref, reference, &frame.topic, &frame.event, &payload).unwrap();
    assert_eq!(again, text, "{name}");
}

#[test]
fn every_example_is_read_and_written_as_it_stands() {
    check::<Join>("join");
    check::<DeltaPush>("delta");
    check::<RowsPush>("rows");
    check::<RowsPush>("leave");
    check::<Reply<TableJoined>>("table");
    check::<AccessToken>("token");
    check::<ResetPush>("reset");
    check::<Beat>("beat");
    check::<Mode>("mode");
}
