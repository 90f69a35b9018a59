//! Imports of every format: folders, packed files, the standard input, what is set aside and told.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail like tests")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;
use e2e::{Finished, binary, fixture, run};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with a database and a report that imports write to.
struct Place(TempDir);

impl Place {
    fn new() -> Result<Self> {
        Ok(Self(tempfile::tempdir()?))
    }

    fn database(&self) -> String {
        self.0.path().join("games.sqlite").to_string_lossy().into_owned()
    }

    fn report_path(&self) -> String {
        self.0.path().join("report.jsonl").to_string_lossy().into_owned()
    }

    fn import(&self, files: &[&Path]) -> Result<Finished> {
        let (database, report) = (self.database(), self.report_path());
        let mut args = vec!["import", "--database", &database, "--report", &report, "--json"];
        args.extend(files.iter().map(|path| path.to_str().unwrap()));
        run(&args)
    }

    /// The report of the last import.
    fn report(&self) -> Result<Vec<Value>> {
        let text = fs::read_to_string(self.report_path())?;
        Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    }

    /// A folder for files to import.
    fn folder(&self) -> Result<std::path::PathBuf> {
        let folder = self.0.path().join("files");
        fs::create_dir_all(folder.join("deep/deeper"))?;
        Ok(folder)
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn reasons(report: &[Value]) -> Vec<&str> {
    report.iter().filter_map(|line| line["reason"].as_str()).collect()
}

#[test]
fn a_folder_of_mixed_files_is_imported_in_one_go_and_the_second_time_nothing_moves() -> Result<()> {
    let place = Place::new()?;
    let folder = place.folder()?;
    for (name, to) in
        [("evening.jsonl", "a"), ("bad_lines.jsonl", "deep/b"), ("golden/count.py", "deep/count.py")]
    {
        fs::copy(fixture(name), folder.join(to))?;
    }
    for entry in fs::read_dir(fixture("gomafia"))? {
        let entry = entry?;
        fs::copy(entry.path(), folder.join("deep/deeper").join(entry.file_name()))?;
    }
    let first = place.import(&[&folder])?;
    // The fixtures hold damage on purpose, and the script is of no known format.
    assert_eq!(first.code, Some(3), "{first:?}");
    let first = first.last_json()?;
    let records = json!({ "clubs": 2, "games": 26, "player_years": 5, "players": 6, "tournaments": 11 });
    assert_eq!(first["records"], records, "{first}");
    assert_eq!((&first["files"], &first["skipped"]), (&json!(13), &json!(1)), "{first}");
    let count = |summary: &Value, key: &str| summary[key].as_u64().unwrap();
    let kept = ["added", "changed", "unchanged", "set_aside"].map(|key| count(&first, key));
    assert_eq!(kept.iter().sum::<u64>(), count(&first, "read"), "{first}");
    let second = place.import(&[&folder])?.last_json()?;
    assert_eq!((count(&second, "added"), count(&second, "changed")), (0, 0), "{second}");
    assert_eq!(second["position"], first["position"]);
    assert_eq!(second["reasons"], first["reasons"]);
    Ok(())
}

#[test]
fn the_order_of_files_does_not_change_what_is_stored() -> Result<()> {
    let names = [
        "evening.jsonl",
        "gomafia/user_getTop.json",
        "gomafia/tournament_getAll.json",
        "gomafia/player_years.csv",
    ];
    let mut files: Vec<_> = names.iter().map(|name| fixture(name)).collect();
    let mut sums = Vec::new();
    for _ in 0..2 {
        let place = Place::new()?;
        let paths: Vec<&Path> = files.iter().map(std::path::PathBuf::as_path).collect();
        let summary = place.import(&paths)?.last_json()?;
        sums.push(
            ["read", "added", "set_aside", "flags", "reasons", "records"].map(|key| summary[key].clone()),
        );
        files.reverse();
    }
    assert_eq!(sums[0], sums[1]);
    assert_eq!(sums[0][1], json!(17 + 3 + 4 + 3));
    Ok(())
}

#[test]
fn a_packed_file_is_the_file() -> Result<()> {
    let place = Place::new()?;
    let folder = place.folder()?;
    // The name says nothing: the content does. Two archives in one are one file.
    let (games, years) =
        (fs::read(fixture("evening.jsonl"))?, fs::read(fixture("gomafia/player_years.csv"))?);
    let (start, end) = games.split_at(games.len() / 2);
    fs::write(folder.join("a.txt"), [packed(start), packed(end)].concat())?;
    fs::write(folder.join("deep/deeper/b.gz"), packed(&years))?;
    let done = place.import(&[&folder])?;
    let records = done.last_json()?["records"].clone();
    assert_eq!((&records["games"], &records["player_years"]), (&json!(17), &json!(3)), "{done:?}");
    let plain = Place::new()?;
    let plain_summary = plain.import(&[&fixture("evening.jsonl")])?.last_json()?;
    assert_eq!(done.last_json()?["flags"], plain_summary["flags"]);
    Ok(())
}

#[test]
fn a_damaged_archive_keeps_what_stood_before_the_damage() -> Result<()> {
    let place = Place::new()?;
    let folder = place.folder()?;
    let whole = packed(&fs::read(fixture("evening.jsonl"))?);
    let cut = folder.join("cut.gz");
    fs::write(&cut, &whole[..whole.len() - 6])?;
    let done = place.import(&[&cut, &fixture("gomafia/club_getTop.json")])?;
    assert_eq!(done.code, Some(3), "{done:?}");
    let summary = done.last_json()?;
    assert_eq!(summary["reasons"], json!({ "unreadable": 1 }));
    assert_eq!(summary["records"]["clubs"], json!(2));
    assert_eq!(place.report()?[0]["file"], json!(cut.to_string_lossy()));
    Ok(())
}

#[test]
fn the_standard_input_is_a_file_called_by_a_dash() -> Result<()> {
    let place = Place::new()?;
    let mut child = Command::new(binary()?)
        .args(["import", "--database", &place.database(), "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().unwrap();
    input.write_all(&packed(&fs::read(fixture("evening.jsonl"))?))?;
    drop(input);
    let output = child.wait_with_output()?;
    assert_eq!(output.status.code(), Some(0));
    let summary: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!((&summary["files"], &summary["added"]), (&json!(1), &json!(17)));
    Ok(())
}

/// Behaviour: B67 — broken by: failing the whole import for a file of no known format
#[test]
fn a_named_file_of_no_known_format_is_set_aside_and_the_others_are_imported() -> Result<()> {
    let place = Place::new()?;
    let folder = place.folder()?;
    let notes = folder.join("notes.jsonl");
    fs::write(&notes, "# Notes\n\nnothing to import\n")?;
    let done = place.import(&[&notes, &fixture("evening.jsonl")])?;
    assert_eq!(done.code, Some(3), "{done:?}");
    let summary = done.last_json()?;
    assert_eq!((&summary["added"], &summary["set_aside"]), (&json!(17), &json!(1)));
    assert_eq!(summary["reasons"], json!({ "unknown_format": 1 }));
    assert_eq!(place.report()?[0]["file"], json!(notes.to_string_lossy()));
    // In a folder there may be anything: it is named and no reason to complain.
    fs::copy(fixture("evening.jsonl"), folder.join("evening.txt"))?;
    let done = place.import(&[&folder])?;
    assert_eq!((done.code, done.last_json()?["skipped"].clone()), (Some(0), json!(1)), "{done:?}");
    assert_eq!(reasons(&place.report()?), ["unknown_format"]);
    Ok(())
}

#[test]
fn a_name_that_is_none_leaves_no_half_import() -> Result<()> {
    let place = Place::new()?;
    let done = place.import(&[&fixture("evening.jsonl"), &place.0.path().join("missing.jsonl")])?;
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(!Path::new(&place.database()).exists());
    Ok(())
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() -> Result<()> {
    let place = Place::new()?;
    let folder = place.folder()?;
    for name in ["evening.jsonl", "gomafia/player_years.csv"] {
        let text = fs::read_to_string(fixture(name))?;
        let plain = place.import(&[&fixture(name)])?.last_json()?;
        let dressed = folder.join("dressed");
        fs::write(&dressed, format!("\u{feff}{}", text.replace('\n', "\r\n")))?;
        let summary = place.import(&[&dressed])?.last_json()?;
        assert_eq!(summary["unchanged"], plain["added"], "{name}: {summary}");
        assert_eq!(
            ["read", "set_aside"].map(|key| &summary[key]),
            ["read", "set_aside"].map(|key| &plain[key])
        );
        assert_eq!(summary["position"], plain["position"], "{name}");
    }
    Ok(())
}

#[test]
fn a_document_that_is_too_long_is_set_aside_with_a_word_on_it() -> Result<()> {
    let place = Place::new()?;
    let folder = place.folder()?;
    let long = folder.join("long.json.gz");
    let text = [br#"{"result":"success","data":["#.as_slice(), &vec![b' '; 64 * 1024 * 1024], b"]}"].concat();
    fs::write(&long, packed(&text))?;
    let done = place.import(&[&long])?;
    assert_eq!((done.code, done.last_json()?["reasons"].clone()), (Some(3), json!({ "too_large": 1 })));
    Ok(())
}

/// Behaviour: B67 — broken by: naming the field of a refused table as a line of games does
#[test]
fn tables_that_are_refused_are_reported_by_their_place_in_the_document_without_personal_data() -> Result<()> {
    let place = Place::new()?;
    let done = place.import(&[&fixture("gomafia/tournament_get_refused.json")])?;
    assert_eq!(done.code, Some(3), "{done:?}");
    let reasons = json!({ "not_a_number": 1, "seat_twice": 1, "unknown_role": 1, "unknown_winner": 1 });
    assert_eq!(done.last_json()?["reasons"], reasons);
    let report = place.report()?;
    assert_eq!(report[0]["field"], json!("/data/games/0/game/0/win"));
    for line in &report {
        let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["field", "file", "line", "message", "raw", "reason"]);
        assert!(line["raw"].is_string() && !line.to_string().contains("Секрет"), "{line}");
    }
    assert!(report[2]["raw"].as_str().unwrap().contains("Вереск"));
    Ok(())
}

#[test]
fn no_personal_field_reaches_the_database() -> Result<()> {
    let place = Place::new()?;
    place.import(&[&fixture("gomafia")])?;
    for entry in fs::read_dir(place.0.path())? {
        let bytes = fs::read(entry?.path())?;
        for word in ["Тайна", "Секрет", "example.invalid/p.png", "vk_id"] {
            assert!(!bytes.windows(word.len()).any(|part| part == word.as_bytes()), "{word}");
        }
    }
    Ok(())
}

#[test]
fn a_result_table_that_contradicts_its_games_is_reported_and_its_games_kept() -> Result<()> {
    let place = Place::new()?;
    let done = place.import(&[&fixture("gomafia/tournament_get_contradiction.json")])?;
    assert_eq!(done.code, Some(0), "{done:?}");
    let summary = done.last_json()?;
    assert_eq!((&summary["disagreements"], &summary["records"]["games"]), (&json!(3), &json!(2)));
    let report = place.report()?;
    assert_eq!(reasons(&report), ["disagreement"; 3]);
    assert_eq!(report[0]["field"], json!("/tournament_result/1/sum"));
    Ok(())
}

#[test]
fn a_tournament_of_two_sources_is_joined_and_what_they_tell_differently_is_reported() -> Result<()> {
    let place = Place::new()?;
    let folder = place.folder()?;
    let players: Vec<Value> = [("Полынь", "civilian"), ("Кит", "mafia")]
        .iter()
        .enumerate()
        .map(|(n, (name, role))| json!({ "seat": n + 1, "name": name, "role": role }))
        .collect();
    let game = json!({
        "source": "polar/board", "tournament": "Кубок Полярной совы", "date": "2025-03-15", "round": 1, "table": 1,
        "winner": "mafia", "referee": "Судья Громкий", "players": players,
    });
    let lines = folder.join("board.jsonl");
    fs::write(&lines, format!("{game}\n"))?;
    let summary = place.import(&[&fixture("gomafia/tournament_get.json"), &lines])?.last_json()?;
    assert!(summary["joined"].as_u64() >= Some(1), "{summary}");
    let report = place.report()?;
    let fields: Vec<&str> = report
        .iter()
        .filter(|line| line["reason"] == "disagreement")
        .filter_map(|line| line["field"].as_str())
        .collect();
    assert!(fields.contains(&"winner") && fields.contains(&"referee"), "{report:?}");
    assert_eq!(summary["disagreements"].as_u64(), Some(fields.len() as u64));
    Ok(())
}

#[test]
fn of_two_tellings_in_one_import_the_first_stands_and_the_other_is_reported() -> Result<()> {
    let place = Place::new()?;
    let folder = place.folder()?;
    let text = fs::read_to_string(fixture("evening.jsonl"))?;
    let other = folder.join("other.jsonl");
    let line = text.lines().find(|line| line.contains("\"winner\":\"town\"")).unwrap();
    fs::write(&other, line.replace("\"winner\":\"town\"", "\"winner\":\"draw\""))?;
    let files = [fixture("evening.jsonl"), other.clone()];
    let files: Vec<&Path> = files.iter().map(std::path::PathBuf::as_path).collect();
    let first = place.import(&files)?.last_json()?;
    assert_eq!((&first["added"], &first["disagreements"]), (&json!(17), &json!(1)), "{first}");
    let report = place.report()?;
    assert_eq!((&report[0]["line"], &report[0]["reason"]), (&json!(1), &json!("disagreement")));
    let second = place.import(&files)?.last_json()?;
    assert_eq!((&second["changed"], &second["position"]), (&json!(0), &first["position"]));
    // A later import is a correction.
    let third = place.import(&[&other])?.last_json()?;
    assert_eq!((&third["changed"], &third["disagreements"]), (&json!(1), &json!(0)));
    Ok(())
}
