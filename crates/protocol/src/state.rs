//! A view's state, the change between two of them, and the hash that proves one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::canonical::{NotCanonical, write_canonical};

/// The sum over all keys of FNV-1a-64(key, 0x1F, canonical JSON of the value), modulo 2^64.
///
/// Its text is 16 lower-case hex digits. A sum, so that it can be kept up to date key by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct StateHash(pub u64);

impl fmt::Display for StateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for StateHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StateHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.len() != 16 {
            return Err(serde::de::Error::custom("a state hash has 16 hex digits"));
        }
        u64::from_str_radix(&text, 16).map(Self).map_err(serde::de::Error::custom)
    }
}

/// Why a state cannot take a value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StateError {
    /// The value of this key has no canonical text, so it cannot be hashed.
    #[error("value of key {key:?} cannot be hashed")]
    Value {
        /// The key whose value was refused.
        key: String,
        /// What is wrong with it.
        source: NotCanonical,
    },
}

/// A change of a state: keys that got a value, keys that are gone.
///
/// No key is in both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Delta {
    /// Keys with their new values.
    #[serde(default)]
    pub put: BTreeMap<String, Value>,
    /// Keys that are gone.
    #[serde(default)]
    pub drop: BTreeSet<String>,
}

impl Delta {
    /// Whether applying it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.put.is_empty() && self.drop.is_empty()
    }

    /// Gives `key` a value.
    pub fn put(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        let key = key.into();
        self.drop.remove(&key);
        self.put.insert(key, value.into());
    }

    /// Removes `key`.
    pub fn remove(&mut self, key: impl Into<String>) {
        let key = key.into();
        self.put.remove(&key);
        self.drop.insert(key);
    }

    /// Makes this delta the sum of itself and `later`.
    pub fn merge(&mut self, later: &Self) {
        for (key, value) in &later.put {
            self.put(key.clone(), value.clone());
        }
        for key in &later.drop {
            self.remove(key.clone());
        }
    }
}

/// A view's state: string keys with JSON values, and the hash of all of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    entries: BTreeMap<String, Value>,
    hash: StateHash,
}

impl State {
    /// A state of these entries.
    ///
    /// # Errors
    /// [`StateError::Value`] when a value has no canonical text.
    pub fn from_entries(entries: BTreeMap<String, Value>) -> Result<Self, StateError> {
        let mut hash = StateHash::default();
        for (key, value) in &entries {
            hash.0 = hash.0.wrapping_add(entry_hash(key, value)?);
        }
        Ok(Self { entries, hash })
    }

    /// All keys with their values, in order of the keys.
    #[must_use]
    pub fn entries(&self) -> &BTreeMap<String, Value> {
        &self.entries
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.get(key)
    }

    /// The hash of the state as it is now.
    #[must_use]
    pub fn hash(&self) -> StateHash {
        self.hash
    }

    /// Applies `delta`; on an error nothing has changed.
    ///
    /// # Errors
    /// [`StateError::Value`] when a value has no canonical text.
    pub fn apply(&mut self, delta: &Delta) -> Result<(), StateError> {
        let mut hash = self.hash.0;
        for (key, value) in &delta.put {
            hash = hash.wrapping_add(entry_hash(key, value)?);
            if let Some(old) = self.entries.get(key) {
                hash = hash.wrapping_sub(entry_hash(key, old)?);
            }
        }
        for key in delta.drop.iter().filter(|key| !delta.put.contains_key(*key)) {
            if let Some(old) = self.entries.get(key) {
                hash = hash.wrapping_sub(entry_hash(key, old)?);
            }
        }
        for key in delta.drop.iter().filter(|key| !delta.put.contains_key(*key)) {
            self.entries.remove(key);
        }
        for (key, value) in &delta.put {
            self.entries.insert(key.clone(), value.clone());
        }
        self.hash = StateHash(hash);
        Ok(())
    }

