//! What a viewer prefers, and the text in which it is stored.
//!
//! The text is one JSON object. Another version of the program, older or newer, may have written it, and
//! so may anybody: what is missing or wrong takes its default, each field for itself, and what is not
//! known is kept and written back.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::Recovery;
use crate::limits::PREFERENCES_BYTES_MAX;

/// The version of the text that this program writes.
const VERSION: u64 = 1;
/// The shortest and the longest delay that is taken from a text: no text may make a client storm a server.
const DELAYS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3600));
/// The largest factor that is taken from a text.
const FACTOR_MAX: f64 = 10.0;
/// The longest tag of a language, as BCP 47 asks implementations to hold.
const LANGUAGE_BYTES_MAX: usize = 35;

/// What a viewer can be notified about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notification {
    /// The connection was lost or won back.
    Connection,
    /// A topic was refused.
    Subscription,
    /// Data went by unseen or could not be read.
    Data,
    /// Something is slow or large.
    Performance,
    /// There is a new entry in a feed.
    Activity,
}

impl Notification {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Connection, Self::Subscription, Self::Data, Self::Performance, Self::Activity];

    /// The word in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Subscription => "subscription",
            Self::Data => "data",
            Self::Performance => "performance",
            Self::Activity => "activity",
        }
    }
}

/// Dark or light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Theme {
    /// Light on dark.
    #[default]
    Dark,
    /// Dark on light.
    Light,
}

impl Theme {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }

    /// The theme of its word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Dark, Self::Light].into_iter().find(|theme| theme.as_str() == word)
    }

    /// The other theme, for a switch.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Dark,
        }
    }
}

/// What a viewer prefers; see [`Manager::set_preferences`](crate::Manager::set_preferences).
#[derive(Debug, Clone, PartialEq)]
pub struct Preferences {
    /// Whether data are followed; when not, there is no connection, whoever asks for one.
    pub live_updates: bool,
    /// How a lost connection is won back.
    pub recovery: Recovery,
    /// The least time between two updates of any topic, rounded down to a class of the server; where this
    /// is absent, the wishes of the subscribers alone decide.
    pub update_interval: Option<Duration>,
    /// About what nothing is told.
    pub muted: BTreeSet<Notification>,
    /// A screen that nobody touches: a lost connection is tried for without end.
    pub display_mode: bool,
    /// Nothing moves, also where the system allows it.
    pub reduced_motion: bool,
    /// Dark or light.
    pub theme: Theme,
    /// The tag of the language; absent leaves it to the system.
    pub language: Option<String>,
}

impl Preferences {
    /// What is preferred before anybody has chosen.
    pub(crate) fn new(recovery: Recovery) -> Self {
        Self {
            live_updates: true,
            recovery,
            update_interval: None,
            muted: BTreeSet::new(),
            display_mode: false,
            reduced_motion: false,
            theme: Theme::default(),
            language: None,
        }
    }

    /// The recovery that follows from all of it.
    pub(crate) fn effective_recovery(&self) -> Recovery {
        let max_retries = if self.display_mode { None } else { self.recovery.max_retries };
        Recovery { max_retries, ..self.recovery.clone() }
    }
}

/// What a text holds beside the preferences that are known here.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Others {
    version: u64,
    fields: Map<String, Value>,
    recovery: Map<String, Value>,
    notifications: Map<String, Value>,
}

/// What was read from a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Read {
    pub(crate) preferences: Preferences,
    pub(crate) others: Others,
    /// Fields that were wrong and took their default.
    pub(crate) replaced: u64,
}

/// Reads a text; nothing when it is no object or too large, so that nothing in it can be trusted.
pub(crate) fn read(defaults: &Preferences, text: &str) -> Option<Read> {
    if text.len() > PREFERENCES_BYTES_MAX {
        return None;
    }
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else { return None };
    let mut fields = Fields { left: fields, replaced: 0 };
    let version = fields.take("version", VERSION, |value| value.as_u64());
    let mut recovery = fields.inner("recovery");
    let mut notifications = fields.inner("notifications");
    let preferences = Preferences {
        live_updates: fields.take("live_updates", defaults.live_updates, Value::as_bool),
        recovery: read_recovery(&defaults.recovery, &mut recovery),
        update_interval: fields.take("update_interval_ms", defaults.update_interval, |value| {
            optional(value, |value| value.as_u64().map(Duration::from_millis))
        }),
        muted: Notification::ALL
            .into_iter()
            .filter(|kind| {
                let is_on = !defaults.muted.contains(kind);
                !notifications.take(kind.as_str(), is_on, Value::as_bool)
            })
            .collect(),
        display_mode: fields.take("display_mode", defaults.display_mode, Value::as_bool),
        reduced_motion: fields.take("reduced_motion", defaults.reduced_motion, Value::as_bool),
        theme: fields.take("theme", defaults.theme, |value| value.as_str().and_then(Theme::of_word)),
        language: fields.take("language", defaults.language.clone(), |value| {
            optional(value, |value| value.as_str().filter(|tag| is_tag(tag)).map(str::to_owned))
        }),
    };
    Some(Read {
        preferences,
        replaced: fields.replaced + recovery.replaced + notifications.replaced,
        others: Others {
            version,
            fields: fields.left,
            recovery: recovery.left,
            notifications: notifications.left,
        },
    })
}

