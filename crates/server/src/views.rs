//! What the hub needs to know of a set of live views.

use changelog::{Change, Commit, Op};
use realtime_protocol::message::Entries;
use realtime_protocol::{Delta, ParamError, Params, State};
use thiserror::Error;

/// Why a commit could not be folded; the views must be rebuilt from the tables.
#[derive(Debug, Error)]
#[error("commit {offset} cannot be folded into the views")]
pub struct FoldError {
    /// The commit.
    pub offset: u64,
    /// What is wrong with it.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Live views, folded together commit by commit.
pub trait Views: Send {
    /// The names of the views.
    fn names(&self) -> &'static [&'static str];

    /// Folds one commit; its changes add up to those not yet taken.
    ///
    /// # Errors
    /// [`FoldError`] when a row cannot be read.
    fn fold(&mut self, commit: &Commit) -> Result<(), FoldError>;

    /// Who brought a commit, where its rows say so.
    fn source(&self, commit: &Commit) -> Option<String> {
        let _tells_none = commit;
        None
    }

    /// The views that changed since the last call, and how. Keys that are again as they were can be among them: only
    /// then is it known that they were something else in between.
    fn take_changes(&mut self) -> Vec<(&'static str, Delta)>;

    /// The whole state of a view.
    fn state(&self, name: &str) -> Option<State>;

    /// The entries of a view with parameters, made from `base`, its state without any, and from nothing else.
    ///
    /// # Errors
    /// [`ParamError`] that tells what there is instead; whether there is one does not depend on `base`.
    fn derive(&self, name: &str, params: &Params, base: &State) -> Result<Entries, ParamError> {
        let _takes_none = (name, base);
        let name = params.first().map_or_else(String::new, |(name, _)| name.clone());
        Err(ParamError::Unknown { name, known: &[] })
    }
}

/// The commit that undoes `commit`.
#[must_use]
pub fn invert(commit: &Commit) -> Commit {
    let changes = commit.changes.iter().rev().map(|change| Change {
        table: change.table.clone(),
        op: match change.op {
            Op::Insert => Op::Delete,
            Op::Update => Op::Update,
            Op::Delete => Op::Insert,
        },
        key: change.key.clone(),
        new: change.old.clone(),
        old: change.new.clone(),
    });
    Commit { offset: commit.offset, committed_at_ms: commit.committed_at_ms, changes: changes.collect() }
}
