//! One connection's two streams: late, narrow, cut at a byte, or silently gone.

use std::time::Duration;

/// What a direction does to its bytes.
#[derive(Debug, Default)]
struct Lane {
    arrived: Duration,
    busy: Duration,
}

/// The way that bytes take.
#[derive(Debug)]
pub(crate) struct Wire {
    delay: Duration,
    jitter: Duration,
    bytes_per_s: u64,
    /// What a sender may have under way before it must wait.
    buffer: u64,
    /// Bytes until the cut, both directions together.
    budget: Option<usize>,
    /// What is sent vanishes, and nobody is told.
    pub(crate) is_half_open: bool,
    lanes: [Lane; 2],
    lost: u64,
}

/// Towards whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    ToClient,
    ToServer,
}

/// How many bytes arrive, and when; whether the cut came with them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Carried {
    pub(crate) bytes: usize,
    pub(crate) at: Duration,
    pub(crate) is_cut: bool,
}

impl Wire {
    /// A wire by chance; without `faults` it is quick and whole, and as wide as its reader.
    pub(crate) fn new(rng: &mut fastrand::Rng, faults: bool, reader_bytes_per_s: u64) -> Self {
        let ms = |n| Duration::from_millis(n);
        let is_bad = faults && rng.u8(..4) == 0;
        let budget_max = if rng.u8(..4) == 0 { 150_000 } else { 6_000 };
        Self {
            delay: ms(if is_bad { rng.u64(100..900) } else { rng.u64(1..80) }),
            jitter: ms(if is_bad { rng.u64(0..600) } else { rng.u64(0..20) }),
            bytes_per_s: if is_bad { rng.u64(100..4_000) } else { rng.u64(50_000..5_000_000) }
                .min(reader_bytes_per_s),
            buffer: if is_bad { rng.u64(100..2_000) } else { 8_000 },
            // Small ones cut joins and deltas, large ones what comes in pieces.
            budget: (faults && rng.bool()).then(|| rng.usize(..budget_max)),
            is_half_open: faults && rng.u8(..20) == 0,
            lanes: [Lane::default(), Lane::default()],
            lost: 0,
        }
    }

    /// The faults are over: no cut any more, and as wide as its reader; what is half open stays so.
    pub(crate) fn calm(&mut self, reader_bytes_per_s: u64) {
        (self.budget, self.bytes_per_s) = (None, reader_bytes_per_s);
    }

    /// The reader takes nothing for a while.
    pub(crate) fn stall(&mut self, now: Duration, span: Duration) {
        let lane = &mut self.lanes[Way::ToClient as usize];
        lane.busy = lane.busy.max(now) + span;
    }

    /// A moment on the way, never before what is ahead of it.
    pub(crate) fn pass(&mut self, rng: &mut fastrand::Rng, now: Duration, way: Way) -> Duration {
        self.carry(rng, now, way, 0).at
    }

    pub(crate) fn carry(
        &mut self,
        rng: &mut fastrand::Rng,
        now: Duration,
        way: Way,
        wanted: usize,
    ) -> Carried {
        let bytes = self.budget.map_or(wanted, |left| left.min(wanted));
        if let Some(left) = &mut self.budget {
            *left -= bytes;
        }
        let length = u64::try_from(bytes).unwrap_or(u64::MAX);
        let jitter = self.jitter.mul_f64(rng.f64());
        let lane = &mut self.lanes[way as usize];
        lane.busy = lane.busy.max(now) + Duration::from_micros(length * 1_000_000 / self.bytes_per_s);
        lane.arrived = lane.arrived.max(lane.busy + self.delay + jitter);
        if self.is_half_open {
            self.lost += length;
        }
        let at = lane.arrived;
        Carried { bytes, at, is_cut: self.budget == Some(0) }
    }

    /// When the server may write again; absent when it may now.
    pub(crate) fn blocked_until(&self, now: Duration) -> Option<Duration> {
        if self.is_half_open && self.lost > self.buffer {
            return Some(Duration::MAX);
        }
        let room = Duration::from_micros(self.buffer * 1_000_000 / self.bytes_per_s);
        let free = self.lanes[Way::ToClient as usize].busy.saturating_sub(room);
        (free > now).then_some(free)
    }
}
