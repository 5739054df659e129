//! What is known of a worker while it works: where it is, whether it shows life, and which directory
//! libguestfs keeps its sockets in.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::ffi::OsStrExt,
    path::PathBuf,
    process::Child,
    time::{Duration, Instant},
};

use procfs::process::{FDTarget, Process};

use crate::{
    config::Deadlines,
    scratch::{LIBGUESTFS, SOCKETS},
    worker::{Event, Job, Phase, Turn},
};

/// How often deadlines are looked at.
pub(super) const TICK: Duration = Duration::from_millis(250);

/// The same while it is not known where libguestfs keeps its sockets: were we killed then, nobody would
/// find them.
const SHORT_TICK: Duration = Duration::from_millis(10);

/// Looks while a deadline lasts that is looked at in the clock: a look takes 0.2 ms of CPU time, and the
/// measured section is to be alone on the machine. So it may be told an eighth late.
const LOOKS_IN_CLOCK: u32 = 8;

/// Bytes that QEMU moves between two looks without the guest's doing anything, at most.
const SMALL_TALK: u64 = 64 << 10;

/// What is known of a worker while it works.
pub(super) struct Watch {
    deadlines: Deadlines,
    scratch: PathBuf,
    pid: i32,
    qemu: Option<i32>,
    /// The QEMU that a launch has started, and since when it is seen; and how long it may take.
    booting: Option<(i32, Instant)>,
    boot_deadline: Option<Duration>,
    /// When the run that it is about was begun, less what it waited, and others were at work; and how long
    /// each of its runs was at work before.
    begun: Instant,
    at: usize,
    spent: BTreeMap<usize, Duration>,
    /// It waits for the disk of the images, which may have much to write.
    settles: bool,
    phase: Option<Phase>,
    phase_begun: Instant,
    waits_since: Option<Instant>,
    after_shutdown: bool,
    bytes_moved: u64,
    last_sign_of_life: Instant,
    directories: BTreeSet<PathBuf>,
}

impl Watch {
    pub(super) fn new(child: &Child, deadlines: Deadlines, job: &Job) -> Watch {
        let now = Instant::now();
        Watch {
            deadlines,
            scratch: job.scratch().to_owned(),
            qemu: None,
            booting: None,
            boot_deadline: job.boot_deadline(),
            pid: i32::try_from(child.id()).unwrap_or(0),
            begun: now,
            at: 0,
            spent: BTreeMap::new(),
            settles: false,
            phase: None,
            phase_begun: now,
            waits_since: None,
            after_shutdown: false,
            bytes_moved: 0,
            last_sign_of_life: now,
            directories: BTreeSet::new(),
        }
    }

    pub(super) fn heard(&mut self, event: &Event) {
        self.last_sign_of_life = Instant::now();
        match event {
            Event::Of(run) => {
                let now = self.last_sign_of_life;
                self.spent.insert(self.at, now - self.begun);
                self.at = *run;
                let before = self.spent.get(run).copied().unwrap_or_default();
                self.begun = now.checked_sub(before).unwrap_or(now);
            }
            Event::Settled => self.settles = false,
            Event::Begin(phase) => {
                self.phase = Some(*phase);
                self.phase_begun = Instant::now();
            }
            Event::Waits(turn) => {
                self.waits_since.get_or_insert_with(Instant::now);
                self.settles = *turn == Turn::Clock;
            }
            Event::End(Phase::Shutdown, _) => self.after_shutdown = true,
            Event::Over => self.after_shutdown = false,
            Event::Launched(launched) => {
                self.qemu = launched.qemu_pid;
                self.look_at_sockets();
            }
            _ => {}
        }
    }

    /// Its guest was stopped, whatever it was about.
    pub(super) fn is_held(&mut self) {
        self.look_at_sockets();
        self.waits_since.get_or_insert_with(Instant::now);
    }

    /// Its turn has come, or its guest goes on: what it waited counts for no deadline.
    pub(super) fn goes_on(&mut self) {
        let now = Instant::now();
        let waited = self.waits_since.take().map_or(Duration::ZERO, |since| now - since);
        self.begun += waited;
        self.phase_begun += waited;
        self.last_sign_of_life = now;
    }

