//! A fingerprint of everything that happened, so that two runs can be held against each other.

use std::collections::BTreeMap;
use std::time::Duration;

/// FNV-1a over all events in their order, and how often each kind came.
#[derive(Debug)]
pub(crate) struct Trace {
    hash: u64,
    kinds: BTreeMap<&'static str, u64>,
}

impl Trace {
    pub(crate) fn new() -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, kinds: BTreeMap::new() }
    }

    pub(crate) fn note(&mut self, kind: &'static str, number: u64, bytes: &[u8]) {
        *self.kinds.entry(kind).or_default() += 1;
        let number = number.to_le_bytes();
        for &byte in kind.as_bytes().iter().chain(&number).chain(bytes) {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    pub(crate) fn note_time(&mut self, at: Duration) {
        self.note("at", u64::try_from(at.as_nanos()).unwrap_or(u64::MAX), &[]);
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn into_kinds(self) -> BTreeMap<&'static str, u64> {
        self.kinds
    }
}
