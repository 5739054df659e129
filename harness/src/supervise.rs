//! The parent's side of a worker: deadlines, signals, and leaving nothing behind.
//!
//! libguestfs has no time-outs, a stopped QEMU holds any of its calls for ever, and a worker may be
//! killed by anybody. So a worker and all that it starts carry a mark in their environment, by which
//! they are found and killed, and nobody else is, before the next worker starts.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::process::{CommandExt, ExitStatusExt},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use nix::{
    sys::{
        signal::{Signal, kill},
        wait::waitpid,
    },
    unistd::Pid,
};
use procfs::process::{FDTarget, Process, all_processes};

use crate::{
    config::Deadlines,
    worker::{Event, Job, Phase},
};

/// How often deadlines and signals are looked at. A look costs some 20 microseconds.
const TICK: Duration = Duration::from_millis(250);

/// How long killed processes may take to be gone.
const REAP: Duration = Duration::from_secs(10);

/// How a worker ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It did all that it should.
    Done,
    /// It, or what it worked with, failed.
    Failed(String),
    /// A deadline passed.
    Timeout(String),
    /// A signal asked us to stop.
    Interrupted,
}

/// Signals that ask us to stop: SIGINT, SIGTERM, SIGHUP.
#[derive(Clone)]
pub struct Interrupts(Arc<AtomicUsize>);

impl Interrupts {
    /// Catches the signals from now on.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn catch() -> anyhow::Result<Interrupts> {
        let last = Arc::new(AtomicUsize::new(0));
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            let number = usize::try_from(signal as i32)?;
            signal_hook::flag::register_usize(signal as i32, Arc::clone(&last), number)?;
        }
        nix::sys::prctl::set_child_subreaper(true)?;
        Ok(Interrupts(last))
    }

    /// Whether one came.
    #[must_use]
    pub fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }
}

/// Has a worker do a job, and hands on what it tells. Whatever the worker started and wherever it
/// was, nothing of it is there any more when this returns.
///
/// # Errors
/// A worker cannot be started.
pub fn supervise(
    job: &Job,
    deadlines: &Deadlines,
    interrupts: &Interrupts,
    on_event: &mut dyn FnMut(&Event),
) -> anyhow::Result<Ending> {
    let mark = Mark::new();
    let (mut child, stdin, stdout) = start(&mark)?;
    let sender = thread::spawn({
        let job = serde_json::to_vec(job)?;
        // A worker that dies before it has read its job is noticed by its end, not here.
        move || drop({ stdin }.write_all(&job))
    });
    let events = listen(stdout);
    let mut watch = Watch::new(&child, deadlines);
    let ending = loop {
        match events.recv_timeout(TICK) {
            Ok(Heard::Event(event)) => {
                watch.heard(&event);
                match &event {
                    Event::Done => break Ending::Done,
                    Event::Failed(why) => break Ending::Failed(why.clone()),
                    _ => on_event(&event),
                }
            }
            Ok(Heard::Nonsense(line)) => {
                break Ending::Failed(format!("the worker said what is no event: {line}"));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let status = child.wait().context("waiting for the worker")?;
                break Ending::Failed(format!("{}: {}", watch.place(), how_it_died(status)));
            }
        }
        if interrupts.came() {
            break Ending::Interrupted;
        }
        if let Some(passed) = watch.deadline_passed() {
            break Ending::Timeout(passed);
        }
    };
    if ending == Ending::Done {
        // It has nothing left to do; its exit closes the libguestfs handle.
        let patience = Instant::now();
        while child.try_wait()?.is_none() && patience.elapsed() < REAP {
            thread::sleep(Duration::from_millis(1));
        }
    }
    watch.look_at_sockets();
    end_all(&mut child, &mark)?;
    let _ = sender.join();
    watch.remove_directories();
    Ok(ending)
}

fn start(mark: &Mark) -> anyhow::Result<(Child, ChildStdin, ChildStdout)> {
    let program = std::env::current_exe().context("finding our own program")?;
    let mut child = Command::new(program)
        .arg(crate::cli::WORKER)
        .env(Mark::VARIABLE, &mark.0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // Not our terminal's: an interrupt typed there is for us, who then end the worker.
        .process_group(0)
        .spawn()
        .context("starting a worker")?;
    let stdin = child.stdin.take().context("the worker's standard input")?;
    let stdout = child.stdout.take().context("the worker's standard output")?;
    Ok((child, stdin, stdout))
}

/// What tells a worker's processes from all others: a value of an environment variable, which
/// processes inherit.
struct Mark(String);

impl Mark {
    const VARIABLE: &str = "IMGBENCH_WORKER_OF";

    fn new() -> Mark {
        static WORKERS: AtomicUsize = AtomicUsize::new(0);
        let number = WORKERS.fetch_add(1, Ordering::Relaxed);
        let now = jiff::Timestamp::now().as_nanosecond();
        Mark(format!("{}-{number}-{now}", std::process::id()))
    }

    /// Every process that carries it.
    fn processes(&self) -> anyhow::Result<Vec<i32>> {
        let carries = |process: &Process| {
            let environment = process.environ().ok()?;
            let value = environment.get(OsStr::new(Mark::VARIABLE))?;
            (value == self.0.as_str()).then(|| process.pid())
        };
        Ok(all_processes()?.flatten().filter_map(|process| carries(&process)).collect())
    }
}

enum Heard {
    Event(Event),
    Nonsense(String),
}

fn listen(stdout: ChildStdout) -> mpsc::Receiver<Heard> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            let Ok(line) = line else { break };
            let heard = match serde_json::from_str(&line) {
                Ok(event) => Heard::Event(event),
                Err(_) => Heard::Nonsense(line),
            };
            if sender.send(heard).is_err() {
                break;
            }
        }
    });
    receiver
}

