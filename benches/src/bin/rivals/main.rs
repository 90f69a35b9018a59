//! Servers to be measured beside each other: `rivals KIND BYTES`.
//!
//! Each prints `listening on http://ADDRESS control ADDRESS`, serves WebSockets at the first, and publishes one message
//! to all of them for each byte that comes in at the second.
//! A rival's message is `{"n":1,"pad":"…"}` of so many bytes, numbered from 1; ours has the bytes that it has.

mod bare;
mod ours;
mod relay;

use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let (kind, bytes) = (args.next().context("no kind")?, args.next().context("no bytes")?);
    let bytes = bytes.parse()?;
    match &*kind {
        "view" | "table" => ours::serve(bytes),
        "loop" => bare::serve(bytes, bare::Writes::EachMessage),
        "coalescing_loop" => bare::serve(bytes, bare::Writes::AllThatWaits),
        "axum" => relay::serve(bytes),
        other => bail!("{other} is no server here"),
    }
}

fn announce(server: SocketAddr, control: SocketAddr) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on http://{server} control {control}")?;
    Ok(out.flush()?)
}

/// Message `n` of a rival.
fn message(n: u64, bytes: usize) -> String {
    let start = format!(r#"{{"n":{n},"pad":""#);
    let pad = bytes.saturating_sub(start.len() + 2);
    format!("{start}{}\"}}", "x".repeat(pad))
}
