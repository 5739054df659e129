//! Boots that carry the runs of a block, over a simulated appliance that logs what each comes to.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reports::record::{Experiment, Record, Status};

use crate::bench::{Bench, said, signal};

const PER_BLOCK: &str = "boot = \"per-block\"";

fn bench(script: &str, deadlines: &str) -> Bench {
    let bench = Bench::new(script, deadlines);
    bench.config(PER_BLOCK);
    bench
}

/// The boot of each run, in the order of the runs.
fn boots(runs: &[Record]) -> Vec<u32> {
    runs.iter().map(|run| run.boot.unwrap()).collect()
}

/// A block is booted once; its runs come in the plan's order, each to its end before the next begins.
#[test]
fn one_boot_carries_a_block() {
    let bench = bench("", "");
    let output = bench.run("0");
    assert!(output.status.success(), "{}", said(&output));
    let log = bench.log();
    let mut log = log.iter().map(|(run, what, _)| (*run, what.as_str()));
    for first in [1, 3, 5] {
        let expected = [
            (first, "launch"),
            (first, "up"),
            (first, "stopped"),
            (first, "write"),
            (first, "synced"),
            (first, "detached"),
            (first + 1, "stopped"),
            (first + 1, "write"),
            (first + 1, "synced"),
            (first + 1, "shutdown"),
        ];
        assert_eq!(log.by_ref().take(10).collect::<Vec<_>>(), expected);
    }
    assert_eq!(log.next(), None);
    bench.assert_nothing_left();

    let experiment = Experiment::load(&bench.path("out")).unwrap();
    assert_eq!(experiment.manifest.provenance.boot, "per-block");
    let runs = &experiment.runs;
    assert_eq!(boots(runs), [1, 1, 3, 3, 5, 5]);
    for run in runs {
        let expected = if run.cell == "one" { 1.0 } else { 2.0 };
        assert!((run.workload_s.unwrap().as_secs_f64() - expected).abs() < 1e-6, "{run:?}");
        // A boot is in the row of the run with which it began, and counted once.
        assert_eq!(run.launch_s.is_some(), run.boot == Some(run.run), "{run:?}");
        assert!(run.shutdown_s.is_some() && run.verified_chunks.is_some(), "{run:?}");
    }
    let report = fs::read_to_string(bench.path("out/report.txt")).unwrap();
    assert!(report.contains("n counts boots"), "{report}");
}

/// Blocks are booted ahead as runs are.
#[test]
fn blocks_are_booted_ahead() {
    let bench = bench("", "");
    let output = bench.run("1");
    assert!(output.status.success(), "{}", said(&output));
    let log = bench.log();
    let position = |run: u32, what: &str| {
        log.iter().position(|line| (line.0, line.1.as_str()) == (run, what)).unwrap()
    };
    assert!(position(3, "stopped") < position(1, "write"));
    assert!(position(2, "shutdown") < position(3, "write"));
    assert!(position(4, "shutdown") < position(5, "launch"));
    assert_eq!(boots(&bench.runs()), [1, 1, 3, 3, 5, 5]);
    bench.assert_nothing_left();
}

/// What fails has its row; what its boot did not come to is measured on another.
#[test]
fn a_run_that_fails_ends_its_boot_and_harms_no_other_run() {
    for trouble in ["worker-dies", "write-fails", "reads-back-wrong", "launch-fails"] {
        let bench = bench(&format!("[trouble]\n3 = \"{trouble}\"\n"), "");
        let output = bench.run("0");
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        let runs = bench.runs();
        let numbers: Vec<_> = runs.iter().map(|run| run.run).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6], "{trouble}");
        assert_eq!(boots(&runs), [1, 1, 3, 4, 5, 5], "{trouble}");
        let failed: Vec<_> =
            runs.iter().filter(|run| run.status != Status::Ok).map(|run| run.run).collect();
        assert_eq!(failed, [3], "{trouble}");
        bench.assert_nothing_left();
        let report = fs::read_to_string(bench.path("out/report.txt")).unwrap();
        let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(report.contains("In 1 block the runs are on more boots"), "{report}");
    }
}

