//! Histories that are lost, damaged, not writable or older than they were, as a nightly job meets them;
//! and a host on which somebody else measures.

use std::fs;

use reports::record::Experiment;

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{
    bench::{Bench, USUAL, day, done, noise, times, wait_for},
    server::Server,
};

const HISTORY: &str = "results/history.db";

/// The server is stopped while the night is measured, and back the next morning.
#[test]
fn a_server_that_is_lost_while_measuring_keeps_the_night() {
    let bench = Bench::new();
    let server = Server::start();
    let target = server.create_database();
    bench.script(USUAL, "real_launch_s = 1.0");
    let job = |out: &str| {
        let mut command = bench.command(&["nightly", "nightly.toml", "--out", out]);
        command.env("IMGBENCH_HISTORY", &target);
        command
    };
    let child = job("out").spawn().unwrap();
    wait_for("a run", || bench.path("out/runs.csv").exists());
    server.stop();
    let stopped = done(child.wait_with_output().unwrap());
    assert_eq!(stopped.code, 1, "{}", stopped.said);
    let message = "error: the night is whole in out; when that is mended: imgbench history import \
                   out, with the same --history: postgres://bench:***@";
    assert!(stopped.said.contains(message), "{}", stopped.said);
    assert!(stopped.said.contains("is the server running?"), "{}", stopped.said);
    assert!(!stopped.said.contains("secret"), "{}", stopped.said);
    for file in ["report.txt", "report.html", "summary.csv"] {
        assert!(bench.path("out").join(file).exists(), "{file}");
    }
    assert!(!bench.path("out/nightly.txt").exists());
    assert_eq!(Experiment::load(&bench.path("out")).unwrap().runs.len(), 3);

    // Down, it is found before measuring.
    let down = done(job("down").output().unwrap());
    assert_eq!((down.code, bench.path("down").exists()), (1, false), "{}", down.said);

    server.resume();
    let history = |arguments: &[&str]| {
        let arguments = [&["history", "--history", &target], arguments].concat();
        bench.run(&arguments)
    };
    let mended = history(&["import", "out"]);
    assert_eq!((mended.code, mended.said.ends_with(" imported\n")), (0, true), "{}", mended.said);
    let listed = history(&["list", "--format", "csv"]);
    assert_eq!(listed.said.lines().count(), 1 + 1, "{}", listed.said);
}

/// SQLite itself takes a file of a newer write version for one that may only be read, whoever asks.
#[test]
fn a_history_that_may_only_be_read_is_found_before_measuring() {
    let bench = Bench::with_nights(2);
    const WRITE_VERSION: usize = 18;
    let mut bytes = fs::read(bench.path(HISTORY)).unwrap();
    bytes[WRITE_VERSION] = 3;
    fs::write(bench.path(HISTORY), &bytes).unwrap();
    let refused = bench.nightly("out");
    let message = "error: results/history.db: may be read but not written; nothing was changed; check \
                   its permissions\n";
    assert_eq!((refused.code, refused.said.as_str()), (1, message));
    assert!(!bench.path("out").exists());
    assert_eq!(fs::read(bench.path(HISTORY)).unwrap(), bytes);
    let listed = bench.run(&["history", "list", "--format", "csv"]);
    assert_eq!(listed.said.lines().count(), 1 + 2, "{}", listed.said);
}

