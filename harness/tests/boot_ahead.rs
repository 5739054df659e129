//! Appliances that are booted ahead, over a simulated one that logs what each run comes to.

#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reports::record::{Experiment, Record, Status};

const IMAGE: &str = "[[image]]\nformat = \"qcow2\"\nsize = \"4M\"\nname = ";

/// A directory with a config of two cells and three blocks, and a log of what its appliances do.
struct Bench(tempfile::TempDir);

/// A line of the log: the run, what it came to, the pid of its worker.
type Line = (u32, String, i32);

impl Bench {
    fn new(script: &str, deadlines: &str) -> Bench {
        let bench = Bench(tempfile::tempdir_in("/var/tmp").unwrap());
        fs::create_dir(bench.path("images")).unwrap();
        fs::create_dir(bench.path("tmp")).unwrap();
        let config = format!(
            "# Who waits for whom?\n\nruns = 3\nfilesystem = \"ext2\"\ndirectory = {:?}\n{deadlines}\n\
             [workload]\nkind = \"file-write\"\npath = \"/test\"\nbytes = \"1M\"\nchunk = \"64K\"\n\
             {IMAGE}\"one\"\n{IMAGE}\"two\"\n",
            bench.path("images")
        );
        fs::write(bench.path("test.toml"), config).unwrap();
        bench.script(script);
        bench
    }

    fn script(&self, text: &str) {
        let log =
            format!("log = {:?}\n[seconds]\none = [1.0]\ntwo = [2.0]\n{text}", self.path("log"));
        fs::write(self.path("script.toml"), log).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgbench"));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env("IMGBENCH_SIMULATED_APPLIANCE", self.path("script.toml"))
            .env("TMPDIR", self.path("tmp"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// With the option, or without it if it is empty.
    fn start(&self, ahead: &str) -> Child {
        let option = ["--boot-ahead", ahead];
        let option: &[&str] = if ahead.is_empty() { &[] } else { &option };
        self.command(&["run", "test.toml", "--out", "out"]).args(option).spawn().unwrap()
    }

    fn run(&self, ahead: &str) -> Output {
        self.start(ahead).wait_with_output().unwrap()
    }

    fn runs(&self) -> Vec<Record> {
        Experiment::load(&self.path("out")).unwrap().runs
    }

    fn log(&self) -> Vec<Line> {
        let text = fs::read_to_string(self.path("log")).unwrap_or_default();
        let line = |line: &str| {
            let mut words = line.split(' ');
            let mut next = || words.next().unwrap().to_owned();
            (next().parse().unwrap(), next(), next().parse().unwrap())
        };
        text.lines().map(line).collect()
    }

    fn wait_for(&self, run: u32, what: &str) -> i32 {
        let begun = Instant::now();
        loop {
            let found =
                self.log().into_iter().find(|line| (line.0, line.1.as_str()) == (run, what));
            if let Some((_, _, pid)) = found {
                return pid;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "run {run} never came to {what}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn assert_nothing_left(&self) {
        for directory in ["images", "tmp"] {
            let left: Vec<_> = fs::read_dir(self.path(directory)).unwrap().collect();
            assert!(left.is_empty(), "{left:?}");
        }
    }
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn signal(child: &Child, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
}

/// In each round all are up, and stopped, before the first clock; from its clock to its end a run is
/// alone; and clocks come in the plan's order.
#[test]
fn all_boot_before_the_first_clock_and_each_clock_is_alone() {
    let one_by_one = vec![1; 6];
    for (ahead, rounds) in [
        ("", one_by_one.clone()),
        ("0", one_by_one),
        ("1", vec![2; 3]),
        ("3", vec![4, 2]),
        ("9", vec![6]),
    ] {
        let bench = Bench::new("", "");
        let output = bench.run(ahead);
        assert!(output.status.success(), "{}", said(&output));
        let log = bench.log();
        let mut log = log.iter().map(|(run, what, _)| (*run, what.as_str()));
        let mut first = 1;
        for round in rounds {
            let runs = first..first + round;
            let pauses = !["", "0"].contains(&ahead);
            let booted: BTreeSet<_> =
                log.by_ref().take(round as usize * (2 + usize::from(pauses))).collect();
            let expected: BTreeSet<_> = runs
                .clone()
                .flat_map(|run| [(run, "launch"), (run, "up"), (run, "stopped")])
                .filter(|(_, what)| pauses || *what != "stopped")
                .collect();
            assert_eq!(booted, expected);
            for run in runs {
                assert_eq!(log.next(), Some((run, "write")));
                assert_eq!(log.next(), Some((run, "shutdown")));
            }
            first += round;
        }
        assert_eq!(log.next(), None);
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
    let report = fs::read_to_string(bench.path("out/report.txt")).unwrap();
    assert!(report.contains("3 at once"), "{report}");
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

/// The last of the round waits for longer than a run may take, and than a call may.
#[test]
fn waiting_counts_for_no_deadline() {
    let trouble = "[trouble]\n1 = \"write-hangs\"\n2 = \"write-hangs\"\n3 = \"write-hangs\"\n";
    let bench = Bench::new(trouble, "[deadlines]\ncall = \"2s\"\nrun = \"5s\"\n");
    let output = bench.run("3");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let runs = bench.runs();
    let statuses: Vec<_> = runs.iter().map(|run| run.status).collect();
    let (timeout, ok) = (Status::Timeout, Status::Ok);
    assert_eq!(statuses, [timeout, timeout, timeout, ok, ok, ok], "{runs:?}");
    let metrics = Experiment::load(&bench.path("out")).unwrap().metrics;
    let waited = metrics.iter().find(|of| of.run == 4 && of.metric.name == "waited_s").unwrap();
    assert!(waited.value > 5.0, "{waited:?}");
    bench.assert_nothing_left();
}

#[test]
fn an_interrupt_ends_those_that_wait_too_and_resume_does_them_again() {
    let bench = Bench::new("[trouble]\n2 = \"write-hangs\"\n", "");
    let child = bench.start("3");
    bench.wait_for(2, "write");
    let workers: Vec<i32> = [2, 3, 4].map(|run| bench.wait_for(run, "stopped")).to_vec();
    signal(&child, Signal::SIGINT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    bench.assert_nothing_left();
    assert!(workers.iter().all(|&pid| kill(Pid::from_raw(pid), None).is_err()));
    let statuses: Vec<_> = bench.runs().iter().map(|run| run.status).collect();
    let (ok, interrupted) = (Status::Ok, Status::Interrupted);
    assert_eq!(statuses, [ok, interrupted, interrupted, interrupted]);

    bench.script("");
    let refused = bench.command(&["run", "--resume", "out", "--boot-ahead", "0"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let difference = "appliances booted ahead: 3 then, 0 now";
    assert!(said(&refused).contains(difference), "{}", said(&refused));
    // Unless told otherwise it goes on as it began.
    let output = bench.command(&["run", "--resume", "out"]).output().unwrap();
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
    let bench = Bench::new("", "");
    let text = fs::read_to_string(bench.path("test.toml")).unwrap();
    let text = text.replace("[workload]", "[appliance]\nmemory = \"1024G\"\n[workload]");
    fs::write(bench.path("test.toml"), text).unwrap();
    let output = bench.run("1");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("--boot-ahead 1 is too many: "), "{}", said(&output));
    assert!(!bench.path("out").exists());
}
