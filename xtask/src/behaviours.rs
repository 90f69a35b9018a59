//! Which test holds which behaviour, and whether the documents tell the truth about tests.

use std::fs;
use std::process::ExitCode;

use anyhow::Result;

use crate::process::{print, say};
use crate::sources::{self, TestFn};
use crate::workspace::Workspace;

const LAST: u32 = 80;

/// Documents whose `(test: path)` must exist.
const DOCUMENTS: [&str; 3] = ["README.md", "ARCHITECTURE.md", "PROTOCOL.md"];

/// Claims for tests whose own comment does not make them.
const REGISTER: &str = include_str!("../behaviours.txt");

/// Prints one line a behaviour; fails when a document names a test that is not there.
pub(crate) fn report(workspace: &Workspace) -> Result<ExitCode> {
    let mut tests = sources::tests(workspace)?;
    let mut missing = missing_tests(workspace, &tests)?;
    missing.extend(add_register(REGISTER, &mut tests));
    for number in 1..=LAST {
        for line in lines_of(number, &tests) {
            print(&line)?;
        }
    }
    for line in &missing {
        say(line);
    }
    Ok(if missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Adds the register's claims to the tests; answers the lines that name no test.
fn add_register(register: &str, tests: &mut [TestFn]) -> Vec<String> {
    let mut wrong = Vec::new();
    for line in register.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (claim, why) = line.split_once(" — broken by: ").unwrap_or((line, ""));
        let (names, path) = claim.rsplit_once(' ').unwrap_or((claim, ""));
        match tests.iter_mut().find(|test| test.path == path) {
            Some(test) => test.behaviours.extend(sources::parse_mark(&format!("{names} — broken by: {why}"))),
            None => wrong.push(format!("behaviours.txt names the test {path}, which does not exist")),
        }
    }
    wrong
}

fn lines_of(number: u32, tests: &[TestFn]) -> Vec<String> {
    let mut lines = Vec::new();
    for test in tests {
        for (claimed, why) in &test.behaviours {
            if *claimed == number {
                lines.push(format!("B{number} ok {} — broken by: {why}", test.path));
            }
        }
    }
    if lines.is_empty() {
        lines.push(format!("B{number} none"));
    }
    lines
}

/// What the documents claim and nothing proves, one sentence each.
pub(crate) fn missing_tests(workspace: &Workspace, tests: &[TestFn]) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    for document in DOCUMENTS {
        let path = workspace.root().join(document);
        if !path.is_file() {
            continue;
        }
        for name in named_tests(&fs::read_to_string(path)?) {
            if !exists(&name, tests) {
                missing.push(format!("{document} names the test {name}, which does not exist"));
            }
        }
    }
    Ok(missing)
}

/// The last part of a path is the function; what stands before it must be in order, not complete.
fn exists(name: &str, tests: &[TestFn]) -> bool {
    let wanted: Vec<&str> = name.split("::").filter(|part| *part != "tests").collect();
    tests.iter().any(|test| {
        let mut parts = test.path.split("::");
        test.path.rsplit("::").next() == wanted.last().copied()
            && wanted.iter().all(|part| parts.any(|candidate| candidate == *part))
    })
}

/// Every `(test: a::b)` and `(tests: a::b, c::d)`, back ticks or not.
fn named_tests(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for mark in ["(test: ", "(tests: "] {
        for rest in text.split(mark).skip(1) {
            let inside = rest.split(')').next().unwrap_or_default();
            names.extend(inside.split([',', ' ', '\n']).map(|n| n.trim_matches('`').to_owned()));
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(path: &str, behaviours: &[u32]) -> TestFn {
        TestFn {
            path: path.to_owned(),
            behaviours: behaviours.iter().map(|n| (*n, "a lost frame".to_owned())).collect(),
        }
    }

    #[test]
    fn a_behaviour_lists_its_tests_or_none() {
        let tests = [test("a::b", &[16]), test("c::d", &[])];
        assert_eq!(lines_of(16, &tests), ["B16 ok a::b — broken by: a lost frame"]);
        assert_eq!(lines_of(17, &tests), ["B17 none"]);
    }

    #[test]
    fn names_are_read_with_and_without_back_ticks() {
        let text = "Invariant: x. (test: `a::b`)\nInvariant: y (tests: c::d, `e::f`)";
        assert_eq!(named_tests(text), ["a::b", "c::d", "e::f"]);
    }

    #[test]
    fn a_named_test_exists_by_the_end_of_its_path() {
        let tests = [test("store_sqlite::ingest::twice_is_once", &[])];
        assert!(exists("store_sqlite::ingest::tests::twice_is_once", &tests));
        assert!(exists("store_sqlite::twice_is_once", &tests));
        assert!(!exists("mafia::twice_is_once", &tests));
        assert!(!exists("store_sqlite::ingest", &tests));
    }

    #[test]
    fn the_register_adds_claims_and_names_only_tests_that_exist() {
        let mut tests = [test("a::b", &[])];
        let wrong = add_register("# how\nB1, B2 a::b — broken by: x\nB3 c::d — broken by: y\n", &mut tests);
        assert_eq!(tests[0].behaviours, [(1, "x".to_owned()), (2, "x".to_owned())]);
        assert_eq!(wrong, ["behaviours.txt names the test c::d, which does not exist"]);
    }

    #[test]
    fn every_test_that_a_document_names_exists() {
        let workspace = Workspace::load().unwrap();
        let mut tests = sources::tests(&workspace).unwrap();
        assert_eq!(missing_tests(&workspace, &tests).unwrap(), Vec::<String>::new());
        assert_eq!(add_register(REGISTER, &mut tests), Vec::<String>::new());
    }
}
