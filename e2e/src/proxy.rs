//! A link between browser and server that can fall silent, break, and be slow.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Connections at one time; a browser keeps six to one host, and a socket for each tab.
const CONNECTIONS_MAX: usize = 256;
/// Pieces under way in one direction; whoever sends more waits.
const PIECES_MAX: usize = 64;
const PIECE_BYTES: usize = 16 * 1024;
/// The first line of a WebSocket's request.
const SOCKET_REQUEST: &[u8] = b"GET /socket/websocket";

/// What comes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Forwarding {
    /// Everything.
    #[default]
    All,
    /// The first piece of each way, with which a socket opens.
    First,
    /// Nothing.
    None,
}

/// How the link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct State {
    forwarding: Forwarding,
    /// Nobody gets a connection.
    is_down: bool,
    /// One way.
    delay: Duration,
    /// Connections of an earlier life are over.
    life: u64,
    /// Everything is over.
    is_over: bool,
}

/// The link; all of it ends when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
    sockets: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// A link to the server at `http://HOST:PORT`, on a thread of its own, so that it goes on while a
    /// test waits for something else.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn start(server: &str) -> Result<Self> {
        let server: SocketAddr =
            server.strip_prefix("http://").context("not an address over http")?.parse()?;
        let (state, link) = watch::channel(State::default());
        let sockets = Arc::new(AtomicUsize::new(0));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let counter = sockets.clone();
        let thread = thread::spawn(move || runtime.block_on(accept(listener, server, link, counter)));
        Ok(Self { address, state, sockets, thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops forwarding, both ways, while every connection stays open.
    pub fn fall_silent(&self) {
        self.state.send_modify(|state| state.forwarding = Forwarding::None);
    }

    /// Lets sockets open, and nothing that comes after.
    pub fn fall_silent_once_open(&self) {
        self.state.send_modify(|state| state.forwarding = Forwarding::First);
    }

    /// Forwards again, what was held first.
    pub fn speak(&self) {
        self.state.send_modify(|state| state.forwarding = Forwarding::All);
    }

    /// Ends every connection; new ones are possible.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.life += 1);
    }

    /// Ends every connection, and each new one at once.
    pub fn go_down(&self) {
        self.state.send_modify(|state| {
            state.life += 1;
            state.is_down = true;
        });
    }

    /// Lets connections through again.
    pub fn come_up(&self) {
        self.state.send_modify(|state| state.is_down = false);
    }

    /// Takes that long for each way from now on.
    pub fn set_delay(&self, one_way: Duration) {
        self.state.send_modify(|state| state.delay = one_way);
    }

    /// How many WebSockets were asked for so far, those that got no connection included.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.sockets.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.send_modify(|state| state.is_over = true);
        if let Some(thread) = self.thread.take() {
            // A link that panicked has failed its test already.
            thread.join().ok();
        }
    }
}

async fn accept(
    listener: std::net::TcpListener,
    server: SocketAddr,
    link: watch::Receiver<State>,
    sockets: Arc<AtomicUsize>,
) {
    // It listens already, so a test that connects too early fails there.
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let mut connections = JoinSet::new();
    let mut end = link.clone();
    loop {
        tokio::select! {
            _ = end.wait_for(|state| state.is_over) => return,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => {
                if let Ok((browser, _)) = accepted {
                    connections.spawn(connect(browser, server, link.clone(), sockets.clone()));
                }
            }
        }
    }
}

/// One connection, until an end closes it or the link breaks.
async fn connect(
    browser: TcpStream,
    server: SocketAddr,
    link: watch::Receiver<State>,
    sockets: Arc<AtomicUsize>,
) {
    let life = link.borrow().life;
    let mut broken = link.clone();
    let forward = async {
        let mut head = [0; SOCKET_REQUEST.len()];
        // The first line of a request comes in one piece; a browser may also connect and ask for nothing.
        browser.peek(&mut head).await?;
        if head == SOCKET_REQUEST {
            sockets.fetch_add(1, Ordering::SeqCst);
        }
        if link.borrow().is_down {
            return Ok(());
        }
        let server = TcpStream::connect(server).await?;
        let (browser_in, browser_out) = browser.into_split();
        let (server_in, server_out) = server.into_split();
        tokio::select! {
            done = pass(browser_in, server_out, link.clone()) => done,
            done = pass(server_in, browser_out, link.clone()) => done,
        }
    };
    tokio::select! {
        // An end that is gone is the end of the connection, whatever it is called.
        _ = forward => {}
        _ = broken.wait_for(|state| state.is_over || state.life != life) => {}
    }
}

