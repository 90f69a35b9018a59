//! The paths of the document are the routes of the server, its tables the tables of the server.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use e2e::{Server, fixture, run};
use serde_json::{Value, json};

use crate::client::{Call, encoded};
use crate::document::{Document, fields};

/// What a browser asks for: the page and its socket, of which PROTOCOL.md speaks.
const OF_THE_PAGE: [&str; 3] = ["/", "/assets/{name}", "/socket/websocket"];

/// Every path that stands in a `.route("…"` of the server's sources, those of its tests left out.
fn routes(folder: &Path, found: &mut BTreeSet<String>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            routes(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let text = std::fs::read_to_string(&path)?;
            let after = text.split(".route(").skip(1).map(str::trim_start);
            found.extend(
                after.filter_map(|rest| rest.strip_prefix('"')?.split('"').next().map(str::to_owned)),
            );
        }
    }
    Ok(())
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(name).join("src")
}

#[test]
fn the_documented_paths_are_the_routes() -> Result<()> {
    let folder_of_data = tempfile::tempdir()?;
    let server = Server::start(&folder_of_data.path().join("routes.sqlite"), &[])?;
    let document = Document::of(&server)?;
    let mut routed = BTreeSet::new();
    routes(&folder("gomafia"), &mut routed)?;
    routes(&folder("server"), &mut routed)?;
    for path in OF_THE_PAGE {
        ensure!(routed.remove(path), "{path} is no route any more");
    }
    let documented: BTreeSet<String> = fields(&document.value()["paths"])?.keys().cloned().collect();
    assert_eq!(documented, routed);
    Ok(())
}

#[test]
fn the_documented_methods_of_a_path_are_those_that_it_takes() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("methods.sqlite"), &[])?;
    let document = Document::of(&server)?;
    for path in fields(&document.value()["paths"])?.keys() {
        let target = path.replace(['{', '}'], "");
        let answer = Call::new("OPTIONS", &target).send(&server)?;
        ensure!(answer.status == 405, "{path}: {answer:?}");
        let allowed = answer.headers.get("allow").with_context(|| format!("{path} tells no methods"))?;
        let allowed: BTreeSet<String> =
            allowed.split(',').map(|one| one.trim().to_lowercase()).filter(|one| one != "head").collect();
        let operations = document.operations()?;
        let documented = operations.iter().filter(|one| one.path == path).map(|one| one.method.to_owned());
        assert_eq!(documented.collect::<BTreeSet<_>>(), allowed, "{path}");
    }
    Ok(())
}

/// The names that a sentence lists between two of its words.
fn listed<'a>(detail: &'a str, after: &str) -> Result<BTreeSet<&'a str>> {
    let (_, list) = detail.split_once(after).with_context(|| format!("no list in {detail}"))?;
    Ok(list.split(", ").collect())
}

#[test]
fn the_documented_tables_and_columns_are_those_that_can_be_read() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("tables.sqlite");
    for source in ["gomafia", "evening.jsonl"] {
        let imported =
            run(&["import", "--database", &database.to_string_lossy(), &fixture(source).to_string_lossy()])?;
        ensure!(matches!(imported.code, Some(0 | 3)), "{imported:?}");
    }
    let server = Server::start(&database, &[])?;
    let document = Document::of(&server)?;
    let operation = document.operation("get", "/api/v1/tables/{table}")?;
    let tables = operation.parameters.iter().find(|one| one["name"] == "table").context("no table")?;
    let tables: BTreeSet<&str> =
        tables["schema"]["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let unknown = Call::new("get", "/api/v1/tables/weather").send(&server)?;
    assert_eq!(listed(unknown.body["detail"].as_str().unwrap_or_default(), "there are ")?, tables);
    let mut filled = BTreeSet::new();
    for table in &tables {
        let mut schemas = fields(&document.value()["components"]["schemas"])?.values();
        let row = schemas.find(|schema| schema["title"] == json!(table));
        let row = row.with_context(|| format!("rows of {table} are not documented"))?;
        let columns = fields(&row["properties"])?;
        let compared = columns.iter().filter(|(_, column)| column.get("type") != Some(&json!("array")));
        let compared: BTreeSet<&str> = compared.map(|(name, _)| name.as_str()).collect();
        let refused = Call::new("get", &format!("/api/v1/tables/{table}?weather=is.null")).send(&server)?;
        assert_eq!(
            listed(refused.body["detail"].as_str().unwrap_or_default(), "there are ")?,
            compared,
            "{table}"
        );
        let mut target = format!("/api/v1/tables/{table}?limit=7");
        loop {
            let page = Call::new("get", &target).send(&server)?;
            document.check(&operation, &page).with_context(|| target.clone())?;
            for one in page.body["rows"].as_array().into_iter().flatten() {
                document.valid(row, one)?;
                filled.insert(*table);
            }
            let Some(next) = page.body["next"].as_str() else { break };
            target = format!("/api/v1/tables/{table}?limit=7&after={}", encoded(next));
        }
    }
    let expected = ["clubs", "games", "imports", "player_years", "players", "seats", "tournaments"];
    assert!(expected.iter().all(|table| filled.contains(table)), "rows only in {filled:?}");
    Ok(())
}
