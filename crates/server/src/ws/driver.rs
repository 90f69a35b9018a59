//! Drives one connection: waits for the socket and the hub, and decides nothing. Time comes from the fan-out.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::Sockets;
use super::connection::{Ask, Connection, Plan};
use super::fanout::Seat;
use crate::follow::{HubHandle, Stopped};
use crate::hub::{JoinError, Start};
use crate::linger::linger;
use crate::metrics::Metrics;
use crate::rows::Rows;
use crate::session::JoinId;
use realtime_protocol::{ThrottleClass, Topic};

/// What the hub answered.
enum Answer {
    Joined { join: JoinId, topic: Topic, class: ThrottleClass, start: Result<Start, JoinError> },
    Left { class: ThrottleClass },
    Rows { join: JoinId, rows: Rows },
}

type Asking = Pin<Box<dyn Future<Output = Result<Answer, Stopped>> + Send>>;

fn begin(hub: HubHandle, ask: Ask) -> Asking {
    Box::pin(async move {
        Ok(match ask {
            Ask::Join { join, topic, class, position } => {
                let start = hub.join(topic.clone(), class, position).await?;
                Answer::Joined { join, topic, class, start }
            }
            Ask::Leave { topic, class } => {
                hub.leave(topic, class).await?;
                Answer::Left { class }
            }
            Ask::Read(read) => Answer::Rows { join: read.join, rows: hub.rows(read).await? },
        })
    })
}

/// The answer to what is asked, which never comes when nothing is.
async fn answered(asking: &mut Option<Asking>) -> Result<Answer, Stopped> {
    match asking {
        Some(asking) => asking.await,
        None => std::future::pending().await,
    }
}

/// Runs a connection to its end, and leaves nothing of it in the hub.
pub(super) async fn run(seat: Seat, hub: HubHandle, metrics: Metrics, sockets: Sockets) {
    let mut driver = Driver { seat, hub, metrics, sockets, asking: None };
    driver.serve().await;
    driver.end().await;
}

struct Driver {
    seat: Seat,
    hub: HubHandle,
    metrics: Metrics,
    sockets: Sockets,
    asking: Option<Asking>,
}

impl Driver {
    fn connection(&self) -> &Arc<Connection> {
        self.seat.connection()
    }

    async fn serve(&mut self) {
        let connection = Arc::clone(self.connection());
        connection.give(self.sockets.now(), |_| ());
        loop {
            // A socket that always has something would never let go of this thread.
            tokio::task::consume_budget().await;
            let (plan, ask) = connection.plan(self.asking.is_some());
            let Plan::Wait { interest } = plan else { return };
            if let Some(ask) = ask {
                self.asking = Some(begin(self.hub.clone(), ask));
            }
            let ready = async {
                match interest {
                    Some(interest) => connection.stream.ready(interest).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                ready = ready => match ready {
                    Ok(ready) => {
                        if connection.transfer(self.sockets.now(), ready) {
                            self.catch_up();
                        }
                    }
                    Err(error) => {
                        tracing::debug!(%error, "a session ended");
                        return;
                    }
                },
                answer = answered(&mut self.asking) => {
                    self.asking = None;
                    match answer {
                        Ok(answer) => self.answer(answer),
                        // The hub has ended by itself; the drain follows, and sends this viewer away too.
                        Err(Stopped) => tracing::debug!("a session asked a hub that has ended"),
                    }
                }
                () = connection.wake.notified() => {}
            }
        }
    }

    fn answer(&self, answer: Answer) {
        let connection = self.connection();
        let now = self.sockets.now();
        match answer {
            Answer::Joined { join, topic, class, start } => {
                let joined = start.is_ok();
                if joined {
                    self.seat.enter(class);
                }
                let wanted = connection.give(now, |session| session.handle_joined(now, join, &topic, start));
                if joined && !wanted {
                    connection.ask(Ask::Leave { topic, class });
                } else if joined {
                    // A flush may lie between the hub's answer and now.
                    self.take(class);
                }
            }
            Answer::Left { class } => {
                if !connection.give(now, |session| session.classes().any(|used| used == class)) {
                    self.seat.leave(class);
                }
            }
            Answer::Rows { join, rows } => {
                if let Rows::Frames { frames, .. } = &rows {
                    self.metrics.frames_encoded.inc_by(frames.len() as u64);
                }
                connection.give(now, |session| session.handle_rows(now, join, rows));
            }
        }
    }

    /// Takes the newest flush of a class.
    fn take(&self, class: ThrottleClass) {
        if let Some(tick) = self.hub.newest(class) {
            let now = self.sockets.now();
            self.metrics.frames_sent.inc_by(self.connection().tick(now, class, &tick).write(now));
        }
    }

    /// Takes what it was not told while its socket was full.
    fn catch_up(&self) {
        let now = self.sockets.now();
        let classes: Vec<_> = self.connection().give(now, |session| session.classes().collect());
        for class in classes {
            self.take(class);
        }
    }

    async fn end(&mut self) {
        self.seat.stand_up();
        // A join that was asked for may have been counted.
        let unwanted = match self.asking.take() {
            Some(asking) => match asking.await {
                Ok(Answer::Joined { topic, class, start: Ok(_), .. }) => Some((topic, class)),
                Ok(_) | Err(Stopped) => None,
            },
            None => None,
        };
        for (topic, class) in self.connection().leave_all().into_iter().chain(unwanted) {
            if self.hub.leave(topic, class).await.is_err() {
                break;
            }
        }
        linger(&self.connection().stream).await;
    }
}
