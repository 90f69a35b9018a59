//! Many viewers of one topic on one thread: they join, they receive, and all that they receive is checked.

use std::net::SocketAddrV4;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use realtime_protocol::Frame;
use realtime_protocol::message::{Join, PHOENIX, event};
use serde_json::json;

use super::check::{Checker, Place, Stream, Took};
use super::poll::{Interest, Poll};
use super::socket::{BUFFER_BYTES, Heard, Link};
use super::tally::{Tally, Times};

/// Sockets that are opening at the same time: fewer than any server's backlog.
const OPENING_MAX: usize = 64;
/// Nothing that is measured here is silent for that long.
const SILENCE_MAX: Duration = Duration::from_secs(20);
/// How often a viewer says that it is there, as the manager does.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(25);

/// What viewers ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    /// What they will receive.
    pub(crate) stream: Stream,
    /// The topic; rivals have one only, and it is theirs as soon as the socket is open.
    pub(crate) topic: &'static str,
    pub(crate) throttle_ms: u64,
}

/// How the viewers' process waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Viewers {
    /// It looks again and again.
    ///
    /// On one machine a write that wakes it costs its writer twice what another costs, and how many do depends on
    /// who of the two is faster by a hair. Over a network no server pays for that.
    Awake,
    /// It sleeps when nothing has come, and the server's writes wake it.
    Asleep,
}

#[derive(Debug)]
struct Viewer {
    link: Link,
    place: Place,
}

/// Heartbeats, spread evenly over the viewers.
#[derive(Debug)]
struct Heartbeats {
    due: Instant,
    gap: Duration,
    next: usize,
}

/// Viewers of one topic.
pub(crate) struct Crowd {
    poll: Poll,
    viewers: Vec<Viewer>,
    checker: Checker,
    join: Option<String>,
    joined: usize,
    tally: Tally,
    heartbeats: Option<Heartbeats>,
    waiting: Viewers,
    buffer: Vec<u8>,
    ready: Vec<usize>,
    /// Deliveries when they last went on, and when that was.
    progress: (u64, Instant),
}

impl Crowd {
    /// Opens the sockets of `viewers` and waits until all have joined.
    pub(crate) fn join(server: SocketAddrV4, viewers: usize, wish: Wish) -> Result<Self> {
        let join = Join { throttle_ms: Some(wish.throttle_ms), ..Join::default() };
        let join = match wish.stream {
            Stream::View | Stream::Table => {
                Some(Frame::encode(Some("1"), Some("1"), wish.topic, event::JOIN, &join)?)
            }
            Stream::Numbered => None,
        };
        let mut crowd = Self {
            poll: Poll::new()?,
            viewers: Vec::with_capacity(viewers),
            checker: Checker::new(wish.stream),
            join,
            joined: 0,
            tally: Tally::new(viewers, 0),
            heartbeats: None,
            waiting: Viewers::Asleep,
            buffer: vec![0; BUFFER_BYTES],
            ready: Vec::new(),
            progress: (0, Instant::now()),
        };
        let limit = Instant::now() + SILENCE_MAX;
        // One state for all, so that what one viewer makes of a text is known for the others.
        let start = Place::default();
        while crowd.joined < viewers {
            while crowd.viewers.len() < viewers && crowd.viewers.len() - crowd.joined < OPENING_MAX {
                let link = Link::open(server)?;
                crowd.poll.add(&link, crowd.viewers.len(), Interest::Write)?;
                crowd.viewers.push(Viewer { link, place: start.clone() });
            }
            crowd.pump(SILENCE_MAX)?;
            ensure!(Instant::now() < limit, "only {} of {viewers} viewers have joined", crowd.joined);
        }
        let at = crowd.viewers.first().and_then(|viewer| viewer.place.at).context("nobody has joined")?;
        ensure!(
            crowd.viewers.iter().all(|viewer| viewer.place.at == Some(at)),
            "something is published already"
        );
        crowd.tally = Tally::new(viewers, at);
        Ok(crowd)
    }

    /// From now on it waits so.
    pub(crate) fn wait_as(&mut self, viewers: Viewers) {
        self.waiting = viewers;
    }

    /// From now on viewers say from time to time that they are there.
    pub(crate) fn keep_alive(&mut self) {
        let gap = HEARTBEAT_EVERY / u32::try_from(self.viewers.len()).unwrap_or(u32::MAX).max(1);
        self.heartbeats = Some(Heartbeats { due: Instant::now() + gap, gap, next: 0 });
    }

    /// Takes what has come for the viewers; waits for it at most so long.
    fn pump(&mut self, at_most: Duration) -> Result<()> {
        let mut ready = std::mem::take(&mut self.ready);
        let at_most = if self.waiting == Viewers::Awake { Duration::ZERO } else { at_most };
        self.poll.wait(at_most, &mut ready)?;
        for &number in &ready {
            self.take(number).with_context(|| format!("viewer {number}"))?;
        }
        self.ready = ready;
        Ok(())
    }

