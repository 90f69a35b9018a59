//! Hands commits of the log to the views of the domain.

use changelog::Commit;
use mafia::row::RowChange;
use realtime_protocol::message::Entries;
use realtime_protocol::{Delta, ParamError, Params, State};
use realtime_server::{FoldError, Views};

/// The live views of the dashboard.
pub(crate) struct LiveViews(pub(crate) mafia::views::Views);

impl Views for LiveViews {
    fn names(&self) -> &'static [&'static str] {
        &mafia::views::Views::NAMES
    }

    fn fold(&mut self, commit: &Commit) -> Result<(), FoldError> {
        let rows = commit.changes.iter();
        let rows =
            rows.map(|change| RowChange::decode(&change.table, change.new.as_deref(), change.old.as_deref()));
        let rows: Vec<_> = rows
            .collect::<Result<_, _>>()
            .map_err(|error| FoldError { offset: commit.offset, source: Box::new(error) })?;
        self.0.fold(&rows);
        Ok(())
    }

    /// The file of an import, else the source of its games, tournaments or players. The rows of an import stand last.
    fn source(&self, commit: &Commit) -> Option<String> {
        commit.changes.iter().rev().find_map(|change| {
            let row = RowChange::decode(&change.table, change.new.as_deref(), change.old.as_deref()).ok()?;
            Some(match row {
                RowChange::Import { old, new } => format!("import:{}", new.or(old)?.name),
                RowChange::Game { old, new } => new.or(old)?.source,
                RowChange::Tournament { old, new } => new.or(old)?.source,
                RowChange::Player { old, new } => new.or(old)?.source,
                RowChange::Other => return None,
            })
        })
    }

    fn take_changes(&mut self) -> Vec<(&'static str, Delta)> {
        self.0.take_changes()
    }

    fn state(&self, name: &str) -> Option<State> {
        self.0.state(name)
    }

    fn derive(&self, name: &str, params: &Params, base: &State) -> Result<Entries, ParamError> {
        mafia::views::Views::derive(name, params, base)
    }
}
