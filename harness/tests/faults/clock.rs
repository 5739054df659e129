//! Clocks that are stepped while runs are measured, and a machine that is suspended.
//!
//! The clock of this machine is nobody's to set, so that a library is put before the C library's:
//! it tells imgbench and its workers other times.

use std::{fs, path::PathBuf, process::Command, time::Instant};

use reports::record::Status;

use crate::simulated::{Bench, CONFIG, said, wait_for};

/// The real-time clock jumps three days ahead and back from call to call. Once the file `suspended`
/// is there, the clock that goes on in a suspend is 40 s further than the one that does not.
const CLOCKS: &str = r#"
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    static unsigned calls;
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME && !getenv("STEADY"))
        now->tv_sec += calls++ % 2 ? 3 * 86400 : -3 * 86400;
    if (clock == CLOCK_BOOTTIME && access(getenv("SUSPENDED"), F_OK) == 0)
        now->tv_sec += 40;
    return failed;
}
"#;

pub fn clocks(bench: &Bench) -> PathBuf {
    fs::write(bench.path("clocks.c"), CLOCKS).unwrap();
    let library = bench.path("clocks.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &bench.path("clocks.c")])
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", said(&built));
    library
}

/// Images are really made here, and their making is what is measured: no clock is simulated.
fn creating() -> String {
    let (head, images) = CONFIG.split_once("[workload]").unwrap();
    let (_, images) = images.split_once("[[image]]").unwrap();
    format!("{head}[workload]\nkind = \"create\"\n\n[[image]]{images}")
}

#[test]
fn times_are_of_a_clock_that_cannot_be_set() {
    let bench = Bench::new("[seconds]\n");
    bench.config(&format!("{}\n[deadlines]\nrun = \"1h\"\n", creating()));
    let begun = Instant::now();
    let output = bench
        .command(&["run", "test.toml", "--out", "out"])
        .env("LD_PRELOAD", clocks(&bench))
        .env("SUSPENDED", bench.path("suspended"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let passed = begun.elapsed();
    let runs = bench.experiment("out").runs;
    assert_eq!(runs.len(), 6);
    for run in &runs {
        assert_eq!(run.status, Status::Ok, "{}", run.error);
        assert!(!run.workload_s.unwrap().is_zero());
        assert!(run.prepare_s.unwrap() + run.workload_s.unwrap() < passed, "{run:?}");
    }
    // `started` is what the clock said, and it was stepped.
    let days = runs.iter().map(|run| {
        let at: jiff::Timestamp = run.started.parse().unwrap();
        (at.as_second() - jiff::Timestamp::now().as_second()) as f64 / 86400.0
    });
    assert!(days.into_iter().all(|off| (2.9..3.1).contains(&off.abs())), "{runs:?}");
    bench.assert_nothing_left();
}

#[test]
fn a_run_across_a_suspend_is_no_measurement() {
    let bench = Bench::new("real_launch_s = 1\n[seconds]\none = [1.0]\ntwo = [2.0]\n");
    // One run is under way at a time: of two that boot at once, both would have been suspended.
    let mut command = bench.command(&["run", "test.toml", "--boot-ahead", "0", "--out", "out"]);
    command
        .env("LD_PRELOAD", clocks(&bench))
        .env("STEADY", "1")
        .env("SUSPENDED", bench.path("suspended"));
    let child = command.spawn().unwrap();
    // A run is under way when its image is there.
    wait_for("an image", || {
        let runs = fs::read_dir(bench.path("images")).unwrap().flatten();
        runs.into_iter().any(|run| run.path().join("test.img").exists())
    });
    fs::write(bench.path("suspended"), "").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let runs = bench.experiment("out").runs;
    assert_eq!(runs.len(), 6);
    let failed: Vec<_> = runs.iter().filter(|run| run.status != Status::Ok).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0].status, Status::Failed);
    assert_eq!(failed[0].error, "the machine was suspended for 40.0 s during the run");
    bench.assert_nothing_left();
}
