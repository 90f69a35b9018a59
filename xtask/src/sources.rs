//! The Rust files of the workspace and the tests in them, found by reading.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// One file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to the workspace's root.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// One test function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TestFn {
    /// `package::module::function`; a file under `tests/` stands for a module.
    pub(crate) path: String,
    /// The behaviours its comment claims, each with what would break the test.
    pub(crate) behaviours: Vec<(u32, String)>,
}

/// Every `.rs` file of every member, in the order of their paths.
pub(crate) fn all(workspace: &Workspace) -> Result<Vec<(String, Source)>> {
    let root = workspace.root();
    let mut found = Vec::new();
    for package in workspace.members() {
        let folder = package.manifest_path.parent().context("a manifest has a folder")?;
        let mut paths = Vec::new();
        collect(folder.as_std_path(), &mut paths)?;
        paths.sort();
        for path in paths {
            let text =
                fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
            let path = path.strip_prefix(&root).unwrap_or(&path).to_owned();
            found.push((package.name.to_string(), Source { path, text }));
        }
    }
    Ok(found)
}

/// Every test of every member.
pub(crate) fn tests(workspace: &Workspace) -> Result<Vec<TestFn>> {
    let mut tests = Vec::new();
    for (package, source) in all(workspace)? {
        let module = module_of(&package, &source.path);
        tests.extend(tests_in(&module, &source.text));
    }
    Ok(tests)
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with("target") {
                collect(&path, paths)?;
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

fn module_of(package: &str, path: &Path) -> String {
    let parts: Vec<&str> = path.iter().filter_map(|p| p.to_str()).collect();
    let start = parts.iter().position(|p| *p == "src" || *p == "tests").map_or(parts.len(), |at| at + 1);
    let mut module = package.replace('-', "_");
    for part in parts.get(start..).unwrap_or_default() {
        let name = part.trim_end_matches(".rs");
        if !["lib", "main", "mod"].contains(&name) {
            module.push_str("::");
            module.push_str(name);
        }
    }
    module
}

/// Reads line by line: a test attribute, then the function it stands on.
fn tests_in(module: &str, text: &str) -> Vec<TestFn> {
    let mut tests = Vec::new();
    let mut behaviours = Vec::new();
    let mut is_test = false;
    let mut in_property = false;
    for line in text.lines().map(str::trim) {
        if let Some(mark) = line.trim_start_matches('/').trim().strip_prefix("Behaviour: ") {
            behaviours.extend(parse_mark(mark));
        } else if line == "#[test]" || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if line.starts_with("proptest!") {
            in_property = true;
        } else if let Some(name) = function_name(line) {
            if is_test || (in_property && !behaviours.is_empty()) {
                tests.push(TestFn {
                    path: format!("{module}::{name}"),
                    behaviours: std::mem::take(&mut behaviours),
                });
            }
            behaviours.clear();
            is_test = false;
        }
    }
    tests
}

fn function_name(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub ").unwrap_or(line);
    let rest = rest.strip_prefix("async ").unwrap_or(rest);
    let rest = rest.strip_prefix("fn ")?;
    rest.split(['(', '<']).next()
}

/// `B16, B17 — broken by: what`.
pub(crate) fn parse_mark(mark: &str) -> Vec<(u32, String)> {
    let (names, why) = mark.split_once(" — broken by: ").unwrap_or((mark, ""));
    names
        .split(',')
        .filter_map(|name| name.trim().strip_prefix('B')?.parse().ok())
        .map(|number| (number, why.trim().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_found_with_the_behaviours_it_claims() {
        let text = "/// Behaviour: B16, B24 — broken by: dropping the last delta\n#[test]\nfn nothing_is_lost() {}\nfn helper() {}\n#[tokio::test(flavor = \"current_thread\")]\nasync fn later() {}\n";
        assert_eq!(
            tests_in("server::hub", text),
            [
                TestFn {
                    path: "server::hub::nothing_is_lost".to_owned(),
                    behaviours: vec![
                        (16, "dropping the last delta".to_owned()),
                        (24, "dropping the last delta".to_owned())
                    ],
                },
                TestFn { path: "server::hub::later".to_owned(), behaviours: vec![] },
            ]
        );
    }

    #[test]
    fn a_file_stands_for_its_module() {
        assert_eq!(module_of("store-sqlite", Path::new("crates/store-sqlite/src/lib.rs")), "store_sqlite");
        assert_eq!(module_of("mafia", Path::new("crates/mafia/src/views/mod.rs")), "mafia::views");
        assert_eq!(module_of("e2e", Path::new("e2e/tests/kill.rs")), "e2e::kill");
    }
}
