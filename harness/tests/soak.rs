//! Many experiments in a row leave nothing behind and do not grow: neither memory nor descriptors of
//! imgbench, neither processes nor temporary files.
//!
//! Some are run here with every test. `make soak` runs 200, and real ones besides, by these two variables,
//! and prints what there was before and after.

#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fmt, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use procfs::process::{Process, all_processes};
use reports::record::{Experiment, Status};

/// How many simulated experiments, each with a process of its own; a longer one has as many runs.
const EXPERIMENTS: &str = "IMGBENCH_SOAK_EXPERIMENTS";

/// How many runs on real appliances.
const REAL_RUNS: &str = "IMGBENCH_SOAK_REAL_RUNS";

/// What everything that is started here carries in its environment.
const MARK: &str = "IMGBENCH_SOAK";

/// Memory that an allocator may keep between two runs of one process.
const SLACK_KB: u64 = 8 << 10;

fn number(variable: &str, usual: usize) -> usize {
    std::env::var(variable).map_or(usual, |value| value.parse().unwrap())
}

struct Soak(tempfile::TempDir);

/// What there is of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Left {
    processes: usize,
    images: usize,
    private_temporary: usize,
    cache: BTreeSet<PathBuf>,
    shared: BTreeSet<PathBuf>,
}

impl fmt::Display for Left {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            to,
            "{:>9} {:>6} {:>7} {:>18} {:>13}",
            self.processes,
            self.images,
            self.private_temporary,
            self.shared.len(),
            self.cache.len()
        )
    }
}

const LEFT: &str = "processes images $TMPDIR /tmp,/var/tmp,/run appliances";

