//! Following in a terminal: one loop of notices, keys and the clock.

use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use crossterm::event::EventStream;
use futures_util::StreamExt as _;
use realtime_manager::SubscriptionId;
use realtime_native::limits::NOTICES_MAX;
use realtime_native::{Ended, Handle, Notice};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, MissedTickBehavior};

use super::keys::{Action, action};
use super::screen::{Facts, Screen};
use super::terminal::Terminal;
use super::until;

/// How often the ages on the screen go on by themselves.
const REDRAW: Duration = Duration::from_millis(500);

/// A client, and the person in front of it.
pub(super) struct Live<'a> {
    pub(super) client: &'a Handle,
    pub(super) notices: &'a mut Receiver<Notice>,
    pub(super) subscriptions: Vec<SubscriptionId>,
    pub(super) screen: Screen,
    /// Lines that are to be drawn next.
    pub(super) above: Vec<String>,
}

enum Wake {
    Notice(Option<Notice>),
    Key(Option<std::io::Result<crossterm::event::Event>>),
    Clock,
    Stop,
}

impl Live<'_> {
    /// Follows until someone quits, enough changes came, or `deadline`.
    pub(super) async fn follow(mut self, deadline: Option<Instant>) -> anyhow::Result<ExitCode> {
        let mut interrupted = signal(SignalKind::interrupt())?;
        let mut terminated = signal(SignalKind::terminate())?;
        let mut hung_up = signal(SignalKind::hangup())?;
        let mut clock = tokio::time::interval(REDRAW);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut terminal = Terminal::enter()?;
        let mut keys = EventStream::new();
        loop {
            let facts = self.ask(self.client.inspect(Facts::of)).await?;
            let below = self.screen.below(&facts, terminal.columns());
            terminal.draw(&std::mem::take(&mut self.above), &below)?;
            if self.screen.is_full() {
                return Ok(ExitCode::SUCCESS);
            }
            let wake = tokio::select! {
                notice = self.notices.recv() => Wake::Notice(notice),
                key = keys.next() => Wake::Key(key),
                _ = clock.tick() => Wake::Clock,
                () = until(deadline) => Wake::Stop,
                _ = interrupted.recv() => Wake::Stop,
                _ = terminated.recv() => Wake::Stop,
                _ = hung_up.recv() => Wake::Stop,
            };
            match wake {
                Wake::Notice(Some(notice)) => self.take(&notice),
                Wake::Notice(None) => return Ok(ExitCode::FAILURE),
                Wake::Key(Some(event)) => match action(&event?) {
                    Some(Action::Quit) => return Ok(ExitCode::SUCCESS),
                    Some(Action::Pause) => self.pause().await?,
                    Some(Action::Retry) => self.ask(self.client.retry()).await?,
                    None => {}
                },
                Wake::Key(None) | Wake::Stop => return Ok(ExitCode::SUCCESS),
                Wake::Clock => {}
            }
            self.take_waiting();
        }
    }

    fn take(&mut self, notice: &Notice) {
        let lines = self.screen.take(&notice.event);
        self.above.extend(lines);
    }

    /// What waits already is drawn in one go.
    fn take_waiting(&mut self) {
        for _ in 0..NOTICES_MAX {
            let Ok(notice) = self.notices.try_recv() else { return };
            self.take(&notice);
        }
    }

    async fn pause(&mut self) -> Result<(), Ended> {
        let lines = self.screen.toggle();
        self.above.extend(lines);
        let (client, paused) = (self.client, self.screen.is_paused());
        for id in self.subscriptions.clone() {
            if paused {
                self.ask(client.pause(id)).await?;
            } else {
                self.ask(client.resume(id)).await?;
            }
        }
        Ok(())
    }

    /// Waits for the client while its notices go on being taken: one whose notices nobody takes answers nothing.
    async fn ask<T>(&mut self, question: impl Future<Output = Result<T, Ended>>) -> Result<T, Ended> {
        let mut question = pin!(question);
        loop {
            tokio::select! {
                answer = &mut question => return answer,
                Some(notice) = self.notices.recv() => self.take(&notice),
            }
        }
    }
}
