//! A link that cuts each connection at a random byte or a random moment.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use fastrand::Rng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

/// A connection that is to be cut passes at most so many bytes, of both ways together: a handshake, both joins, and
/// some pushes.
const BYTES_MAX: usize = 6_000;
/// Or it lasts at most so long.
const TIME_MAX_MS: u64 = 40;

/// The link; all of it ends when the last of it is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Knife {
    address: SocketAddr,
    shared: Arc<Shared>,
    _accepting: Arc<Accepting>,
}

#[derive(Debug, Default)]
struct Shared {
    is_sharp: AtomicBool,
    cuts: AtomicUsize,
}

#[derive(Debug)]
struct Accepting(AbortHandle);

impl Drop for Accepting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Knife {
    /// A link to the server at `http://HOST:PORT` that cuts nothing yet.
    pub(crate) async fn start(server: &str) -> Result<Self> {
        let server = server.strip_prefix("http://").context("not an address over http")?.parse()?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let accepting = tokio::spawn(accept(listener, server, shared.clone())).abort_handle();
        Ok(Self { address, shared, _accepting: Arc::new(Accepting(accepting)) })
    }

    /// `ws://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// From now on each connection is cut, also those that are open; or none that comes.
    pub(crate) fn sharpen(&self, is_sharp: bool) {
        self.shared.is_sharp.store(is_sharp, Ordering::SeqCst);
    }

    pub(crate) fn cuts(&self) -> usize {
        self.shared.cuts.load(Ordering::SeqCst)
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    let mut seeds = 0..;
    while let Ok((client, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let rng = Rng::with_seed(seeds.next().unwrap_or_default());
        let shared = shared.clone();
        connections.spawn(async move {
            // What an end makes of it is the test's matter, not the link's.
            connect(client, server, &shared, rng).await.ok();
        });
    }
}

async fn connect(
    mut client: TcpStream,
    server: SocketAddr,
    shared: &Shared,
    mut rng: Rng,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    for end in [&client, &server] {
        end.set_nodelay(true)?;
    }
    let by_bytes = rng.bool();
    let mut bytes = rng.usize(0..BYTES_MAX);
    let moment = Instant::now() + Duration::from_millis(rng.u64(0..TIME_MAX_MS));
    let (mut up, mut down) = (vec![0; 4_096], vec![0; 4_096]);
    loop {
        let is_sharp = shared.is_sharp.load(Ordering::SeqCst);
        let (passed, is_down) = tokio::select! {
            read = client.read(&mut up) => (read?, false),
            read = server.read(&mut down) => (read?, true),
            () = tokio::time::sleep_until(moment), if is_sharp && !by_bytes => break,
        };
        if passed == 0 {
            return Ok(());
        }
        let whole = if is_sharp && by_bytes { passed.min(bytes) } else { passed };
        if is_down {
            client.write_all(&down[..whole]).await?
        } else {
            server.write_all(&up[..whole]).await?
        }
        bytes = bytes.saturating_sub(passed);
        if whole < passed {
            break;
        }
    }
    shared.cuts.fetch_add(1, Ordering::SeqCst);
    if rng.bool() {
        // Half of them end as when a cable is pulled and something on the way says so: with a reset.
        client.set_zero_linger()?;
        server.set_zero_linger()?;
    }
    Ok(())
}
