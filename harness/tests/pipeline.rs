//! The whole program over a simulated appliance with times known in advance: everything but the
//! guest is real. Each row says `simulated`, so none of this can be taken for a measurement.

#![allow(clippy::unwrap_used)]

mod simulated;

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reports::record::{Experiment, Status};

use simulated::{Bench, CONFIG, TIMES, lines, said, wait_for};

#[test]
fn known_times_give_known_medians_in_every_output() {
    let bench = Bench::new(TIMES);
    let output = bench.run(&["run", "test.toml", "--seed", "1", "--out", "out"]);
    assert!(output.status.success(), "{}", said(&output));

    let experiment = bench.experiment("out");
    assert_eq!(experiment.runs.len(), 6);
    for run in &experiment.runs {
        assert_eq!((run.status, run.accel.as_str()), (Status::Ok, "simulated"));
        assert_eq!(run.bytes, 1 << 20);
        assert_eq!(run.launch_s, Some(Duration::from_secs(3)));
        assert_eq!(run.sync_s, Some(Duration::from_millis(500)));
        assert_eq!(run.verified_chunks, Some(8));
        assert_eq!(run.block_write_bytes, Some(1 << 20));
    }
    assert_eq!(experiment.chunks.len(), 6 * 16);
    let of = |cell: &str, block: u32| {
        let run = experiment.runs.iter().find(|run| run.cell == cell && run.block == block);
        run.unwrap().workload_s.unwrap().as_secs_f64()
    };
    assert!((of("one", 2) - 1.2).abs() < 1e-6 && (of("two", 3) - 2.25).abs() < 1e-6);

    let summary = fs::read_to_string(bench.path("out/summary.csv")).unwrap();
    assert!(summary.contains("\none,one,file-write,3,0,1.1"), "{summary}");
    assert!(summary.contains("\ntwo,two,file-write,3,0,2.25"), "{summary}");
    let report = fs::read_to_string(bench.path("out/report.txt")).unwrap();
    assert!(report.contains("SIMULATED"), "{report}");
    for plot in ["runs.svg", "runs.png", "chunks.svg", "chunks.png"] {
        assert!(fs::metadata(bench.path("out/plots").join(plot)).unwrap().len() > 1000);
    }
    bench.assert_nothing_left();
}

#[test]
fn the_phases_come_in_order_and_only_writes_are_in_the_workload() {
    use imgbench::worker::{Event, GO, Phase, Turn};
    let bench = Bench::new(TIMES);
    let run = serde_json::json!({
        "image": { "format": "raw", "size": 4 << 20, "preallocation": "off" },
        "disk": {
            "image": bench.path("images/test.img"),
            "driver": "raw",
            "drive": { "throttling": [], "of_format": [] },
            "objects": []
        },
        "filesystem": { "kind": "ext2", "mount_options": "" },
        "state": "fresh",
        "workload": { "file-write": {
            "path": "/test",
            "chunked": { "bytes": 1 << 20, "chunk": 64 << 10, "data": "random" },
            "verify": "all"
        }},
        "seed": 1,
        "simulated": { "seconds": 8.0, "trouble": null, "real_launch_s": 0.0, "real_write_s": 0.0, "chunks": 16 }
    });
    let job = serde_json::json!({ "Measure": {
        "setup": {
            "accelerator": "simulated", "memory": 0, "cpus": 1, "without_udev": false,
            "scratch": bench.path("")
        },
        "runs": [run]
    }});
    let mut worker = bench
        .command(&["worker", &std::process::id().to_string()])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    // It is its turn at once, to boot and to be measured.
    write!(worker.stdin.take().unwrap(), "{job}\n{GO}{GO}").unwrap();
    let output = worker.wait_with_output().unwrap();
    let events: Vec<Event> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();

    let begun: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Begin(phase) => Some(*phase),
            _ => None,
        })
        .collect();
    let ended: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::End(phase, took) => Some((*phase, *took)),
            _ => None,
        })
        .collect();
    // Filesystems are made before any run of the boot goes on.
    let mut expected = Phase::ALL.to_vec();
    expected.insert(2, Phase::Format);
    assert_eq!(begun, expected);
    let phases: Vec<_> = ended.iter().map(|(phase, _)| *phase).collect();
    assert_eq!(phases, expected);
    assert_eq!(ended[4], (Phase::Workload, Duration::from_secs(8)));
    let Some(Event::Measured(measured)) =
        events.iter().find(|event| matches!(event, Event::Measured(_)))
    else {
        panic!("nothing was measured: {events:?}");
    };
    assert_eq!(measured.chunks, vec![Duration::from_millis(500); 16]);
    assert!(events.contains(&Event::Verified(16)), "{events:?}");
    assert_eq!(events.last(), Some(&Event::Done));
    let at = |wanted: &Event| events.iter().position(|event| event == wanted).unwrap();
    assert!(at(&Event::Waits(Turn::Boot)) < at(&Event::Begin(Phase::Launch)));
    assert_eq!(at(&Event::Waits(Turn::Clock)) + 1, at(&Event::Settled));
    assert_eq!(at(&Event::Settled) + 1, at(&Event::Begin(Phase::Workload)));
}

