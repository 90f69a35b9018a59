//! Who may depend on whom.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::DependencyKind;

use crate::workspace::Workspace;

/// Member → the members that it may name in its manifest, development dependencies aside.
const ALLOWED: &[(&str, &[&str])] = &[
    (
        "benches",
        &[
            "changelog",
            "e2e",
            "mafia",
            "realtime-manager",
            "realtime-native",
            "realtime-protocol",
            "realtime-server",
            "simulation",
        ],
    ),
    ("changelog", &[]),
    ("e2e", &[]),
    (
        "gomafia",
        &[
            "changelog",
            "mafia",
            "realtime-manager",
            "realtime-native",
            "realtime-protocol",
            "realtime-server",
            "store-sqlite",
        ],
    ),
    (
        "gomafia-dashboard",
        &["mafia", "realtime-leptos", "realtime-manager", "realtime-protocol", "realtime-web"],
    ),
    (
        "gomafia-gallery",
        &["gomafia-dashboard", "realtime-leptos", "realtime-manager", "realtime-protocol", "realtime-web"],
    ),
    ("mafia", &["realtime-protocol"]),
    ("realtime-leptos", &["realtime-manager", "realtime-protocol", "realtime-web"]),
    ("realtime-manager", &["realtime-protocol"]),
    ("realtime-native", &["realtime-manager", "realtime-protocol"]),
    ("realtime-protocol", &[]),
    ("realtime-server", &["changelog", "realtime-protocol"]),
    ("realtime-web", &["realtime-manager", "realtime-protocol"]),
    ("server-stats", &["changelog", "realtime-protocol", "realtime-server"]),
    ("server-stats-page", &["realtime-leptos", "realtime-protocol"]),
    ("simulation", &["changelog", "realtime-manager", "realtime-protocol", "realtime-server"]),
    ("store-sqlite", &["changelog", "mafia", "realtime-protocol"]),
    ("xtask", &[]),
];

/// Crates that must stay without runtime, clock, socket and chance.
const PURE: [&str; 4] = ["changelog", "mafia", "realtime-manager", "realtime-protocol"];

const IMPURE: [&str; 12] = [
    "axum",
    "governor",
    "hyper",
    "rand",
    "rusqlite",
    "rustix",
    "socket2",
    "tokio",
    "tokio-tungstenite",
    "tungstenite",
    "ureq",
    "web-sys",
];

fn edges(workspace: &Workspace) -> BTreeMap<String, BTreeSet<String>> {
    workspace
        .members()
        .map(|package| {
            let names = package
                .dependencies
                .iter()
                .filter(|d| d.kind != DependencyKind::Development)
                .map(|d| d.name.clone())
                .collect();
            (package.name.to_string(), names)
        })
        .collect()
}

#[test]
fn members_depend_on_each_other_only_as_the_table_allows() {
    let workspace = Workspace::load().unwrap();
    let edges = edges(&workspace);
    let members: BTreeSet<&String> = edges.keys().collect();
    let table: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    for (package, names) in &edges {
        let allowed = table.get(package.as_str()).unwrap_or_else(|| panic!("{package} is not in the table"));
        for name in names.iter().filter(|name| members.contains(name)) {
            assert!(allowed.contains(&name.as_str()), "{package} must not depend on {name}");
        }
    }
}

#[test]
fn the_pure_crates_know_no_runtime_and_no_socket() {
    let workspace = Workspace::load().unwrap();
    let edges = edges(&workspace);
    for package in PURE {
        let names = edges.get(package).unwrap_or_else(|| panic!("{package} is gone"));
        for impure in IMPURE {
            assert!(!names.contains(impure), "{package} must not depend on {impure}");
        }
    }
}

#[test]
fn bindings_and_their_generator_have_one_version() {
    let workspace = Workspace::load().unwrap();
    assert_eq!(
        workspace.locked("wasm-bindgen").unwrap(),
        workspace.locked("wasm-bindgen-cli-support").unwrap()
    );
}
