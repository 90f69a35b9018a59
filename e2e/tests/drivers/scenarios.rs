//! What any driver must do. Each scenario finds its subject disconnected and leaves it so.

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::scripted::{Peer, Scripted};

/// A driver with its manager, and two topics subscribed.
pub(crate) trait Subject {
    async fn connect(&mut self) -> Result<()>;
    async fn disconnect(&mut self) -> Result<()>;
    async fn retry(&mut self) -> Result<()>;
    async fn set_hidden(&mut self, hidden: bool) -> Result<()>;
    async fn found_network(&mut self) -> Result<()>;
    async fn resumed(&mut self) -> Result<()>;
    /// Waits for a status.
    async fn becomes(&mut self, status: &str) -> Result<()>;
}

/// All of it, one after the other.
pub(crate) async fn run(subject: &mut impl Subject, server: &mut Scripted) -> Result<()> {
    requests_come_in_order(subject, server).await.context("requests come in order")?;
    a_disconnect_forgets_the_socket(subject, server).await.context("a disconnect forgets the socket")?;
    a_closed_socket_is_one_loss(subject, server).await.context("a closed socket is one loss")?;
    a_refusal_is_final(subject, server).await.context("a refusal is final")?;
    a_retry_replaces_the_timer(subject, server).await.context("a retry replaces the timer")?;
    what_the_system_tells_arrives(subject, server).await.context("what the system tells arrives")
}

async fn connected(subject: &mut impl Subject, server: &mut Scripted) -> Result<Peer> {
    subject.connect().await?;
    won_back(subject, server).await
}

async fn won_back(subject: &mut impl Subject, server: &mut Scripted) -> Result<Peer> {
    let mut peer = server.accept().await?;
    peer.until("heartbeat").await?;
    subject.becomes("connected").await?;
    Ok(peer)
}

async fn end(subject: &mut impl Subject, mut peer: Peer) -> Result<()> {
    subject.disconnect().await?;
    assert_eq!(peer.closed().await?, Some(1000));
    subject.becomes("disconnected").await
}

async fn requests_come_in_order(subject: &mut impl Subject, server: &mut Scripted) -> Result<()> {
    subject.connect().await?;
    let mut peer = server.accept().await?;
    let mut events = Vec::new();
    let mut last = 0;
    for _ in 0..3 {
        let frame = peer.frame().await?;
        if frame[3] == "heartbeat" {
            peer.answer(&frame).await?;
        }
        let reference: u64 = frame[1].as_str().unwrap_or_default().parse()?;
        assert!(reference > last, "{reference} came after {last}");
        last = reference;
        events.push(frame[3].as_str().unwrap_or_default().to_owned());
    }
    assert_eq!(events, ["heartbeat", "phx_join", "phx_join"]);
    subject.becomes("connected").await?;
    end(subject, peer).await
}

async fn a_disconnect_forgets_the_socket(subject: &mut impl Subject, server: &mut Scripted) -> Result<()> {
    let mut old = connected(subject, server).await?;
    subject.disconnect().await?;
    subject.becomes("disconnected").await?;
    let new = connected(subject, server).await?;
    // What the old socket still brings, even a refusal, is nothing to the new one.
    old.push(&json!([null, null, "phoenix", "beat", {"offset": 1, "time_ms": 1}])).await?;
    assert_eq!(old.closed().await?, Some(1000));
    subject.becomes("connected").await?;
    end(subject, new).await
}

async fn a_closed_socket_is_one_loss(subject: &mut impl Subject, server: &mut Scripted) -> Result<()> {
    let before = server.opened();
    let mut peer = connected(subject, server).await?;
    peer.close(1012).await?;
    subject.becomes("reconnecting").await?;
    // No hand helps: the timer of the retry brings it back, once.
    let peer = won_back(subject, server).await?;
    assert_eq!(server.opened() - before, 2);
    end(subject, peer).await
}

async fn a_refusal_is_final(subject: &mut impl Subject, server: &mut Scripted) -> Result<()> {
    let before = server.opened();
    let mut peer = connected(subject, server).await?;
    peer.close(4403).await?;
    subject.becomes("error").await?;
    subject.found_network().await?;
    subject.retry().await?;
    let peer = won_back(subject, server).await?;
    assert_eq!(server.opened() - before, 2);
    end(subject, peer).await
}

async fn a_retry_replaces_the_timer(subject: &mut impl Subject, server: &mut Scripted) -> Result<()> {
    let before = server.opened();
    let mut peer = connected(subject, server).await?;
    for _ in 0..5 {
        peer.close(1012).await?;
        subject.becomes("reconnecting").await?;
        subject.retry().await?;
        peer = won_back(subject, server).await?;
    }
    // Five waits were cut short; none of their timers made a socket of its own.
    assert_eq!(server.opened() - before, 6);
    end(subject, peer).await
}

async fn what_the_system_tells_arrives(subject: &mut impl Subject, server: &mut Scripted) -> Result<()> {
    let mut peer = connected(subject, server).await?;
    subject.set_hidden(true).await?;
    assert_eq!(peer.until("visibility").await?[4]["hidden"], true);
    subject.set_hidden(false).await?;
    assert_eq!(peer.until("visibility").await?[4]["hidden"], false);
    peer.until("heartbeat").await?;
    subject.found_network().await?;
    peer.until("heartbeat").await?;
    subject.resumed().await?;
    peer.until("heartbeat").await?;
    end(subject, peer).await
}