    fn take(&mut self, number: usize) -> Result<()> {
        let viewer = &mut self.viewers[number];
        if viewer.link.is_connecting() {
            viewer.link.ask()?;
            return Ok(self.poll.change(&viewer.link, number, Interest::Read)?);
        }
        let now = Instant::now();
        let (checker, tally, joined) = (&mut self.checker, &mut self.tally, &mut self.joined);
        let Viewer { link, place } = viewer;
        let heard = link.read(&mut self.buffer, |text| {
            match checker.take(place, text)? {
                Took::Nothing => {}
                Took::Joined => *joined += 1,
                Took::Moved(from, to) => tally.moved(from, to, now)?,
                Took::Reset(from, to) => tally.reset(from, to, now)?,
            }
            Ok(())
        })?;
        match (heard, &self.join) {
            (Heard::Ended, _) => bail!("its socket was closed"),
            (Heard::Opened, Some(join)) => link.send(join)?,
            (Heard::Opened, None) => {
                place.at = Some(0);
                *joined += 1;
            }
            (Heard::Going, _) => {}
        }
        Ok(())
    }

    /// Publishes so that `under_way` messages are on their way for that long, and waits until all have arrived.
    pub(crate) fn closed_loop(
        &mut self,
        time: Duration,
        under_way: usize,
        mut publish: impl FnMut(usize) -> Result<()>,
    ) -> Result<()> {
        let end = Instant::now() + time;
        loop {
            let now = Instant::now();
            let missing = under_way.saturating_sub(self.tally.under_way());
            if now < end && missing > 0 {
                for _ in 0..missing {
                    self.tally.published(now);
                }
                publish(missing)?;
            }
            if now >= end && self.tally.under_way() == 0 {
                return Ok(());
            }
            self.pump_some()?;
        }
    }

    /// Publishes at each beat of a clock, whatever has arrived, for that long, and waits until all has arrived.
    ///
    /// A message's time begins when it was due, not when it was sent: one that waits behind another counts that.
    pub(crate) fn open_loop(
        &mut self,
        time: Duration,
        gap: Duration,
        mut publish: impl FnMut(usize) -> Result<()>,
    ) -> Result<()> {
        let start = Instant::now();
        let mut due = start;
        loop {
            let now = Instant::now();
            while due <= now && due < start + time {
                self.tally.published(due);
                publish(1)?;
                due += gap;
            }
            if due >= start + time {
                if self.tally.under_way() == 0 {
                    return Ok(());
                }
                self.pump_some()?;
            } else {
                self.beat_and_pump(due)?;
            }
        }
    }

    /// Only listens, until then.
    pub(crate) fn listen(&mut self, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.beat_and_pump(end)?;
        }
        Ok(())
    }

    fn beat_and_pump(&mut self, until: Instant) -> Result<()> {
        let mut until = until;
        if let Some(heartbeats) = &mut self.heartbeats {
            while heartbeats.due <= Instant::now() {
                let heartbeat = Frame::encode(None, Some("beat"), PHOENIX, event::HEARTBEAT, &json!({}))?;
                let next = heartbeats.next % self.viewers.len();
                self.viewers[next].link.send(&heartbeat)?;
                heartbeats.next = next + 1;
                heartbeats.due += heartbeats.gap;
            }
            until = until.min(heartbeats.due);
        }
        self.pump(until.saturating_duration_since(Instant::now()))
    }

    /// Takes what has come while messages are under way, which must not last.
    fn pump_some(&mut self) -> Result<()> {
        self.pump(SILENCE_MAX)?;
        let now = Instant::now();
        if self.tally.delivered() != self.progress.0 || self.tally.under_way() == 0 {
            self.progress = (self.tally.delivered(), now);
        }
        let is_silent = now > self.progress.1 + SILENCE_MAX;
        ensure!(!is_silent, "{} messages have not arrived everywhere", self.tally.under_way());
        Ok(())
    }

    pub(crate) fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }

    pub(crate) fn times(&mut self) -> Times {
        self.tally.times()
    }

    /// Texts that were checked, and those of them that were read; all others were the same as one of these.
    pub(crate) fn checked(&self) -> (u64, u64) {
        (self.checker.checked, self.checker.read)
    }

    /// Where all viewers stand, once nothing is under way.
    pub(crate) fn place(&self) -> Result<&Place> {
        let first = self.viewers.first().context("there is no viewer")?;
        let same = |viewer: &Viewer| {
            viewer.place.at == first.place.at && viewer.place.state.hash() == first.place.state.hash()
        };
        ensure!(self.viewers.iter().all(same), "viewers stand at different places");
        Ok(&first.place)
    }
}

#[cfg(test)]
mod tests;