fn how_it_died(status: ExitStatus) -> String {
    match status.signal().map(Signal::try_from) {
        Some(Ok(signal)) => format!("the worker was killed by {signal}"),
        _ => format!("the worker ended without a word ({status})"),
    }
}

/// What is known of a worker while it works.
struct Watch<'a> {
    deadlines: &'a Deadlines,
    pid: i32,
    begun: Instant,
    phase: Option<Phase>,
    phase_begun: Instant,
    after_shutdown: bool,
    bytes_moved: u64,
    last_sign_of_life: Instant,
    directories: BTreeSet<PathBuf>,
}

impl<'a> Watch<'a> {
    fn new(child: &Child, deadlines: &'a Deadlines) -> Watch<'a> {
        let now = Instant::now();
        Watch {
            deadlines,
            pid: i32::try_from(child.id()).unwrap_or(0),
            begun: now,
            phase: None,
            phase_begun: now,
            after_shutdown: false,
            bytes_moved: 0,
            last_sign_of_life: now,
            directories: BTreeSet::new(),
        }
    }

    fn heard(&mut self, event: &Event) {
        self.last_sign_of_life = Instant::now();
        match event {
            Event::Begin(phase) => {
                self.phase = Some(*phase);
                self.phase_begun = Instant::now();
            }
            Event::End(Phase::Shutdown, _) => self.after_shutdown = true,
            Event::Launched(_) => self.look_at_sockets(),
            _ => {}
        }
    }

    /// Where the worker is, for messages.
    fn place(&self) -> &'static str {
        match self.phase {
            _ if self.after_shutdown => "check",
            Some(phase) => phase.as_str(),
            None => "start",
        }
    }

    fn deadline_passed(&mut self) -> Option<String> {
        let passed = |since: Instant, deadline: Duration| since.elapsed() > deadline;
        if passed(self.begun, self.deadlines.run) {
            let limit = self.deadlines.run;
            return Some(format!("{}: the run took longer than {limit:?}", self.place()));
        }
        match self.phase {
            // A proof of an accelerator is a launch and little else.
            None | Some(Phase::Launch) => {
                self.look_at_sockets();
                let limit = self.deadlines.launch;
                passed(self.phase_begun, limit)
                    .then(|| format!("launch: the appliance did not come up within {limit:?}"))
            }
            // qemu-img works on the whole image, and is heard of only at its end.
            Some(Phase::Prepare) => None,
            Some(_) if self.after_shutdown => None,
            Some(phase) => {
                self.look_for_life();
                let limit = self.deadlines.call;
                passed(self.last_sign_of_life, limit)
                    .then(|| format!("{}: no answer for {limit:?}", phase.as_str()))
            }
        }
    }

    /// A worker that talks to its appliance moves bytes: seen from outside, so that nothing needs
    /// to be told while the clock runs.
    fn look_for_life(&mut self) {
        let Ok(io) = Process::new(self.pid).and_then(|worker| worker.io()) else { return };
        let moved = io.rchar.saturating_add(io.wchar);
        if moved != self.bytes_moved {
            self.bytes_moved = moved;
            self.last_sign_of_life = Instant::now();
        }
    }

    /// libguestfs keeps its sockets in a directory of its own under `/tmp` or `$XDG_RUNTIME_DIR`,
    /// and removes it only if it ends in its own time. The worker's open sockets tell which it is.
    fn look_at_sockets(&mut self) {
        let Ok(sockets) = Process::new(self.pid).and_then(|worker| worker.fd()) else { return };
        let ours: BTreeSet<u64> = sockets
            .flatten()
            .filter_map(|fd| match fd.target {
                FDTarget::Socket(inode) => Some(inode),
                _ => None,
            })
            .collect();
        let Ok(all) = procfs::net::unix() else { return };
        for socket in all.into_iter().filter(|socket| ours.contains(&socket.inode)) {
            let Some(directory) = socket.path.as_deref().and_then(|path| path.parent()) else {
                continue;
            };
            let name = directory.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("libguestfs") {
                self.directories.insert(directory.to_owned());
            }
        }
    }

    fn remove_directories(&self) {
        for directory in &self.directories {
            // Gone already where libguestfs ended in its own time.
            let _ = fs::remove_dir_all(directory);
        }
    }
}

/// Kills the worker and all that it started, and waits until none of it is there.
fn end_all(child: &mut Child, mark: &Mark) -> anyhow::Result<()> {
    // An error means that it is gone already.
    let _ = child.kill();
    child.wait().context("waiting for the worker")?;
    let begun = Instant::now();
    let mut killed = BTreeSet::new();
    loop {
        let left = mark.processes()?;
        if left.is_empty() {
            break;
        }
        anyhow::ensure!(begun.elapsed() < REAP, "processes {left:?} cannot be killed");
        for &pid in &left {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        killed.extend(left);
        thread::sleep(Duration::from_millis(5));
    }
    for pid in killed {
        // Orphans became our children, since we are a subreaper; others are not ours to wait for.
        let _ = waitpid(Pid::from_raw(pid), None);
    }
    Ok(())
}
