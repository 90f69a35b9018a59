//! Waiting for many sockets on one thread.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

/// Sockets that are taken from the kernel at once; more wait for the next look.
const EVENTS_MAX: usize = 1_024;

/// What one socket waits for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Interest {
    /// To be read.
    Read,
    /// To be written, which is also how an attempt to connect ends.
    Write,
}

impl Interest {
    fn flags(self) -> epoll::EventFlags {
        match self {
            Self::Read => epoll::EventFlags::IN,
            Self::Write => epoll::EventFlags::OUT,
        }
    }
}

/// Sockets, each with a number of its own.
pub(crate) struct Poll {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
}

impl Poll {
    pub(crate) fn new() -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Self { epoll, events: Vec::with_capacity(EVENTS_MAX) })
    }

    /// Level-triggered: what was not read is told again.
    pub(crate) fn add(&self, socket: impl AsFd, number: usize, interest: Interest) -> io::Result<()> {
        let data = epoll::EventData::new_u64(number as u64);
        Ok(epoll::add(&self.epoll, socket, data, interest.flags())?)
    }

    pub(crate) fn change(&self, socket: impl AsFd, number: usize, interest: Interest) -> io::Result<()> {
        let data = epoll::EventData::new_u64(number as u64);
        Ok(epoll::modify(&self.epoll, socket, data, interest.flags())?)
    }

    /// The numbers of the sockets that are ready, in `ready`; nobody is ready when the time is over.
    ///
    /// The kernel takes whole milliseconds; what is left of one is waited through busily, so that a schedule is kept.
    pub(crate) fn wait(&mut self, at_most: Duration, ready: &mut Vec<usize>) -> io::Result<()> {
        let millis = i64::try_from(at_most.as_millis()).unwrap_or(i64::MAX);
        let timeout = Timespec { tv_sec: millis / 1_000, tv_nsec: millis % 1_000 * 1_000_000 };
        ready.clear();
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        ready.extend(self.events.iter().filter_map(|event| usize::try_from(event.data.u64()).ok()));
        Ok(())
    }
}
