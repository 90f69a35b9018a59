//! What the panel says of the connection: one fact a line.

use realtime_manager::{Health, Instant, Status};

use crate::i18n::{Lang, StatusText, ago, length, millis};

/// A fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    Since,
    Uptime,
    LastConnected,
    LastDisconnected,
    Latency,
    Spread,
    LastData,
    Updates,
    Position,
}

impl Fact {
    pub(crate) fn label(self) -> StatusText {
        match self {
            Self::Since => StatusText::Since,
            Self::Uptime => StatusText::Uptime,
            Self::LastConnected => StatusText::LastConnected,
            Self::LastDisconnected => StatusText::LastDisconnected,
            Self::Latency => StatusText::Latency,
            Self::Spread => StatusText::Spread,
            Self::LastData => StatusText::LastData,
            Self::Updates => StatusText::Updates,
            Self::Position => StatusText::Position,
        }
    }
}

/// The facts in their order; those that are not so are left out.
pub(crate) const FACTS: [Fact; 9] = [
    Fact::Since,
    Fact::Uptime,
    Fact::LastConnected,
    Fact::LastDisconnected,
    Fact::Latency,
    Fact::Spread,
    Fact::LastData,
    Fact::Updates,
    Fact::Position,
];

/// What the facts follow from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) health: &'a Health,
    pub(crate) now: Instant,
    pub(crate) updates: u64,
    pub(crate) position: Option<&'a str>,
}

/// One of [`FACTS`] in words.
pub(crate) fn fact(name: Fact, known: Known<'_>, lang: Lang) -> Option<String> {
    let Known { health, now, updates, position } = known;
    let is_connected = health.status == Status::Connected;
    let since = |at: Instant| now.saturating_since(at);
    match name {
        // A connection that is there has lasted as long as its state.
        Fact::Since => (!is_connected).then(|| length(since(health.since), lang)),
        Fact::Uptime => health.uptime.map(|uptime| length(uptime, lang)),
        Fact::LastConnected if is_connected => None,
        Fact::LastConnected => Some(told(health.last_connected.map(|at| ago(since(at), lang)), lang)),
        Fact::LastDisconnected => health.last_disconnected.map(|at| ago(since(at), lang)),
        Fact::Latency if !is_connected => None,
        Fact::Latency => Some(match health.latency {
            None => lang.t(StatusText::NotMeasured).to_owned(),
            Some(latency) => format!("{}, {}", millis(latency.last, lang), ago(latency.age, lang)),
        }),
        Fact::Spread => health.latency.map(|latency| {
            let (median, p95) = (millis(latency.median, lang), millis(latency.p95, lang));
            format!("p50 {median}, p95 {p95}")
        }),
        Fact::LastData => Some(told(health.last_data_age.map(|age| ago(age, lang)), lang)),
        Fact::Updates => Some(updates.to_string()),
        Fact::Position => position.map(str::to_owned),
    }
}

fn told(words: Option<String>, lang: Lang) -> String {
    words.unwrap_or_else(|| lang.t(StatusText::Never).to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use realtime_manager::Latency;

    use super::*;

    fn all(health: &Health, lang: Lang) -> Vec<(Fact, String)> {
        let known = Known { health, now: Instant(Duration::from_secs(70)), updates: 7, position: None };
        FACTS.into_iter().filter_map(|name| Some((name, fact(name, known, lang)?))).collect()
    }

    fn connected() -> Health {
        let since = Instant(Duration::from_secs(5));
        Health {
            status: Status::Connected,
            since,
            uptime: Some(Duration::from_secs(65)),
            last_connected: Some(since),
            ..Health::default()
        }
    }

    /// Behaviour: B13 — broken by: zero for a latency that was not measured
    #[test]
    fn a_latency_that_was_not_measured_is_not_a_number() {
        let expected = [
            (Fact::Uptime, "1\u{a0}min"),
            (Fact::Latency, "not measured yet"),
            (Fact::LastData, "none yet"),
            (Fact::Updates, "7"),
        ];
        assert_eq!(all(&connected(), Lang::En), expected.map(|(name, value)| (name, value.to_owned())));
    }

    /// Behaviour: B13 — broken by: leaving out the age of the newest round trip
    #[test]
    fn a_measured_latency_has_its_age_and_its_spread() {
        let ms = Duration::from_millis;
        let latency = Latency { last: ms(12), median: ms(11), p95: ms(40), age: ms(3_000) };
        let health = Health { latency: Some(latency), ..connected() };
        let known = Known { health: &health, now: Instant(Duration::ZERO), updates: 0, position: None };
        let say = |name| fact(name, known, Lang::Ru);
        assert_eq!(say(Fact::Latency).as_deref(), Some("12\u{a0}мс, 3\u{a0}с назад"));
        assert_eq!(say(Fact::Spread).as_deref(), Some("p50 11\u{a0}мс, p95 40\u{a0}мс"));
    }

    #[test]
    fn a_lost_connection_says_since_when_and_when_it_was_there() {
        let at = |seconds| Instant(Duration::from_secs(seconds));
        let lost = Health {
            status: Status::Reconnecting,
            since: at(60),
            last_connected: Some(at(5)),
            last_disconnected: Some(at(60)),
            ..Health::default()
        };
        let all = all(&lost, Lang::En);
        let expected = [
            (Fact::Since, "10\u{a0}s"),
            (Fact::LastConnected, "1\u{a0}min ago"),
            (Fact::LastDisconnected, "10\u{a0}s ago"),
        ];
        assert_eq!(all[..3], expected.map(|(name, value)| (name, value.to_owned())));
    }
}
