//! `imgbench history` as people and jobs meet it: the program, on directories of experiments.

#![allow(clippy::unwrap_used)]

#[path = "../../reports/tests/sample/mod.rs"]
mod sample;

use std::path::Path;

use assert_cmd::Command;
use reports::record::{Experiment, RunsWriter};
use tempfile::TempDir;

fn night(day: u32) -> Experiment {
    let mut experiment =
        sample::experiment(&[("raw", "Raw", "truncate", 1.6), ("qcow2", "Q", "qemu-img", 2.4)]);
    experiment.manifest.started = format!("2026-11-{day:02}T01:30:00Z");
    experiment
}

fn write(directory: &Path, experiment: &Experiment) {
    std::fs::create_dir(directory).unwrap();
    experiment.manifest.write(&directory.join("experiment.toml")).unwrap();
    let mut runs = RunsWriter::create(&directory.join("runs.csv")).unwrap();
    experiment.runs.iter().for_each(|run| runs.append(run).unwrap());
}

/// A directory with the nights `1`, `2` and `3`, all imported.
fn three_nights() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for day in 1..=3 {
        write(&directory.path().join(day.to_string()), &night(day));
    }
    let (code, printed, said) = history(&directory, &["import", "1", "2", "3"]);
    assert_eq!((code, said.as_str()), (0, ""));
    assert_eq!(printed.lines().count(), 3);
    assert!(printed.lines().all(|line| line.ends_with(" imported")), "{printed}");
    directory
}

/// Exit code, standard output and standard error.
fn history(directory: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let mut program = Command::cargo_bin("imgbench").unwrap();
    program.env_remove("IMGBENCH_HISTORY").current_dir(directory.path());
    let output = program.arg("history").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn one_bad_directory_does_not_keep_the_others_out() {
    let directory = tempfile::tempdir().unwrap();
    for day in [1, 2] {
        write(&directory.path().join(day.to_string()), &night(day));
    }
    let (code, printed, said) = history(&directory, &["import", "1", "nowhere", "2"]);
    assert_eq!(code, 1);
    assert_eq!(printed.lines().count(), 2, "{printed}");
    assert_eq!(
        said,
        "error: nowhere: no experiment.toml here; give the directory that `imgbench run` wrote\n\
         1 of 3 not imported: see above\n"
    );
    let (code, printed, _) = history(&directory, &["import", "1", "2"]);
    assert_eq!(code, 0);
    assert!(printed.lines().all(|line| line.ends_with(" already there")), "{printed}");
    assert!(directory.path().join("results/history.db").exists());
}

#[test]
fn nights_and_cells_are_printed() {
    let directory = three_nights();
    let (code, printed, _) =
        history(&directory, &["list", "--since", "2026-11-02", "--format", "csv"]);
    assert_eq!((code, printed.lines().count()), (0, 3));
    let until = &["list", "--until", "2026-11-02", "--last", "1", "--format", "csv"];
    let (_, printed, _) = history(&directory, until);
    assert!(printed.lines().count() == 2 && printed.contains("2026-11-02T01:30:00Z"), "{printed}");
    let (_, printed, _) = history(&directory, &["list"]);
    assert!(printed.contains(" 2026-11-03 01:30  "), "{printed}");

    let (_, printed, _) = history(&directory, &["show", "q*", "--format", "json"]);
    let points: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(points.as_array().unwrap().len(), 3);
    assert_eq!((&points[0]["cell"], &points[0]["median"]), (&"qcow2".into(), &2.4.into()));
    assert_eq!(points[0]["control_median"], 1.6);
    let (_, printed, _) = history(&directory, &["show", "zebra"]);
    assert_eq!(printed, "No cell here is what was asked for.\n");
    let (code, printed, _) = history(&directory, &["export"]);
    assert_eq!((code, printed.lines().count()), (0, 1 + 18));
    let (_, printed, _) = history(&directory, &["export", "--format", "json"]);
    let all: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(all["experiments"].as_array().unwrap().len(), 3);
}

#[test]
fn annotations_are_made_and_shown() {
    let directory = three_nights();
    let exclude = ["--kind", "exclude", "--reason", "the disk was being rebuilt"];
    let mut arguments = vec!["annotate", "--night", "2026-11-02", "--author", "Jane Doe"];
    arguments.extend(exclude);
    let (code, printed, said) = history(&directory, &arguments);
    assert_eq!((code, printed.as_str(), said.as_str()), (0, "", ""));
    let (_, printed, _) = history(&directory, &["list"]);
    let expected =
        "\nAnnotations:\n  2026-11-02  exclude  *  the disk was being rebuilt (Jane Doe)\n";
    assert!(printed.ends_with(expected), "{printed}");
    let (_, printed, _) = history(&directory, &["show", "raw", "--format", "csv"]);
    assert_eq!(printed.matches("the disk was being rebuilt").count(), 1);

    arguments[2] = "2026-12-24";
    let (code, _, said) = history(&directory, &arguments);
    assert_eq!(code, 2);
    assert!(
        said.starts_with("error: --night '2026-12-24': no experiment started on that"),
        "{said}"
    );
}

/// Without `--author` it is who git says; without git, USER.
#[test]
fn the_author_is_who_git_says() {
    let directory = three_nights();
    let arguments =
        ["history", "annotate", "--night", "2026-11-01", "--kind", "note", "--reason", "x"];
    for (variables, author) in [
        ([("GIT_CONFIG_VALUE_0", "From Git"), ("USER", "from-user")], "From Git"),
        ([("GIT_CONFIG_VALUE_0", ""), ("USER", "from-user")], "from-user"),
    ] {
        let mut program = Command::cargo_bin("imgbench").unwrap();
        program.current_dir(directory.path()).env_remove("IMGBENCH_HISTORY");
        program.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "user.name");
        program.envs(variables).args(arguments).assert().success();
        let (_, printed, _) = history(&directory, &["list"]);
        assert!(printed.ends_with(&format!("note     *  x ({author})\n")), "{printed}");
    }
}

