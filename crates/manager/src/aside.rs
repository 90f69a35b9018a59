//! A sample of what could not be read.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;

use realtime_protocol::limits::SERVER_FRAME_BYTES_MAX;
use realtime_protocol::{Frame, FrameError};

use crate::Instant;
use crate::errors::cut;
use crate::limits::{ASIDE_BYTES_MAX, ASIDE_MAX, PROBLEM_TEXT_BYTES_MAX};

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It is larger than a message may be.
    Size,
    /// It is no frame.
    Frame,
    /// Its topic is none.
    Topic,
    /// Its event is unknown, or makes no sense for its topic.
    Event,
    /// A field is missing, too much, or of a wrong type.
    Payload,
    /// Its fields can be read, but contradict each other or hold what a state cannot.
    Content,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Size => "message too large",
            Self::Frame => "no frame",
            Self::Topic => "unknown topic",
            Self::Event => "unexpected event",
            Self::Payload => "unreadable payload",
            Self::Content => "impossible content",
        })
    }
}

/// Why a message was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadInput {
    pub(crate) fault: Fault,
    /// What exactly, where more is known.
    pub(crate) detail: String,
}

impl BadInput {
    pub(crate) fn new(fault: Fault, detail: impl Into<String>) -> Self {
        Self { fault, detail: detail.into() }
    }

    /// The message is larger than one may be.
    pub(crate) fn too_large() -> Self {
        Self::new(Fault::Size, format!("more than {SERVER_FRAME_BYTES_MAX} bytes"))
    }

    /// The text is no frame.
    pub(crate) fn frame(error: &FrameError) -> Self {
        Self::new(Fault::Frame, cause(error))
    }

    /// The payload of a frame could not be read.
    pub(crate) fn payload(error: &FrameError) -> Self {
        Self::new(Fault::Payload, cause(error))
    }

    /// Nothing is known to do with the event of a frame.
    pub(crate) fn event(frame: &Frame<'_>) -> Self {
        Self::new(Fault::Event, frame.event.clone())
    }
}

/// A frame's error says only what was read; its source says what is wrong there.
fn cause(error: &FrameError) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

/// A message that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// When it came.
    pub at: Instant,
    /// What is wrong with it.
    pub fault: Fault,
    /// What exactly, where more is known than the fault.
    pub detail: String,
    /// How long it is, in bytes.
    pub bytes: usize,
    /// Its beginning, at most [`ASIDE_BYTES_MAX`].
    pub sample: String,
}

/// The newest messages that could not be read.
#[derive(Debug, Default)]
pub(crate) struct Aside {
    kept: VecDeque<SetAside>,
}

impl Aside {
    pub(crate) fn kept(&self) -> impl Iterator<Item = &SetAside> {
        self.kept.iter()
    }

    pub(crate) fn keep(&mut self, now: Instant, text: &str, bad: BadInput) {
        if self.kept.len() >= ASIDE_MAX {
            self.kept.pop_front();
        }
        let BadInput { fault, mut detail } = bad;
        cut(&mut detail, PROBLEM_TEXT_BYTES_MAX);
        let sample = text[..text.floor_char_boundary(ASIDE_BYTES_MAX)].to_owned();
        self.kept.push_back(SetAside { at: now, fault, detail, bytes: text.len(), sample });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_each_with_its_beginning() {
        let mut aside = Aside::default();
        for n in 0..=ASIDE_MAX {
            let text = format!("{n} {}", "я".repeat(ASIDE_BYTES_MAX));
            aside.keep(Instant::default(), &text, BadInput::new(Fault::Frame, "x".repeat(10_000)));
        }
        let kept: Vec<&SetAside> = aside.kept().collect();
        assert_eq!(kept.len(), ASIDE_MAX);
        assert!(kept[0].sample.starts_with("1 я"), "the oldest is gone");
        assert_eq!(kept[0].bytes, 2 + 2 * ASIDE_BYTES_MAX);
        assert!(kept.iter().all(|each| each.sample.len() <= ASIDE_BYTES_MAX));
        assert!(kept.iter().all(|each| each.sample.len() > ASIDE_BYTES_MAX - 2));
        assert_eq!(kept[0].detail.len(), PROBLEM_TEXT_BYTES_MAX);
    }
}
