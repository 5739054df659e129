//! `imgbench compare` as people and jobs meet it: the program, on directories of experiments.

#![allow(clippy::unwrap_used)]

#[path = "../../reports/tests/sample/mod.rs"]
mod sample;

use std::{path::Path, process::Output};

use assert_cmd::Command;
use reports::record::{Experiment, RunsWriter, Status};
use tempfile::TempDir;

/// An experiment of two cells; `seed` makes its noise its own, `factor` its second cell slower.
fn experiment(runs: u32, seed: u32, factor: f64) -> Experiment {
    let mut experiment =
        sample::experiment(&[("raw", "Raw", "truncate", 1.6), ("qcow2", "Q", "qemu-img", 2.4)]);
    experiment.manifest = sample::manifest(experiment.manifest.cells.clone(), runs);
    let planned = experiment.manifest.planned_runs();
    let record = |(run, (block, position, cell)): (u32, (u32, u32, &str))| {
        let seconds = if cell == "raw" { 1.6 } else { 2.4 * factor };
        let noise = 1.0 + 0.0001 * f64::from((run * 37 + seed * 11) % 101);
        sample::record(run, block, position, cell, seconds * noise)
    };
    experiment.runs = (1..).zip(planned).map(record).collect();
    experiment
}

fn write(directory: &Path, experiment: &Experiment) {
    std::fs::create_dir(directory).unwrap();
    experiment.manifest.write(&directory.join("experiment.toml")).unwrap();
    let mut runs = RunsWriter::create(&directory.join("runs.csv")).unwrap();
    experiment.runs.iter().for_each(|run| runs.append(run).unwrap());
}

/// A directory with `a`, and `b` as given.
fn beside(candidate: &Experiment) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    write(&directory.path().join("a"), &experiment(6, 1, 1.0));
    write(&directory.path().join("b"), candidate);
    directory
}

fn compare(directory: &TempDir, arguments: &[&str]) -> Output {
    let mut program = Command::cargo_bin("imgbench").unwrap();
    program.current_dir(directory.path()).arg("compare").args(arguments).output().unwrap()
}

