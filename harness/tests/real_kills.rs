//! imgbench is killed at random moments of an experiment on real appliances, and goes on with it.
//!
//! Twice, as long as the environment variable `KILLS` does not name another number.

#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use procfs::process::all_processes;
use reports::record::{Experiment, Status};

const SEED: u64 = 2010;

/// Two runs under TCG: a kill comes within it.
const RUN: Duration = Duration::from_secs(40);

struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Bench {
        let bench = Bench(tempfile::tempdir_in("/var/tmp").unwrap());
        for directory in ["images", "tmp"] {
            fs::create_dir(bench.path(directory)).unwrap();
        }
        let images = format!("runs = 1\ndirectory = \"{}\"", bench.path("images").display());
        let config = include_str!("../../configs/default.toml")
            .replace("300M", "32M")
            .replace("256M", "16M")
            .replace("runs = 3", &images);
        fs::write(bench.path("real.toml"), config).unwrap();
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn start(&self) -> Child {
        let resumable = self.path("out/experiment.toml").exists();
        let arguments: &[&str] = match resumable {
            true => &["run", "--resume", "out"],
            false => &["run", "real.toml", "--seed", "1", "--out", "out"],
        };
        Command::new(env!("CARGO_BIN_EXE_imgbench"))
            .args(arguments)
            .current_dir(self.path(""))
            .env("TMPDIR", self.path("tmp"))
            .env("LIBGUESTFS_CACHEDIR", "/var/tmp")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// What runs with the path of the bench in its environment: worker, QEMU, libguestfs' helpers.
    fn processes(&self) -> Vec<String> {
        let mark = self.0.path().display().to_string();
        let all = all_processes().unwrap().flatten();
        let ours = all.filter(|process| {
            let environment = process.environ().unwrap_or_default();
            environment.values().any(|value| value.to_string_lossy().starts_with(&mark))
        });
        ours.map(|process| process.stat().map(|stat| stat.comm).unwrap_or_default()).collect()
    }
}

/// Where libguestfs keeps sockets.
fn of_libguestfs() -> BTreeSet<PathBuf> {
    let root = match nix::unistd::geteuid().is_root() {
        true => None,
        false => std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from),
    };
    let entries = fs::read_dir(root.unwrap_or("/tmp".into())).unwrap().flatten();
    let named =
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("libguestfs"));
    named.map(|entry| entry.path()).collect()
}

#[test]
fn kills_at_random_moments_lose_nothing_and_leave_nothing() {
    let kills: u32 = std::env::var("KILLS").map_or(2, |text| text.parse().unwrap());
    println!("{kills} kills, seed {SEED}");
    let mut state = SEED;
    let mut moment = || {
        // Knuth's linear congruential generator; the upper bits are good.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        RUN.mul_f64((state >> 40) as f64 / (1u64 << 24) as f64)
    };
    let before = of_libguestfs();
    let mut killed = 0;
    while killed < kills {
        let bench = Bench::new();
        let mut done = 0;
        loop {
            let (mut child, begun, moment) = (bench.start(), Instant::now(), moment());
            let ended = loop {
                if let Some(status) = child.try_wait().unwrap() {
                    break Some(status);
                }
                if killed < kills && begun.elapsed() >= moment {
                    child.kill().unwrap();
                    child.wait().unwrap();
                    break None;
                }
                thread::sleep(Duration::from_millis(5));
            };
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            let told = said.lines().filter(|line| line.starts_with("run ")).count();
            if let Some(status) = ended {
                assert!(status.success(), "{said}");
                break;
            }
            killed += 1;
            println!("kill {killed} after {moment:.1?}: {told} more runs, {:?}", bench.processes());
            done += told;
            if bench.path("out/experiment.toml").exists() {
                let found = Experiment::load(&bench.path("out")).unwrap();
                assert!(found.completed_runs().len() >= done, "{:?}", found.runs);
                assert!(found.runs.iter().all(|run| run.status == Status::Ok), "{:?}", found.runs);
            }
        }
        let experiment = Experiment::load(&bench.path("out")).unwrap();
        let order: Vec<_> = experiment.runs.iter().map(|run| run.cell.clone()).collect();
        assert_eq!(order, experiment.manifest.order.concat());
        assert_eq!(order.len(), 4);
        assert!(experiment.runs.iter().all(|run| run.status == Status::Ok));
        assert_eq!(bench.processes(), Vec::<String>::new());
        for directory in ["images", "tmp"] {
            let left: Vec<_> = fs::read_dir(bench.path(directory)).unwrap().collect();
            assert!(left.is_empty(), "{left:?}");
        }
    }
    // Others' may have gone meanwhile; none of ours may have come.
    let left: Vec<_> = of_libguestfs().difference(&before).cloned().collect();
    assert!(left.is_empty(), "{left:?}");
}
