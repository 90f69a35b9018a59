//! The last of a socket: what was written is seen by the peer although it still sends.

use std::io::ErrorKind;
use std::net::Shutdown;

use socket2::SockRef;
use tokio::net::TcpStream;

use crate::limits::LINGER_MAX;

/// Reads and throws away what still comes: a socket that is closed with bytes unread takes back what it said last.
pub(crate) async fn linger(stream: &TcpStream) {
    if SockRef::from(stream).shutdown(Shutdown::Write).is_err() {
        return;
    }
    let reading = async {
        // The buffer lives for one read, so that it is no part of what each connection holds while it waits.
        while stream.readable().await.is_ok() && read_away(stream) {
            tokio::task::yield_now().await;
        }
    };
    // Whoever goes on sending is cut.
    tokio::time::timeout(LINGER_MAX, reading).await.ok();
}

/// Throws away what has come; false when nothing more will.
fn read_away(stream: &TcpStream) -> bool {
    match stream.try_read(&mut [0; 1_024]) {
        Ok(count) => count > 0,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    use super::*;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (listener.accept().await.unwrap().0, peer)
    }

    /// Broken by: no limit to the reading
    #[tokio::test(start_paused = true)]
    async fn a_peer_that_does_not_end_is_waited_for_no_longer_than_it_may() {
        let (stream, _peer) = pair().await;
        let start = Instant::now();
        let waited = tokio::time::timeout(2 * LINGER_MAX, linger(&stream)).await;
        assert_eq!((waited, start.elapsed()), (Ok(()), LINGER_MAX));
    }

    /// Broken by: waiting as long as one may for everybody
    #[tokio::test(start_paused = true)]
    async fn a_peer_that_ends_is_waited_for_no_longer() {
        let (stream, mut peer) = pair().await;
        let start = Instant::now();
        peer.write_all(&[b'x'; 10_000]).await.unwrap();
        drop(peer);
        linger(&stream).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
