//! A session and what is between it and the hub, driven as `ws::driver` and `ws::connection` do.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use realtime_protocol::{ThrottleClass, Topic};
use realtime_server::hub::{JoinError, Start};
use realtime_server::rows::Rows;
use realtime_server::session::{JoinId, Output, Session, beat_frame};

use crate::frames;
use crate::server::Server;
use crate::viewer::Viewer;

/// What the hub has answered and the session not heard yet.
enum Answer {
    Joined { join: JoinId, topic: Topic, class: ThrottleClass, start: Result<Start, JoinError> },
    Left(ThrottleClass),
    Rows(JoinId, Rows),
}

pub struct Client {
    pub viewer: Viewer,
    session: Session,
    asks: VecDeque<Output>,
    answer: Option<Answer>,
    /// Whose ticks it is told.
    classes: BTreeSet<ThrottleClass>,
    is_full: bool,
    is_closed: bool,
    pings: VecDeque<Vec<u8>>,
}

impl Client {
    pub fn new(server: &Server) -> Self {
        Self {
            viewer: Viewer::default(),
            session: Session::new(server.hub.epoch().clone(), server.hub.offset(), "1", server.now),
            asks: VecDeque::new(),
            answer: None,
            classes: BTreeSet::new(),
            is_full: false,
            is_closed: false,
            pings: VecDeque::new(),
        }
    }

    /// Gives the session something; what it wants then is done as far as it can be done at once. Answers until when
    /// the session waits.
    pub fn give(&mut self, server: &Server, give: impl FnOnce(&mut Session)) -> Duration {
        give(&mut self.session);
        let mut written = 0;
        let until = loop {
            match self.session.poll_output() {
                Output::Send(frame) => {
                    self.write(server, &frame);
                    written += 1;
                }
                Output::Close(..) => {
                    assert!(!self.is_closed, "it closes once");
                    self.is_closed = true;
                }
                Output::Wait(until) => break until,
                ask => {
                    if let Output::Subscribe { topic, position, .. } = &ask {
                        self.viewer.asked.insert(topic.clone(), position.clone());
                    }
                    self.asks.push_back(ask);
                }
            }
        };
        self.viewer.end();
        assert_eq!(self.session.take_frames_sent(), written, "each frame counts once");
        until
    }

    fn write(&mut self, server: &Server, frame: &[u8]) {
        assert!(!self.is_closed, "nothing follows the end");
        if frame[0] == 0x8a {
            let ping = self.pings.pop_front().expect("a pong answers a ping");
            assert_eq!(frames::payload(0x8a, frame), &ping[..]);
            self.viewer.take_pong(server);
        } else {
            self.viewer.take(server, frames::text(frame));
        }
    }

    /// Frames that went past the queue of outputs.
    fn wrote(&mut self, server: &Server, frames: &[impl AsRef<[u8]>]) {
        for frame in frames {
            self.write(server, frame.as_ref());
        }
        self.viewer.end();
        assert_eq!(self.session.take_frames_sent(), frames.len() as u64, "each frame counts once");
        assert!(matches!(self.session.poll_output(), Output::Wait(_)), "nothing more is to be done");
    }

    pub fn say(&mut self, server: &Server, text: &str) {
        self.give(server, |session| session.handle_text(server.now, text));
    }

    pub fn hide(&mut self, server: &Server, is_hidden: bool) {
        self.say(server, &format!(r#"[null,null,"phoenix","visibility",{{"hidden":{is_hidden}}}]"#));
    }

    pub fn ping(&mut self, server: &Server, payload: &[u8]) {
        let payload = &payload[..payload.len().min(125)];
        self.pings.push_back(payload.to_vec());
        self.give(server, |session| session.handle_ping(server.now, payload));
    }

    /// Takes the newest flush of a class, if it can be written to and hears of that class.
    pub fn tick(&mut self, server: &Server, class: ThrottleClass) {
        let Some(tick) = server.newest(class) else { return };
        if self.is_full || !self.classes.contains(&class) {
            return;
        }
        match self.session.handle_shared_tick(server.now, class, &tick) {
            Some(frames) => self.wrote(server, frames),
            None => {
                self.give(server, |session| session.handle_tick(server.now, class, &tick));
            }
        }
    }

    /// Somebody looks at the clock.
    pub fn look(&mut self, server: &Server) {
        let now = server.now;
        if self.is_full {
            self.give(server, |session| session.handle_timeout_when_full(now));
            return;
        }
        if self.session.handle_shared_beat(now) {
            self.wrote(server, &[beat_frame(now, server.hub.offset()).expect("a beat")]);
        } else {
            self.give(server, |session| {
                session.handle_head(server.hub.offset());
                session.handle_timeout(now);
            });
        }
        let until = self.give(server, |_| ());
        assert!(self.is_closed || until > now.instant, "what was due is done");
    }

    /// The socket takes nothing, or again something.
    pub fn fill(&mut self, server: &Server, is_full: bool) {
        if self.is_full && !is_full {
            self.is_full = false;
            self.give(server, |session| session.handle_progress(server.now));
            let classes: Vec<_> = self.session.classes().collect();
            classes.into_iter().for_each(|class| self.tick(server, class));
        }
        self.is_full = is_full;
    }

    pub fn turn(&mut self, server: &Server) {
        self.fill(server, !self.is_full);
    }

    /// Asks the hub for the next thing, or hears what it has answered; false when there is nothing.
    pub fn ask(&mut self, server: &mut Server) -> bool {
        if let Some(answer) = self.answer.take() {
            self.hear(server, answer);
            return true;
        }
        // What was sent is written before the next is asked for.
        if self.is_full {
            return false;
        }
        let Some(ask) = self.asks.pop_front() else { return false };
        self.answer = Some(match ask {
            Output::Subscribe { join, topic, class, position } => {
                let start = server.hub.subscribe(&topic, class, position.as_ref());
                Answer::Joined { join, topic, class, start }
            }
            Output::Unsubscribe { topic, class } => {
                server.hub.leave(&topic, class);
                Answer::Left(class)
            }
            Output::Read(read) => Answer::Rows(read.join, server.read(&read)),
            other => unreachable!("the hub is not asked for {other:?}"),
        });
        true
    }

    fn hear(&mut self, server: &Server, answer: Answer) {
        let now = server.now;
        match answer {
            Answer::Joined { join, topic, class, start } => {
                let is_in = start.is_ok();
                if is_in {
                    self.classes.insert(class);
                }
                let mut is_wanted = false;
                self.give(server, |session| is_wanted = session.handle_joined(now, join, &topic, start));
                if is_in && !is_wanted {
                    self.asks.push_back(Output::Unsubscribe { topic, class });
                } else if is_in {
                    self.tick(server, class);
                }
            }
            Answer::Left(class) => {
                if self.session.classes().all(|used| used != class) {
                    self.classes.remove(&class);
                }
            }
            Answer::Rows(join, rows) => {
                self.give(server, |session| session.handle_rows(now, join, rows));
            }
        }
    }

    /// Everything was told: nothing is missing.
    pub fn check(&self, server: &Server) {
        if !self.is_closed {
            self.viewer.check(&server.truth);
            assert_eq!((self.session.subscriptions().len(), self.session.lag()), (self.viewer.topics(), 0));
        }
    }

    /// Leaves nothing of it in the hub.
    pub fn end(self, server: &mut Server) {
        for (topic, class) in self.session.subscriptions() {
            server.hub.leave(&topic, class);
        }
    }
}