/// The disk of one run may keep the appliance of all from coming up: only that run fails.
#[test]
fn a_launch_that_fails_is_blamed_on_the_run_that_fails_alone() {
    let bench = bench("[trouble]\n4 = \"launch-fails\"\n", "");
    let output = bench.run("0");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("the appliance of 2 runs did not come up"), "{}", said(&output));
    let runs = bench.runs();
    let rows: Vec<_> = runs.iter().map(|run| (run.run, run.status)).collect();
    let (ok, failed) = (Status::Ok, Status::Failed);
    assert_eq!(rows, [(1, ok), (2, ok), (3, ok), (4, failed), (5, ok), (6, ok)]);
    assert_eq!(boots(&runs), [1, 1, 3, 4, 5, 5]);
    bench.assert_nothing_left();
}

/// Runs without a guest come in their turn, and start nothing before it.
#[test]
fn runs_without_a_guest_are_started_one_after_the_other() {
    let bench = bench("", "");
    let text = fs::read_to_string(bench.path("test.toml")).unwrap();
    let create =
        "[[workload]]\nname = \"create\"\nkind = \"create\"\n\n[[workload]]\nname = \"write\"\n";
    let text = text.replace("[workload]\n", create);
    let text = text.replace("filesystem = \"ext2\"", "filesystem = \"ext2\"\nseed = 7");
    fs::write(bench.path("test.toml"), text).unwrap();
    let output = bench.run("1");
    assert!(output.status.success(), "{}", said(&output));
    let runs = bench.runs();
    assert_eq!(runs.iter().map(|run| run.run).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
    for run in &runs {
        let booted_with =
            runs.iter().find(|of| of.block == run.block && of.boot.is_some()).unwrap();
        let expected = (run.workload == "write").then_some(booted_with.run);
        assert_eq!((run.status, run.boot), (Status::Ok, expected), "{run:?}");
    }
    bench.assert_nothing_left();
}

/// A run has a deadline of its own, however many came before it on its boot.
#[test]
fn deadlines_are_those_of_each_run() {
    let bench = bench("[trouble]\n2 = \"write-hangs\"\n", "[deadlines]\ncall = \"2s\"\n");
    let output = bench.run("0");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let runs = bench.runs();
    assert_eq!(
        (runs[1].status, runs[1].error.as_str()),
        (Status::Timeout, "workload: no answer for 2s")
    );
    assert!(runs.iter().all(|run| run.run == 2 || run.status == Status::Ok), "{runs:?}");
    bench.assert_nothing_left();
}

#[test]
fn an_interrupt_in_mid_block_is_gone_on_from() {
    let bench = bench("[trouble]\n3 = \"write-hangs\"\n", "");
    let child = bench.start("0");
    bench.wait_for(3, "write");
    signal(&child, Signal::SIGINT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    bench.assert_nothing_left();
    let statuses: Vec<_> = bench.runs().iter().map(|run| (run.run, run.status)).collect();
    assert_eq!(statuses, [(1, Status::Ok), (2, Status::Ok), (3, Status::Interrupted)]);

    bench.script("");
    let output = bench.command(&["run", "--resume", "out"]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(boots(&bench.runs()), [1, 1, 3, 3, 5, 5]);
}

/// Killed in the middle of a block: the rows of its earlier runs are kept, and the rest is booted again.
#[test]
fn a_kill_in_mid_block_loses_nothing_that_was_measured() {
    let bench = bench("[trouble]\n4 = \"write-hangs\"\n", "");
    let mut child = bench.start("0");
    let worker = bench.wait_for(4, "write");
    child.kill().unwrap();
    child.wait().unwrap();
    let begun = Instant::now();
    while kill(Pid::from_raw(worker), None).is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(30), "the worker is still there");
        thread::sleep(Duration::from_millis(10));
    }
    bench.script("");
    let output = bench.command(&["run", "--resume", "out"]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let runs = bench.runs();
    assert!(runs.iter().all(|run| run.status == Status::Ok), "{runs:?}");
    assert_eq!(boots(&runs), [1, 1, 3, 4, 5, 5]);
    bench.assert_nothing_left();
}

/// One cannot be set beside the other.
#[test]
fn boots_of_both_kinds_are_not_compared() {
    let shared = bench("", "");
    assert!(shared.run("0").status.success());
    let alone = Bench::new("", "");
    assert!(alone.run("0").status.success());
    let [shared_out, alone_out] = [&shared, &alone].map(|of| of.path("out").display().to_string());
    let compared = shared.command(&["compare", &alone_out, &shared_out]).output().unwrap();
    assert_eq!(compared.status.code(), Some(2), "{}", said(&compared));
    assert!(said(&compared).contains("boots"), "{}", said(&compared));
}
