//! Who brought the commits since the start: how many, the last one and its time.

use std::collections::BTreeSet;

use changelog::Commit;

use crate::limits::{SOURCE_NAME_BYTES_MAX, SOURCES_MAX};
use crate::metrics::Metrics;

/// Under which name sources beyond the limit are counted together.
const OTHER: &str = "other";
/// The same for commits that tell no source.
const UNKNOWN: &str = "unknown";

/// The sources that have a name of their own in the metrics: who posts may name as many as it likes.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    named: BTreeSet<String>,
}

impl Sources {
    /// Counts a commit.
    pub(crate) fn count(&mut self, metrics: &Metrics, commit: &Commit, source: Option<String>) {
        let source = source.unwrap_or_else(|| UNKNOWN.to_owned());
        let source = self.name(source);
        let labels = [source.as_str()];
        metrics.source_commits.with_label_values(&labels).inc();
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        metrics.source_offset.with_label_values(&labels).set(number(commit.offset));
        metrics.source_committed_at_ms.with_label_values(&labels).set(number(commit.committed_at_ms));
    }

    fn name(&mut self, mut source: String) -> String {
        source.truncate(source.floor_char_boundary(SOURCE_NAME_BYTES_MAX));
        if self.named.contains(&source) {
            return source;
        }
        if self.named.len() >= SOURCES_MAX {
            return OTHER.to_owned();
        }
        self.named.insert(source.clone());
        source
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(offset: u64) -> Commit {
        Commit { offset, committed_at_ms: offset * 1_000, changes: Vec::new() }
    }

    #[test]
    fn each_source_has_its_commits_the_last_of_them_and_its_time() {
        let metrics = Metrics::new("gomafia").unwrap();
        let mut sources = Sources::default();
        for (offset, source) in [(1, Some("club")), (2, Some("import:a.jsonl")), (3, Some("club")), (4, None)]
        {
            sources.count(&metrics, &commit(offset), source.map(str::to_owned));
        }
        let numbers = metrics.numbers();
        assert_eq!(
            [
                numbers["source_commits/club"],
                numbers["source_offset/club"],
                numbers["source_committed_at_ms/club"]
            ],
            [2, 3, 3_000]
        );
        assert_eq!([numbers["source_commits/import:a.jsonl"], numbers["source_offset/unknown"]], [1, 4]);
        let text = metrics.text().unwrap();
        assert!(text.contains("gomafia_source_commits_total{source=\"club\"} 2\n"), "{text}");
    }

    #[test]
    fn whoever_names_a_thousand_sources_has_few_names_and_short_ones() {
        let metrics = Metrics::new("gomafia").unwrap();
        let mut sources = Sources::default();
        for offset in 1..=1_000 {
            sources.count(&metrics, &commit(offset), Some(format!("{offset}{}", "ж".repeat(100))));
        }
        let numbers = metrics.numbers();
        let named: Vec<_> = numbers.keys().filter_map(|key| key.strip_prefix("source_commits/")).collect();
        assert_eq!(named.len(), SOURCES_MAX + 1);
        assert!(named.iter().all(|name| name.len() <= SOURCE_NAME_BYTES_MAX), "{named:?}");
        assert_eq!(numbers["source_commits/other"], 1_000 - i64::try_from(SOURCES_MAX).unwrap());
        assert_eq!(numbers["source_offset/other"], 1_000);
    }
}
