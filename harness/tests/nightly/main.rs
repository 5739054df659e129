//! `imgbench nightly` over the simulated appliance: nights whose values are known, and what the job
//! says of them. Every row says `simulated`, and the environment of the history does too.

#![allow(clippy::unwrap_used)]

mod bench;
mod broken;
#[path = "../../../reports/tests/history/server.rs"]
#[allow(dead_code)] // A server that tests share.
mod server;

use std::{fs, os::unix::fs::PermissionsExt};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reports::record::Experiment;

use bench::{Bench, USUAL, day, done, noise, times, wait_for};

#[test]
fn ten_nights_are_learnt_from_and_the_eleventh_is_judged() {
    let bench = Bench::with_nights(8);
    for night in 8..12 {
        bench.script(times(USUAL, noise(night)), "");
        let out = format!("night-{night}");
        let done = bench.nightly(&out);
        let expected = if night < 10 { 4 } else { 0 };
        assert_eq!(done.code, expected, "night {night}: {}", done.said);
    }
    let text = fs::read_to_string(bench.path("night-9/nightly.txt")).unwrap();
    assert!(text.contains("9 nights of this environment; the gate needs 10"), "{text}");
    let text = fs::read_to_string(bench.path("night-11/nightly.txt")).unwrap();
    assert!(text.starts_with("NO CHANGE: nightly\nNo cell is out of line"), "{text}");
    assert!(text.contains("\nqcow2  NO CHANGE\n"), "{text}");
    assert!(text.contains("against 11 nights, over raw: ratio "), "{text}");
    assert!(text.contains("would have been seen on 4 such nights of 5"), "{text}");
    assert!(text.contains("accelerator simulated"), "{text}");
    assert!(!bench.path("night-11/confirm").exists());
    let page = fs::read_to_string(bench.path("night-11/trend.html")).unwrap();
    assert!(page.contains("No cell is out of line"), "{page}");
    for file in ["report.txt", "report.html", "summary.csv"] {
        assert!(bench.path("night-11").join(file).exists(), "{file}");
    }
}

#[test]
fn a_slower_cell_is_confirmed_and_named() {
    let bench = Bench::with_nights(12);
    bench.script(times(USUAL, [1.01, 1.25, 1.01]), "");
    let done = bench.nightly("out");
    assert_eq!(done.code, 3, "{}", done.said);
    assert!(done.said.contains("Alarm: qcow2. Measuring fresh blocks of it"), "{}", done.said);
    assert!(
        done.said.contains("REGRESSED, and confirmed by fresh blocks: qcow2."),
        "{}",
        done.said
    );
    assert_eq!(bench.standings("out"), ["NO CHANGE", "REGRESSED", "NO CHANGE"]);
    let blocks = Experiment::load(&bench.path("out/confirm")).unwrap();
    assert_eq!(blocks.manifest.name, "nightly-confirm");
    assert_eq!(blocks.runs.len(), 6 * 2, "qcow2 and its control");
    let page = fs::read_to_string(bench.path("out/trend.html")).unwrap();
    assert!(page.contains("REGRESSED, and confirmed by fresh blocks: qcow2."));

    // The regression does not become its own baseline; a new epoch makes it one.
    let done = bench.nightly("next");
    assert_eq!(done.code, 3, "{}", done.said);
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let epoch = ["--kind", "epoch", "--reason", "known, and wanted", "--author", "Jane Doe"];
    let mut arguments = vec!["history", "annotate", "--night", &today];
    arguments.extend(epoch);
    assert_eq!(bench.run(&arguments).code, 0);
    let done = bench.nightly("after");
    assert_eq!(done.code, 4, "{}", done.said);
    assert!(done.said.contains("2 nights of this environment; the gate needs 10"), "{}", done.said);
}

#[test]
fn an_alarm_that_fresh_blocks_do_not_show_passes_with_a_note() {
    let bench = Bench::with_nights(12);
    let usual = |seconds: f64| vec![seconds * 1.01];
    bench.blocks([usual(1.0), vec![2.5, 2.02], usual(1.5)], "");
    let done = bench.nightly("out");
    assert_eq!(done.code, 0, "{}", done.said);
    assert_eq!(bench.standings("out"), ["NO CHANGE", "NOT CONFIRMED", "NO CHANGE"]);
    assert!(done.said.contains("Alarm, not confirmed by fresh blocks: qcow2."), "{}", done.said);
}

