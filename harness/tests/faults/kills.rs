//! imgbench is killed at any moment.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::PathBuf,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use procfs::process::all_processes;
use reports::record::{Experiment, Status};

use crate::simulated::{Bench, CONFIG, TIMES, said, wait_for};

/// Short runs, in which no stretch is too short to be killed in.
const SCRIPT: &str = "real_launch_s = 0.03\n[seconds]\none = [1.0]\ntwo = [2.0]\n";

const KILLS: usize = 100;

/// Not drawn from the clock: a failure can be had again, as far as the machine is as fast.
const SEED: u64 = 2010;

/// A sequence of numbers in [0, 1) that look random (splitmix64).
struct Moments(u64);

impl Moments {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Every process that a bench's imgbench started carries the path of the bench in its environment.
fn processes(bench: &Bench) -> Vec<(i32, String)> {
    let mark = bench.path("tmp").display().to_string();
    let all = all_processes().unwrap().flatten();
    all.filter(|process| {
        let environment = process.environ().unwrap_or_default();
        environment.values().any(|value| value.to_string_lossy().starts_with(&mark))
    })
    .map(|process| (process.pid, process.cmdline().unwrap_or_default().join(" ")))
    .collect()
}

/// Starts the experiment, or goes on with it where there is something to go on with.
fn start(bench: &Bench) -> Child {
    let resumable = bench.path("out/experiment.toml").exists();
    let arguments: &[&str] = match resumable {
        true => &["run", "--resume", "out"],
        false => &["run", "test.toml", "--runs", "4", "--seed", "7", "--out", "out"],
    };
    bench.command(arguments).stdout(Stdio::null()).spawn().unwrap()
}

/// The runs that imgbench said were done.
fn reported(child: &mut Child) -> BTreeSet<u32> {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let numbers = whole.lines().filter_map(|line| {
        let (number, _) = line.strip_prefix("run ")?.split_once(" of ")?;
        Some(number.parse().unwrap())
    });
    numbers.collect()
}

/// What may be in the directory of an experiment that is whole.
fn temporary_files(bench: &Bench) -> Vec<PathBuf> {
    let directories = [bench.path("out"), bench.path("out/plots")];
    let entries = directories.iter().flat_map(|directory| fs::read_dir(directory).unwrap());
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with('.'))
        .collect()
}

#[test]
fn a_hundred_kills_lose_nothing_and_leave_nothing() {
    println!("seed {SEED}");
    let mut moments = Moments(SEED);
    let (mut kills, mut experiments, mut rows_saved) = (0, 0, 0);
    let bench = Bench::new(SCRIPT);
    let begun = Instant::now();
    assert!(start(&bench).wait().unwrap().success());
    let unharmed = begun.elapsed();
    while kills < KILLS {
        let bench = Bench::new(SCRIPT);
        let mut done = BTreeSet::new();
        loop {
            let begun = Instant::now();
            let mut child = start(&bench);
            // One that comes after the end of all is none.
            let moment = unharmed.mul_f64(moments.next());
            let ended = loop {
                if let Some(status) = child.try_wait().unwrap() {
                    break Some(status);
                }
                if kills < KILLS && begun.elapsed() >= moment {
                    child.kill().unwrap();
                    child.wait().unwrap();
                    break None;
                }
                thread::sleep(Duration::from_millis(1));
            };
            done.extend(reported(&mut child));
            if let Some(status) = ended {
                assert!(status.success(), "kill {kills}: {status}");
                break;
            }
            kills += 1;
            if bench.path("out/experiment.toml").exists() {
                let found = Experiment::load(&bench.path("out"));
                let found = found.unwrap_or_else(|error| panic!("kill {kills}: {error}"));
                let rows = found.completed_runs();
                assert!(rows.is_superset(&done), "kill {kills}: {rows:?}, but {done:?} were done");
                assert!(found.runs.iter().all(|run| run.status == Status::Ok), "{:?}", found.runs);
                rows_saved += rows.len();
            } else {
                assert!(done.is_empty(), "kill {kills}: {done:?}");
            }
            wait_for("the worker to end", || {
                processes(&bench).iter().all(|(_, command)| !command.contains(" worker "))
            });
        }
        experiments += 1;
        let experiment = bench.experiment("out");
        let order: Vec<_> = experiment.runs.iter().map(|run| run.cell.clone()).collect();
        assert_eq!(order, experiment.manifest.order.concat());
        assert_eq!(order.len(), 8);
        assert!(experiment.runs.iter().all(|run| run.status == Status::Ok));
        assert_eq!(experiment.chunks.len(), 8 * 16);
        assert_eq!(experiment.warnings, Vec::<String>::new());
        assert_eq!(processes(&bench), []);
        assert_eq!(temporary_files(&bench), Vec::<PathBuf>::new());
        bench.assert_nothing_left();
    }
    println!("{kills} kills, {experiments} experiments, {rows_saved} rows found after them");
    assert!(rows_saved > 0, "no kill came after a row");
}

#[test]
fn what_was_killed_before_its_first_run_can_be_started_again() {
    let bench = Bench::new(TIMES);
    fs::create_dir(bench.path("out")).unwrap();
    // As `create` leaves it: files without a row, and a manifest under its temporary name.
    fs::write(bench.path("out/runs.csv"), "run,blo").unwrap();
    fs::write(bench.path("out/chunks.csv"), "run,cell,chunk,offset,seconds\n").unwrap();
    fs::write(bench.path("out/.imgbench-a1b2c3"), "schema = ").unwrap();
    let output = bench.run(&["run", "--resume", "out"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).starts_with(
            "error: no experiment was begun in out: give the directory of one, or start one by \
             imgbench run CONFIG --out out"
        ),
        "{}",
        said(&output)
    );
    let output = bench.run(&["run", "test.toml", "--out", "out"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(bench.experiment("out").runs.len(), 6);
    assert_eq!(temporary_files(&bench), Vec::<PathBuf>::new());

    // Anything else is somebody's.
    fs::create_dir(bench.path("mine")).unwrap();
    fs::write(bench.path("mine/runs.csv"), "run\n1\n").unwrap();
    let output = bench.run(&["run", "test.toml", "--out", "mine"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("output directory mine is not empty"), "{}", said(&output));
}

/// A QEMU outlives a killed worker by seconds, qemu-img by all that it has to do.
#[test]
fn what_still_runs_for_a_killed_imgbench_is_ended_by_the_next() {
    let bench = Bench::new(TIMES);
    bench.config(CONFIG);
    let dead = bench.path("tmp/imgbench-scratch-dead");
    let alive = bench.path("tmp/imgbench-scratch-live");
    let mut left = Vec::new();
    for directory in [&dead, &alive] {
        fs::create_dir(directory).unwrap();
        let ours_alone = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(directory, ours_alone).unwrap();
        let mut sleep = std::process::Command::new("sleep");
        left.push(sleep.arg("600").env("IMGBENCH_WORKER_OF", directory).spawn().unwrap());
    }
    let lock = fs::File::open(&alive).unwrap();
    lock.lock().unwrap();
    let output = bench.run(&["run", "test.toml", "--out", "out"]);
    assert!(output.status.success(), "{}", said(&output));
    wait_for("the orphan's end", || left[0].try_wait().unwrap().is_some());
    assert!(left[1].try_wait().unwrap().is_none(), "that of a living imgbench was ended");
    assert!(!dead.exists() && alive.exists());
    left[1].kill().unwrap();
    left[1].wait().unwrap();
}
