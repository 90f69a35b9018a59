//! Who may write, and how often.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use realtime_server::Problem;
use sha2::{Digest as _, Sha256};

use crate::limits::{WRITES_BURST, WRITES_PER_SECOND};

/// The keys that may write; none means that nobody may.
#[derive(Debug)]
pub(crate) struct Keys(Vec<[u8; 32]>);

impl Keys {
    /// Keeps digests only, which are compared instead of the keys: the time then tells nothing of them.
    pub(crate) fn new(keys: impl Iterator<Item = String>) -> Self {
        Self(keys.map(|key| digest(&key)).collect())
    }
}

fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

/// Why a write was not let in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Refusal {
    /// No key is configured.
    Closed,
    /// The request carries no key.
    NoKey,
    /// The request carries another key.
    WrongKey,
    /// Too many writes; wait so long.
    Rate(Duration),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Closed => Self::new(
                StatusCode::FORBIDDEN,
                "this server takes no writes: start it with GOMAFIA_INGEST_KEY or GOMAFIA_INGEST_KEY_FILE",
            ),
            Refusal::NoKey => {
                Self::new(StatusCode::UNAUTHORIZED, "send the key as Authorization: Bearer KEY")
            }
            Refusal::WrongKey => Self::new(StatusCode::FORBIDDEN, "this key may not write"),
            Refusal::Rate(wait) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too many writes; wait as Retry-After says")
                    .retry_after(wait)
            }
        }
    }
}

/// Checks keys and rates.
#[derive(Debug)]
pub(crate) struct Gate {
    limits: BTreeMap<[u8; 32], DefaultDirectRateLimiter>,
    clock: DefaultClock,
}

impl Gate {
    pub(crate) fn new(keys: Keys) -> Self {
        let quota = || {
            let rate = NonZeroU32::new(WRITES_PER_SECOND).unwrap_or(NonZeroU32::MIN);
            Quota::per_second(rate).allow_burst(NonZeroU32::new(WRITES_BURST).unwrap_or(NonZeroU32::MIN))
        };
        let limits = keys.0.into_iter().map(|key| (key, RateLimiter::direct(quota()))).collect();
        Self { limits, clock: DefaultClock::default() }
    }

    /// Lets a write in, or says why not.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if self.limits.is_empty() {
            return Err(Refusal::Closed);
        }
        let key = bearer(headers).ok_or(Refusal::NoKey)?;
        let limit = self.limits.get(&digest(key)).ok_or(Refusal::WrongKey)?;
        limit.check().map_err(|until| Refusal::Rate(until.wait_time_from(self.clock.now())))
    }

    /// Whether the request carries a key that may write; it does not count as a write.
    pub(crate) fn knows(&self, headers: &HeaderMap) -> bool {
        bearer(headers).is_some_and(|key| self.limits.contains_key(&digest(key)))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())])
    }

    #[test]
    fn a_write_needs_a_key_that_is_known() {
        let gate = Gate::new(Keys::new(["secret".to_owned()].into_iter()));
        assert!(gate.admit(&headers("Bearer secret")).is_ok());
        assert!(gate.admit(&headers("bearer secret")).is_ok());
        assert!(matches!(gate.admit(&HeaderMap::new()), Err(Refusal::NoKey)));
        assert!(matches!(gate.admit(&headers("Basic secret")), Err(Refusal::NoKey)));
        assert!(matches!(gate.admit(&headers("Bearer secre")), Err(Refusal::WrongKey)));
        assert!(matches!(
            Gate::new(Keys::new(std::iter::empty())).admit(&headers("Bearer x")),
            Err(Refusal::Closed)
        ));
    }

    #[test]
    fn a_burst_beyond_the_limit_is_told_to_wait() {
        let gate = Gate::new(Keys::new(["secret".to_owned()].into_iter()));
        let headers = headers("Bearer secret");
        // The bucket refills while it is emptied: twice the burst is beyond it on any machine that needs
        // less than two seconds for it.
        let refused = (0..2 * WRITES_BURST).filter(|_| gate.admit(&headers).is_err()).count();
        assert!(refused > 0, "nothing was refused");
        assert!(gate.knows(&headers));
    }
}