    /// Where the worker is, for messages.
    pub(super) fn place(&self) -> &'static str {
        match self.phase {
            _ if self.waits_since.is_some() => "waiting for its turn",
            _ if self.after_shutdown => "check",
            Some(phase) => phase.as_str(),
            None => "start",
        }
    }

    /// For how long it need not be looked at; `None` while no deadline of it runs.
    pub(super) fn rests(&self) -> Option<Duration> {
        match self.phase {
            _ if self.waits_since.is_some() => None,
            _ if self.seeks_sockets() => Some(SHORT_TICK),
            Some(Phase::Workload) => {
                let soonest = self.deadlines.call.min(self.deadlines.run);
                Some((soonest / LOOKS_IN_CLOCK).max(TICK))
            }
            _ => Some(TICK),
        }
    }

    /// Whether libguestfs makes its directory of sockets about now.
    fn seeks_sockets(&self) -> bool {
        self.directories.is_empty()
            && self.waits_since.is_none()
            && matches!(self.phase, None | Some(Phase::Launch))
    }

    pub(super) fn deadline_passed(&mut self) -> Option<String> {
        if self.waits_since.is_some() {
            return None;
        }
        let passed = |since: Instant, deadline: Duration| since.elapsed() > deadline;
        if passed(self.begun, self.deadlines.run) {
            let limit = self.deadlines.run;
            return Some(format!("{}: the run took longer than {limit:?}", self.place()));
        }
        match self.phase {
            // A proof of an accelerator is a launch and little else.
            None | Some(Phase::Launch) => {
                self.look_at_sockets();
                let booting =
                    self.boot_deadline.and_then(|limit| Some((self.boots_since()?, limit)));
                let launch = (self.phase_begun, self.deadlines.launch);
                let limits = std::iter::once(launch).chain(booting);
                let mut late = limits.filter(|&(since, limit)| passed(since, limit));
                late.next().map(|(_, limit)| {
                    format!("launch: the appliance did not come up within {limit:?}")
                })
            }
            // qemu-img works on the whole image, and is heard of only at its end.
            Some(Phase::Prepare) => None,
            Some(_) if self.after_shutdown || self.settles => None,
            Some(phase) => {
                self.look_for_life();
                let limit = self.deadlines.call;
                passed(self.last_sign_of_life, limit)
                    .then(|| format!("{}: no answer for {limit:?}", phase.as_str()))
            }
        }
    }

    /// Since when the worker's QEMU, the one that it has now, is seen: libguestfs asks one after the other
    /// what they can do before one boots.
    fn boots_since(&mut self) -> Option<Instant> {
        let is_qemu =
            |process: &Process| process.stat().is_ok_and(|stat| stat.comm.starts_with("qemu"));
        let children = Process::new(self.pid).ok()?.task_main_thread().ok()?.children().ok()?;
        let children = children.into_iter().filter_map(|pid| i32::try_from(pid).ok());
        let qemu = children.filter_map(|pid| Process::new(pid).ok()).find(is_qemu)?.pid();
        if self.booting.is_none_or(|(pid, _)| pid != qemu) {
            self.booting = Some((qemu, Instant::now()));
        }
        self.booting.map(|(_, since)| since)
    }

    /// A worker that talks to its appliance moves bytes, and so does a QEMU that writes for a long
    /// call: seen from outside, so that nothing needs to be told while the clock runs.
    fn look_for_life(&mut self) {
        let io = |pid: i32| Process::new(pid).and_then(|process| process.io()).ok();
        let talk = io(self.pid).map_or(0, |io| io.rchar.saturating_add(io.wchar));
        let disk = self.qemu.and_then(io);
        // Of what QEMU reads and writes some is its own small talk, which goes on while a guest hangs.
        let disk = disk.map_or(0, |io| {
            let calls = io.rchar.saturating_add(io.wchar) / SMALL_TALK;
            calls.saturating_add(io.read_bytes).saturating_add(io.write_bytes)
        });
        let moved = talk.saturating_add(disk);
        if moved != self.bytes_moved {
            self.bytes_moved = moved;
            self.last_sign_of_life = Instant::now();
        }
    }

    /// libguestfs keeps its sockets in a directory of its own under `/tmp` or `$XDG_RUNTIME_DIR`,
    /// and removes it only if it ends in its own time. The worker's open sockets tell which it is.
    pub(super) fn look_at_sockets(&mut self) {
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
            if name.starts_with(LIBGUESTFS) && self.directories.insert(directory.to_owned()) {
                // For a resume, should we be killed before we can remove it.
                let _ = fs::write(self.scratch.join(SOCKETS), directory.as_os_str().as_bytes());
            }
        }
    }

    pub(super) fn remove_directories(&self) {
        for directory in &self.directories {
            // Gone already where libguestfs ended in its own time.
            let _ = fs::remove_dir_all(directory);
        }
    }
}
