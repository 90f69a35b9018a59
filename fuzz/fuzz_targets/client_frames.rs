//! What a client sends, a line a text: no panic, every answer can be read, the hub counts what the session
//! says, and a session that has not closed itself answers a heartbeat.
//!
//! At a blank line the hub answers; so joins overtake each other.

#![no_main]

mod frames;

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use frames::text;
use libfuzzer_sys::fuzz_target;
use realtime_protocol::message::{PHOENIX, event};
use realtime_protocol::{Delta, Epoch, Frame, Position, State};
use realtime_server::hub::Hub;
use realtime_server::session::{Now, Output, Session};
use realtime_server::{FoldError, Views};

const NOW: Now = Now { instant: Duration::ZERO, wall_ms: 0 };

/// One view that never changes.
struct Still;

impl Views for Still {
    fn names(&self) -> &'static [&'static str] {
        &["metrics"]
    }
    fn fold(&mut self, _: &changelog::Commit) -> Result<(), FoldError> {
        Ok(())
    }
    fn take_changes(&mut self) -> Vec<(&'static str, Delta)> {
        Vec::new()
    }
    fn state(&self, _: &str) -> Option<State> {
        Some(State::default())
    }
}

/// A session, its hub and what is between them.
struct Client {
    session: Session,
    hub: Hub,
    /// What the hub was not asked yet, in order.
    asks: VecDeque<Output>,
    is_closed: bool,
}

impl Client {
    fn new() -> Self {
        let start = Position { epoch: Epoch::new("6f1d"), offset: 42 };
        let hub = Hub::new(start.clone(), Box::new(Still));
        let session = Session::new(start.epoch, start.offset, "1", NOW);
        Self { session, hub, asks: VecDeque::new(), is_closed: false }
    }

    /// Drains the session; every frame can be read.
    fn drain(&mut self) -> Vec<Bytes> {
        let mut written = Vec::new();
        loop {
            match self.session.poll_output() {
                Output::Send(frame) => {
                    assert!(!self.is_closed, "nothing follows the end");
                    Frame::decode(text(&frame)).expect("an answer can be read");
                    written.push(frame);
                }
                Output::Read(read) => unreachable!("there is no table: {read:?}"),
                Output::Close(..) => self.is_closed = true,
                Output::Wait(_) => return written,
                ask @ (Output::Subscribe { .. } | Output::Unsubscribe { .. }) => self.asks.push_back(ask),
            }
        }
    }

    /// The client sends a text.
    fn say(&mut self, text: &str) -> Vec<Bytes> {
        self.session.handle_text(NOW, text);
        self.drain()
    }

    /// The hub does all that it is asked, then it counts what the session says.
    fn ask(&mut self) {
        while let Some(ask) = self.asks.pop_front() {
            match ask {
                Output::Subscribe { join, topic, class, position } => {
                    let answer = self.hub.subscribe(&topic, class, position.as_ref());
                    let is_in = answer.is_ok();
                    let is_wanted = self.session.handle_joined(NOW, join, &topic, answer);
                    self.drain();
                    if is_in && !is_wanted {
                        self.asks.push_back(Output::Unsubscribe { topic, class });
                    }
                }
                Output::Unsubscribe { topic, class } => self.hub.leave(&topic, class),
                other => unreachable!("the hub is not asked for {other:?}"),
            }
        }
        assert_eq!(self.session.subscriptions().len(), self.hub.groups());
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut client = Client::new();
    client.say(r#"["1","1","view:metrics","phx_join",{}]"#);
    client.ask();
    assert_eq!(client.hub.groups(), 1);
    for line in bytes.split(|&byte| byte == b'\n').take(256) {
        // The hub is slower than the client: it comes to its work at a blank line only.
        if line.is_empty() {
            client.ask();
        } else {
            client.say(&String::from_utf8_lossy(line));
        }
    }
    let was_closed = client.is_closed;
    let written = client.say(r#"[null,"beat","phoenix","heartbeat",{}]"#);
    if !was_closed {
        let [answer] = &written[..] else { panic!("one answer, not {}", written.len()) };
        let answer = Frame::decode(text(answer)).expect("an answer can be read");
        assert_eq!((&*answer.topic, &*answer.event), (PHOENIX, event::REPLY));
        assert_eq!(answer.reference.as_deref(), Some("beat"));
        client.ask();
    }
});
