//! Files of version 1, made from the tables as they were.

use rusqlite::{Connection, params};

use super::*;

/// A file as version 1 wrote it: a told tournament, one that games imply, and a game that kept the
/// source's id of its tournament among the unknown fields.
fn old_file(path: &std::path::Path) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(include_str!("schema_1.sql")).unwrap();
    connection
        .execute_batch(
            "INSERT INTO meta VALUES ('epoch', 'e1'), ('head', '3');
             INSERT INTO tournaments VALUES ('cup', 'club', 'Cup', 'running', NULL, NULL, 12, 1);
             INSERT INTO tournaments VALUES ('t0', 'club', 'League', 'unknown', NULL, NULL, NULL, NULL);
             INSERT INTO players VALUES (1, 'club', 'name:p1', 'p1');",
        )
        .unwrap();
    let mut insert = connection
        .prepare(
            "INSERT INTO games (n, id, identity, digest, \"offset\", corrected, source, tournament, game_no, \
             date, winner, status, flags, extra) \
             VALUES (?1, ?2, ?3, 'old', ?1, 0, 'club', ?4, 1, ?5, 'town', 'finished', '[]', ?6)",
        )
        .unwrap();
    let none: Option<&str> = None;
    insert.execute(params![1, "g1", "a", Some("Cup"), "2026-03-04", none]).unwrap();
    insert.execute(params![2, "g2", "b", Some("League"), "2026-03-02", none]).unwrap();
    insert.execute(params![3, "g3", "c", none, "2026-03-03", Some("{\"tournament_id\":\"7\"}")]).unwrap();
    connection
        .execute_batch(
            "INSERT INTO seats (game, seat, player, role, posted, name)
             SELECT n, 1, 1, 'civilian', 0, 'p1' FROM games;",
        )
        .unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
}

fn columns(connection: &Connection) -> Vec<(String, String, String)> {
    connection
        .prepare(
            "SELECT tables.name, columns.name, columns.type || columns.\"notnull\" || columns.pk \
             FROM sqlite_schema AS tables JOIN pragma_table_xinfo(tables.name) AS columns \
             UNION ALL SELECT name, tbl_name, 'index' FROM sqlite_schema WHERE type = 'index' ORDER BY 1, 2",
        )
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn a_file_of_version_1_gets_the_tables_of_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    old_file(&path);
    let old = Store::open(&path).unwrap();
    let new = Subject::new();
    assert_eq!(columns(&old.connection), columns(&new.store.connection));
    let version: i64 = old.connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 2);
}

#[test]
fn games_of_a_file_of_version_1_find_their_tournaments() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    old_file(&path);
    let mut store = Store::open(&path).unwrap();
    let rows: Vec<(String, Option<String>, Option<String>)> = store
        .connection
        .prepare("SELECT id, tournament_id, tournament_row FROM games ORDER BY id")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let row = |id: &str, own: Option<&str>, row: &str| {
        (id.to_owned(), own.map(str::to_owned), Some(row.to_owned()))
    };
    assert_eq!(rows, [row("g1", None, "cup"), row("g2", None, "t0"), row("g3", Some("7"), "club-7")]);
    assert_eq!(store.game("g3").unwrap().unwrap()["tournament_id"], "7");
    assert_eq!(store.tournament("t0").unwrap().unwrap()["start"], "2026-03-02", "the first game's day");
    assert_eq!(store.tournament("cup").unwrap().unwrap()["start"], Value::Null, "nobody said so");
    assert_eq!(store.position().unwrap().offset, 3);
    assert_eq!(store.verify().unwrap(), []);
}

#[test]
fn a_migration_that_fails_leaves_the_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    old_file(&path);
    let connection = Connection::open(&path).unwrap();
    connection.execute("UPDATE games SET winner = 'nobody' WHERE id = 'g2'", []).unwrap();
    let before = columns(&connection);
    drop(connection);
    assert!(matches!(Store::open(&path), Err(crate::StoreError::Corrupt { .. })));
    let connection = Connection::open(&path).unwrap();
    assert_eq!(columns(&connection), before);
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 1);
}
