//! How a lost connection is won back, and what the user, the network and the viewer change about it.

use std::time::Duration;

use realtime_protocol::close::CloseCode;

use crate::backoff;
use crate::manager::Manager;
use crate::session::{Failure, Session};
use crate::{Attempt, Instant, Reason, Recovery};

impl Manager {
    /// Changes how a lost connection is won back.
    ///
    /// A wait that is under way is planned anew from the moment of the loss; one that is no longer allowed
    /// ends in an error. Without auto-reconnect a retry under way ends as well, and with it again the
    /// connection that was given up for its sake is tried at once.
    ///
    /// It becomes one of the preferences, and is stored when one of those is chosen.
    pub fn set_recovery(&mut self, now: Instant, recovery: Recovery) {
        self.preferences.recovery = recovery;
        self.change_recovery(now, self.preferences.effective_recovery());
    }

    pub(crate) fn change_recovery(&mut self, now: Instant, recovery: Recovery) {
        if self.config.recovery == recovery {
            return;
        }
        self.config.recovery = recovery;
        let is_on = self.config.recovery.auto_reconnect;
        if !is_on {
            self.nudged = None;
        }
        match self.session {
            Session::Opening { tries: 1.., .. } | Session::Answering { tries: 1.., .. } if !is_on => {
                self.hang_up(CloseCode::NORMAL);
                self.let_go(now);
                self.enter(now, Session::Failed { why: Failure::Off }, Reason::Asked);
            }
            Session::Backoff { tries, lost_at, hint, .. } => {
                let session = self.after_loss(tries, lost_at, hint);
                self.enter(now, session, Reason::Asked);
            }
            Session::Failed { why: Failure::Off } if is_on => self.begin(now, Reason::Asked),
            Session::Idle
            | Session::Opening { .. }
            | Session::Answering { .. }
            | Session::Live { .. }
            | Session::Failed { .. } => {}
        }
    }

    /// The driver tells that a socket is closed or did not open.
    pub(crate) fn closed(&mut self, now: Instant, attempt: Attempt, code: Option<CloseCode>, text: &str) {
        if self.session.attempt() != Some(attempt) {
            self.stats.stale_inputs += 1;
            return;
        }
        match code {
            Some(code) if code.is_final() => self.lose(now, Reason::Refused(code), Duration::ZERO),
            Some(code) => {
                self.lose(now, Reason::Closed(Some(code)), code.retry_after(text).unwrap_or_default())
            }
            None => self.lose(now, Reason::Closed(None), Duration::ZERO),
        }
    }

    /// The connection or the attempt failed; the driver's socket is already gone or told to go.
    pub(crate) fn lose(&mut self, now: Instant, reason: Reason, hint: Duration) {
        let tries = match self.session {
            Session::Live { tries, since, .. } => {
                let is_stable = now.saturating_since(since) >= self.config.recovery.reset_after;
                if is_stable { 0 } else { tries }
            }
            Session::Opening { tries, .. } | Session::Answering { tries, .. } => tries,
            Session::Idle | Session::Backoff { .. } | Session::Failed { .. } => return,
        };
        self.fallback.failed(self.session);
        self.let_go(now);
        self.last_error = Some(reason.to_string());
        let session = if matches!(reason, Reason::Refused(_)) {
            Session::Failed { why: Failure::Refused }
        } else {
            self.after_loss(tries.saturating_add(1), now, hint)
        };
        self.enter(now, session, reason);
        self.suspect_block(now);
    }

    /// The wait for retry `tries` after a loss at `lost_at`, if there is to be one.
    fn after_loss(&mut self, tries: u32, lost_at: Instant, hint: Duration) -> Session {
        let recovery = &self.config.recovery;
        if !recovery.auto_reconnect {
            Session::Failed { why: Failure::Off }
        } else if recovery.max_retries.is_some_and(|max| tries > max) {
            Session::Failed { why: Failure::UsedUp }
        } else {
            let delay = backoff::delay(recovery, tries, hint, &mut self.rng);
            Session::Backoff { tries, lost_at, retry_at: lost_at + delay, hint }
        }
    }

    /// Somebody has reason to believe that it works now: try soon, or find out at once whether it does.
    pub(crate) fn nudge(&mut self, now: Instant, reason: Reason) {
        match self.session {
            Session::Backoff { hint: Duration::ZERO, .. } => self.begin_soon(now, reason),
            Session::Failed { why: Failure::UsedUp } if self.config.recovery.auto_reconnect => {
                self.begin_soon(now, reason);
            }
            Session::Live { .. } => {
                self.keepalive.probe(now, now + self.config.timing.shown, reason);
                self.heartbeat(now);
            }
            // A wait that the server asked for is cut short by the user alone.
            Session::Backoff { .. }
            | Session::Idle
            | Session::Opening { .. }
            | Session::Answering { .. }
            | Session::Failed { .. } => {}
        }
    }

    /// Plans one attempt: what nudges this client nudges others at the same moment.
    fn begin_soon(&mut self, now: Instant, reason: Reason) {
        if self.nudged.is_none() {
            let spread = backoff::spread(&self.config.recovery, &mut self.rng);
            self.nudged = Some((now + spread, reason));
        }
        self.fire_nudge(now);
    }

    /// Starts the attempt that was planned, when its moment has come.
    pub(crate) fn fire_nudge(&mut self, now: Instant) {
        if let Some((_, reason)) = self.nudged.filter(|(at, _)| *at <= now) {
            self.begin(now, reason);
        }
    }
}