impl Soak {
    fn new() -> Soak {
        let soak = Soak(tempfile::tempdir_in("/var/tmp").unwrap());
        for directory in ["images", "tmp"] {
            fs::create_dir(soak.path(directory)).unwrap();
        }
        let images = soak.path("images").display().to_string();
        let config = include_str!("../../configs/smoke.toml");
        fs::write(soak.path("soak.toml"), format!("directory = \"{images}\"\n{config}")).unwrap();
        fs::write(soak.path("script.toml"), "[seconds]\n").unwrap();
        soak
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgbench"));
        command
            .args(["run", "soak.toml"])
            .args(arguments)
            .current_dir(self.0.path())
            .env(MARK, self.0.path())
            .env("TMPDIR", self.path("tmp"))
            .env("LIBGUESTFS_CACHEDIR", "/var/tmp")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn simulated(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.env("IMGBENCH_SIMULATED_APPLIANCE", self.path("script.toml"));
        command
    }

    fn left(&self) -> Left {
        let ours = |process: &Process| {
            let environment = process.environ().unwrap_or_default();
            environment.get(OsStr::new(MARK)).is_some_and(|mark| mark == self.0.path().as_os_str())
        };
        let count = |name: &str| fs::read_dir(self.path(name)).unwrap().count();
        let places = ["/tmp", "/var/tmp", "/run"].map(Path::new);
        let shared = places.into_iter().flat_map(entries).filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            ["imgbench-", "libguestfs", "supermin"].iter().any(|start| name.starts_with(start))
        });
        let user = nix::unistd::geteuid();
        let cache = Path::new("/var/tmp").join(format!(".imgbench-{user}/lean/.guestfs-{user}"));
        let cache = entries(&cache);
        Left {
            processes: all_processes().unwrap().flatten().filter(ours).count(),
            images: count("images"),
            private_temporary: count("tmp"),
            cache: cache.into_iter().collect(),
            shared: shared.collect(),
        }
    }

    /// Others may measure on this machine; what is theirs goes when their run does.
    fn assert_nothing_more_than(&self, before: &Left) -> Left {
        let begun = Instant::now();
        loop {
            let after = self.left();
            let more = after.shared.difference(&before.shared).next();
            if more.is_none() {
                let of = |left: &Left| (left.processes, left.images, left.private_temporary);
                assert_eq!(of(&after), of(before));
                return after;
            }
            assert!(begun.elapsed() < Duration::from_secs(300), "{more:?} stays");
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Runs an experiment and looks at its process as rows are written; yields the least that it was
    /// in the first third of its runs and in the last. What a run has open comes and goes.
    fn grown(&self, mut command: Command, out: &str, runs: usize) -> [Size; 2] {
        let mut imgbench = command.spawn().unwrap();
        let pid = i32::try_from(imgbench.id()).unwrap();
        let rows = self.path(out).join("runs.csv");
        let (mut first, mut last, mut next): (Option<Size>, Option<Size>, usize) = (None, None, 0);
        println!("\n{:>6} {:>8} {:>11} {:>7}", "run", "RSS KiB", "descriptors", "threads");
        while imgbench.try_wait().unwrap().is_none() {
            let done = fs::read_to_string(&rows).map_or(0, |text| text.lines().count());
            let done = done.saturating_sub(1);
            // The reports at the end have a memory of their own.
            if let Some(size) = Size::of(pid).filter(|_| (2..runs).contains(&done)) {
                if done >= next {
                    println!("{done:>6} {size}");
                    next = done + (runs / 10).max(1);
                }
                if done <= (runs / 3).max(2) {
                    first = Some(first.map_or(size, |least| least.min(size)));
                } else if done >= runs - runs / 3 {
                    last = Some(last.map_or(size, |least| least.min(size)));
                }
            }
            thread::sleep(Duration::from_millis(5));
        }
        assert!(imgbench.wait().unwrap().success());
        let runs = Experiment::load(&self.path(out)).unwrap().runs;
        assert!(runs.iter().all(|run| run.status == Status::Ok), "{runs:?}");
        [first.unwrap(), last.unwrap()]
    }
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// A process between two looks at it.
#[derive(Clone, Copy, Debug)]
struct Size {
    rss_kb: u64,
    descriptors: usize,
    threads: u64,
}

impl Size {
    fn of(pid: i32) -> Option<Size> {
        let process = Process::new(pid).ok()?;
        let status = process.status().ok()?;
        let descriptors = process.fd_count().ok()?;
        Some(Size { rss_kb: status.vmrss?, descriptors, threads: status.threads })
    }

    fn min(self, other: Size) -> Size {
        Size {
            rss_kb: self.rss_kb.min(other.rss_kb),
            descriptors: self.descriptors.min(other.descriptors),
            threads: self.threads.min(other.threads),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:>8} {:>11} {:>7}", self.rss_kb, self.descriptors, self.threads)
    }
}

fn assert_not_grown([first, last]: [Size; 2]) {
    assert!(last.rss_kb <= first.rss_kb + SLACK_KB, "{first:?} {last:?}");
    // The least that is seen may be that of a moment in which a pipe or a thread is there.
    assert!(last.descriptors <= first.descriptors + 4, "{first:?} {last:?}");
    assert!(last.threads <= first.threads + 2, "{first:?} {last:?}");
}

#[test]
fn many_experiments_leave_nothing_behind_and_do_not_grow() {
    let soak = Soak::new();
    let before = soak.left();
    println!("{:>24} {LEFT}\n{:>24} {before}", "", "before");

    let experiments = number(EXPERIMENTS, 10);
    for experiment in 0..experiments {
        let out = format!("out-{experiment}");
        let status = soak.simulated(&["--runs", "1", "--out", &out]).status().unwrap();
        assert!(status.success(), "{experiment}");
    }
    let after = soak.assert_nothing_more_than(&before);
    println!("{:>24} {after}", format!("{experiments} experiments"));

    let blocks = experiments.max(10).to_string();
    let command = soak.simulated(&["--runs", &blocks, "--out", "long"]);
    assert_not_grown(soak.grown(command, "long", 2 * experiments.max(10)));
    println!("{:>24} {}", "one long one", soak.assert_nothing_more_than(&before));

    let real = number(REAL_RUNS, 0);
    if real == 0 {
        return;
    }
    // The first boot with a QEMU leaves what that QEMU can do in libguestfs' cache.
    let warm = soak.command(&["--runs", "1", "--only", "sparse-raw", "--out", "warm"]).status();
    assert!(warm.unwrap().success());
    let before = soak.left();
    let blocks = real.div_ceil(2).to_string();
    let command = soak.command(&["--runs", &blocks, "--out", "real"]);
    assert_not_grown(soak.grown(command, "real", real));
    let after = soak.assert_nothing_more_than(&before);
    println!("\n{:>24} {LEFT}\n{:>24} {before}", "", "before");
    println!("{:>24} {after}", format!("{real} real runs"));
    assert_eq!(after.cache.difference(&before.cache).next(), None);
}