/// Writes the text, with everything that was read and is not known here.
pub(crate) fn write(preferences: &Preferences, others: &Others) -> String {
    let Preferences { recovery, muted, .. } = preferences;
    let mut inner = others.recovery.clone();
    inner.insert("auto_reconnect".to_owned(), json!(recovery.auto_reconnect));
    inner.insert("max_retries".to_owned(), json!(recovery.max_retries));
    inner.insert("first_delay_ms".to_owned(), json!(millis(recovery.first_delay)));
    inner.insert("factor".to_owned(), json!(recovery.factor));
    inner.insert("max_delay_ms".to_owned(), json!(millis(recovery.max_delay)));
    inner.insert("jitter".to_owned(), json!(recovery.jitter));
    inner.insert("reset_after_ms".to_owned(), json!(millis(recovery.reset_after)));
    let mut notifications = others.notifications.clone();
    for kind in Notification::ALL {
        notifications.insert(kind.as_str().to_owned(), json!(!muted.contains(&kind)));
    }
    let mut fields = others.fields.clone();
    // A newer program must not take its own text for an old one because we have written to it.
    fields.insert("version".to_owned(), json!(others.version.max(VERSION)));
    fields.insert("live_updates".to_owned(), json!(preferences.live_updates));
    fields.insert("recovery".to_owned(), Value::Object(inner));
    fields.insert("notifications".to_owned(), Value::Object(notifications));
    fields.insert("update_interval_ms".to_owned(), json!(preferences.update_interval.map(millis)));
    fields.insert("display_mode".to_owned(), json!(preferences.display_mode));
    fields.insert("reduced_motion".to_owned(), json!(preferences.reduced_motion));
    fields.insert("theme".to_owned(), json!(preferences.theme.as_str()));
    fields.insert("language".to_owned(), json!(preferences.language));
    Value::Object(fields).to_string()
}

fn read_recovery(defaults: &Recovery, fields: &mut Fields) -> Recovery {
    let delay = |value: &Value| {
        let delay = Duration::from_millis(value.as_u64()?);
        (delay >= DELAYS.0 && delay <= DELAYS.1).then_some(delay)
    };
    Recovery {
        auto_reconnect: fields.take("auto_reconnect", defaults.auto_reconnect, Value::as_bool),
        max_retries: fields.take("max_retries", defaults.max_retries, |value| {
            optional(value, |value| u32::try_from(value.as_u64()?).ok())
        }),
        first_delay: fields.take("first_delay_ms", defaults.first_delay, delay),
        factor: fields.take("factor", defaults.factor, |value| {
            value.as_f64().filter(|factor| (1.0..=FACTOR_MAX).contains(factor))
        }),
        max_delay: fields.take("max_delay_ms", defaults.max_delay, delay),
        jitter: fields.take("jitter", defaults.jitter, Value::as_bool),
        reset_after: fields.take("reset_after_ms", defaults.reset_after, delay),
    }
}

/// The fields of an object that were not read yet.
struct Fields {
    left: Map<String, Value>,
    replaced: u64,
}

impl Fields {
    /// Takes a field; the default where it is missing, and, counted, where it is wrong.
    fn take<T>(&mut self, name: &str, default: T, read: impl Fn(&Value) -> Option<T>) -> T {
        let Some(value) = self.left.remove(name) else { return default };
        read(&value).unwrap_or_else(|| {
            self.replaced += 1;
            default
        })
    }

    fn inner(&mut self, name: &str) -> Self {
        let left = self.take(name, Map::new(), |value| value.as_object().cloned());
        Self { left, replaced: 0 }
    }
}