#[test]
fn the_last_good_qemu_tells_a_change_of_qemu_from_one_of_the_host() {
    let bench = Bench::with_nights(12);
    bench.config(&format!("\n[nightly]\nlast_good = {:?}\n", std::env::current_exe().unwrap()));
    let slow = times(USUAL, [1.01, 1.25, 1.01]);
    bench.script(slow, "\"qcow2/last-good\" = [2.02]\n[trouble]\n");
    let done = bench.nightly("qemu");
    assert_eq!(done.code, 3, "{}", done.said);
    assert!(
        done.said.contains("fresh blocks against the last good QEMU: ratio 1.238"),
        "{}",
        done.said
    );
    assert!(!done.said.contains("the change is not QEMU's"), "{}", done.said);
    assert!(
        done.said.contains("warning: the config was changed since the night of"),
        "{}",
        done.said
    );
    assert_eq!(Experiment::load(&bench.path("qemu/confirm")).unwrap().runs.len(), 6 * 3);

    bench.script(slow, "\"qcow2/last-good\" = [2.5]\n[trouble]\n");
    let done = bench.nightly("kernel");
    assert_eq!(done.code, 3, "{}", done.said);
    assert!(done.said.contains("as slow: the change is not QEMU's"), "{}", done.said);
}

#[test]
fn a_slower_host_is_no_regression() {
    let bench = Bench::with_nights(12);
    bench.script(times(USUAL, [1.31, 1.31, 1.31]), "");
    let done = bench.nightly("out");
    assert_eq!(done.code, 4, "{}", done.said);
    assert!(done.said.contains("ENVIRONMENT SHIFT: nightly\n"), "{}", done.said);
    assert_eq!(bench.standings("out"), ["ENVIRONMENT SHIFT"; 3]);
    assert!(!bench.path("out/confirm").exists());
    let page = fs::read_to_string(bench.path("out/trend.html")).unwrap();
    assert!(page.contains("3 of 3 cells moved with the host"));
}

#[test]
fn a_failed_run_fails_the_night_and_hides_no_regression() {
    let bench = Bench::with_nights(12);
    let trouble = "[trouble]\n1 = \"launch-fails\"\n";
    bench.script(times(USUAL, [1.01, 1.01, 1.01]), trouble);
    let done = bench.run(&["nightly", "nightly.toml", "--out", "out", "--runs", "2"]);
    assert_eq!(done.code, 1, "{}", done.said);
    assert!(done.said.contains("Runs that did not succeed: 1 of 6."), "{}", done.said);
    bench.script(times(USUAL, [1.01, 1.01, 1.4]), trouble);
    let done = bench.run(&["nightly", "nightly.toml", "--out", "slow", "--runs", "2"]);
    assert_eq!(done.code, 3, "{}", done.said);
}

#[test]
fn a_second_job_is_refused_while_one_measures() {
    let bench = Bench::new();
    bench.script(USUAL, "real_launch_s = 1.0");
    let first = bench.start("first");
    wait_for("the first to measure", || bench.path("first/runs.csv").exists());
    let second = bench.nightly("second");
    assert_eq!(second.code, 1, "{}", second.said);
    let holder = format!(
        "error: another nightly job measures on this host: nightly in first, pid {}, since 20",
        first.id()
    );
    assert!(second.said.starts_with(&holder), "{}", second.said);
    assert!(!bench.path("second").exists());
    assert_eq!(done(first.wait_with_output().unwrap()).code, 4);
}

#[test]
fn what_doctor_finds_refuses_the_night_or_is_a_warning_of_it() {
    let bench = Bench::new();
    let mut nightly = bench.command(&["nightly", "nightly.toml", "--out", "out"]);
    let refused = done(nightly.env("PATH", "/nonexistent").output().unwrap());
    assert_eq!(refused.code, 1, "{}", refused.said);
    assert!(
        refused.said.starts_with("error: nothing was measured: qemu-img: "),
        "{}",
        refused.said
    );
    assert!(refused.said.contains("; run 'make setup'"), "{}", refused.said);
    assert!(!bench.path("out").exists());

    // One that says that it is another, and is not.
    let usual = std::env::var("PATH").unwrap();
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = --version ] && exec echo qemu-img version 99.1.2\n\
         PATH='{usual}' exec qemu-img \"$@\"\n"
    );
    fs::create_dir(bench.path("bin")).unwrap();
    fs::write(bench.path("bin/qemu-img"), script).unwrap();
    fs::set_permissions(bench.path("bin/qemu-img"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{usual}", bench.path("bin").display());
    let mut nightly = bench.command(&["nightly", "nightly.toml", "--out", "out"]);
    let warned = done(nightly.env("PATH", path).output().unwrap());
    assert_eq!(warned.code, 4, "{}", warned.said);
    let text = fs::read_to_string(bench.path("out/nightly.txt")).unwrap();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("warning: QEMU and qemu-img: are "), "{text}");
    assert!(text.contains(" and 99.1.2; install both from one source"), "{text}");
}

