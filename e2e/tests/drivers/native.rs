//! The driver of programs.

use std::time::Duration;

use anyhow::{Context as _, Result};
use realtime_manager::Config;
use realtime_native::{Client, Handle, Notice, websocket_url};
use realtime_protocol::Topic;
use tokio::sync::mpsc;

use crate::scenarios::{self, Subject};
use crate::scripted::Scripted;
use crate::within;

struct Program {
    client: Handle,
    notices: mpsc::Receiver<Notice>,
}

impl Subject for Program {
    async fn connect(&mut self) -> Result<()> {
        Ok(self.client.connect().await?)
    }

    async fn disconnect(&mut self) -> Result<()> {
        Ok(self.client.disconnect().await?)
    }

    async fn retry(&mut self) -> Result<()> {
        Ok(self.client.retry().await?)
    }

    async fn set_hidden(&mut self, hidden: bool) -> Result<()> {
        Ok(self.client.set_hidden(hidden).await?)
    }

    async fn found_network(&mut self) -> Result<()> {
        Ok(self.client.set_online(true).await?)
    }

    async fn resumed(&mut self) -> Result<()> {
        Ok(self.client.resumed().await?)
    }

    async fn becomes(&mut self, status: &str) -> Result<()> {
        while self.client.health().await?.status.as_str() != status {
            within(self.notices.recv()).await?.context("client has ended")?;
        }
        Ok(())
    }
}

/// Behaviour: B15 — broken by: `Resumed` that the driver keeps to itself; a socket dropped instead of closed
#[tokio::test]
async fn the_driver_of_programs_does_what_any_driver_must() -> Result<()> {
    let mut server = Scripted::start(None).await?;
    let url = websocket_url(&format!("ws://{}", server.address()))?;
    let (client, notices) = Client::spawn(url, Config::default(), 7);
    for topic in ["view:metrics", "view:activity"] {
        client.subscribe(Topic::parse(topic)?, Duration::from_secs(1)).await?;
    }
    scenarios::run(&mut Program { client, notices }, &mut server).await
}
