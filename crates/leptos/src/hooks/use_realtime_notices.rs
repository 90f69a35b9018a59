//! What the viewer is told.

use leptos::prelude::*;
use realtime_web::Driver;

use crate::notices::{Notice, NoticeId, PastNotice, Summary};
use crate::provider::{Missing, Realtime};

/// What [`use_realtime_notices`] gives.
#[derive(Debug, Clone, Copy)]
pub struct UseNotices {
    /// What is shown now, the oldest first.
    pub shown: Memo<Vec<Notice>>,
    /// What was told, the newest first; a bounded number.
    pub history: Memo<Vec<PastNotice>>,
    /// How many of the history nobody has looked at.
    pub unread: Memo<usize>,
    /// What is said of notices that came too soon after another to be announced by themselves.
    pub summary: Memo<Option<Summary>>,
    /// The viewer wants none at all.
    pub is_off: Memo<bool>,
    /// Takes one away.
    pub dismiss: Callback<NoticeId>,
    /// While they are held, none goes away by itself.
    pub hold: Callback<bool>,
    /// The viewer has looked at the history.
    pub mark_read: Callback<()>,
    /// Empties the history.
    pub clear: Callback<()>,
    /// Tells what the application has to say.
    pub system: Callback<String>,
}

/// Follows the notices of the page: one for each event, whatever the number of components that show it.
///
/// ## Usage
/// ```no_run
/// # use leptos::prelude::*;
/// # use realtime_leptos::{Missing, use_realtime_notices};
/// # fn export() -> Result<impl IntoView, Missing> {
/// let notices = use_realtime_notices()?;
/// Ok(view! {
///     <button on:click=move |_| notices.system.run("The report is ready.".to_owned())>"Report"</button>
/// })
/// # }
/// ```
///
/// ## Clean-up
/// Nothing is started, so nothing ends with the owner.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime_notices() -> Result<UseNotices, Missing> {
    let shared = Realtime::of_context()?;
    let notices = shared.notices;
    let now = move || shared.driver(Driver::now).unwrap_or_default();
    Ok(UseNotices {
        shown: Memo::new(move |_| notices.with(|notices| notices.shown().to_vec())),
        history: Memo::new(move |_| notices.with(|notices| notices.history().rev().cloned().collect())),
        unread: Memo::new(move |_| notices.with(|notices| notices.unread())),
        summary: Memo::new(move |_| notices.with(|notices| notices.summary().cloned())),
        is_off: Memo::new(move |_| notices.with(|notices| notices.is_off())),
        dismiss: Callback::new(move |id| notices.maybe_update(|notices| notices.dismiss(now(), id))),
        hold: Callback::new(move |is_held| notices.maybe_update(|notices| notices.hold(now(), is_held))),
        mark_read: Callback::new(move |()| notices.update(|notices| notices.mark_read())),
        clear: Callback::new(move |()| notices.update(|notices| notices.clear())),
        system: Callback::new(move |text| notices.maybe_update(|notices| notices.system(now(), text))),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::played::{Played, secs, view};
    use crate::{UseRealtimeOptions, use_realtime_topic};

    /// Behaviour: B60 — broken by: a notice at once
    #[test]
    fn however_many_components_there_are_a_loss_is_one_notice() {
        let played = Played::connected();
        let topics = ["a", "b", "c"].map(view);
        for topic in &topics {
            played.server.set(topic, &[("n", json!(1))]);
        }
        let all = played.within(|| {
            topics.clone().map(|topic| {
                use_realtime_topic(topic, UseRealtimeOptions::default()).unwrap();
                use_realtime_notices().unwrap()
            })
        });
        played.pass(secs(2));
        let kinds = |notices: UseNotices| -> Vec<&str> {
            notices.shown.get_untracked().iter().map(|notice| notice.news.kind()).collect()
        };
        played.server.lose();
        played.pass(secs(1));
        assert_eq!(all.map(kinds), [[""; 0]; 3]);
        played.pass(secs(3));
        assert_eq!(all.map(kinds), [["lost"]; 3]);
        assert_eq!(all.map(|notices| notices.unread.get_untracked()), [1; 3]);
    }
}
