//! One run of a program: started in a process group of its own, watched until it ends, and brought to
//! its end early, with nothing left behind, when a signal asks us to stop.
//!
//! Yields what it printed and the memory that it took; refuses an exit other than 0.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use imgbench::{Interrupted, cli::WORKER, supervise::Interrupts};
use nix::{
    sys::signal::{Signal, kill, killpg},
    time::{clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};
use procfs::process::{Process, all_processes};

use crate::inside::Inside;

/// How often signals and memory are looked at: some 100 microseconds for each process.
const TICK: Duration = Duration::from_millis(250);

/// How long a program may take to end once it was stopped.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a program is brought to end in its own time, so that it removes its temporary files.
#[derive(Clone, Copy)]
pub enum Stop {
    /// By asking it.
    Ask,
    /// By killing what it started, QEMU above all, in its process group: libguestfs then fails, which
    /// a loop program takes for its end.
    KillGuest,
}

/// What a program that succeeded left.
pub struct Done {
    /// Its standard output.
    pub stdout: String,
    /// The most memory that it had at one time, bytes; of imgbench, worker and parent together, while a
    /// worker is there: the report is made when all is measured.
    pub peak_memory: u64,
    /// CPU time inside the library's calls, where it was to be told.
    pub inside: Duration,
    /// CPU time of the program that was started, not of its children, while those calls were made: to
    /// a tick or two.
    pub meanwhile: Duration,
}

/// Runs a program to its end, its output going to files in `scratch`.
pub fn run(
    mut command: Command,
    how: Stop,
    scratch: &Path,
    interrupts: &Interrupts,
    inside: Option<&Inside>,
) -> anyhow::Result<Done> {
    let (stdout, stderr) = (scratch.join("stdout"), scratch.join("stderr"));
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(File::create(&stdout)?)
        .stderr(File::create(&stderr)?)
        .process_group(0)
        .spawn()
        .with_context(|| format!("starting {name}"))?;
    let mut memory = Memory::default();
    let mut meanwhile = Meanwhile::default();
    let status = loop {
        memory.look_at(&child);
        if let Some(inside) = inside {
            meanwhile.look_at(&child, inside.so_far()?);
        }
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if interrupts.came() {
            stop(&mut child, how)?;
            return Err(Interrupted.into());
        }
        thread::sleep(TICK);
    };
    if !status.success() {
        bail!("{name} failed ({status}):\n{}", fs::read_to_string(&stderr)?.trim_end());
    }
    Ok(Done {
        stdout: fs::read_to_string(&stdout)?,
        peak_memory: memory.peak,
        inside: inside.map_or(Ok(Duration::ZERO), Inside::so_far)?,
        meanwhile: meanwhile.passed(),
    })
}

fn stop(child: &mut Child, how: Stop) -> anyhow::Result<()> {
    let group = i32::try_from(child.id())?;
    if let Stop::Ask = how {
        kill(Pid::from_raw(group), Signal::SIGTERM)?;
    }
    let begun = Instant::now();
    while child.try_wait()?.is_none() {
        if let Stop::KillGuest = how {
            kill_others_of(group)?;
        }
        if begun.elapsed() > PATIENCE {
            killpg(Pid::from_raw(group), Signal::SIGKILL)?;
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Kills all of a process group but its leader.
fn kill_others_of(group: i32) -> anyhow::Result<()> {
    for process in all_processes()?.flatten() {
        let of_group = process.stat().is_ok_and(|stat| stat.pgrp == group);
        if of_group && process.pid() != group {
            // An error means that it is gone already.
            let _ = kill(Pid::from_raw(process.pid()), Signal::SIGKILL);
        }
    }
    Ok(())
}

/// The most memory seen at one time, from outside: proportional set size, in which what processes share
/// is counted once.
#[derive(Default)]
struct Memory {
    peak: u64,
    has_workers: bool,
}

impl Memory {
    fn look_at(&mut self, child: &Child) {
        let Some(program) = i32::try_from(child.id()).ok().and_then(|pid| Process::new(pid).ok())
        else {
            return;
        };
        let worker = worker_of(&program);
        self.has_workers |= worker.is_some();
        if worker.is_some() || !self.has_workers {
            let of_worker = worker.map_or(0, |of| proportional(&of));
            self.peak = self.peak.max(proportional(&program) + of_worker);
        }
    }
}

/// CPU time of a program from the first of the library's calls to the last.
#[derive(Default)]
struct Meanwhile {
    inside: Duration,
    first: Option<Duration>,
    last: Duration,
}

impl Meanwhile {
    fn look_at(&mut self, child: &Child, inside: Duration) {
        if inside == self.inside {
            return;
        }
        self.inside = inside;
        if let Some(cpu) = cpu(child) {
            self.first.get_or_insert(cpu);
            self.last = cpu;
        }
    }

    fn passed(&self) -> Duration {
        self.first.map_or(Duration::ZERO, |first| self.last - first)
    }
}

/// CPU time of all threads of a process; `None` where it is gone.
fn cpu(child: &Child) -> Option<Duration> {
    let clock = clock_getcpuclockid(Pid::from_raw(i32::try_from(child.id()).ok()?)).ok()?;
    clock_gettime(clock).ok().map(Duration::from)
}

/// Bytes; 0 where the process is gone.
fn proportional(process: &Process) -> u64 {
    let rollup = process.smaps_rollup().ok();
    let maps = rollup.and_then(|rollup| rollup.memory_map_rollup.0.into_iter().next());
    maps.and_then(|map| map.extension.map.get("Pss").copied()).unwrap_or(0)
}

/// imgbench's worker, which is a libguestfs client too.
fn worker_of(program: &Process) -> Option<Process> {
    let children = program.task_main_thread().ok()?.children().ok()?;
    let children =
        children.into_iter().filter_map(|pid| Process::new(i32::try_from(pid).ok()?).ok());
    children.into_iter().find(|child| {
        child.cmdline().is_ok_and(|words| words.get(1).is_some_and(|word| word == WORKER))
    })
}
