//! One suite for every back end: call [`run`] from its tests.

use std::thread;
use std::time::{Duration, Instant};

use crate::{Change, Changelog, Commit, Op, Read};

/// A fresh log of the back end under test.
pub trait Subject: Send + Sync {
    /// A reader of this log.
    fn reader(&self) -> Box<dyn Changelog>;
    /// Appends one commit and returns its offset.
    fn append(&self, changes: Vec<Change>) -> u64;
    /// Applies retention: forgets all but the last `keep` commits.
    fn retain_last(&self, keep: usize);
}

/// Runs every check, each on a fresh log of `make`.
///
/// # Panics
/// When the back end breaks the contract; the message names the clause.
pub fn run<S: Subject>(make: impl Fn() -> S) {
    offsets_count_from_one_and_commits_come_back_whole(&make());
    reading_in_small_steps_meets_without_gap_or_double(&make());
    concurrent_writers_leave_no_hole(&make());
    an_append_before_the_wait_is_not_missed(&make());
    an_append_during_the_wait_ends_it(&make());
    a_cursor_behind_retention_is_told(&make());
    the_epoch_stays(&make());
}

fn change(key: &str) -> Change {
    Change {
        table: "things".to_owned(),
        op: Op::Insert,
        key: key.to_owned(),
        new: Some(format!("{{\"name\":{key:?}}}")),
        old: None,
    }
}

fn commits(read: Read) -> Vec<Commit> {
    match read {
        Read::Commits(commits) => commits,
        Read::Expired { oldest } => fail(&format!("unexpectedly expired, oldest {oldest}")),
    }
}

#[expect(clippy::panic, reason = "a conformance suite fails by panicking, as a test does")]
fn fail(clause: &str) -> ! {
    panic!("{clause}")
}

fn read(reader: &mut dyn Changelog, offset: u64, limit: usize) -> Read {
    reader.read_after(offset, limit).unwrap_or_else(|error| fail(&format!("read after {offset}: {error}")))
}

fn head(reader: &mut dyn Changelog) -> crate::Head {
    reader.head().unwrap_or_else(|error| fail(&format!("head: {error}")))
}

fn wait(reader: &mut dyn Changelog, offset: u64, timeout: Duration) {
    reader.wait(offset, timeout).unwrap_or_else(|error| fail(&format!("wait: {error}")));
}

fn offsets_count_from_one_and_commits_come_back_whole(subject: &dyn Subject) {
    let mut reader = subject.reader();
    let start = head(&mut *reader);
    assert_eq!((start.offset, start.oldest), (0, 1), "an empty log stands at 0");
    assert!(commits(read(&mut *reader, 0, 10)).is_empty());
    let wanted = vec![
        change("Ж🥦\"\\"),
        Change { op: Op::Delete, old: Some("{}".to_owned()), new: None, ..change("b") },
        Change { op: Op::Update, old: Some("{\"a\":1}".to_owned()), ..change("c") },
    ];
    assert_eq!(subject.append(wanted.clone()), 1, "the first commit has offset 1");
    assert_eq!(subject.append(vec![change("d")]), 2);
    let all = commits(read(&mut *reader, 0, 10));
    assert_eq!(all.iter().map(|commit| commit.offset).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(all[0].changes, wanted, "a commit comes back as it was written");
    assert!(commits(read(&mut *reader, 2, 10)).is_empty(), "nothing follows the head");
}

fn reading_in_small_steps_meets_without_gap_or_double(subject: &dyn Subject) {
    let mut reader = subject.reader();
    let mut seen = Vec::new();
    for n in 0..20_u32 {
        subject.append(vec![change(&n.to_string())]);
        if n % 3 == 0 {
            let after = seen.last().copied().unwrap_or(0);
            seen.extend(commits(read(&mut *reader, after, 2)).iter().map(|commit| commit.offset));
        }
    }
    loop {
        let after = seen.last().copied().unwrap_or(0);
        let next = commits(read(&mut *reader, after, 2));
        if next.is_empty() {
            break;
        }
        seen.extend(next.iter().map(|commit| commit.offset));
    }
    assert_eq!(seen, (1..=20).collect::<Vec<_>>(), "each commit exactly once in order");
}

fn concurrent_writers_leave_no_hole(subject: &dyn Subject) {
    let mut given: Vec<u64> = thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|w| {
                scope.spawn(move || {
                    (0..10).map(|n| subject.append(vec![change(&format!("{w}/{n}"))])).collect::<Vec<_>>()
                })
            })
            .collect();
        writers
            .into_iter()
            .flat_map(|writer| writer.join().unwrap_or_else(|_| fail("a writer failed")))
            .collect()
    });
    given.sort_unstable();
    assert_eq!(given, (1..=40).collect::<Vec<_>>(), "offsets are given once, without a hole");
    let mut reader = subject.reader();
    assert_eq!(head(&mut *reader).offset, 40);
    assert_eq!(commits(read(&mut *reader, 0, 100)).len(), 40);
}

fn an_append_before_the_wait_is_not_missed(subject: &dyn Subject) {
    let mut reader = subject.reader();
    assert!(commits(read(&mut *reader, 0, 1)).is_empty());
    subject.append(vec![change("a")]);
    let began = Instant::now();
    wait(&mut *reader, 0, Duration::from_secs(60));
    assert!(began.elapsed() < Duration::from_secs(30), "the wait slept over an append");
    assert_eq!(commits(read(&mut *reader, 0, 10)).len(), 1);
}

fn an_append_during_the_wait_ends_it(subject: &dyn Subject) {
    let mut reader = subject.reader();
    thread::scope(|scope| {
        let waiter = scope.spawn(move || {
            while commits(read(&mut *reader, 0, 1)).is_empty() {
                let began = Instant::now();
                wait(&mut *reader, 0, Duration::from_secs(60));
                if began.elapsed() > Duration::from_secs(30) {
                    return false;
                }
            }
            true
        });
        subject.append(vec![change("a")]);
        assert!(waiter.join().unwrap_or(false), "the wait slept over an append");
    });
}

fn a_cursor_behind_retention_is_told(subject: &dyn Subject) {
    for n in 0..10_u32 {
        subject.append(vec![change(&n.to_string())]);
    }
    subject.retain_last(4);
    let mut reader = subject.reader();
    let ends = head(&mut *reader);
    assert_eq!((ends.offset, ends.oldest), (10, 7), "retention moves the old end only");
    assert_eq!(read(&mut *reader, 5, 10), Read::Expired { oldest: 7 });
    let rest = commits(read(&mut *reader, 6, 10));
    assert_eq!(rest.iter().map(|commit| commit.offset).collect::<Vec<_>>(), [7, 8, 9, 10]);
    assert_eq!(subject.append(vec![change("x")]), 11, "offsets go on after retention");
}

fn the_epoch_stays(subject: &dyn Subject) {
    let before = head(&mut *subject.reader()).epoch;
    subject.append(vec![change("a")]);
    assert_eq!(head(&mut *subject.reader()).epoch, before, "an append keeps the epoch");
    assert!(!before.is_empty(), "an epoch has a name");
}
