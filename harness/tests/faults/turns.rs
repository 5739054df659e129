//! What comes while one run is measured and others wait for their turn.

use std::fs;

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reports::record::Status;

use crate::{
    clock::clocks,
    simulated::{Bench, said, wait_for},
};

/// The pid of the worker of the first run, of each imgbench that came as far as its clock.
fn in_first_clock(bench: &Bench) -> Vec<i32> {
    let log = fs::read_to_string(bench.path("log")).unwrap_or_default();
    log.lines().filter_map(|line| line.strip_prefix("1 write ")?.parse().ok()).collect()
}

/// Another imgbench comes and goes, and the machine is suspended, within the first of three clocks.
#[test]
fn a_suspend_and_a_neighbour_mark_the_run_that_is_at_work_and_none_that_waits() {
    let script =
        |trouble: &str| format!("[seconds]\none = [1.0]\ntwo = [2.0]\n[trouble]\n{trouble}");
    let bench = Bench::new("");
    let log = format!("log = {:?}\n", bench.path("log"));
    bench.script(&format!("{log}{}", script("1 = \"write-hangs\"\n")));
    let first = bench
        .command(&["run", "test.toml", "--boot-ahead", "2", "--out", "first"])
        .env("LD_PRELOAD", clocks(&bench))
        .env("STEADY", "1")
        .env("SUSPENDED", bench.path("suspended"))
        .spawn()
        .unwrap();
    wait_for("the first clock", || in_first_clock(&bench).len() == 1);
    let worker = in_first_clock(&bench)[0];

    let second = bench.command(&["run", "test.toml", "--out", "second"]).spawn().unwrap();
    wait_for("the clock of another imgbench", || in_first_clock(&bench).len() == 2);
    kill(Pid::from_raw(i32::try_from(second.id()).unwrap()), Signal::SIGINT).unwrap();
    let second = second.wait_with_output().unwrap();
    assert_eq!(second.status.code(), Some(130), "{}", said(&second));

    fs::write(bench.path("suspended"), "").unwrap();
    bench.script(&script(""));
    kill(Pid::from_raw(worker), Signal::SIGKILL).unwrap();
    let first = first.wait_with_output().unwrap();
    assert_eq!(first.status.code(), Some(1), "{}", said(&first));
    let runs = bench.experiment("first").runs;
    assert_eq!(runs.len(), 6);
    assert_eq!(runs[0].status, Status::Failed);
    assert_eq!(
        runs[0].error,
        "workload: the worker was killed by SIGKILL; the machine was suspended for 40.0 s during the run"
    );
    let disturber = "imgbench run test.toml --out second (pid ";
    assert!(runs[0].disturbed_by.starts_with(disturber), "{}", runs[0].disturbed_by);
    for run in &runs[1..] {
        assert_eq!((run.status, run.disturbed_by.as_str()), (Status::Ok, ""), "{run:?}");
    }
    bench.assert_nothing_left();
}