#[test]
fn an_interrupted_night_is_not_judged() {
    let bench = Bench::new();
    bench.script(USUAL, "real_launch_s = 1.0");
    let child = bench.start("out");
    wait_for("a run", || bench.path("out/runs.csv").exists());
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGTERM).unwrap();
    let stopped = done(child.wait_with_output().unwrap());
    assert_eq!(stopped.code, 130, "{}", stopped.said);
    assert!(stopped.said.contains("  imgbench history import out\n"), "{}", stopped.said);
    assert!(stopped.said.contains("imgbench run --resume out"), "{}", stopped.said);
    assert!(!bench.path("out/nightly.txt").exists());
    bench.script(USUAL, "");
    assert_eq!(bench.run(&["run", "--resume", "out"]).code, 0);
    assert_eq!(bench.run(&["history", "import", "out"]).code, 0);
}

#[test]
fn a_history_that_cannot_be_used_is_found_before_measuring() {
    let bench = Bench::with_nights(1);
    fs::write(bench.path("notes.txt"), "not a database, ".repeat(99)).unwrap();
    let newer = rusqlite::Connection::open(bench.path("results/history.db")).unwrap();
    newer.execute_batch("INSERT INTO schema_version VALUES (99, 0)").unwrap();
    drop(newer);
    for (target, code, message) in [
        (
            "results/history.db",
            1,
            "error: results/history.db: written by a newer imgbench: schema 99",
        ),
        ("notes.txt", 1, "error: notes.txt: not an SQLite database"),
        (
            "postgres://a:secret@127.0.0.1:1/c",
            1,
            "error: postgres://a:***@127.0.0.1:1/c: cannot connect",
        ),
        ("mysql://a:secret@b/c", 2, "error: --history mysql://a:***@b/c: 'mysql'"),
    ] {
        let done = bench.run(&["nightly", "nightly.toml", "--out", "out", "--history", target]);
        assert_eq!(done.code, code, "{}", done.said);
        assert!(done.said.starts_with(message), "{}", done.said);
        assert!(!done.said.contains("secret") && !bench.path("out").exists(), "{}", done.said);
    }
}

#[test]
fn a_history_that_breaks_while_measuring_keeps_the_night() {
    let bench = Bench::with_nights(1);
    bench.script(USUAL, "real_launch_s = 1.0");
    let child = bench.start("out");
    wait_for("a run", || bench.path("out/runs.csv").exists());
    let history = rusqlite::Connection::open(bench.path("results/history.db")).unwrap();
    history.execute_batch("INSERT INTO schema_version VALUES (99, 0)").unwrap();
    let stopped = done(child.wait_with_output().unwrap());
    assert_eq!(stopped.code, 1, "{}", stopped.said);
    let message = "error: the night is whole in out; when that is mended: imgbench history import \
                   out: results/history.db: written by a newer imgbench";
    assert!(stopped.said.contains(message), "{}", stopped.said);
    assert!(bench.path("out/report.txt").exists());
    history.execute_batch("DELETE FROM schema_version WHERE version = 99").unwrap();
    let mended = bench.run(&["history", "import", "out"]);
    assert_eq!((mended.code, mended.said.ends_with(" imported\n")), (0, true), "{}", mended.said);
}

#[test]
fn an_excluded_night_is_no_baseline() {
    let bench = Bench::with_nights(10);
    let exclude = ["--kind", "exclude", "--reason", "rebuilding", "--author", "Jane Doe"];
    let mut arguments = vec!["history", "annotate", "--night", "2026-09-03"];
    arguments.extend(exclude);
    assert_eq!(bench.run(&arguments).code, 0);
    bench.script(times(USUAL, [1.01, 1.01, 1.01]), "");
    let done = bench.nightly("out");
    assert_eq!(done.code, 4, "{}", done.said);
    assert!(done.said.contains("9 nights of this environment; the gate needs 10"), "{}", done.said);
    assert_eq!(bench.nightly("next").code, 0);
}

#[test]
fn a_clock_that_went_back_is_named_and_the_night_judged_all_the_same() {
    let bench = Bench::with_nights(12);
    let first = Experiment::load(&bench.path("first")).unwrap();
    bench.write("later", &first, "2099-01-01T01:30:00Z", times(USUAL, noise(5)));
    assert_eq!(bench.run(&["history", "import", "later"]).code, 0);
    bench.script(times(USUAL, [1.01, 1.01, 1.01]), "");
    let done = bench.nightly("out");
    assert_eq!(done.code, 0, "{}", done.said);
    assert!(done.said.contains("warning: It started 20"), "{}", done.said);
    assert!(done.said.contains("look at the machine's clock"), "{}", done.said);
    assert!(done.said.contains("against 13 nights"), "{}", done.said);
}

