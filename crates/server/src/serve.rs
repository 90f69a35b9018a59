//! Everything together: tail, hub, sockets and HTTP, until told to stop.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use changelog::Changelog;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::assets::Page;
use crate::follow::{FollowError, HubHandle, Told, follower};
use crate::http::{self, Shared};
use crate::hub::Hub;
use crate::limits::{CONNECTIONS_MAX, STOP_MAX};
use crate::listen::{limited, listen};
use crate::metrics::Metrics;
use crate::reader::Reader;
use crate::system::Inspector;
use crate::tail::Tail;
use crate::ws::{Sockets, Teller, return_time};

/// What a server is made of.
pub struct ServerConfig {
    /// The views at the position from which the log is followed.
    pub hub: Hub,
    /// The log.
    pub log: Box<dyn Changelog>,
    /// The same log once more, for viewers of tables who need older commits than the hub keeps.
    pub rows: Box<dyn Changelog>,
    /// The page.
    pub page: Page,
    /// The counters.
    pub metrics: Metrics,
    /// How many viewers may be connected at once; [`SESSIONS_MAX`](crate::limits::SESSIONS_MAX) unless there is
    /// a reason.
    pub sessions_max: usize,
}

impl std::fmt::Debug for ServerConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerConfig").field("hub", &self.hub).finish_non_exhaustive()
    }
}

/// Why a server ended before it was told to.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The log can no longer be followed.
    #[error("following the log failed")]
    Follow(#[from] FollowError),
    /// The listener or a thread failed.
    #[error("serving failed")]
    Io(#[from] std::io::Error),
    /// A task panicked: a bug.
    #[error("a task of the server panicked")]
    Panicked,
}

/// A server that is ready to run.
#[derive(Debug)]
pub struct Server {
    follower: crate::follow::Follower,
    hub: HubHandle,
    reader: Reader,
    tail: Tail,
    router: Router,
    drain: watch::Sender<Option<Duration>>,
    sockets: Sockets,
    tellers: Vec<Teller>,
    metrics: Metrics,
}

impl Server {
    /// Starts the log's reading thread and makes the routes.
    ///
    /// # Errors
    /// [`ServerError::Io`] when no thread can be started.
    pub fn new(config: ServerConfig) -> Result<Self, ServerError> {
        let ServerConfig { hub, log, rows, page, metrics, sessions_max } = config;
        let offset = hub.offset();
        let (reader, rows) = Reader::new(rows, hub.tables());
        let (drain, draining) = watch::channel(None);
        let sockets = Sockets::new(draining);
        let told = Told::default();
        let count = sockets.fanout().len();
        let inspector = Inspector::new(page.mode.clone());
        let (follower, handle, to_hub) = follower(hub, metrics.clone(), inspector, rows, count, told.clone());
        let tail = Tail::start(log, offset, to_hub)?;
        let tellers = sockets.fanout().tellers(&handle, &page.mode, &told, &sockets, &metrics);
        let shared = Shared {
            hub: handle.clone(),
            metrics: metrics.clone(),
            page: Arc::new(page),
            sockets: sockets.clone(),
            sessions_max,
        };
        let router = http::router(shared);
        Ok(Self { follower, hub: handle, reader, tail, router, drain, sockets, tellers, metrics })
    }

    /// Asks the hub.
    #[must_use]
    pub fn hub(&self) -> HubHandle {
        self.hub.clone()
    }

    /// Serves, together with `routes`, until `stop` is ready; then drains within [`STOP_MAX`].
    ///
    /// # Errors
    /// [`ServerError`] when it ends for another reason.
    pub async fn run(
        mut self,
        listener: TcpListener,
        routes: Router,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServerError> {
        let Self { tellers, .. } = &mut self;
        let telling = std::mem::take(tellers).into_iter().map(Teller::run).collect();
        self.serve(listener, routes, stop, telling).await
    }

    async fn serve(
        self,
        listener: TcpListener,
        routes: Router,
        stop: impl Future<Output = ()> + Send + 'static,
        mut telling: JoinSet<()>,
    ) -> Result<(), ServerError> {
        let Self { follower, hub, reader, tail, router, drain, sockets, metrics, .. } = self;
        // Only sessions hold the hub from now on.
        drop(hub);
        let app =
            limited(router.merge(routes), metrics.clone()).layer(axum::middleware::from_fn(http::secure));
        let mut draining = drain.subscribe();
        let stopped = async move {
            draining.wait_for(Option::is_some).await.ok();
        };
        let mut serving = tokio::spawn(listen(listener, app, CONNECTIONS_MAX, metrics.clone(), stopped));
        let mut following = tokio::spawn(follower.run());
        let mut reading = tokio::spawn(reader.run());
        let ended = tokio::select! {
            () = stop => Ok(()),
            followed = &mut following => match followed {
                Ok(result) => result.map_err(ServerError::from),
                Err(_) => Err(ServerError::Panicked),
            },
            read = &mut reading => match read {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) | Err(_) => Err(ServerError::Panicked),
            },
            // Without one of them a part of the viewers would hear nothing, and a class be held for ever.
            Some(told) = telling.join_next() => match told {
                Ok(()) => Ok(()),
                Err(_) => Err(ServerError::Panicked),
            },
            served = &mut serving => match served {
                Ok(result) => result.map_err(ServerError::from),
                Err(_) => Err(ServerError::Panicked),
            },
        };
        let viewers = u64::try_from(metrics.sessions.get()).unwrap_or(0);
        drain.send_replace(Some(return_time(viewers)));
        let drained = async {
            while telling.join_next().await.is_some() {}
            if ended.is_err() {
                // One that panicked has sent nobody away; on a task, for what it met may be met again.
                telling.spawn(sockets.clone().send_away(metrics.clone()));
                telling.join_next().await;
            }
            sockets.ended().await;
            if !serving.is_finished() {
                (&mut serving).await.ok();
            }
        };
        if tokio::time::timeout(STOP_MAX, drained).await.is_err() {
            tracing::warn!("connections were cut at the end of the stop");
            serving.abort();
            sockets.cut().await;
        }
        following.abort();
        reading.abort();
        if tokio::task::spawn_blocking(move || tail.stop()).await.is_err() {
            return Err(ServerError::Panicked);
        }
        ended
    }
}

#[cfg(test)]
mod tests;