/// Exit code, standard output and standard error.
fn parts(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Exit codes: plain, with `--fail-on inconclusive`, with `--bisect`.
fn codes(candidate: &Experiment) -> [i32; 3] {
    let directory = beside(candidate);
    [&["a", "b"][..], &["a", "b", "--fail-on", "inconclusive"], &["a", "b", "--bisect"]]
        .map(|arguments| compare(&directory, arguments).status.code().unwrap())
}

#[test]
fn the_exit_code_says_what_was_found() {
    assert_eq!(codes(&experiment(6, 2, 1.0)), [0, 0, 0], "equivalent");
    assert_eq!(codes(&experiment(6, 2, 0.8)), [0, 0, 0], "improved");
    assert_eq!(codes(&experiment(6, 2, 1.2)), [3, 3, 1], "regressed");
    assert_eq!(codes(&experiment(2, 2, 1.2)), [0, 4, 125], "too few runs");
    let mut both = experiment(6, 2, 1.2);
    both.runs.retain(|run| run.cell == "qcow2" || run.block < 3);
    assert_eq!(codes(&both), [3, 3, 1], "a regression outweighs what cannot be told");
}

#[test]
fn bisecting_skips_what_failed() {
    let mut candidate = experiment(7, 2, 1.0);
    candidate.runs[0] = sample::unsuccessful(&candidate.runs[0], Status::Failed, "killed");
    assert_eq!(codes(&candidate), [0, 0, 125]);
    let directory = beside(&candidate);
    let (_, _, said) = parts(compare(&directory, &["a", "b", "--bisect"]));
    assert_eq!(said, "bisect: cannot tell: 1 of the candidate's runs failed (125)\n");
}

#[test]
fn bisecting_skips_work_that_is_not_the_same() {
    let mut candidate = experiment(6, 2, 1.0);
    candidate.manifest.cells[1].command = "qemu-img create other".to_owned();
    assert_eq!(codes(&candidate), [0, 0, 125]);
}

/// Any other exit code would tell `git bisect run` that the revision is bad.
#[test]
fn bisecting_never_takes_a_fault_for_a_bad_revision() {
    let directory = beside(&experiment(6, 2, 1.0));
    for arguments in [
        &["a", "nowhere", "--bisect"][..],
        &["nowhere", "b", "--bisect"],
        &["a", "a", "--bisect"],
        &["a", "--bisect"],
        &["a", "b", "--bisect", "--thresold", "5%"],
        &["a", "b", "--bisect", "--threshold", "0"],
        &["a", "--by", "cache", "--bisect"],
    ] {
        let (code, printed, said) = parts(compare(&directory, arguments));
        assert_eq!((code, printed.as_str()), (125, ""), "{arguments:?}: {said}");
        assert!(said.starts_with("error: "), "{arguments:?}: {said}");
    }
}

#[test]
fn bad_input_is_one_message_and_2() {
    let directory = beside(&experiment(6, 2, 1.0));
    for (arguments, message) in [
        (&["a", "nowhere"][..], "error: the candidate cannot be read: nowhere: no experiment.toml"),
        (&["nowhere", "b"], "error: the baseline cannot be read: nowhere: no experiment.toml here"),
        (&["a", "a"], "error: a and a hold the same runs"),
        (&["a", "--by", "cache"], "error: --by cache: the cells have no such factor"),
        (&["a"], "<CANDIDATE>"),
        (&["a", "b", "--by", "image"], "cannot be used with '--by <FACTOR>'"),
        (
            &["a", "b", "--metric", "shutdown"],
            "error: --metric shutdown: no run has it; theirs are:",
        ),
        (&["a", "b", "--format", "html"], "[possible values: text, markdown, json, csv]"),
        (&["a", "b", "--threshold", "-5%"], "above 0 and below 100 % is permitted"),
        (&["a", "b", "--threshold", "5"], "did you mean 5%?"),
        (&["a", "b", "--fail-on", "regressed"], "[possible values: inconclusive]"),
    ] {
        let (code, printed, said) = parts(compare(&directory, arguments));
        assert_eq!((code, printed.as_str()), (2, ""), "{arguments:?}: {said}");
        assert!(said.contains(message), "{arguments:?}: {said}");
    }
}

#[test]
fn other_environments_are_refused_unless_asked_for() {
    let mut candidate = experiment(6, 2, 1.2);
    candidate.manifest.provenance.filesystem = "xfs".to_owned();
    let directory = beside(&candidate);
    let (code, _, said) = parts(compare(&directory, &["a", "b"]));
    assert_eq!(code, 2);
    assert!(said.contains("host filesystem: 'ext4' in the baseline, 'xfs' in the"), "{said}");
    assert_eq!(compare(&directory, &["a", "b", "--bisect"]).status.code(), Some(125));
    let (code, text, _) = parts(compare(&directory, &["a", "b", "--across-environments"]));
    assert_eq!(code, 3);
    assert!(text.contains("REGRESSED (across host filesystem) qcow2\n"), "{text}");
}

#[test]
fn by_factor_from_the_files_of_one_experiment() {
    let directory = beside(&experiment(6, 2, 1.0));
    let (code, text, _) = parts(compare(&directory, &["a", "--by", "image"]));
    assert_eq!(code, 3);
    assert!(text.contains("REGRESSED     qcow2 over raw\n"), "{text}");
}

/// What a machine reads stays whole; what a person must know is said beside it.
#[test]
fn json_is_one_object_and_warnings_stand_beside_it() {
    let mut candidate = experiment(6, 2, 1.2);
    let mut baseline = experiment(6, 1, 1.0);
    for run in candidate.runs.iter_mut().chain(&mut baseline.runs) {
        run.accel = "simulated".to_owned();
    }
    let directory = tempfile::tempdir().unwrap();
    write(&directory.path().join("a"), &baseline);
    write(&directory.path().join("b"), &candidate);
    let path = directory.path().join("b/runs.csv");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.truncate(text.len() - 9);
    std::fs::write(&path, text).unwrap();

    let (code, text, said) = parts(compare(&directory, &["a", "b", "--format", "json"]));
    let object: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(code, 3);
    assert_eq!(object["cells"][1]["verdict"], "REGRESSED");
    assert!(object["warnings"][0].as_str().unwrap().contains("b/runs.csv:13: the last line"));
    assert!(object["banner"].as_str().unwrap().starts_with("SIMULATED"));
    assert!(said.starts_with("SIMULATED - not a measurement."), "{said}");
    assert!(said.contains("warning: b/runs.csv:13: the last line is cut short"), "{said}");

    let (_, text, said) = parts(compare(&directory, &["a", "b"]));
    assert!(text.starts_with("!!!") && text.contains("the last line is cut short"), "{text}");
    assert_eq!(said, "");
}
