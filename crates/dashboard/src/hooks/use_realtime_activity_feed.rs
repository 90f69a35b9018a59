//! The activity feed.

use leptos::prelude::*;
use realtime_leptos::{TopicStatus, UseActivitiesOptions, UseRealtimeOptions, use_realtime_activities};
use realtime_manager::{ActivityLimits, Cut, limits};
use realtime_protocol::{Topic, TopicError};
use serde_json::Value;

use crate::entries::{Entry, EntryKind, entry};
use crate::live::LiveError;

/// What [`use_realtime_activity_feed`] gives.
#[derive(Debug, Clone, Copy)]
pub struct UseActivityFeed {
    /// The entries, newest commit first; `None` until the first data are there.
    pub entries: Memo<Option<Vec<Entry>>>,
    /// How many came or changed since they were last marked as seen.
    pub unseen: Memo<usize>,
    /// Marks what is there now as seen.
    pub mark_seen: Callback<()>,
    /// The limit that leaves something out.
    pub cut_by: Memo<Option<Cut>>,
    /// How the page stands with the feed.
    pub status: TopicStatus,
}

/// Follows the newest `limit` entries of `kinds` in the feed.
///
/// The server is asked for these alone, and for one more, so that it is known whether the limit cuts.
///
/// A value that is no entry is left out: it never breaks the page.
///
/// # Errors
/// [`LiveError`] outside of a provider.
pub fn use_realtime_activity_feed(
    limit: usize,
    kinds: &'static [EntryKind],
) -> Result<UseActivityFeed, LiveError> {
    let options = UseActivitiesOptions {
        realtime: UseRealtimeOptions::default(),
        limits: ActivityLimits { entries: limit, ..ActivityLimits::default() },
        order_by: "offset",
    };
    let feed = use_realtime_activities::<Value>(part(limit, kinds)?, options)?;
    let entries = Memo::new(move |_| {
        feed.entries.with(|all| {
            let read = |all: &Vec<realtime_leptos::ActivityEntry<Value>>| {
                let all = all.iter().filter_map(|each| entry(&each.key, &each.value));
                all.filter(|entry| kinds.contains(&entry.kind.of())).collect()
            };
            all.as_ref().map(read)
        })
    });
    Ok(UseActivityFeed {
        entries,
        unseen: feed.unseen,
        mark_seen: feed.mark_seen,
        cut_by: feed.cut_by,
        status: feed.topic,
    })
}

/// The part of the feed that has these entries; all of it is a topic that others follow too.
fn part(limit: usize, kinds: &[EntryKind]) -> Result<Topic, TopicError> {
    let mut query = String::new();
    if !EntryKind::ALL.iter().all(|kind| kinds.contains(kind)) {
        for kind in kinds {
            query.push_str("&kind=");
            query.push_str(kind.word());
        }
    }
    if limit < limits::ACTIVITIES_MAX {
        query.push_str("&limit=");
        query.push_str(&(limit + 1).to_string());
    }
    Topic::parse(&format!("view:activity?{query}"))
}
