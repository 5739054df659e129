//! The processes of one worker, told from all others, and ended.
//!
//! They are known by two things: they descend from the worker, or they carry its mark, an
//! environment variable that processes inherit, when their parents are gone. Nobody else is ever
//! sent a signal.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::Path,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::{
        signal::{Signal, kill},
        wait::{WaitPidFlag, waitpid},
    },
    unistd::Pid,
};
use procfs::process::{Process, Stat, all_processes};

/// How long killed processes may take to be gone.
const REAP: Duration = Duration::from_secs(10);

/// What a worker and all that it starts carry in their environment: the private directory of its
/// sockets, which no two workers share.
pub(super) struct Mark(OsString);

impl Mark {
    pub(super) const VARIABLE: &str = "IMGBENCH_WORKER_OF";

    pub(super) fn new(scratch: &Path) -> Mark {
        Mark(scratch.as_os_str().to_owned())
    }

    pub(super) fn value(&self) -> &OsStr {
        &self.0
    }

    fn is_on(&self, process: &Process) -> bool {
        let environment = process.environ().unwrap_or_default();
        environment.get(OsStr::new(Mark::VARIABLE)).is_some_and(|value| *value == self.0)
    }
}

/// Kills what is left of the worker that had this private directory, whose imgbench is gone.
///
/// # Errors
/// A process does not end though it was killed: the kernel holds it.
pub fn end_orphans(scratch: &Path) -> anyhow::Result<()> {
    let mark = Mark::new(scratch);
    let begun = Instant::now();
    loop {
        let processes = all_processes()?.flatten().filter(|process| mark.is_on(process));
        let left: Vec<i32> = processes.filter_map(|of| living(&of)).map(|of| of.pid).collect();
        if left.is_empty() {
            return Ok(());
        }
        for &pid in &left {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        anyhow::ensure!(begun.elapsed() < REAP, "processes {left:?} were killed and do not end");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Kills the worker and all that it started, and waits until none of it is there.
///
/// # Errors
/// A process does not end though it was killed: the kernel holds it.
pub(super) fn end_all(worker: &mut Child, mark: &Mark) -> anyhow::Result<()> {
    let begun = Instant::now();
    // By pid, with the time of its start, since pids are used again.
    let mut known: BTreeMap<i32, u64> = BTreeMap::new();
    loop {
        let processes: Vec<_> = all_processes()?.flatten().collect();
        let living: Vec<Stat> = processes.iter().filter_map(living).collect();
        for stat in descendants(&living, worker.id()) {
            known.insert(stat.pid, stat.starttime);
        }
        for process in processes.iter().filter(|process| mark.is_on(process)) {
            if let Some(stat) = living.iter().find(|stat| stat.pid == process.pid()) {
                known.insert(stat.pid, stat.starttime);
            }
        }
        let left: Vec<i32> = living
            .iter()
            .filter(|stat| known.get(&stat.pid) == Some(&stat.starttime))
            .map(|stat| stat.pid)
            .collect();
        for &pid in &left {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        let _ = worker.try_wait();
        for &pid in known.keys().filter(|&&pid| u32::try_from(pid) != Ok(worker.id())) {
            let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
        }
        if left.is_empty() {
            return Ok(());
        }
        anyhow::ensure!(begun.elapsed() < REAP, "processes {left:?} were killed and do not end");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The state of a process that has not ended. A zombie has ended, unless threads of it are still at
/// it, or it is our child and to be waited for.
fn living(process: &Process) -> Option<Stat> {
    let ours = |stat: &Stat| u32::try_from(stat.ppid) == Ok(std::process::id());
    process.stat().ok().filter(|stat| match stat.state {
        'X' => false,
        'Z' => stat.num_threads > 1 || ours(stat),
        _ => true,
    })
}

/// The worker and what is below it.
fn descendants(living: &[Stat], worker: u32) -> Vec<&Stat> {
    let is_worker = |stat: &&Stat| u32::try_from(stat.pid) == Ok(worker);
    let mut found: Vec<&Stat> = living.iter().filter(is_worker).collect();
    let mut next = 0;
    while let Some(parent) = found.get(next).map(|stat| stat.pid) {
        found.extend(living.iter().filter(|stat| stat.ppid == parent));
        next += 1;
    }
    found
}
