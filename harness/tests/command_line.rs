//! The command line as people meet it.

#![allow(clippy::unwrap_used)]

use assert_cmd::Command;

fn stdout(arguments: &[&str]) -> String {
    let output = Command::cargo_bin("imgbench").unwrap().args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn help_names_every_command_and_the_exit_codes_but_not_the_worker() {
    let help = stdout(&["--help"]);
    for word in
        ["run", "plan", "doctor", "report", "mail", "completions", "man", "130  interrupted"]
    {
        assert!(help.contains(word), "{word}: {help}");
    }
    assert!(!help.contains("worker"), "{help}");
}

#[test]
fn help_of_run_names_every_option() {
    let help = stdout(&["run", "--help"]);
    for option in ["--out", "--runs", "--only", "--seed", "--resume", "--keep-images"] {
        assert!(help.contains(option), "{option}: {help}");
    }
}

#[test]
fn version_names_the_revision() {
    let version = stdout(&["--version"]);
    let revision = version.trim().strip_suffix(')').and_then(|text| text.split_once('('));
    assert!(revision.is_some_and(|(_, revision)| revision.len() >= 7), "{version}");
}

#[test]
fn completions_and_manual_page_are_printed() {
    assert!(stdout(&["completions", "bash"]).contains("_imgbench()"));
    assert!(stdout(&["completions", "zsh"]).contains("#compdef imgbench"));
    assert!(stdout(&["man"]).contains(".TH imgbench 1"));
}

#[test]
fn what_is_no_command_is_a_usage_error() {
    Command::cargo_bin("imgbench").unwrap().arg("bench").assert().code(2);
    Command::cargo_bin("imgbench").unwrap().arg("run").assert().code(2);
    Command::cargo_bin("imgbench")
        .unwrap()
        .args(["run", "--resume", "x", "--seed", "1"])
        .assert()
        .code(2);
}

/// Without the real thing there is nothing to be said of one.
#[test]
fn report_of_what_is_no_experiment_says_what_is_missing() {
    let directory = tempfile::tempdir().unwrap();
    let output = Command::cargo_bin("imgbench")
        .unwrap()
        .arg("report")
        .arg(directory.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no experiment.toml here"), "{said}");
}
