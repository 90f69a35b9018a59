//! A connection as two byte streams that end together after a given number of bytes.

use std::collections::VecDeque;

use crate::frames::{self, ServerFrame};

/// Bytes on their way in both directions; after `budget` of them, counted together, all is lost.
#[derive(Debug, Default)]
pub struct Link {
    budget: Option<usize>,
    carried: usize,
    to_client: VecDeque<u8>,
    to_server: VecDeque<u8>,
}

impl Link {
    /// A link that is cut after `budget` bytes, or never.
    #[must_use]
    pub fn new(budget: Option<usize>) -> Self {
        Self { budget, ..Self::default() }
    }

    /// Bytes carried so far.
    #[must_use]
    pub fn carried(&self) -> usize {
        self.carried
    }

    /// Whether the last byte that could be carried was.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.budget.is_some_and(|budget| self.carried >= budget)
    }

    /// Sends a frame of the server, as RFC 6455 bytes.
    pub fn send_to_client(&mut self, frame: &[u8]) {
        let allowed = self.allow(frame.len());
        self.to_client.extend(&frame[..allowed]);
    }

    /// Sends a text of the client, behind its length of four bytes.
    pub fn send_to_server(&mut self, text: &str) {
        let bytes = frames::client_text(text);
        let allowed = self.allow(bytes.len());
        self.to_server.extend(&bytes[..allowed]);
    }

    fn allow(&mut self, wanted: usize) -> usize {
        let left = self.budget.map_or(wanted, |budget| budget.saturating_sub(self.carried));
        let allowed = wanted.min(left);
        self.carried += allowed;
        allowed
    }

    /// The next whole text for the client; a part of one is never seen.
    pub fn receive_at_client(&mut self) -> Option<String> {
        match frames::take_server(&mut self.to_client)? {
            ServerFrame::Text(text) => Some(text),
            ServerFrame::Close(_) => None,
        }
    }

    /// The next whole text for the server.
    pub fn receive_at_server(&mut self) -> Option<String> {
        frames::take_client(&mut self.to_server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_arrives_whole_or_not_at_all() {
        for budget in 0..=9 {
            let mut link = Link::new(Some(budget));
            link.send_to_server("Жab!");
            let arrived = link.receive_at_server();
            assert_eq!(arrived.as_deref(), (budget >= 9).then_some("Жab!"), "{budget} bytes");
            assert!(link.is_cut(), "{budget} bytes");
        }
    }
}
