//! Full disks: small filesystems of their own, mounted in a namespace of the test's, and filled while
//! an experiment is measured.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use reports::record::Status;

use crate::simulated::{Bench, TIMES, lines, said, wait_for};

/// imgbench where `mount` was done before, on a tmpfs that only it sees.
fn mounted(bench: &Bench, mount: &str, arguments: &str) -> Command {
    let program = env!("CARGO_BIN_EXE_imgbench");
    let mut command = Command::new("unshare");
    command
        .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
        .arg(format!("{mount} && exec {program} {arguments}"))
        .current_dir(bench.path(""))
        .env("IMGBENCH_SIMULATED_APPLIANCE", bench.path("script.toml"))
        .env("TMPDIR", bench.path("tmp"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A path as the namespace of a process has it.
fn inside(child: &Child, path: &Path) -> PathBuf {
    PathBuf::from(format!("/proc/{}/root{}", child.id(), path.display()))
}

/// Takes all that is free in a directory.
fn fill(directory: &Path) {
    let written = fs::write(directory.join("filler"), vec![1; 64 << 20]);
    assert_eq!(written.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
}

#[test]
fn a_disk_of_images_that_fills_up_fails_the_runs_from_then_on() {
    let bench = Bench::new(&format!("real_launch_s = 0.3\n{TIMES}"));
    let mount = "mount -t tmpfs -o size=32m images images";
    let child = mounted(&bench, mount, "run test.toml --out out").spawn().unwrap();
    wait_for("two rows", || lines(&bench.path("out/runs.csv")) >= 3);
    fill(&inside(&child, &bench.path("images")));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let runs = bench.experiment("out").runs;
    assert_eq!(runs.len(), 6);
    assert!(runs[..2].iter().all(|run| run.status == Status::Ok), "{runs:?}");
    assert_eq!(runs[5].status, Status::Failed);
    for run in runs.iter().filter(|run| run.status != Status::Ok) {
        let why = &run.error;
        assert!(why.contains("not enough free disk in ") || why.contains("is full"), "{why}");
    }
    bench.assert_nothing_left();
}

/// The rows that came before are whole, and the experiment goes on where there is room.
#[test]
fn a_disk_of_results_that_fills_up_stops_the_experiment_and_loses_no_row() {
    let bench = Bench::new(&format!("real_launch_s = 0.3\n{TIMES}"));
    fs::create_dir(bench.path("full")).unwrap();
    fs::create_dir(bench.path("saved")).unwrap();
    let mount = "mount -t tmpfs -o size=256k results full";
    let program =
        "run test.toml --runs 50 --out full/out; code=$?; cp -r full/out saved; exit $code";
    let child = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
        .arg(format!("{mount} && {} {program}", env!("CARGO_BIN_EXE_imgbench")))
        .current_dir(bench.path(""))
        .env("IMGBENCH_SIMULATED_APPLIANCE", bench.path("script.toml"))
        .env("TMPDIR", bench.path("tmp"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let results = inside(&child, &bench.path("full"));
    wait_for("two rows", || lines(&results.join("out/runs.csv")) >= 3);
    let before = fs::read_to_string(results.join("out/runs.csv")).unwrap();
    fill(&results);
    let output = child.wait_with_output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("error: writing full/out/"), "{text}");
    assert!(text.contains("No space left on device"), "{text}");
    assert!(text.contains("imgbench run --resume full/out"), "{text}");
    assert!(!text.contains("panicked"), "{text}");

    let saved = fs::read_to_string(bench.path("saved/out/runs.csv")).unwrap();
    assert!(saved.starts_with(&before), "{saved}");
    let rows = bench.experiment("saved/out").completed_runs();
    assert!(rows.len() >= 2 && rows.len() < 100, "{rows:?}");
    bench.script(TIMES);
    let output = bench.run(&["run", "--resume", "saved/out"]);
    assert!(output.status.success(), "{}", said(&output));
    let runs = bench.experiment("saved/out").runs;
    assert_eq!(runs.len(), 100);
    assert!(runs.iter().all(|run| run.status == Status::Ok));
    bench.assert_nothing_left();
}
