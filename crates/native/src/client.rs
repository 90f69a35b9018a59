//! A client with its task, and the handle to it.

use std::time::Duration;

use realtime_manager::{Config, Health, Instant, Manager, Stats, SubscriptionId, SubscriptionInfo};
use realtime_protocol::{Position, State, Topic};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};

use crate::driver::{Command, Driver, Notice, Question};
use crate::limits::{COMMANDS_MAX, INCOMING_MAX, NOTICES_MAX};

/// The client's task has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("client has ended")]
pub struct Ended;

/// A client of a server's socket.
#[derive(Debug)]
pub struct Client;

impl Client {
    /// Starts a client of the socket at `url` (see [`websocket_url`](crate::websocket_url)) on the
    /// current runtime; it connects when [`Handle::connect`] asks it to.
    ///
    /// Notices must be read or their receiver dropped: when [`NOTICES_MAX`] of them wait, the client waits.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn spawn(url: String, config: Config, seed: u64) -> (Handle, mpsc::Receiver<Notice>) {
        let (to_commands, commands) = mpsc::channel(COMMANDS_MAX);
        let (notices, from_notices) = mpsc::channel(NOTICES_MAX);
        let (to_incoming, incoming) = mpsc::channel(INCOMING_MAX);
        let (close, closing) = oneshot::channel();
        let driver = Driver {
            url,
            origin: tokio::time::Instant::now(),
            manager: Manager::new(config, Instant::default(), seed),
            commands,
            notices,
            incoming,
            to_incoming,
            closing,
            socket: None,
            ending: JoinSet::new(),
            fetches: JoinSet::new(),
        };
        let task = tokio::spawn(driver.run());
        (Handle { commands: to_commands, close, task }, from_notices)
    }
}

/// Commands to a client; when it is dropped, the client ends.
#[derive(Debug)]
pub struct Handle {
    commands: mpsc::Sender<Command>,
    close: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Handle {
    /// Connects; does nothing when connected or connecting.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn connect(&self) -> Result<(), Ended> {
        self.command(Command::Connect).await
    }

    /// Ends the connection and everything that was to bring it back.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn disconnect(&self) -> Result<(), Ended> {
        self.command(Command::Disconnect).await
    }

    /// Starts a waiting retry now, or a new cycle after an error.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn retry(&self) -> Result<(), Ended> {
        self.command(Command::Retry).await
    }

    /// Subscribes to a topic, with at least `throttle` between two updates.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn subscribe(&self, topic: Topic, throttle: Duration) -> Result<SubscriptionId, Ended> {
        let (answer, id) = oneshot::channel();
        self.command(Command::Subscribe(topic, throttle, answer)).await?;
        id.await.map_err(|_| Ended)
    }

    /// Ends a subscription.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn unsubscribe(&self, id: SubscriptionId) -> Result<(), Ended> {
        self.command(Command::Unsubscribe(id)).await
    }

    /// A subscription takes nothing until it is resumed; its topic keeps the state it has.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn pause(&self, id: SubscriptionId) -> Result<(), Ended> {
        self.command(Command::Pause(id)).await
    }

    /// A paused subscription takes part again, from where it stood.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn resume(&self, id: SubscriptionId) -> Result<(), Ended> {
        self.command(Command::Resume(id)).await
    }

    /// Tells whether nobody can see what the client shows.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn set_hidden(&self, hidden: bool) -> Result<(), Ended> {
        self.command(Command::Visibility(hidden)).await
    }

    /// Tells whether there is a network.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn set_online(&self, online: bool) -> Result<(), Ended> {
        self.command(Command::Network(online)).await
    }

    /// Tells that the program was stopped, or the machine asleep, and goes on.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn resumed(&self) -> Result<(), Ended> {
        self.command(Command::Resumed).await
    }

    /// Sets the token that joins carry from now on; joined topics are told of it in place.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn set_token(&self, token: Option<String>) -> Result<(), Ended> {
        self.command(Command::Token(token)).await
    }

    /// Asks the manager anything, between two inputs.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn inspect<R, F>(&self, question: F) -> Result<R, Ended>
    where
        R: Send + 'static,
        F: FnOnce(&Manager, Instant) -> R + Send + 'static,
    {
        let (answer, result) = oneshot::channel();
        let question: Question = Box::new(move |manager, now| {
            if answer.send(question(manager, now)).is_err() {
                tracing::trace!("who asked is gone");
            }
        });
        self.command(Command::Inspect(question)).await?;
        result.await.map_err(|_| Ended)
    }

    /// The state of a topic with its position, once there is one.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn snapshot(&self, topic: Topic) -> Result<Option<(Position, State)>, Ended> {
        self.inspect(move |manager, _| {
            Some((manager.position(&topic)?.clone(), manager.state(&topic)?.clone()))
        })
        .await
    }

    /// The facts about the connection.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn health(&self) -> Result<Health, Ended> {
        self.inspect(|manager, now| manager.health(now)).await
    }

    /// What has happened so far.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn stats(&self) -> Result<Stats, Ended> {
        self.inspect(|manager, _| manager.stats()).await
    }

    /// All topics that somebody subscribes to.
    ///
    /// # Errors
    /// [`Ended`] when the client has ended.
    pub async fn subscriptions(&self) -> Result<Vec<SubscriptionInfo>, Ended> {
        self.inspect(|manager, _| manager.subscriptions()).await
    }

    /// Closes the connection with code 1000 and waits until the client's task has ended.
    ///
    /// # Errors
    /// [`Ended`] when the task had ended before, or was stopped from outside.
    pub async fn close(self) -> Result<(), Ended> {
        let asked = self.close.send(()).map_err(|()| Ended);
        self.task.await.map_err(|_| Ended)?;
        asked
    }

    async fn command(&self, command: Command) -> Result<(), Ended> {
        self.commands.send(command).await.map_err(|_| Ended)
    }
}
