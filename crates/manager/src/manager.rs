//! The manager: its surface, and the way from inputs to the parts.

use std::collections::VecDeque;
use std::time::Duration;

use realtime_protocol::close::CloseCode;
use realtime_protocol::{Position, State, Topic};

use crate::aside::Aside;
use crate::clock::ServerClock;
use crate::end_to_end::Delays;
use crate::errors::Problems;
use crate::fallback::Fallback;
use crate::keepalive::Keepalive;
use crate::performance::Performance;
use crate::preferences::{Others, Preferences};
use crate::returning::Returning;
use crate::rng::Rng;
use crate::session::Session;
use crate::subscription::Subscription;
use crate::table::Table;
use crate::tick::Tick;
use crate::token::Token;
use crate::{
    Attempt, CaughtUp, Config, Event, Input, Instant, Output, Reason, Stats, Status, SubscriptionId,
};

/// The client side of the protocol.
///
/// After any call with `&mut self`, drain [`Self::poll_output`] to [`Output::Wait`].
/// All commands are idempotent: asking twice does no more than asking once.
#[derive(Debug)]
pub struct Manager {
    pub(crate) config: Config,
    pub(crate) rng: Rng,
    pub(crate) session: Session,
    /// When an attempt starts that the system or a viewer brought about, and by what.
    pub(crate) nudged: Option<(Instant, Reason)>,
    pub(crate) fallback: Fallback,
    pub(crate) token: Option<Token>,
    pub(crate) since: Instant,
    pub(crate) last_connected: Option<Instant>,
    pub(crate) last_disconnected: Option<Instant>,
    pub(crate) last_error: Option<String>,
    pub(crate) attempts: u64,
    pub(crate) references: u64,
    pub(crate) hidden: bool,
    pub(crate) keepalive: Keepalive,
    pub(crate) tick: Tick,
    pub(crate) topics: Table<Topic, Subscription>,
    pub(crate) returning: Option<Returning>,
    pub(crate) caught_up: Option<CaughtUp>,
    pub(crate) last_data: Option<Instant>,
    pub(crate) clock: ServerClock,
    pub(crate) delays: Delays,
    /// Where the data come from, as the server last said.
    pub(crate) mode: Option<String>,
    /// The newest position of any topic.
    pub(crate) head: Option<Position>,
    pub(crate) problems: Problems,
    pub(crate) aside: Aside,
    pub(crate) preferences: Preferences,
    /// What is preferred where a stored text says nothing.
    pub(crate) default_preferences: Preferences,
    /// What the stored text holds that is not known here.
    pub(crate) other_preferences: Others,
    pub(crate) stats: Stats,
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) performance: Performance,
    pub(crate) cleaned_at: Instant,
    /// The last clean-up could not bring the memory under its share of the budget.
    pub(crate) is_full: bool,
    pub(crate) owners: Table<SubscriptionId, Topic>,
    pub(crate) subscriptions_made: u64,
}

impl Manager {
    /// A manager that is disconnected until it is asked; `seed` decides all chance.
    #[must_use]
    pub fn new(config: Config, now: Instant, seed: u64) -> Self {
        let preferences = Preferences::new(config.recovery.clone());
        Self {
            config,
            rng: Rng::new(seed),
            session: Session::Idle,
            nudged: None,
            fallback: Fallback::default(),
            token: None,
            since: now,
            last_connected: None,
            last_disconnected: None,
            last_error: None,
            attempts: 0,
            references: 0,
            hidden: false,
            keepalive: Keepalive::default(),
            tick: Tick::default(),
            topics: Table::default(),
            returning: None,
            caught_up: None,
            last_data: None,
            clock: ServerClock::default(),
            delays: Delays::default(),
            mode: None,
            head: None,
            problems: Problems::default(),
            aside: Aside::default(),
            default_preferences: preferences.clone(),
            preferences,
            other_preferences: Others::default(),
            stats: Stats::default(),
            outputs: VecDeque::new(),
            performance: Performance::default(),
            cleaned_at: now,
            is_full: false,
            owners: Table::default(),
            subscriptions_made: 0,
        }
    }

    /// Takes what the driver has to tell.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Timeout => self.fire(now),
            Input::Opened(attempt) => self.opened(now, attempt),
            Input::Received(attempt, text) => {
                if self.session.open() == Some(attempt) {
                    self.receive(now, text);
                } else {
                    self.stats.stale_inputs += 1;
                }
            }
            Input::Closed(attempt, code, text) => self.closed(now, attempt, code, text),
            Input::Fetched(fetch, answer) => self.fetched(now, fetch, answer),
            Input::Visibility { hidden } => self.visibility(now, hidden),
            Input::Restored(text) => self.restored(now, text),
            Input::Network { online } => {
                if online {
                    self.nudge(now, Reason::Online);
                }
            }
            Input::Resumed => self.nudge(now, Reason::Resumed),
        }
    }

    /// The next thing to do; [`Output::Wait`] when there is nothing.
    #[must_use]
    pub fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or_else(|| Output::Wait(self.deadline()))
    }

    /// Connects, when there is no connection and no attempt; a waiting retry starts now.
    pub fn connect(&mut self, now: Instant) {
        self.begin(now, Reason::Asked);
    }

    /// Ends the connection and everything that was to bring it back.
    pub fn disconnect(&mut self, now: Instant) {
        self.stop(now);
    }

    /// Starts a waiting retry now, or a new cycle after an error; does nothing while an attempt is under way.
    pub fn retry(&mut self, now: Instant) {
        self.begin(now, Reason::Asked);
    }

    /// The connection in one word.
    #[must_use]
    pub fn status(&self) -> Status {
        self.session.status()
    }

    /// What has happened so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// The state of a topic, once there is one.
    #[must_use]
    pub fn state(&self, topic: &Topic) -> Option<&State> {
        self.topics.get(topic)?.state()
    }

    /// Where the state of a topic stands.
    #[must_use]
    pub fn position(&self, topic: &Topic) -> Option<&Position> {
        self.topics.get(topic)?.position()
    }

    /// The server's wall clock, milliseconds since 1970, once it was told.
    #[must_use]
    pub fn server_time_ms(&self, now: Instant) -> Option<u64> {
        self.clock.time_ms(now)
    }

    /// The measured round trips of this connection that still count, the oldest first, each with its moment.
    pub fn round_trips(&self) -> impl Iterator<Item = (Instant, Duration)> {
        self.keepalive.round_trips()
    }

    /// The attempt whose socket the driver holds, if any.
    #[must_use]
    pub fn attempt(&self) -> Option<Attempt> {
        self.session.attempt()
    }

    pub(crate) fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    pub(crate) fn hang_up(&mut self, code: CloseCode) {
        if let Some(attempt) = self.session.attempt() {
            self.outputs.push_back(Output::Disconnect(attempt, code));
        }
    }
}
