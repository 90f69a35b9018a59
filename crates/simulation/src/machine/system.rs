//! The server looks at itself while somebody follows that, as `follow` does: a view that changes without commits.

use std::time::Duration;

use realtime_protocol::{State, Topic};
use realtime_server::limits::SYSTEM_EVERY;

use super::{CALM, Machine, STORM, What};
use crate::truth::{Expected, SYSTEM};
use crate::watch::{Broken, Rule};

/// When nothing of the server changes any more, so that everybody can be shown the last of it.
const QUIET: Duration = STORM.saturating_add(CALM).saturating_sub(Duration::from_secs(20));

impl Machine {
    /// Whoever asks for the view is given one that is no older than it may be.
    pub(super) fn observe_for(&mut self, topic: &Topic) -> Result<(), Broken> {
        let looked = self.server.as_ref().and_then(|server| server.looked);
        if topic.as_str() == SYSTEM && looked.is_none_or(|(at, _)| at + SYSTEM_EVERY <= self.now) {
            self.observe()?;
            self.queue.push(self.now + SYSTEM_EVERY, What::Look);
        }
        Ok(())
    }

    /// The time to look again has come, if somebody follows.
    pub(super) fn look_at_itself(&mut self) -> Result<(), Broken> {
        let topic = Topic::system();
        if self.server.as_ref().is_some_and(|server| server.hub.is_followed(&topic)) {
            self.observe_for(&topic)?;
        }
        self.flush()
    }

    fn observe(&mut self) -> Result<(), Broken> {
        let sessions = self.sessions();
        let (now, is_quiet) = (self.now, self.now >= QUIET);
        let Some(server) = &mut self.server else { return Ok(()) };
        let look = match server.looked {
            Some((_, look)) if is_quiet => look,
            Some((_, look)) => look + 1,
            None => 1,
        };
        server.looked = Some((now, look));
        let Some(truth) = self.truths.get_mut(&self.epoch) else { return Ok(()) };
        let seen = truth.observed.entry((server.life, look)).or_insert_with(|| {
            let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
            Expected::from([
                ("life".to_owned(), number(server.life)),
                ("look".to_owned(), number(look)),
                // These come and go.
                (format!("topics/{}", look % 7), number(look)),
                (format!("sessions/{sessions}"), 1),
            ])
        });
        let entries = seen.iter().map(|(key, number)| (key.clone(), (*number).into())).collect();
        match State::from_entries(entries) {
            Ok(state) => server.hub.observe(&Topic::system(), state),
            Err(error) => return Err(self.fault_of(Rule::Server, error.to_string())),
        }
        self.trace.note("observed", look, &[]);
        Ok(())
    }
}
