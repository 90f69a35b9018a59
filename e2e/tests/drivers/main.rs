//! One list of driver tests, held against the driver of programs and against that of pages.

mod blocked;
mod native;
mod scenarios;
mod scripted;
mod web;

use std::time::Duration;

use anyhow::{Context as _, Result};

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(10);

async fn within<F: Future>(future: F) -> Result<F::Output> {
    tokio::time::timeout(PATIENCE, future).await.context("it takes too long")
}
