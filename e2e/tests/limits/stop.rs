//! What viewers are told when the server stops.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{Server, Socket, game};
use serde_json::json;

use crate::join;

const LIMIT: Duration = Duration::from_secs(5);

/// Broken by: sending nobody away; one moment to come back for all
#[test]
fn a_stop_sends_every_viewer_away_with_a_time_of_its_own_and_nothing_is_lost() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::start(&folder.path().join("stop.sqlite"), &[])?;
    let mut viewers = Vec::new();
    for _ in 0..50 {
        let mut viewer = Socket::open(&server.url())?;
        viewer.send(&join(1, "view:metrics"))?;
        viewer.receive()?.context("no answer")?;
        viewers.push(viewer);
    }
    let position = server.http().post_game(&game(1, "town"))?.position()?;
    server.http().view_after("metrics", &position)?;
    let (status, took) = server.terminate(LIMIT)?;
    assert!(status.success() && took < LIMIT, "{status} after {took:?}");
    let (mut told, mut times) = (0, BTreeSet::new());
    for viewer in &mut viewers {
        let mut frame = viewer.receive()?;
        while let Some(seen) = frame {
            told += u32::from(seen[3] == "delta" && seen[4]["to"] == position["offset"]);
            frame = viewer.receive()?;
        }
        let (code, reason) = viewer.closed()?;
        assert_eq!(code, 1012);
        let retry = reason.split("retry=").nth(1).context("no time to come back")?;
        times.insert(retry.parse::<u64>()?);
    }
    assert_eq!(told, 50, "what was acknowledged was told before the end");
    assert!(times.len() > 40, "viewers come back one after another: {times:?}");

    let server = server.again()?;
    let mut viewer = Socket::open(&server.url())?;
    let before = json!({"epoch": position["epoch"], "offset": 0});
    viewer.send(&json!(["1", "1", "view:metrics", "phx_join", {"throttle_ms": 0, "position": before}]))?;
    let answer = viewer.receive()?.context("no answer")?;
    assert_eq!(answer[4]["response"]["mode"], "resumed");
    assert_eq!(answer[4]["response"]["delta"]["put"]["games"], 1);
    Ok(())
}
