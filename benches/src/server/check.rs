//! What a viewer must receive: every message once, in order, and states with the hash that they are said to have.
//!
//! Viewers of one topic are sent the same bytes. A text that one viewer has read and applied is known: another
//! that stands at the same place, with the same state, and gets the same bytes ends at the same place. So each text
//! of each viewer is checked, and only one of them pays for reading it.

use std::collections::BTreeMap;
use std::rc::Rc;

use realtime_protocol::message::{
    DeltaPush, JoinMode, Joined, Reply, ResetPush, RowsPush, TableJoined, event,
};
use realtime_protocol::{Frame, State};
use serde::Deserialize;
use thiserror::Error;

/// Texts that are known: viewers are at most as many messages apart as are under way.
const KNOWN_MAX: usize = 256;

/// What was received although it must not be.
#[derive(Debug, Error)]
pub(crate) enum Fault {
    #[error("stands at {at} and is led on from {from}: what lies between is missing")]
    Gap { at: u64, from: u64 },
    #[error("stands at {at} and is led to {to} again")]
    Repeated { at: u64, to: u64 },
    #[error("stands at {at} and is led from {from} to {to}")]
    Order { at: u64, from: u64, to: u64 },
    #[error("row {found} where {expected} is due")]
    Row { expected: u64, found: u64 },
    #[error("the state at {at} has another hash than it is said to have")]
    Hash { at: u64 },
    #[error("sent before the topic was joined, or an answer of another kind: {0}")]
    Unexpected(String),
    #[error("cannot be read: {text}")]
    Unreadable {
        text: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// A view: states and deltas.
    View,
    /// A table in which each commit changes one row: rows.
    Table,
    /// Messages `{"n":1,…}`, numbered from 1.
    Numbered,
}

/// Where one viewer stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    /// The last message; none before the topic is joined.
    pub(crate) at: Option<u64>,
    /// Of a view.
    pub(crate) state: Rc<State>,
}

/// What a text was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Took {
    /// None that moves a viewer.
    Nothing,
    /// The viewer has joined.
    Joined,
    /// Everything after the first up to the second was delivered.
    Moved(u64, u64),
    /// The state was sent anew: what lies between was delivered as a whole.
    Reset(u64, u64),
}

#[derive(Debug)]
struct Known {
    text: Vec<u8>,
    before: Place,
    after: Place,
    took: Took,
}

/// Checks what viewers of one topic receive.
#[derive(Debug)]
pub(crate) struct Checker {
    stream: Stream,
    /// By the place at which a viewer receives it; the newest of each.
    known: BTreeMap<Option<u64>, Known>,
    /// Texts that were read; all others were the same as one of these.
    pub(crate) read: u64,
    /// Texts that were checked.
    pub(crate) checked: u64,
}

#[derive(Deserialize)]
struct Numbered {
    n: u64,
}

impl Checker {
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream, known: BTreeMap::new(), read: 0, checked: 0 }
    }

    /// Takes a text that a viewer received and moves it on.
    pub(crate) fn take(&mut self, place: &mut Place, text: &[u8]) -> Result<Took, Fault> {
        self.checked += 1;
        if let Some(known) = self.known.get(&place.at).filter(|known| known.fits(place, text)) {
            place.clone_from(&known.after);
            return Ok(known.took);
        }
        self.read += 1;
        let before = place.clone();
        let took = match self.stream {
            Stream::Numbered => number(place, text)?,
            Stream::View | Stream::Table => self.frame(place, text)?,
        };
        if took != Took::Nothing {
            if self.known.len() == KNOWN_MAX {
                self.known.pop_first();
            }
            let known = Known { text: text.to_vec(), before, after: place.clone(), took };
            self.known.insert(known.before.at, known);
        }
        Ok(took)
    }

    fn frame(&self, place: &mut Place, bytes: &[u8]) -> Result<Took, Fault> {
        let text = std::str::from_utf8(bytes).map_err(|error| unreadable(bytes, error))?;
        let frame = Frame::decode(text).map_err(|error| unreadable(bytes, error))?;
        match (&*frame.event, self.stream) {
            (event::BEAT | event::MODE, _) => Ok(Took::Nothing),
            (event::REPLY, _) if frame.topic == realtime_protocol::message::PHOENIX => Ok(Took::Nothing),
            (event::REPLY, Stream::View) => joined(place, payload(&frame, text)?, text),
            (event::REPLY, Stream::Table) => table_joined(place, payload(&frame, text)?, text),
            (event::DELTA, Stream::View) => delta(place, &payload(&frame, text)?),
            (event::RESET, Stream::View) => reset(place, payload(&frame, text)?),
            (event::ROWS, Stream::Table) => rows(place, &payload(&frame, text)?),
            _ => Err(Fault::Unexpected(text.to_owned())),
        }
    }
}