/// What may be absent stands there as null.
fn optional<T>(value: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<Option<T>> {
    if value.is_null() { Some(None) } else { read(value).map(Some) }
}

fn is_tag(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.len() <= LANGUAGE_BYTES_MAX && text.split('-').all(is_part)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{Strategy, any, prop, prop_assert_eq, proptest};

    fn defaults() -> Preferences {
        Preferences::new(Recovery::default())
    }

    fn chosen() -> impl Strategy<Value = Preferences> {
        let recovery =
            (any::<bool>(), any::<Option<u32>>(), 100..=3_600_000_u64, 100_u32..=1000, any::<bool>())
                .prop_map(|(auto_reconnect, max_retries, ms, hundredths, jitter)| Recovery {
                    auto_reconnect,
                    max_retries,
                    first_delay: Duration::from_millis(ms),
                    factor: f64::from(hundredths) / 100.0,
                    max_delay: Duration::from_millis(ms),
                    jitter,
                    reset_after: Duration::from_millis(ms),
                });
        let muted = prop::collection::btree_set(prop::sample::select(&Notification::ALL[..]), 0..5);
        let language = prop::option::of("[a-z]{2}(-[A-Z]{2})?");
        let interval = any::<Option<u64>>();
        (any::<[bool; 4]>(), recovery, muted, language, interval).prop_map(
            |([live_updates, display_mode, reduced_motion, is_light], recovery, muted, language, ms)| {
                Preferences {
                    live_updates,
                    recovery,
                    update_interval: ms.map(Duration::from_millis),
                    muted,
                    display_mode,
                    reduced_motion,
                    theme: if is_light { Theme::Light } else { Theme::Dark },
                    language,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(preferences in chosen()) {
            let read = read(&defaults(), &write(&preferences, &Others::default()));
            prop_assert_eq!(read.map(|read| (read.preferences, read.replaced)), Some((preferences, 0)));
        }

        #[test]
        fn any_text_is_survived(text in ".{0,80}", value in "[-0-9a-z\\[\\]{}\":,.]{0,12}") {
            read(&defaults(), &text);
            for name in ["version", "recovery", "notifications", "theme", "language", "update_interval_ms"] {
                read(&defaults(), &format!("{{\"{name}\":{value}}}"));
            }
        }

        #[test]
        fn the_valid_fields_of_a_text_survive_a_wrong_one(preferences in chosen(), index in 0_usize..8) {
            let Ok(Value::Object(mut fields)) = serde_json::from_str(&write(&preferences, &Others::default()))
            else { panic!("an object is written") };
            let name = fields.keys().filter(|name| *name != "version").nth(index).cloned().unwrap();
            fields.insert(name.clone(), json!([[]]));
            let read = read(&defaults(), &Value::Object(fields).to_string()).unwrap();
            prop_assert_eq!(read.replaced, 1);
            let mut expected = preferences;
            match name.as_str() {
                "live_updates" => expected.live_updates = true,
                "recovery" => expected.recovery = Recovery::default(),
                "notifications" => expected.muted.clear(),
                "update_interval_ms" => expected.update_interval = None,
                "display_mode" => expected.display_mode = false,
                "reduced_motion" => expected.reduced_motion = false,
                "theme" => expected.theme = Theme::Dark,
                _ => expected.language = None,
            }
            prop_assert_eq!(read.preferences, expected);
        }
    }

    #[test]
    fn an_older_text_has_fewer_fields_and_a_newer_one_gets_its_own_back() {
        let old = read(&defaults(), r#"{"theme":"light"}"#).unwrap();
        assert_eq!(old.preferences, Preferences { theme: Theme::Light, ..defaults() });
        let text = r#"{"version":7,"theme":"light","sound":{"on":1},"recovery":{"jitter":false,"mood":"calm"},"notifications":{"weather":false}}"#;
        let new = read(&defaults(), text).unwrap();
        assert_eq!((new.replaced, new.preferences.recovery.jitter), (0, false));
        let written: Value = serde_json::from_str(&write(&defaults(), &new.others)).unwrap();
        assert_eq!((&written["version"], &written["sound"]), (&json!(7), &json!({"on": 1})));
        assert_eq!(written["recovery"]["mood"], "calm");
        assert_eq!(
            (&written["notifications"]["weather"], &written["theme"]),
            (&json!(false), &json!("dark"))
        );
    }

    #[test]
    fn a_text_cannot_ask_for_what_would_storm_a_server() {
        let text = r#"{"recovery":{"first_delay_ms":0,"factor":0.5,"max_delay_ms":99,"reset_after_ms":0,"max_retries":-1}}"#;
        let read = read(&defaults(), text).unwrap();
        assert_eq!((read.preferences, read.replaced), (defaults(), 5));
    }

    #[test]
    fn what_is_no_object_or_too_large_is_not_read() {
        let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(PREFERENCES_BYTES_MAX));
        for text in ["", "{", "[]", "null", "\"dark\"", large.as_str()] {
            assert_eq!(read(&defaults(), text), None);
        }
    }

    #[test]
    fn a_language_is_a_tag() {
        assert!(is_tag("ru") && is_tag("zh-Hant-TW"));
        assert!(!is_tag("") && !is_tag("ru-") && !is_tag("<b>") && !is_tag(&"a".repeat(36)));
    }
}
