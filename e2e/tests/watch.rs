//! `gomafia watch` in a terminal.

use anyhow::{Context, Result};
use e2e::{Server, Terminal, game};

fn last(lines: &[String], start: &str) -> bool {
    lines.last().is_some_and(|line| line.starts_with(start))
}

fn any(lines: &[String], part: &str) -> bool {
    lines.iter().any(|line| line.contains(part))
}

#[test]
fn in_a_terminal_watch_shows_its_status_obeys_keys_and_leaves_the_terminal_as_it_was() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::start(&folder.path().join("live.sqlite"), &[])?;
    let url = server.url();
    let mut terminal = Terminal::run(&["watch", "--url", &url])?;
    let lines = terminal.wait_for(|lines| last(lines, "connected") && any(lines, "0 games"))?;
    let status = lines.last().context("no line")?;
    assert!(status.contains("rtt ") && status.ends_with("2 topics"), "{status}");
    assert!(!terminal.is_cooked()?);

    terminal.press("p")?;
    terminal.wait_for(|lines| any(lines, ", paused, "))?;
    assert_eq!(server.http().post_game(&game(1, "town"))?.status, 201);
    terminal.press("p")?;
    let lines = terminal.wait_for(|lines| any(lines, "1 games") && any(lines, "game  "))?;
    assert!(!any(&lines, ", paused, "), "{lines:?}");

    server.kill()?;
    terminal.wait_for(|lines| any(lines, ", attempt 2 of 5 in "))?;
    terminal.press("r")?;
    let asked = |line: &String| line.starts_with("reconnecting, attempt ") && line.ends_with("(asked for)");
    terminal.wait_for(|lines| lines.iter().any(asked))?;
    let _again = server.again()?;
    terminal.wait_for(|lines| last(lines, "connected"))?;

    terminal.press("q")?;
    assert_eq!(terminal.end()?.code(), Some(0));
    assert!(terminal.is_cooked()?);
    assert!(terminal.has_cursor());
    Ok(())
}

#[test]
fn a_signal_ends_watch_and_leaves_the_terminal_as_it_was() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("live.sqlite"), &[])?;
    let mut terminal = Terminal::run(&["watch", "--url", &server.url()])?;
    terminal.wait_for(|lines| last(lines, "connected"))?;
    assert!(!terminal.is_cooked()?);
    terminal.terminate()?;
    assert_eq!(terminal.end()?.code(), Some(0));
    assert!(terminal.is_cooked()?);
    assert!(terminal.has_cursor());
    Ok(())
}
