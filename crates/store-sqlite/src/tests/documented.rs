//! `docs/tables.md` lists every column.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

type Columns = BTreeMap<String, BTreeSet<String>>;

/// Names in back quotes.
fn names(text: &str) -> impl Iterator<Item = String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned)
}

fn documented() -> Columns {
    let text = include_str!("../../../../docs/tables.md");
    let mut tables = Columns::new();
    for section in text.split("\n## ").skip(1) {
        let (title, body) = section.split_once('\n').unwrap();
        let Some(table) = names(title).next() else { continue };
        let rows = body.lines().filter(|line| line.starts_with("| `"));
        let columns = rows.flat_map(|row| names(row.split('|').nth(1).unwrap())).collect();
        tables.insert(table, columns);
    }
    tables
}

#[test]
fn the_columns_of_every_table_are_those_that_the_document_lists() {
    let subject = Subject::new();
    let mut statement = subject
        .store
        .connection
        .prepare(
            "SELECT tables.name, columns.name FROM sqlite_schema AS tables \
             JOIN pragma_table_xinfo(tables.name) AS columns WHERE tables.type = 'table'",
        )
        .unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut found = Columns::new();
    while let Some(row) = rows.next().unwrap() {
        found.entry(row.get(0).unwrap()).or_default().insert(row.get(1).unwrap());
    }
    assert_eq!(documented(), found);
}
