//! Appliances that are booted ahead, over a simulated one that logs what each run comes to.

use std::{
    collections::BTreeSet,
    fs, thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reports::record::{Experiment, Status};

use crate::bench::{Bench, said, signal};

/// In each round clocks come in the plan's order, and in none does anybody else do anything: of a round
/// each that follows boots before or between them. Without a word as many boot as there are processors,
/// and all where they would be fewer than two rounds.
#[test]
fn boots_come_in_rounds_and_never_in_a_clock() {
    let processors = thread::available_parallelism().unwrap().get();
    let at_once = if processors > 3 { 6 } else { processors };
    let by_processors: Vec<u32> =
        [1u32; 6].chunks(at_once).map(|round| round.iter().sum()).collect();
    for (ahead, rounds) in [
        ("", by_processors),
        ("0", vec![1; 6]),
        ("1", vec![2; 3]),
        ("3", vec![4, 2]),
        ("9", vec![6]),
    ] {
        let bench = Bench::new("", "");
        let script = fs::read_to_string(bench.path("script.toml")).unwrap();
        // Whoever were not waited for would come up in the middle of another's clock.
        let script = format!("real_launch_s = 0.2\nreal_write_s = 0.3\n{script}");
        fs::write(bench.path("script.toml"), script).unwrap();
        let output = bench.run(ahead);
        assert!(output.status.success(), "{}", said(&output));
        let log = bench.log();
        let log: Vec<_> = log.iter().map(|(run, what, _)| (*run, what.as_str())).collect();
        let mut rest = log.as_slice();
        let mut first = 1;
        for round in rounds {
            let (of_round, after) = rest.split_at(round as usize * 6);
            rest = after;
            let runs = first..first + round;
            let steps = ["launch", "up", "stopped", "write", "synced", "shutdown"];
            let expected: BTreeSet<_> =
                runs.clone().flat_map(|run| steps.map(|step| (run, step))).collect();
            assert_eq!(of_round.iter().copied().collect::<BTreeSet<_>>(), expected);
            let writes = of_round.iter().enumerate().filter(|(_, (_, step))| *step == "write");
            let writes: Vec<_> = writes.collect();
            assert!(writes.iter().map(|(_, (run, _))| *run).eq(runs), "{of_round:?}");
            for (at, (run, _)) in writes {
                assert_eq!(of_round.get(at + 1), Some(&(*run, "synced")), "{of_round:?}");
            }
            for run in first..first + round {
                let of_run: Vec<_> =
                    of_round.iter().filter(|of| of.0 == run).map(|of| of.1).collect();
                assert_eq!(of_run, steps);
            }
            first += round;
        }
        assert_eq!(rest, []);
        bench.assert_nothing_left();
    }
}

/// What was measured is the same, and what was done is recorded.
#[test]
fn the_number_and_the_waiting_are_recorded() {
    let bench = Bench::new("", "");
    assert!(bench.run("2").status.success());
    let experiment = Experiment::load(&bench.path("out")).unwrap();
    assert_eq!(experiment.manifest.provenance.boot_ahead, 2);
    for run in &experiment.runs {
        let expected = if run.cell == "one" { 1.0 } else { 2.0 };
        assert!((run.workload_s.unwrap().as_secs_f64() - expected).abs() < 1e-6, "{run:?}");
    }
    let waited: Vec<_> =
        experiment.metrics.iter().filter(|metric| metric.metric.name == "waited_s").collect();
    assert_eq!(waited.iter().map(|of| of.run).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    // The second of a round waits for the first.
    assert!(waited[1].value > 0.0, "{waited:?}");
    let held = experiment.metrics.iter().find(|metric| metric.metric.name == "held_s");
    assert!(held.is_none(), "a simulated guest cannot be stopped in its boot: {held:?}");
    let report = fs::read_to_string(bench.path("out/report.txt")).unwrap();
    assert!(report.contains("3 up or under way"), "{report}");
}

#[test]
fn a_worker_that_dies_while_it_waits_is_a_row_and_harms_no_other() {
    let bench = Bench::new("[trouble]\n1 = \"write-hangs\"\n", "[deadlines]\ncall = \"4s\"\n");
    let child = bench.start("2");
    let waiting = bench.wait_for(2, "stopped");
    bench.wait_for(1, "write");
    kill(Pid::from_raw(waiting), Signal::SIGKILL).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let runs = bench.runs();
    assert_eq!(
        (runs[0].status, runs[0].error.as_str()),
        (Status::Timeout, "workload: no answer for 4s")
    );
    assert_eq!(runs[1].status, Status::Failed);
    assert_eq!(runs[1].error, "waiting for its turn: the worker was killed by SIGKILL");
    assert_eq!(runs.len(), 6);
    assert!(runs[2..].iter().all(|run| run.status == Status::Ok), "{runs:?}");
    bench.assert_nothing_left();
}

/// The last of the round waits for longer than a run may take, and than a call may: two boot at once at
/// least, so that it waits for two others.
#[test]
fn waiting_counts_for_no_deadline() {
    let trouble = "[trouble]\n1 = \"write-hangs\"\n2 = \"write-hangs\"\n3 = \"write-hangs\"\n";
    let bench = Bench::new(trouble, "[deadlines]\ncall = \"2s\"\nrun = \"3s\"\n");
    let output = bench.run("3");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let runs = bench.runs();
    let statuses: Vec<_> = runs.iter().map(|run| run.status).collect();
    let (timeout, ok) = (Status::Timeout, Status::Ok);
    assert_eq!(statuses, [timeout, timeout, timeout, ok, ok, ok], "{runs:?}");
    let metrics = Experiment::load(&bench.path("out")).unwrap().metrics;
    let waited = metrics.iter().find(|of| of.run == 4 && of.metric.name == "waited_s").unwrap();
    assert!(waited.value > 3.0, "{waited:?}");
    bench.assert_nothing_left();
}

#[test]
fn an_interrupt_ends_those_that_wait_too_and_resume_does_them_again() {
    let bench = Bench::new("[trouble]\n2 = \"write-hangs\"\n", "");
    let child = bench.start("3");
    bench.wait_for(2, "write");
    let workers: Vec<i32> = [2, 3, 4].map(|run| bench.wait_for(run, "stopped")).to_vec();
    let begun = Instant::now();
    signal(&child, Signal::SIGINT);
    let output = child.wait_with_output().unwrap();
    // Deadlines are looked at after 15 s: it is the signal that woke imgbench.
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    bench.assert_nothing_left();
    assert!(workers.iter().all(|&pid| kill(Pid::from_raw(pid), None).is_err()));
    let statuses: Vec<_> = bench.runs().iter().map(|run| run.status).collect();
    let (ok, interrupted) = (Status::Ok, Status::Interrupted);
    assert_eq!(statuses, [ok, interrupted, interrupted, interrupted]);

    bench.script("");
    // How many are booted ahead may be another number.
    let again = ["run", "--resume", "out", "--boot-ahead", "0"];
    let output = bench.command(&again).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let runs = bench.runs();
    assert!(runs.len() == 6 && runs.iter().all(|run| run.status == ok), "{runs:?}");
}

/// A killed imgbench takes all its workers with it.
#[test]
fn no_worker_outlives_a_killed_imgbench() {
    let bench = Bench::new("[trouble]\n1 = \"write-hangs\"\n", "");
    let mut child = bench.start("2");
    bench.wait_for(1, "write");
    let workers: Vec<i32> = [1, 2, 3].map(|run| bench.wait_for(run, "stopped")).to_vec();
    child.kill().unwrap();
    child.wait().unwrap();
    let begun = Instant::now();
    while workers.iter().any(|&pid| kill(Pid::from_raw(pid), None).is_ok()) {
        assert!(begun.elapsed() < Duration::from_secs(30), "a worker is still there");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn more_than_memory_and_disk_hold_is_refused() {
    let refused = |memory: u64, boot_ahead: &str, words: &str| {
        let bench = Bench::new("", "");
        let text = fs::read_to_string(bench.path("test.toml")).unwrap();
        let appliance = format!("[appliance]\nmemory = \"{memory}M\"\n[workload]");
        fs::write(bench.path("test.toml"), text.replace("[workload]", &appliance)).unwrap();
        let output = bench.run(boot_ahead);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(words), "{}", said(&output));
        assert!(!bench.path("out").exists());
    };
    let available = imgbench::host::memory().unwrap() >> 20;
    refused(available / 3 * 2, "1", "--boot-ahead 1 is too many: ");
    refused(available * 2, "0", "not enough memory for what is booted at the same time: ");
}

/// That runs waited is told, and keeps none from being compared.
#[test]
fn runs_that_were_booted_ahead_are_compared_with_others() {
    let bench = Bench::new("", "");
    for (ahead, kept) in [("0", "baseline"), ("1", "candidate")] {
        let output = bench.run(ahead);
        assert!(output.status.success(), "{}", said(&output));
        fs::rename(bench.path("out"), bench.path(kept)).unwrap();
    }
    let output = bench.command(&["compare", "baseline", "candidate"]).output().unwrap();
    assert_ne!(output.status.code(), Some(2), "{}", said(&output));
    let said = said(&output);
    let told = said.lines().find(|line| line.contains("appliances booted ahead"));
    assert!(told.is_some_and(|line| line.contains("no") && line.contains("yes")), "{said}");
}