/// One message before anything is measured, the file as it was, and a history made again from the
/// nights' own files.
#[test]
fn a_damaged_history_is_found_before_measuring_and_can_be_made_again() {
    let bench = Bench::with_nights(12);
    let whole = fs::read(bench.path(HISTORY)).unwrap();
    let page = usize::from(u16::from_be_bytes([whole[16], whole[17]]));
    assert!(whole.len() > 20 * page);
    let garbage = |from: usize, to: usize| {
        let mut bytes = whole.clone();
        bytes[from..to].iter_mut().for_each(|byte| *byte ^= 0x5a);
        bytes
    };
    let damaged = "error: results/history.db: damaged: ";
    let advice = "; nothing was written to it; the experiments' own files are not in it: put a copy in \
                  its place, or move it away and import them again\n";
    for (what, bytes, message) in [
        ("the header", garbage(0, 16), "error: results/history.db: not an SQLite database"),
        ("the schema", garbage(100, page), damaged),
        ("every other page", garbage(page, whole.len()), damaged),
        ("the end", whole[..whole.len() / 2].to_vec(), damaged),
        ("the middle of a page", whole[..whole.len() / 2 + 99].to_vec(), damaged),
    ] {
        fs::write(bench.path(HISTORY), &bytes).unwrap();
        for arguments in [
            &["nightly", "nightly.toml", "--out", "out"][..],
            &["history", "import", "first"],
            &["history", "detect"],
        ] {
            let refused = bench.run(arguments);
            assert_eq!(refused.code, 1, "{what}, {arguments:?}: {}", refused.said);
            assert!(refused.said.starts_with(message), "{what}, {arguments:?}: {}", refused.said);
            assert!(!refused.said.contains("panicked"), "{}", refused.said);
            let advised = message != damaged || refused.said.contains(advice);
            assert!(advised, "{what}, {arguments:?}: {}", refused.said);
        }
        assert!(!bench.path("out").exists(), "{what}");
        assert!(fs::read(bench.path(HISTORY)).unwrap() == bytes, "{what}: it was written to");
    }
    fs::rename(bench.path(HISTORY), bench.path("damaged.db")).unwrap();
    let names: Vec<String> = (0..12).map(|night| format!("night-{night}")).collect();
    let mut arguments = vec!["history", "import"];
    arguments.extend(names.iter().map(String::as_str));
    assert_eq!(bench.run(&arguments).code, 0);
    bench.script(times(USUAL, noise(12)), "");
    let judged = bench.nightly("out");
    assert_eq!(judged.code, 0, "{}", judged.said);
}

/// What the copy does not have is imported again, and what it has is not doubled.
#[test]
fn an_old_copy_goes_on_and_takes_in_what_it_missed() {
    let bench = Bench::with_nights(11);
    let copy = fs::read(bench.path(HISTORY)).unwrap();
    let first = Experiment::load(&bench.path("first")).unwrap();
    bench.write("missed", &first, &day(11), times(USUAL, noise(11)));
    assert_eq!(bench.run(&["history", "import", "missed"]).code, 0);
    fs::write(bench.path(HISTORY), copy).unwrap();

    bench.script(times(USUAL, noise(12)), "");
    let judged = bench.nightly("out");
    assert_eq!(judged.code, 0, "{}", judged.said);
    assert!(judged.said.contains("against 11 nights"), "{}", judged.said);
    let mended = bench.run(&["history", "import", "night-10", "missed"]);
    assert_eq!(mended.code, 0, "{}", mended.said);
    let ends = [" already there\n", " imported\n"].map(|end| mended.said.matches(end).count());
    assert_eq!(ends, [1, 1], "{}", mended.said);
    let listed = bench.run(&["history", "list", "--format", "csv"]);
    assert_eq!(listed.said.lines().count(), 1 + 13, "{}", listed.said);
}

/// Its numbers may be the other's work: whoever reads the verdict must know.
#[test]
fn a_night_beside_another_imgbench_says_so() {
    let bench = Bench::new();
    bench.script(USUAL, "real_launch_s = 0.2");
    let other = ["run", "nightly.toml", "--runs", "500", "--out", "other"];
    let mut other = bench.command(&other).spawn().unwrap();
    let rows = bench.path("other/runs.csv");
    let row = || fs::read_to_string(&rows).is_ok_and(|text| text.lines().count() >= 2);
    wait_for("a row of the other", row);
    let night = bench.nightly("night");
    kill(Pid::from_raw(i32::try_from(other.id()).unwrap()), Signal::SIGINT).unwrap();
    assert_eq!(other.wait().unwrap().code(), Some(130));
    assert_eq!(night.code, 4, "{}", night.said);
    let expected = " runs were measured beside another imgbench (imgbench run nightly.toml --runs 500 --out other (pid ";
    let text = fs::read_to_string(bench.path("night/nightly.txt")).unwrap();
    let line = text.lines().find(|line| line.starts_with("warning: ") && line.contains(expected));
    assert!(line.is_some(), "{text}");
    let warnings = bench.json("night")["warnings"].to_string();
    assert!(warnings.contains(expected), "{warnings}");
}