    /// What of `delta` would change this state.
    #[must_use]
    pub fn effective(&self, delta: &Delta) -> Delta {
        Delta {
            put: delta
                .put
                .iter()
                .filter(|(key, value)| self.entries.get(*key) != Some(value))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            drop: delta.drop.iter().filter(|key| self.entries.contains_key(*key)).cloned().collect(),
        }
    }

    /// What turns this state into `target`.
    #[must_use]
    pub fn diff(&self, target: &Self) -> Delta {
        let put = target
            .entries
            .iter()
            .filter(|(key, value)| self.entries.get(*key) != Some(value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let drop = self.entries.keys().filter(|key| !target.entries.contains_key(*key)).cloned().collect();
        Delta { put, drop }
    }
}

fn entry_hash(key: &str, value: &Value) -> Result<u64, StateError> {
    let mut text = Vec::with_capacity(64);
    text.extend_from_slice(key.as_bytes());
    text.push(0x1f);
    write_canonical(&mut text, value).map_err(|source| StateError::Value { key: key.to_owned(), source })?;
    Ok(fnv1a64(&text))
}

fn fnv1a64(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn state(value: Value) -> State {
        let Value::Object(fields) = value else { panic!("an object") };
        State::from_entries(fields.into_iter().collect()).unwrap()
    }

    #[test]
    fn fnv_matches_its_published_vectors() {
        assert_eq!(fnv1a64(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a64(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a64(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn an_empty_state_hashes_to_zero_and_one_entry_to_its_fnv() {
        assert_eq!(State::default().hash().to_string(), "0000000000000000");
        assert_eq!(state(json!({"games": 57})).hash(), StateHash(fnv1a64(b"games\x1f57")));
    }

    #[test]
    fn a_value_that_cannot_be_hashed_changes_nothing() {
        let mut subject = state(json!({"a": 1}));
        let before = subject.clone();
        let mut delta = Delta::default();
        delta.put("a", 2);
        delta.put("b", 0.5);
        assert!(matches!(subject.apply(&delta), Err(StateError::Value { key, .. }) if key == "b"));
        assert_eq!(subject, before);
    }

    #[test]
    fn a_hash_is_read_back_and_a_short_one_is_refused() {
        let hash: StateHash = serde_json::from_value(json!("00000000000000ff")).unwrap();
        assert_eq!(hash, StateHash(255));
        assert!(serde_json::from_value::<StateHash>(json!("ff")).is_err());
    }

    fn any_state() -> impl Strategy<Value = State> {
        let value = prop_oneof![
            any::<i64>().prop_map(Value::from),
            "[a-zЖ\"\\\\]{0,4}".prop_map(Value::from),
            Just(Value::Null),
            proptest::collection::vec(any::<u8>().prop_map(Value::from), 0..3).prop_map(Value::from),
        ];
        proptest::collection::btree_map("[a-c]{1,2}", value, 0..8)
            .prop_map(|entries| State::from_entries(entries).unwrap())
    }

    proptest! {
        #[test]
        fn applying_the_difference_gives_the_target(a in any_state(), b in any_state()) {
            let mut subject = a.clone();
            subject.apply(&a.diff(&b)).unwrap();
            prop_assert_eq!(&subject, &b);
            let recomputed = State::from_entries(b.entries().clone()).unwrap();
            prop_assert_eq!(subject.hash(), recomputed.hash());
        }

        #[test]
        fn a_merged_delta_equals_its_parts_one_after_the_other(a in any_state(), b in any_state(), c in any_state()) {
            let mut merged = a.diff(&b);
            merged.merge(&b.diff(&c));
            let mut subject = a.clone();
            subject.apply(&merged).unwrap();
            prop_assert_eq!(&subject, &c);
            let mut effective = a.clone();
            effective.apply(&a.effective(&merged)).unwrap();
            prop_assert_eq!(&effective, &c);
        }
    }
}