#[test]
fn a_failing_run_is_a_row_and_the_others_go_on() {
    for (trouble, error) in [
        ("launch-fails", "launch: simulated: guestfs_launch failed"),
        ("write-fails", "workload: chunk 8: simulated: pwrite: No space left on device"),
        ("worker-dies", "workload: the worker was killed by SIGABRT"),
        (
            "reads-back-wrong",
            "verify: chunk 0 of /test (at 0) was read back different from what was written",
        ),
    ] {
        let bench = Bench::new(&format!("{TIMES}[trouble]\n2 = \"{trouble}\"\n"));
        let output = bench.run(&["run", "test.toml", "--out", "out"]);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        let runs = bench.experiment("out").runs;
        assert_eq!(runs.len(), 6);
        for run in &runs {
            let expected = if run.run == 2 { Status::Failed } else { Status::Ok };
            assert_eq!(run.status, expected, "{run:?}");
        }
        assert_eq!(runs[1].error, error);
        let report = fs::read_to_string(bench.path("out/report.txt")).unwrap();
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(&report).contains(&words(error)), "{report}");
        bench.assert_nothing_left();
    }
}

#[test]
fn a_guest_that_never_answers_meets_its_deadline() {
    let bench = Bench::new(&format!("{TIMES}[trouble]\n1 = \"write-hangs\"\n"));
    bench.config(&format!("{CONFIG}\n[deadlines]\ncall = \"1s\"\n"));
    let output = bench.run(&["run", "test.toml", "--out", "out"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let runs = bench.experiment("out").runs;
    assert_eq!((runs.len(), runs[0].status), (6, Status::Timeout));
    assert_eq!(runs[0].error, "workload: no answer for 1s");
    assert!(runs[1..].iter().all(|run| run.status == Status::Ok));
    bench.assert_nothing_left();
}

/// A shell that starts something in the background and then becomes imgbench leaves it a child that
/// is none of its business.
#[test]
fn processes_of_others_are_left_alone() {
    let bench = Bench::new(&format!("{TIMES}[trouble]\n1 = \"worker-dies\"\n"));
    let script = format!(
        "sleep 60 & echo $! > pid; exec {} run test.toml --out out",
        env!("CARGO_BIN_EXE_imgbench")
    );
    // Not piped: the background process would hold the pipes open.
    let status = Command::new("sh")
        .args(["-c", &script])
        .current_dir(bench.path(""))
        .env("IMGBENCH_SIMULATED_APPLIANCE", bench.path("script.toml"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert_eq!(status.unwrap().code(), Some(1));
    let sleep: i32 = fs::read_to_string(bench.path("pid")).unwrap().trim().parse().unwrap();
    let alive = fs::read_to_string(format!("/proc/{sleep}/comm"));
    assert_eq!(alive.unwrap(), "sleep\n");
    kill(Pid::from_raw(sleep), Signal::SIGKILL).unwrap();
}

fn interrupted(bench: &Bench, signal: Signal) -> Output {
    let child: Child =
        bench.command(&["run", "test.toml", "--seed", "5", "--out", "out"]).spawn().unwrap();
    // The header and two rows: the third run is under way.
    wait_for("two rows", || lines(&bench.path("out/runs.csv")) >= 3);
    thread::sleep(Duration::from_millis(100));
    let begun = Instant::now();
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
    let images = bench.path("images");
    wait_for("the images to be gone", || fs::read_dir(&images).unwrap().count() == 0);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    child.wait_with_output().unwrap()
}

#[test]
fn an_interrupt_keeps_what_was_measured_and_resume_does_the_rest() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let bench = Bench::new(&format!("real_launch_s = 0.5\n{TIMES}"));
        let output = interrupted(&bench, signal);
        assert_eq!(output.status.code(), Some(130), "{}", said(&output));
        assert!(said(&output).contains("imgbench run --resume out"), "{}", said(&output));
        bench.assert_nothing_left();
        let before = bench.experiment("out");
        assert_eq!(before.runs.iter().filter(|run| run.status == Status::Ok).count(), 2);
        assert_eq!(before.runs.last().unwrap().status, Status::Interrupted);
        let rows = fs::read_to_string(bench.path("out/runs.csv")).unwrap();

        bench.script(TIMES);
        let output = bench.run(&["run", "test.toml", "--resume", "out"]);
        assert!(output.status.success(), "{}", said(&output));
        let after = bench.experiment("out");
        assert_eq!(after.manifest, before.manifest_with(&after));
        assert!(fs::read_to_string(bench.path("out/runs.csv")).unwrap().starts_with(&rows));
        assert_eq!(after.runs.len(), 6);
        assert!(after.runs.iter().all(|run| run.status == Status::Ok));
        let order: Vec<_> = after.runs.iter().map(|run| run.cell.clone()).collect();
        assert_eq!(order, after.manifest.order.concat());
    }
}

trait SamePlan {
    fn manifest_with(&self, other: &Experiment) -> reports::record::Manifest;
}

impl SamePlan for Experiment {
    /// This one's manifest, with what later runs may add taken from the other.
    fn manifest_with(&self, other: &Experiment) -> reports::record::Manifest {
        let mut manifest = self.manifest.clone();
        manifest.cells.clone_from(&other.manifest.cells);
        manifest.provenance.guest_kernel.clone_from(&other.manifest.provenance.guest_kernel);
        manifest
    }
}

#[test]
fn a_killed_imgbench_loses_no_row_and_leaves_nothing_after_resume() {
    let bench = Bench::new(&format!("real_launch_s = 0.5\n{TIMES}"));
    let mut child = bench.command(&["run", "test.toml", "--out", "out"]).spawn().unwrap();
    wait_for("two rows", || lines(&bench.path("out/runs.csv")) >= 3);
    child.kill().unwrap();
    child.wait().unwrap();
    bench.script(TIMES);
    let output = bench.run(&["run", "--resume", "out"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(bench.experiment("out").runs.len(), 6);
    bench.assert_nothing_left();
}

#[test]
fn resume_refuses_another_config_and_another_environment() {
    let bench = Bench::new(TIMES);
    assert!(bench.run(&["run", "test.toml", "--out", "out"]).status.success());
    bench.config(&CONFIG.replace("4M", "8M"));
    let output = bench.run(&["run", "test.toml", "--resume", "out"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("is not the config that out was started with"),
        "{}",
        said(&output)
    );

    let manifest = bench.path("out/experiment.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let cpu = text.lines().find(|line| line.starts_with("cpu = ")).unwrap();
    let (_, without_checksum) = text.split_once('\n').unwrap();
    fs::write(&manifest, without_checksum.replace(cpu, "cpu = \"Another CPU\"")).unwrap();
    let output = bench.run(&["run", "--resume", "out"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("CPU: 'Another CPU' then, "), "{}", said(&output));
}

#[test]
fn one_directory_is_measured_by_one_imgbench_at_a_time() {
    let bench = Bench::new(&format!("real_launch_s = 0.5\n{TIMES}"));
    let first = bench.command(&["run", "test.toml", "--out", "out"]).spawn().unwrap();
    wait_for("a row", || lines(&bench.path("out/runs.csv")) >= 2);
    let output = bench.run(&["run", "--resume", "out"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("is being measured by another imgbench"), "{}", said(&output));
    assert!(first.wait_with_output().unwrap().status.success());
}

#[test]
fn report_renders_the_same_again_from_the_files_alone() {
    let bench = Bench::new(TIMES);
    assert!(bench.run(&["run", "test.toml", "--out", "out"]).status.success());
    let files = ["report.txt", "summary.csv", "plots/runs.svg", "plots/chunks.png"];
    let read = |directory: &str| -> Vec<Vec<u8>> {
        files.iter().map(|file| fs::read(bench.path(directory).join(file)).unwrap()).collect()
    };
    let before = read("out");
    fs::create_dir(bench.path("copy")).unwrap();
    for file in ["experiment.toml", "runs.csv", "chunks.csv", "metrics.csv"] {
        fs::copy(bench.path("out").join(file), bench.path("copy").join(file)).unwrap();
    }
    fs::remove_file(bench.path("test.toml")).unwrap();
    let output = bench.run(&["report", "copy"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(read("copy") == before);
}

#[test]
fn kept_images_are_named_and_there() {
    let bench = Bench::new(TIMES);
    let output = bench.run(&["run", "test.toml", "--runs", "1", "--keep-images", "--out", "out"]);
    assert!(output.status.success(), "{}", said(&output));
    let kept: Vec<PathBuf> = said(&output)
        .lines()
        .filter_map(|line| line.strip_prefix("image kept: "))
        .map(PathBuf::from)
        .collect();
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|image| image.is_file()), "{kept:?}");
    // They are the user's now: no resume takes them away.
    assert!(bench.run(&["run", "--resume", "out"]).status.success());
    assert!(kept.iter().all(|image| image.is_file()), "{kept:?}");
}

#[test]
fn plan_starts_nothing_and_shows_the_order_that_run_takes() {
    let bench = Bench::new(TIMES);
    let planned = bench.run(&["plan", "test.toml", "--seed", "9"]);
    assert!(planned.status.success());
    let planned = said(&planned);
    assert!(bench.run(&["run", "test.toml", "--seed", "9", "--out", "out"]).status.success());
    for (block, order) in (1..).zip(bench.experiment("out").manifest.order) {
        let line = format!("  block {block}: {}\n", order.join(", "));
        assert!(planned.contains(&line), "{planned}");
    }
    assert!(planned.contains("\n6 runs\nDisk needed in "), "{planned}");
    assert!(planned.contains("\nMemory needed for guests: 512M\n"), "{planned}");
    assert!(planned.contains("qemu-img create -f qcow2 test.img 4M"), "{planned}");
}

#[test]
fn without_a_terminal_there_are_plain_lines_with_what_is_left() {
    let bench = Bench::new(TIMES);
    let output = bench.run(&["run", "test.toml", "--out", "out"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!text.contains('\x1b'), "{text:?}");
    let runs: Vec<_> = text.lines().filter(|line| line.starts_with("run ")).collect();
    assert_eq!(runs.len(), 6, "{text}");
    assert!(
        runs[0].starts_with("run 1 of 6, block 1 of 3: ") && runs[0].contains("[5 left, about ")
    );
}

/// What is written in the manifest must be what the runs are made by.
#[test]
fn resume_refuses_a_manifest_that_was_changed() {
    let bench = Bench::new(TIMES);
    assert!(bench.run(&["run", "test.toml", "--out", "out"]).status.success());
    let manifest = bench.path("out/experiment.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let (_, without_checksum) = text.split_once('\n').unwrap();
    fs::write(&manifest, without_checksum.replace("bytes = \"1M\"", "bytes = \"2M\"")).unwrap();
    let output = bench.run(&["run", "--resume", "out"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("is not the one of its 'config_sha256'"), "{}", said(&output));
}

/// A kernel that was upgraded between two runs makes another appliance.
#[test]
fn a_run_on_another_appliance_than_the_runs_before_fails() {
    let bench = Bench::new(&format!("real_launch_s = 0.5\n{TIMES}"));
    interrupted(&bench, Signal::SIGINT);
    let manifest = bench.path("out/experiment.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    assert!(text.contains("guest_kernel = \"simulated\""), "{text}");
    let (_, without_checksum) = text.split_once('\n').unwrap();
    let other = without_checksum.replace("guest_kernel = \"simulated\"", "guest_kernel = \"5.10\"");
    fs::write(&manifest, other).unwrap();
    bench.script(TIMES);
    let output = bench.run(&["run", "--resume", "out"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let runs = bench.experiment("out").runs;
    let failed: Vec<_> = runs.iter().filter(|run| run.status == Status::Failed).collect();
    assert_eq!(failed.len(), 4);
    assert_eq!(
        failed[0].error,
        "kernel of the appliance: 'simulated', but '5.10' in the runs before"
    );
}

/// As in a container whose entry point it is.
#[test]
fn it_works_as_process_number_one() {
    let bench = Bench::new(TIMES);
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"])
        .arg(env!("CARGO_BIN_EXE_imgbench"))
        .args(["run", "test.toml", "--out", "out"])
        .current_dir(bench.path(""))
        .env("IMGBENCH_SIMULATED_APPLIANCE", bench.path("script.toml"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

/// What nohup starts is to survive the terminal.
#[test]
fn an_ignored_hang_up_stays_ignored() {
    let bench = Bench::new(&format!("real_launch_s = 0.2\n{TIMES}"));
    let script =
        format!("trap '' HUP; exec {} run test.toml --out out", env!("CARGO_BIN_EXE_imgbench"));
    let child = Command::new("sh")
        .args(["-c", &script])
        .current_dir(bench.path(""))
        .env("IMGBENCH_SIMULATED_APPLIANCE", bench.path("script.toml"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for("a row", || lines(&bench.path("out/runs.csv")) >= 2);
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGHUP).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(bench.experiment("out").runs.len(), 6);
}

#[test]
fn arguments_that_are_not_utf8_are_taken_and_recorded_quoted() {
    use std::os::unix::ffi::OsStrExt;
    let bench = Bench::new(TIMES);
    let out = std::ffi::OsStr::from_bytes(b"my out \xff");
    let output = bench.command(&["run", "test.toml", "--out"]).arg(out).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let manifest = Experiment::load(&bench.path("").join(out)).unwrap().manifest;
    assert!(
        manifest.command.ends_with(" run test.toml --out 'my out \u{fffd}'"),
        "{}",
        manifest.command
    );
}

#[test]
fn directories_of_the_environment_that_are_not_there_are_named() {
    let bench = Bench::new(TIMES);
    for value in ["/nowhere", "relative"] {
        let output = bench.command(&["run", "test.toml"]).env("TMPDIR", value).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let expected = format!("error: TMPDIR={value} is not the whole path of a directory: ");
        assert!(said(&output).starts_with(&expected), "{}", said(&output));
    }
}

/// A reader that goes away must not end the measuring.
#[test]
fn a_closed_pipe_does_not_stop_an_experiment() {
    let bench = Bench::new(TIMES);
    let mut child = bench.command(&["run", "test.toml", "--out", "out"]).spawn().unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(bench.experiment("out").runs.len(), 6);
}