#[test]
fn another_history_is_named_by_option_or_environment() {
    let directory = three_nights();
    let (code, ..) = history(&directory, &["import", "1", "--history", "other.db"]);
    assert_eq!(code, 0);
    let mut program = Command::cargo_bin("imgbench").unwrap();
    program.current_dir(directory.path()).env("IMGBENCH_HISTORY", "other.db");
    let output = program.args(["history", "list", "--format", "csv"]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2);
}

#[test]
fn bad_input_is_one_message() {
    let directory = three_nights();
    std::fs::write(directory.path().join("notes.txt"), "not a database, ".repeat(99)).unwrap();
    for (arguments, code, message) in [
        (
            &["list", "--history", "none.db"][..],
            2,
            "error: none.db: no history here yet; begin one",
        ),
        (&["list", "--history", "notes.txt"], 1, "error: notes.txt: not an SQLite database; give"),
        (&["import", "1", "--history", "notes.txt"], 1, "error: notes.txt: not an SQLite database"),
        (
            &["list", "--history", "mysql://a:secret@b/c"],
            2,
            "error: --history mysql://a:***@b/c: 'mysql'",
        ),
        (
            &["list", "--history", "postgres://a:secret@127.0.0.1:1/c"],
            1,
            "error: postgres://a:***@127.0.0.1:1/c: cannot connect: error connecting to server: \
             Connection refused",
        ),
        (
            &["trend", "--config", "none", "--out", "trend.html"],
            2,
            "has no measured night of a config 'none': see 'imgbench history list'",
        ),
        (&["show", "[a"], 2, "error: '[a' is not a glob: unclosed character class"),
        (&["import"], 2, "error: the following required arguments were not provided:\n  <DIR>"),
        (
            &["list", "--since", "yesterday"],
            2,
            "a date or time in UTC is permitted, such as 2026-11-23",
        ),
        (
            &["annotate", "--night", "x", "--kind", "y"],
            2,
            "[possible values: exclude, epoch, note]",
        ),
    ] {
        let (found, printed, said) = history(&directory, arguments);
        assert_eq!((found, printed.as_str()), (code, ""), "{arguments:?}: {said}");
        assert!(said.contains(message), "{arguments:?}: {said}");
        assert!(!said.contains("secret"), "{said}");
    }
    assert!(!directory.path().join("trend.html").exists());
}

/// The database is left as it was, and the files can be imported when it can be written again.
#[test]
fn what_cannot_be_imported_keeps_its_files() {
    let directory = three_nights();
    write(&directory.path().join("4"), &night(4));
    let database = directory.path().join("results/history.db");
    let newer = rusqlite::Connection::open(&database).unwrap();
    newer.execute_batch("INSERT INTO schema_version VALUES (99, 0)").unwrap();
    drop(newer);
    let before = std::fs::read(&database).unwrap();
    let (code, _, said) = history(&directory, &["import", "4"]);
    assert_eq!(code, 1);
    assert_eq!(
        said,
        "error: results/history.db: written by a newer imgbench: schema 99, this one knows up to 3; \
         use that imgbench\n"
    );
    assert_eq!(std::fs::read(&database).unwrap(), before);
    assert_eq!(Experiment::load(&directory.path().join("4")).unwrap().runs, night(4).runs);
}
