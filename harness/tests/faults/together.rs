//! Two experiments at once on one host. In one directory the second is refused: see `pipeline.rs`.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reports::record::Status;

use crate::simulated::{Bench, TIMES, lines, said, wait_for};

/// The first is under way when the second comes, and goes on when it has ended.
#[test]
fn two_on_one_host_are_warned_and_their_runs_marked() {
    let bench = Bench::new(&format!("real_launch_s = 0.2\n{TIMES}"));
    let first = ["run", "test.toml", "--runs", "500", "--seed", "1", "--out", "first"];
    let first = bench.command(&first).spawn().unwrap();
    let rows = || lines(&bench.path("first/runs.csv"));
    wait_for("a row", || rows() >= 2);
    let second = ["run", "test.toml", "--runs", "1", "--seed", "1", "--out", "second"];
    let second = bench.command(&second).spawn().unwrap();
    let pids = [first.id(), second.id()];
    let second = second.wait_with_output().unwrap();
    let by_then = rows();
    wait_for("a run that began after it", || rows() >= by_then + 2);
    kill(Pid::from_raw(i32::try_from(first.id()).unwrap()), Signal::SIGINT).unwrap();
    let first = first.wait_with_output().unwrap();
    assert_eq!(first.status.code(), Some(130), "{}", said(&first));
    assert!(second.status.success(), "{}", said(&second));

    let warning = "warning: another imgbench measures on this host: imgbench run test.toml";
    for output in [&first, &second] {
        assert_eq!(said(output).matches(warning).count(), 1, "{}", said(output));
    }
    let who = |runs: &str, out: &str, pid: u32| {
        format!("imgbench run test.toml --runs {runs} --seed 1 --out {out} (pid {pid})")
    };
    let of_second = bench.experiment("second").runs;
    let by = who("500", "first", pids[0]);
    assert_eq!(of_second.len(), 2);
    assert!(of_second.iter().all(|run| run.disturbed_by == by), "{of_second:?}");

    let mut of_first = bench.experiment("first").runs;
    of_first.retain(|run| run.status == Status::Ok);
    let by = who("1", "second", pids[1]);
    assert_eq!(of_first[0].disturbed_by, "", "nobody else was there yet");
    assert_eq!(of_first.last().unwrap().disturbed_by, "", "nobody else was there any more");
    let disturbed = of_first.iter().filter(|run| run.disturbed_by == by).count();
    let alone = of_first.iter().filter(|run| run.disturbed_by.is_empty()).count();
    assert!(disturbed >= 1 && disturbed + alone == of_first.len(), "{of_first:?}");

    let report = std::fs::read_to_string(bench.path("second/report.txt")).unwrap();
    let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = "Disturbed: another imgbench measured on this host (in 2 of 2 ok runs: 1, 2)";
    assert!(report.contains(expected), "{report}");
    bench.assert_nothing_left();
}