#[test]
fn a_control_that_is_not_raw_and_one_that_is_missing_are_named() {
    let bench = Bench::new();
    let path = bench.path("nightly.toml");
    let text = fs::read_to_string(&path).unwrap();
    let raw = text.find("[[image]]\nname = \"raw\"").unwrap();
    let qcow2 = text.find("[[image]]\nname = \"qcow2\"").unwrap();
    fs::write(&path, text[..raw].to_owned() + &text[qcow2..]).unwrap();
    let done = bench.nightly("out");
    assert!(done.said.contains("warning: the control qcow2 is qcow2, not raw"), "{}", done.said);
    let metadata = text.find("[[image]]\nname = \"metadata\"").unwrap();
    fs::write(&path, text[..raw].to_owned() + &text[metadata..]).unwrap();
    let done = bench.nightly("alone");
    assert!(done.said.contains("warning: no cell has a control"), "{}", done.said);
}

#[test]
fn change_points_name_the_versions_before_and_after() {
    let bench = Bench::with_nights(14);
    let mut after = Experiment::load(&bench.path("first")).unwrap();
    after.manifest.provenance.qemu = "QEMU emulator version 99.0".to_owned();
    let before = after.manifest.provenance.host_kernel.clone();
    let names: Vec<String> = (14..28).map(|night| format!("night-{night}")).collect();
    for (night, name) in (14..28).zip(&names) {
        let seconds = times(times(USUAL, noise(night)), [1.0, 1.2, 1.0]);
        bench.write(name, &after, &day(night), seconds);
    }
    let mut arguments = vec!["history", "import"];
    arguments.extend(names.iter().map(String::as_str));
    assert_eq!(bench.run(&arguments).code, 0);

    let found = bench.run(&["history", "detect"]);
    assert_eq!(found.code, 0, "{}", found.said);
    assert_eq!(found.said.lines().count(), 1 + 4, "{}", found.said);
    assert!(found.said.starts_with("nightly (accelerator simulated, "), "{}", found.said);
    let line = "2026-09-15T01:30:00Z  qcow2, workload_s (over control)  worse: ratio 1.200 [";
    assert!(found.said.contains(line), "{}", found.said);
    assert!(found.said.contains("→ 99.0\n"), "{}", found.said);
    assert!(!found.said.contains(&before), "{}", found.said);
    let json = bench.run(&["history", "detect", "--cell", "qcow2", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.said).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 2);
    assert_eq!((&json[0]["value"], &json[1]["value"]), (&"raw".into(), &"relative".into()));
    assert_eq!(json[1]["versions"][0]["after"], "QEMU emulator version 99.0");
    let none = bench.run(&["history", "detect", "--cell", "raw"]);
    assert!(none.said.starts_with("No change point (p <= 0.01"), "{}", none.said);

    let nothing = bench.run(&["history", "detect", "--cell", "zebra"]);
    assert_eq!(nothing.said, "No cell here is what was asked for.\n");

    let drawn = bench.run(&["history", "trend", "--out", "trend.html"]);
    assert_eq!((drawn.code, drawn.said.as_str()), (0, "trend.html\n"));
    let page = fs::read_to_string(bench.path("trend.html")).unwrap();
    assert!(page.contains("→ 99.0") && page.contains("2026-09-15"));
}

/// Cells of one name in two configs, one of which alarms in its newest night.
#[test]
fn the_trend_tells_configs_apart_and_names_an_alarm() {
    let bench = Bench::with_nights(12);
    let mut first = Experiment::load(&bench.path("first")).unwrap();
    bench.write("slow", &first, &day(12), times(USUAL, [1.01, 1.25, 1.01]));
    assert_eq!(bench.run(&["history", "import", "slow"]).code, 0);
    let drawn = |arguments: &[&str]| {
        let arguments = [&["history", "trend", "--out", "trend.html"], arguments].concat();
        assert_eq!(bench.run(&arguments).code, 0);
        fs::read_to_string(bench.path("trend.html")).unwrap()
    };
    let page = drawn(&[]);
    assert_eq!(page.matches(">ALARM, NOT YET CONFIRMED<").count(), 1, "{page}");
    assert!(page.contains(">qcow2</h3>") && page.contains("Medians of 13 nights of qcow2"));

    first.manifest.name = "weekly".to_owned();
    bench.write("weekly", &first, &day(13), USUAL);
    assert_eq!(bench.run(&["history", "import", "weekly"]).code, 0);
    let page = drawn(&[]);
    assert!(page.contains(">nightly: qcow2</h3>") && page.contains(">weekly: qcow2</h3>"));
    assert!(page.contains("Medians of 1 night of weekly: qcow2"), "{page}");
    assert_eq!(page.matches(">ALARM, NOT YET CONFIRMED<").count(), 1, "{page}");
    let page = drawn(&["--config", "weekly"]);
    assert!(page.contains(">qcow2</h3>") && !page.contains("weekly: "), "{page}");
}