impl Known {
    fn fits(&self, place: &Place, text: &[u8]) -> bool {
        Rc::ptr_eq(&self.before.state, &place.state) && self.text == text
    }
}

fn unreadable(bytes: &[u8], error: impl std::error::Error + Send + Sync + 'static) -> Fault {
    Fault::Unreadable { text: String::from_utf8_lossy(bytes).into_owned(), source: Box::new(error) }
}

fn payload<'a, P: Deserialize<'a>>(frame: &'a Frame<'a>, text: &str) -> Result<P, Fault> {
    frame.payload().map_err(|error| unreadable(text.as_bytes(), error))
}

fn number(place: &mut Place, text: &[u8]) -> Result<Took, Fault> {
    let Numbered { n } = serde_json::from_slice(text).map_err(|error| unreadable(text, error))?;
    step(place, n.saturating_sub(1), n)
}

/// Moves from `from`, where the viewer must stand, to `to`.
fn step(place: &mut Place, from: u64, to: u64) -> Result<Took, Fault> {
    let Some(at) = place.at else { return Err(Fault::Unexpected(format!("{from} to {to}"))) };
    if from == at && to > at {
        place.at = Some(to);
        return Ok(Took::Moved(from, to));
    }
    Err(match from {
        from if from > at => Fault::Gap { at, from },
        _ if to == at => Fault::Repeated { at, to },
        from => Fault::Order { at, from, to },
    })
}

fn joined(place: &mut Place, reply: Reply<Joined>, text: &str) -> Result<Took, Fault> {
    let Reply::Ok(Joined { mode: JoinMode::Snapshot, state: Some(entries), position, hash, .. }) = reply
    else {
        return Err(Fault::Unexpected(text.to_owned()));
    };
    let state = State::from_entries(entries).map_err(|error| unreadable(text.as_bytes(), error))?;
    if state.hash() != hash {
        return Err(Fault::Hash { at: position.offset });
    }
    *place = Place { at: Some(position.offset), state: Rc::new(state) };
    Ok(Took::Joined)
}

fn table_joined(place: &mut Place, reply: Reply<TableJoined>, text: &str) -> Result<Took, Fault> {
    let Reply::Ok(joined) = reply else { return Err(Fault::Unexpected(text.to_owned())) };
    place.at = Some(joined.position.offset);
    Ok(Took::Joined)
}

fn delta(place: &mut Place, push: &DeltaPush) -> Result<Took, Fault> {
    let took = step(place, push.from, push.to)?;
    Rc::make_mut(&mut place.state)
        .apply(&push.delta)
        .map_err(|error| unreadable(format!("{push:?}").as_bytes(), error))?;
    if place.state.hash() == push.hash { Ok(took) } else { Err(Fault::Hash { at: push.to }) }
}

fn reset(place: &mut Place, push: ResetPush) -> Result<Took, Fault> {
    let to = push.position.offset;
    let Some(from) = place.at.filter(|at| *at < to) else {
        return Err(Fault::Order { at: place.at.unwrap_or_default(), from: to, to });
    };
    let state = State::from_entries(push.state).map_err(|error| unreadable(b"a reset", error))?;
    if state.hash() != push.hash {
        return Err(Fault::Hash { at: to });
    }
    *place = Place { at: Some(to), state: Rc::new(state) };
    Ok(Took::Reset(from, to))
}

fn rows(place: &mut Place, push: &RowsPush) -> Result<Took, Fault> {
    let took = step(place, push.from, push.to)?;
    let mut expected = push.from;
    for row in &push.rows {
        expected += 1;
        if row.offset != expected {
            return Err(Fault::Row { expected, found: row.offset });
        }
    }
    if expected == push.to {
        Ok(took)
    } else {
        Err(Fault::Row { expected: expected + 1, found: push.to + 1 })
    }
}

#[cfg(test)]
mod tests;
