//! `Idempotency-Key`: the same request again gets the same answer.

use std::collections::{BTreeMap, VecDeque};

use realtime_protocol::Position;

use crate::limits::IDEMPOTENCY_KEYS_MAX;

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Replay {
    /// It was not used, as far as is remembered.
    New,
    /// It was used with this body and got this answer.
    Same(String, Position),
    /// It was used with another body.
    Other,
}

/// The last keys with what they stood for. After a restart the store still recognises the same game.
#[derive(Debug, Default)]
pub(crate) struct Idempotency {
    known: BTreeMap<String, (String, String, Position)>,
    order: VecDeque<String>,
}

impl Idempotency {
    pub(crate) fn find(&self, key: &str, digest: &str) -> Replay {
        match self.known.get(key) {
            None => Replay::New,
            Some((known, id, position)) if known == digest => Replay::Same(id.clone(), position.clone()),
            Some(_) => Replay::Other,
        }
    }

    /// Remembers a key; forgets the oldest beyond the limit.
    pub(crate) fn remember(&mut self, key: String, digest: String, id: String, position: Position) {
        if self.known.insert(key.clone(), (digest, id, position)).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > IDEMPOTENCY_KEYS_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use realtime_protocol::Epoch;

    #[test]
    fn a_key_stands_for_one_body_and_the_oldest_are_forgotten() {
        let position = Position { epoch: Epoch::new("e"), offset: 1 };
        let mut keys = Idempotency::default();
        for n in 0..=IDEMPOTENCY_KEYS_MAX {
            keys.remember(n.to_string(), "digest".to_owned(), "id".to_owned(), position.clone());
        }
        assert_eq!(keys.find("0", "digest"), Replay::New);
        assert_eq!(keys.find("1", "digest"), Replay::Same("id".to_owned(), position));
        assert_eq!(keys.find("1", "other"), Replay::Other);
    }
}
