//! Terminals that are closed, readers that go away, and standard output on a full disk.

use std::{
    fs::File,
    io::Read,
    os::fd::OwnedFd,
    process::{Command, Stdio},
};

use nix::{
    fcntl::{FcntlArg, FdFlag, fcntl},
    pty::openpty,
};
use reports::record::Status;

use crate::simulated::{Bench, TIMES, lines, said, wait_for};

/// As when a terminal's window is closed, or a line drops: a hang-up, and every write fails.
#[test]
fn a_closed_terminal_interrupts_and_nothing_is_lost() {
    let bench = Bench::new(&format!("real_launch_s = 0.3\n{TIMES}"));
    let terminal = openpty(None, None).unwrap();
    let ours_alone = FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC);
    fcntl(&terminal.master, ours_alone).unwrap();
    let side = || Stdio::from(terminal.slave.try_clone().unwrap());
    // It becomes imgbench, in a session whose terminal is its standard input, like a window's.
    let mut child = Command::new("setsid")
        .args(["--ctty", env!("CARGO_BIN_EXE_imgbench"), "run", "test.toml", "--out", "out"])
        .current_dir(bench.path(""))
        .env("IMGBENCH_SIMULATED_APPLIANCE", bench.path("script.toml"))
        .env("TMPDIR", bench.path("tmp"))
        .stdin(side())
        .stdout(side())
        .stderr(side())
        .spawn()
        .unwrap();
    drop(terminal.slave);
    wait_for("two rows", || lines(&bench.path("out/runs.csv")) >= 3);
    let seen = read_some(terminal.master);
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130), "{status}");
    assert!(seen.contains("run 1 of 6, block 1 of 3"), "{seen}");
    let runs = bench.experiment("out").runs;
    assert!(runs.iter().filter(|run| run.status == Status::Ok).count() >= 2, "{runs:?}");
    // Of the run that was under way, if one was, it is said.
    let expected = [Status::Ok, Status::Interrupted];
    assert!(runs.iter().all(|run| expected.contains(&run.status)), "{runs:?}");
    assert!(bench.path("out/report.txt").exists());
    bench.assert_nothing_left();

    let output = bench.run(&["run", "--resume", "out"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(bench.experiment("out").runs.iter().all(|run| run.status == Status::Ok));
}

/// What is on the screen so far. Then the terminal is closed.
fn read_some(screen: OwnedFd) -> String {
    let mut text = vec![0; 1 << 16];
    let read = File::from(screen).read(&mut text).unwrap();
    String::from_utf8_lossy(&text[..read]).into_owned()
}

/// `imgbench … | head -1`: whole lines to who reads, and to nobody a panic.
#[test]
fn a_reader_that_goes_away_harms_nothing() {
    let bench = Bench::new(TIMES);
    let piped = |command: &str, reader: &str| {
        let program = env!("CARGO_BIN_EXE_imgbench");
        let script = format!("{{ {program} {command}; echo $? > code; }} 2> said | {reader}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).current_dir(bench.path(""));
        shell.env("IMGBENCH_SIMULATED_APPLIANCE", bench.path("script.toml"));
        shell.env("TMPDIR", bench.path("tmp"));
        assert!(shell.stdout(Stdio::null()).status().unwrap().success());
        let read = |name| std::fs::read_to_string(bench.path(name)).unwrap();
        (read("code").trim().to_owned(), read("said"))
    };
    for reader in ["head -n 1", "true"] {
        std::fs::remove_dir_all(bench.path("out")).ok();
        for command in [
            "run test.toml --out out",
            "report out",
            "report out --format csv",
            "plan test.toml",
            "compare out --by image",
            "mail out --to a@example.org",
            "man",
            "completions bash",
            "--help",
            "run --help",
            "--version",
        ] {
            let (code, said) = piped(command, reader);
            assert_eq!(code, "0", "{command} | {reader}: {said}");
            for word in ["panicked", "RUST_BACKTRACE", "Broken pipe"] {
                assert!(!said.contains(word), "{command} | {reader}: {said}");
            }
        }
        assert_eq!(bench.experiment("out").runs.len(), 6);
    }
    bench.assert_nothing_left();
}

/// Of a table that is only half in a file somebody must be told.
#[test]
fn standard_output_on_a_full_disk_is_told() {
    let bench = Bench::new(TIMES);
    for command in [
        &["run", "test.toml", "--out", "out"][..],
        &["report", "out"],
        &["report", "out", "--format", "csv"],
        &["plan", "test.toml"],
        &["completions", "bash"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = bench.command(command).stdout(full).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{command:?}: {said}");
        let told = "error: standard output: No space left on device";
        assert_eq!(said.matches(told).count(), 1, "{command:?}: {said}");
    }
    assert_eq!(bench.experiment("out").runs.len(), 6);
    assert!(bench.path("out/report.html").exists());
    bench.assert_nothing_left();
}
