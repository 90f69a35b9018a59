//! The loop: drain outputs; wait for the deadline, a message or a command; feed one input.

use std::time::Duration;

use realtime_manager::{Event, Fetch, Input, Instant, Manager, Output, Status, SubscriptionId};
use realtime_protocol::Topic;
use realtime_protocol::close::CloseCode;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::fetch;
use crate::socket::{Incoming, Socket};

/// What the application is told, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Time since the client was started.
    pub at: Duration,
    /// What happened.
    pub event: Event,
    /// The status when it was told.
    pub status: Status,
}

pub(crate) type Question = Box<dyn FnOnce(&Manager, Instant) + Send>;

pub(crate) enum Command {
    Connect,
    Disconnect,
    Retry,
    Subscribe(Topic, Duration, oneshot::Sender<SubscriptionId>),
    Unsubscribe(SubscriptionId),
    Pause(SubscriptionId),
    Resume(SubscriptionId),
    Visibility(bool),
    Network(bool),
    Resumed,
    Token(Option<String>),
    Inspect(Question),
}

pub(crate) struct Driver {
    pub(crate) url: String,
    pub(crate) origin: tokio::time::Instant,
    pub(crate) manager: Manager,
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) notices: mpsc::Sender<Notice>,
    pub(crate) incoming: mpsc::Receiver<Incoming>,
    pub(crate) to_incoming: mpsc::Sender<Incoming>,
    pub(crate) closing: oneshot::Receiver<()>,
    pub(crate) socket: Option<Socket>,
    pub(crate) ending: JoinSet<()>,
    /// Requests over HTTP; with the driver they end too.
    pub(crate) fetches: JoinSet<()>,
}

impl Driver {
    pub(crate) async fn run(mut self) {
        while let Some(until) = self.drain().await {
            let now = self.now();
            let wait = until.map(|until| until.saturating_since(now));
            tokio::select! {
                _ = &mut self.closing => break,
                incoming = self.incoming.recv() => {
                    if let Some(incoming) = incoming {
                        self.take(incoming);
                    }
                }
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => break,
                },
                () = sleep(wait) => {
                    let now = self.now();
                    self.manager.handle_input(now, Input::Timeout);
                }
            }
        }
        self.end().await;
    }

    fn now(&self) -> Instant {
        Instant(self.origin.elapsed())
    }

    /// Does everything that the manager wants; the moment until which to wait, or nothing when closing.
    async fn drain(&mut self) -> Option<Option<Instant>> {
        loop {
            match self.manager.poll_output() {
                Output::Connect(attempt) => {
                    self.socket = Some(Socket::open(self.url.clone(), attempt, self.to_incoming.clone()));
                }
                Output::Transmit(attempt, text) => {
                    let Some(socket) = self.socket.take_if(|socket| socket.attempt() == attempt) else {
                        continue;
                    };
                    if socket.send(text) {
                        self.socket = Some(socket);
                    } else {
                        socket.abort();
                        let now = self.now();
                        self.manager.handle_input(now, Input::Closed(attempt, None, ""));
                    }
                }
                Output::Disconnect(attempt, code) => {
                    if let Some(socket) = self.socket.take_if(|socket| socket.attempt() == attempt) {
                        self.ending.spawn(socket.close(code));
                    }
                    while self.ending.try_join_next().is_some() {}
                }
                Output::Fetch { fetch, path, etag } => self.fetch(fetch, path, etag),
                Output::Event(event) => {
                    let notice = Notice { at: self.origin.elapsed(), event, status: self.manager.status() };
                    tokio::select! {
                        _ = &mut self.closing => return None,
                        sent = self.notices.send(notice) => {
                            if sent.is_err() {
                                tracing::trace!("nobody listens to notices");
                            }
                        }
                    }
                }
                // A program keeps its settings in a way of its own and gives them with its configuration.
                Output::Persist(_) => {}
                Output::Wait(until) => return Some(until),
            }
        }
    }

    fn take(&mut self, incoming: Incoming) {
        let now = self.now();
        match incoming {
            Incoming::Opened(attempt) => self.manager.handle_input(now, Input::Opened(attempt)),
            Incoming::Text(attempt, text) => self.manager.handle_input(now, Input::Received(attempt, &text)),
            Incoming::Closed(attempt, frame) => {
                self.socket.take_if(|socket| socket.attempt() == attempt);
                let code = frame.as_ref().map(|frame| CloseCode(u16::from(frame.code)));
                let text = frame.as_ref().map_or("", |frame| frame.reason.as_str());
                self.manager.handle_input(now, Input::Closed(attempt, code, text));
            }
            Incoming::Fetched(fetch, answer) => {
                let answer = answer.as_ref().map(|(status, body)| (*status, body.as_str()));
                self.manager.handle_input(now, Input::Fetched(fetch, answer));
            }
        }
    }

    fn fetch(&mut self, fetch: Fetch, path: String, etag: Option<String>) {
        let (url, incoming) = (self.url.clone(), self.to_incoming.clone());
        self.fetches.spawn(async move {
            let answer = fetch::get(&url, &path, etag.as_deref()).await;
            if incoming.send(Incoming::Fetched(fetch, answer)).await.is_err() {
                tracing::debug!("nobody waits for the answer any more");
            }
        });
        while self.fetches.try_join_next().is_some() {}
    }

    fn obey(&mut self, command: Command) {
        let now = self.now();
        match command {
            Command::Connect => self.manager.connect(now),
            Command::Disconnect => self.manager.disconnect(now),
            Command::Retry => self.manager.retry(now),
            Command::Subscribe(topic, throttle, answer) => {
                let id = self.manager.subscribe(now, topic, throttle);
                if answer.send(id).is_err() {
                    // Who asked is gone, so nobody could ever end it.
                    self.manager.unsubscribe(now, id);
                }
            }
            Command::Unsubscribe(id) => self.manager.unsubscribe(now, id),
            Command::Pause(id) => self.manager.pause(now, id),
            Command::Resume(id) => self.manager.resume(now, id),
            Command::Visibility(hidden) => self.manager.handle_input(now, Input::Visibility { hidden }),
            Command::Network(online) => self.manager.handle_input(now, Input::Network { online }),
            Command::Resumed => self.manager.handle_input(now, Input::Resumed),
            Command::Token(token) => self.manager.set_token(now, token),
            Command::Inspect(question) => question(&self.manager, now),
        }
    }

    /// Closes the socket; whoever listens still hears what that means.
    async fn end(mut self) {
        let now = self.now();
        self.manager.disconnect(now);
        loop {
            match self.manager.poll_output() {
                Output::Disconnect(attempt, code) => {
                    if let Some(socket) = self.socket.take_if(|socket| socket.attempt() == attempt) {
                        self.ending.spawn(socket.close(code));
                    }
                }
                Output::Event(event) => {
                    let notice = Notice { at: self.origin.elapsed(), event, status: self.manager.status() };
                    if self.notices.try_send(notice).is_err() {
                        tracing::trace!("nobody listens to notices");
                    }
                }
                Output::Connect(_) | Output::Transmit(..) | Output::Fetch { .. } | Output::Persist(_) => {}
                Output::Wait(_) => break,
            }
        }
        // The queue is closed first, so that no socket waits to hand over what nobody will read.
        self.incoming.close();
        while self.ending.join_next().await.is_some() {}
    }
}

async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}
