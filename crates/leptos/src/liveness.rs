//! How a component stands with its data, in one word.

use std::time::Duration;

use realtime_manager::{Instant, Status};

/// An update is shown as new for so long.
const UPDATING: Duration = Duration::from_secs(1);
/// Data that are asked for every few seconds over HTTP count as old when one answer is missing.
const BY_HTTP: Duration = Duration::from_secs(12);

/// How a component stands with its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Liveness {
    /// The first data are awaited.
    Loading,
    /// What is shown is what the server has.
    Live,
    /// The same, and an update has just come.
    Updating,
    /// What is shown may have been overtaken.
    Stale {
        /// When it arrived.
        since: Instant,
    },
    /// The viewer or the application does not want updates now.
    Paused,
    /// The viewer closed the subscription.
    Closed,
    /// The topic is refused, or what came cannot be used.
    Error,
}

impl Liveness {
    /// The word in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Live => "live",
            Self::Updating => "updating",
            Self::Stale { .. } => "stale",
            Self::Paused => "paused",
            Self::Closed => "closed",
            Self::Error => "error",
        }
    }
}

/// What is wanted of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Wish {
    /// Updates.
    Follow,
    /// None for now, whether the viewer or the application says so.
    Pause,
    /// None until the viewer opens it again.
    Close,
}

/// What the word follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) now: Instant,
    pub(crate) wish: Wish,
    pub(crate) has_error: bool,
    /// When the newest data arrived, and whether they are updates rather than the first state.
    pub(crate) arrived: Option<(Instant, bool)>,
    pub(crate) status: Status,
    pub(crate) by_http: bool,
}

/// The word, by the first fact that decides.
pub(crate) fn of_facts(facts: &Facts) -> Liveness {
    let Facts { now, wish, has_error, arrived, status, by_http } = *facts;
    match wish {
        Wish::Close => return Liveness::Closed,
        Wish::Pause => return Liveness::Paused,
        Wish::Follow => {}
    }
    if has_error {
        return Liveness::Error;
    }
    let Some((at, is_update)) = arrived else { return Liveness::Loading };
    let age = now.saturating_since(at);
    let is_live = match status {
        Status::Connected => true,
        Status::Disconnected | Status::Connecting | Status::Reconnecting | Status::Error => {
            by_http && age <= BY_HTTP
        }
    };
    match (is_live, is_update && age < UPDATING) {
        (true, true) => Liveness::Updating,
        (true, false) => Liveness::Live,
        (false, _) => Liveness::Stale { since: at },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant(Duration::from_secs(seconds))
    }

    const LIVE: Facts = Facts {
        now: Instant(Duration::from_secs(100)),
        wish: Wish::Follow,
        has_error: false,
        arrived: Some((Instant(Duration::from_secs(40)), true)),
        status: Status::Connected,
        by_http: false,
    };

    #[test]
    fn quiet_data_of_a_live_link_are_live_however_old() {
        assert_eq!(of_facts(&LIVE), Liveness::Live);
        assert_eq!(of_facts(&Facts { arrived: Some((at(100), true)), ..LIVE }), Liveness::Updating);
        assert_eq!(of_facts(&Facts { arrived: Some((at(100), false)), ..LIVE }), Liveness::Live);
    }

    #[test]
    fn without_a_link_data_are_stale_since_they_came() {
        for status in [Status::Disconnected, Status::Connecting, Status::Reconnecting, Status::Error] {
            assert_eq!(of_facts(&Facts { status, ..LIVE }), Liveness::Stale { since: at(40) });
        }
        let by_http = Facts { status: Status::Reconnecting, by_http: true, ..LIVE };
        assert_eq!(of_facts(&by_http), Liveness::Stale { since: at(40) });
        assert_eq!(of_facts(&Facts { arrived: Some((at(95), true)), ..by_http }), Liveness::Live);
    }

    #[test]
    fn a_wish_goes_before_an_error_and_an_error_before_data() {
        let broken = Facts { has_error: true, ..LIVE };
        assert_eq!(of_facts(&broken), Liveness::Error);
        assert_eq!(of_facts(&Facts { wish: Wish::Pause, ..broken }), Liveness::Paused);
        assert_eq!(of_facts(&Facts { wish: Wish::Close, ..broken }), Liveness::Closed);
        assert_eq!(of_facts(&Facts { arrived: None, ..LIVE }), Liveness::Loading);
    }
}
