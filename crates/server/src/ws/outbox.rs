//! What waits to be written to one socket; everything that waits goes out in one write.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use rustix::net::SendFlags;
use socket2::SockRef;
use tokio::net::TcpStream;

use crate::limits::SLICES_MAX;

/// A socket that takes bytes without waiting.
pub(crate) trait Sink {
    /// Writes what it takes at once.
    ///
    /// # Errors
    /// `WouldBlock` when it takes nothing now; anything else ends the connection.
    fn write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize>;
}

impl Sink for TcpStream {
    /// Writes without a look at what the runtime knows of the socket, which nearly always has room; a full one is
    /// written to through the runtime, so that it hears of the room to come.
    fn write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let written = match slices {
            // Past the C library, whose calls begin and end with a look at whether the thread is cancelled.
            [one] => rustix::net::send(self, one, SendFlags::NOSIGNAL).map_err(io::Error::from),
            many => SockRef::from(self).send_vectored(many),
        };
        match written {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.try_write_vectored(slices),
            written => written,
        }
    }
}

/// Whole frames in order, the first of which may have been written in part.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    bytes: usize,
    /// Since when the socket has taken nothing; none while it takes all.
    stuck_since: Option<Duration>,
    frames: VecDeque<Bytes>,
}

impl Outbox {
    pub(crate) fn push(&mut self, frame: Bytes) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// How many bytes wait.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether the socket was full when it was last written to.
    pub(crate) fn is_blocked(&self) -> bool {
        self.stuck_since.is_some()
    }

    /// Since when the socket has taken nothing.
    pub(crate) fn stuck_since(&self) -> Option<Duration> {
        self.stuck_since
    }

    /// Writes frames when nothing waits; what the socket does not take waits.
    ///
    /// # Errors
    /// When the socket is broken.
    pub(crate) fn send(&mut self, frames: &[Bytes], sink: &impl Sink, now: Duration) -> io::Result<()> {
        if let [frame] = frames
            && self.is_empty()
        {
            match sink.write(&[IoSlice::new(frame)]) {
                Ok(written) if written == frame.len() => return Ok(()),
                Ok(written) => self.push(frame.slice(written..)),
                Err(_) => self.push(frame.clone()),
            }
        } else {
            for frame in frames {
                self.push(frame.clone());
            }
        }
        // A full or broken socket is full or broken at the next write as well.
        self.flush(sink, now).map(|_| ())
    }

    /// Writes until all is written or the socket is full; answers whether a full socket has taken something again.
    ///
    /// # Errors
    /// When the socket is broken.
    pub(crate) fn flush(&mut self, sink: &impl Sink, now: Duration) -> io::Result<bool> {
        let was_blocked = self.is_blocked();
        let mut is_moved = false;
        while !self.frames.is_empty() {
            let mut slices = [IoSlice::new(&[]); SLICES_MAX];
            let count = self.frames.len().min(SLICES_MAX);
            for (slice, frame) in slices.iter_mut().zip(&self.frames) {
                *slice = IoSlice::new(frame);
            }
            match sink.write(&slices[..count]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    self.advance(written);
                    is_moved = true;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if is_moved || !was_blocked {
                        self.stuck_since = Some(now);
                    }
                    return Ok(was_blocked && is_moved);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // As with the outputs of a session: a new buffer is in the cache, a kept one is not.
        self.frames = VecDeque::new();
        self.stuck_since = None;
        Ok(was_blocked)
    }

    fn advance(&mut self, mut written: usize) {
        self.bytes -= written;
        while let Some(frame) = self.frames.front_mut() {
            if written < frame.len() {
                frame.advance(written);
                return;
            }
            written -= frame.len();
            self.frames.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Takes what it is told to, then is full.
    #[derive(Default)]
    struct Pipe {
        room: RefCell<VecDeque<usize>>,
        written: RefCell<Vec<u8>>,
        writes: RefCell<usize>,
    }

    impl Pipe {
        fn give(&self, room: &[usize]) {
            self.room.borrow_mut().extend(room);
        }
    }

    impl Sink for Pipe {
        fn write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
            let Some(room) = self.room.borrow_mut().pop_front() else {
                return Err(io::ErrorKind::WouldBlock.into());
            };
            let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).take(room).collect();
            self.written.borrow_mut().extend(&bytes);
            *self.writes.borrow_mut() += 1;
            Ok(bytes.len())
        }
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn filled() -> Outbox {
        let mut outbox = Outbox::default();
        for frame in ["abcd", "e", "fghij"] {
            outbox.push(Bytes::from_static(frame.as_bytes()));
        }
        outbox
    }

    #[test]
    fn all_that_waits_goes_out_in_one_write() {
        let (mut outbox, pipe) = (filled(), Pipe::default());
        pipe.give(&[100]);
        assert!(!outbox.flush(&pipe, at(0)).unwrap());
        assert_eq!((&pipe.written.borrow()[..], *pipe.writes.borrow()), (&b"abcdefghij"[..], 1));
        assert_eq!((outbox.is_empty(), outbox.bytes(), outbox.is_blocked()), (true, 0, false));
    }

    #[test]
    fn frames_are_written_whole_whatever_the_socket_takes_at_once() {
        let (mut outbox, pipe) = (filled(), Pipe::default());
        for second in 0..10 {
            assert_eq!(outbox.bytes(), 10 - usize::try_from(second).unwrap());
            pipe.give(&[1]);
            outbox.flush(&pipe, at(second)).unwrap();
        }
        assert_eq!((&pipe.written.borrow()[..], outbox.is_empty()), (&b"abcdefghij"[..], true));
    }

    #[test]
    fn a_socket_is_stuck_since_it_last_took_something() {
        let (mut outbox, pipe) = (filled(), Pipe::default());
        assert!(!outbox.flush(&pipe, at(1)).unwrap());
        assert!(!outbox.flush(&pipe, at(2)).unwrap());
        assert_eq!(outbox.stuck_since(), Some(at(1)));
        pipe.give(&[2]);
        assert!(outbox.flush(&pipe, at(3)).unwrap(), "it has taken something again");
        assert_eq!(outbox.stuck_since(), Some(at(3)));
        pipe.give(&[100]);
        assert!(outbox.flush(&pipe, at(4)).unwrap());
        assert_eq!(outbox.stuck_since(), None);
    }
}