/// One way: each piece goes on when its time has come and the link speaks.
async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut link: watch::Receiver<State>,
) -> std::io::Result<()> {
    let (arrived, mut pieces) = mpsc::channel::<(Instant, Vec<u8>)>(PIECES_MAX);
    let delays = link.clone();
    let read = async move {
        loop {
            let mut piece = Vec::with_capacity(PIECE_BYTES);
            let length = from.read_buf(&mut piece).await?;
            let due = Instant::now() + delays.borrow().delay;
            if length == 0 || arrived.send((due, piece)).await.is_err() {
                return std::io::Result::Ok(());
            }
        }
    };
    let write = async move {
        let mut is_first = true;
        while let Some((due, piece)) = pieces.recv().await {
            sleep_until(due).await;
            let passes = |state: &State| match state.forwarding {
                Forwarding::All => true,
                Forwarding::First => is_first,
                Forwarding::None => false,
            };
            if link.wait_for(passes).await.is_err() {
                break;
            }
            is_first = false;
            to.write_all(&piece).await?;
        }
        std::io::Result::Ok(())
    };
    let (read, written) = tokio::join!(read, write);
    read.and(written)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream as Blocking;
    use std::time::Instant as Clock;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    /// Both ends of one connection through a link.
    fn linked() -> Result<(Proxy, Blocking, Blocking)> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let proxy = Proxy::start(&format!("http://{}", listener.local_addr()?))?;
        let mut browser = Blocking::connect(proxy.address)?;
        browser.write_all(SOCKET_REQUEST)?;
        let (mut server, _) = listener.accept()?;
        for end in [&browser, &server] {
            end.set_read_timeout(Some(LIMIT))?;
        }
        let mut request = [0; SOCKET_REQUEST.len()];
        server.read_exact(&mut request)?;
        assert_eq!(request, SOCKET_REQUEST);
        Ok((proxy, browser, server))
    }

    fn next(end: &mut Blocking) -> std::io::Result<u8> {
        let mut byte = [0];
        end.read_exact(&mut byte).map(|()| byte[0])
    }

    #[test]
    fn bytes_go_both_ways_each_after_its_delay() -> Result<()> {
        let (proxy, mut browser, mut server) = linked()?;
        assert_eq!(proxy.sockets(), 1);
        proxy.set_delay(Duration::from_millis(50));
        let start = Clock::now();
        browser.write_all(b"a")?;
        assert_eq!(next(&mut server)?, b'a');
        server.write_all(b"b")?;
        assert_eq!(next(&mut browser)?, b'b');
        let took = start.elapsed();
        assert!((100..1_000).contains(&took.as_millis()), "{took:?}");
        Ok(())
    }

    #[test]
    fn a_silent_link_stays_open_and_loses_nothing() -> Result<()> {
        let (proxy, mut browser, mut server) = linked()?;
        proxy.fall_silent();
        browser.write_all(b"x")?;
        server.set_read_timeout(Some(Duration::from_millis(100)))?;
        let kind = next(&mut server).unwrap_err().kind();
        assert_eq!(kind, std::io::ErrorKind::WouldBlock, "open, and nothing comes");
        proxy.speak();
        server.set_read_timeout(Some(LIMIT))?;
        assert_eq!(next(&mut server)?, b'x');
        Ok(())
    }

    #[test]
    fn a_link_may_open_a_socket_and_then_be_silent() -> Result<()> {
        let (proxy, mut browser, mut server) = linked()?;
        proxy.fall_silent_once_open();
        browser.write_all(b"more")?;
        server.write_all(b"o")?;
        assert_eq!(next(&mut browser)?, b'o', "the answer to the request");
        server.set_read_timeout(Some(Duration::from_millis(100)))?;
        assert_eq!(next(&mut server).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
        Ok(())
    }

    #[test]
    fn a_cut_ends_both_ends_and_a_link_that_is_down_ends_new_ones_too() -> Result<()> {
        let (proxy, mut browser, mut server) = linked()?;
        proxy.go_down();
        assert!(next(&mut browser).is_err());
        assert!(next(&mut server).is_err());
        let mut another = Blocking::connect(proxy.address)?;
        another.set_read_timeout(Some(LIMIT))?;
        another.write_all(SOCKET_REQUEST)?;
        assert_ne!(next(&mut another).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
        assert_eq!(proxy.sockets(), 2);
        Ok(())
    }

    #[test]
    fn with_the_link_all_its_connections_end() -> Result<()> {
        let (proxy, mut browser, mut server) = linked()?;
        drop(proxy);
        assert!(next(&mut browser).is_err() && next(&mut server).is_err());
        Ok(())
    }
}
