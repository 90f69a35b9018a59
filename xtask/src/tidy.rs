//! What every source file must keep to.

use crate::sources::{self, Source};
use crate::workspace::Workspace;

const MAX_LINES: usize = 600;

fn complaints(source: &Source) -> Vec<String> {
    let path = source.path.display();
    let mut found = Vec::new();
    let lines = source.text.lines().count();
    if lines > MAX_LINES {
        found.push(format!("{path}: {lines} lines, more than {MAX_LINES}"));
    }
    if !source.text.starts_with("//! ") {
        found.push(format!("{path}: does not start with a `//!` line"));
    }
    for (number, line) in source.text.lines().enumerate() {
        let at = number + 1;
        // Written apart, so that this file does not complain about itself.
        for word in [concat!("dbg", "!("), concat!("FIX", "ME"), concat!("TO", "DO"), concat!("XX", "X")] {
            if line.contains(word) {
                found.push(format!("{path}:{at}: {word}"));
            }
        }
        if is_banner(line) {
            found.push(format!("{path}:{at}: a banner comment"));
        }
    }
    found
}

fn is_banner(line: &str) -> bool {
    let Some(comment) = line.trim().strip_prefix("//") else { return false };
    // A table in documentation has rules of its own.
    if comment.trim_start_matches(['/', '!']).trim().starts_with('|') {
        return false;
    }
    ["====", "----", "****", "####", "////"].iter().any(|rule| comment.contains(rule))
}

#[test]
fn every_file_is_short_says_what_it_is_and_holds_no_leftovers() {
    let workspace = Workspace::load().unwrap();
    let sources = sources::all(&workspace).unwrap();
    assert!(sources.len() > 20, "only {} files were found", sources.len());
    let found: Vec<String> = sources.iter().flat_map(|(_, source)| complaints(source)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_bad_file_is_complained_about_line_by_line() {
    let text = format!("fn a() {{}}\n// {}\n{}1);\n", "=".repeat(20), concat!("dbg", "!("));
    let source = Source { path: "a.rs".into(), text };
    assert_eq!(
        complaints(&source),
        [
            "a.rs: does not start with a `//!` line".to_owned(),
            "a.rs:2: a banner comment".to_owned(),
            format!("a.rs:3: {}", concat!("dbg", "!(")),
        ]
    );
}
