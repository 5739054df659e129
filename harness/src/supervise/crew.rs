//! The workers that are there at one time: started, told when it is their turn, listened to, ended.
//!
//! Each has deadlines and a mark of its own, so that the end of one leaves the others alone. What a
//! worker waits for its turn counts for no deadline.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use nix::{
    sys::wait::{Id, WaitPidFlag, WaitStatus, waitid},
    unistd::Pid,
};

use super::{
    Ending, Interrupts,
    processes::{Mark, end_all},
    watch::{self, Watch},
};
use crate::{
    appliance_cache,
    config::Deadlines,
    worker::{Event, GO, Job},
};

/// How long a worker that is done may take to end.
const FAREWELL: Duration = Duration::from_secs(10);

/// Most bytes of an event: that of a run with millions of chunks.
const MAX_EVENT: u64 = 1 << 28;

/// What happens in a crew.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A worker tells something.
    Told(Event),
    /// It ended. Nothing of it is there any more, nor of what it started.
    Ended(Ending),
}

/// Workers, each known by a number.
pub struct Crew<'a> {
    deadlines: &'a Deadlines,
    interrupts: &'a Interrupts,
    workers: BTreeMap<u32, Worker>,
    sender: mpsc::Sender<(u32, Heard)>,
    heard: mpsc::Receiver<(u32, Heard)>,
}

struct Worker {
    child: Child,
    mark: Mark,
    watch: Watch,
    /// What it is told; a thread of its own writes it, since a worker may not read.
    orders: mpsc::Sender<Vec<u8>>,
}

/// What wakes who waits, of the worker with a number.
enum Heard {
    Signal,
    Event(Event),
    Nonsense(String),
    Gone,
}

impl<'a> Crew<'a> {
    /// A crew of nobody yet.
    #[must_use]
    pub fn new(deadlines: &'a Deadlines, interrupts: &'a Interrupts) -> Crew<'a> {
        let (sender, heard) = mpsc::channel();
        let to_us = sender.clone();
        interrupts.wake_by(move || drop(to_us.send((0, Heard::Signal))));
        Crew { deadlines, interrupts, workers: BTreeMap::new(), sender, heard }
    }

    /// Starts a worker. It waits for its turn before all that others must not be disturbed by.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(&mut self, number: u32, job: &Job) -> anyhow::Result<()> {
        let mut order = serde_json::to_vec(job)?;
        order.push(b'\n');
        let mark = Mark::new(job.scratch());
        let (child, stdin, stdout) = start(&mark, job.scratch())?;
        let (orders, to_write) = mpsc::channel();
        thread::spawn(move || write_each(stdin, &to_write));
        listen(stdout, number, self.sender.clone());
        let watch = Watch::new(&child, *self.deadlines, job);
        let worker = Worker { child, mark, watch, orders };
        worker.tell(order);
        self.workers.insert(number, worker);
        Ok(())
    }

    /// Tells a worker that it is its turn.
    pub fn go(&mut self, number: u32) {
        if let Some(worker) = self.workers.get_mut(&number) {
            worker.watch.goes_on();
            worker.tell(GO.into());
        }
    }

    /// A worker's guest was stopped, whatever it is about, until it is told to [go on](Self::goes_on).
    pub fn is_held(&mut self, number: u32) {
        if let Some(worker) = self.workers.get_mut(&number) {
            worker.watch.is_held();
        }
    }

    /// A worker's guest that was held goes on.
    pub fn goes_on(&mut self, number: u32) {
        if let Some(worker) = self.workers.get_mut(&number) {
            worker.watch.goes_on();
        }
    }

    /// The next that happens to any of the workers; waits for it. There must be one.
    pub fn wait(&mut self) -> (u32, News) {
        loop {
            let rests = self.workers.values().filter_map(|worker| worker.watch.rests());
            let within = rests.min().unwrap_or(watch::TICK);
            if let Some(news) = self.look(within) {
                return news;
            }
        }
    }

    /// What happens to any of the workers within this time, at most: ended by a signal, told, or late.
    pub fn look(&mut self, within: Duration) -> Option<(u32, News)> {
        if self.interrupts.came()
            && let Some(&number) = self.workers.keys().next()
        {
            return Some((number, self.end(number, Ending::Interrupted)));
        }
        match self.heard.recv_timeout(within) {
            Ok((number, heard)) => {
                if let Some(news) = self.take_in(number, heard) {
                    return Some((number, news));
                }
            }
            // Never closed: we hold a sender.
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        let passed = self
            .workers
            .iter_mut()
            .find_map(|(&number, worker)| worker.watch.deadline_passed().map(|why| (number, why)));
        passed.map(|(number, why)| (number, self.end(number, Ending::Timeout(why))))
    }

    /// `None` for a signal, which is looked for next, and for the last words of a worker that was ended.
    fn take_in(&mut self, number: u32, heard: Heard) -> Option<News> {
        let worker = self.workers.get_mut(&number)?;
        let ending = match heard {
            Heard::Signal => return None,
            Heard::Event(Event::Done) => Ending::Done,
            Heard::Event(Event::Failed(why)) => Ending::Failed(why),
            Heard::Event(event) => {
                worker.watch.heard(&event);
                return Some(News::Told(event));
            }
            Heard::Nonsense(line) => {
                Ending::Failed(format!("the worker said what is no event: {line}"))
            }
            Heard::Gone => {
                let how = how_it_died(&worker.child);
                Ending::Failed(format!("{}: {how}", worker.watch.place()))
            }
        };
        Some(self.end(number, ending))
    }

    /// Ends a worker and all that it started, wherever it was.
    fn end(&mut self, number: u32, ending: Ending) -> News {
        let ended = match self.workers.remove(&number) {
            Some(worker) => worker.end(&ending),
            None => Ok(()),
        };
        News::Ended(ended.map_or_else(|error| Ending::Failed(format!("{error:#}")), |()| ending))
    }
}

/// Whoever drops a crew leaves nothing behind.
impl Drop for Crew<'_> {
    fn drop(&mut self) {
        for (_, worker) in std::mem::take(&mut self.workers) {
            let _ = worker.end(&Ending::Interrupted);
        }
    }
}

impl Worker {
    /// A worker that dies before it has read it is noticed by its end, not here.
    fn tell(&self, order: Vec<u8>) {
        let _ = self.orders.send(order);
    }

    fn end(mut self, ending: &Ending) -> anyhow::Result<()> {
        if *ending == Ending::Done {
            // It has nothing left to do; its exit closes the libguestfs handle.
            let patience = Instant::now();
            while self.child.try_wait()?.is_none() && patience.elapsed() < FAREWELL {
                thread::sleep(Duration::from_millis(1));
            }
        }
        self.watch.look_at_sockets();
        end_all(&mut self.child, &self.mark)?;
        self.watch.remove_directories();
        if *ending != Ending::Done {
            appliance_cache::sweep();
        }
        Ok(())
    }
}

fn start(mark: &Mark, scratch: &Path) -> anyhow::Result<(Child, ChildStdin, ChildStdout)> {
    let program = std::env::current_exe().context("finding our own program")?;
    let mut child = Command::new(program)
        .args([crate::cli::WORKER, &std::process::id().to_string()])
        .env(Mark::VARIABLE, mark.value())
        // What supermin leaves when it is killed goes with the run's directory; the appliance that
        // it builds stays where it is looked for.
        .env("LIBGUESTFS_CACHEDIR", appliance_cache::base())
        .env("TMPDIR", scratch)
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

fn write_each(mut stdin: ChildStdin, orders: &mpsc::Receiver<Vec<u8>>) {
    for order in orders {
        if stdin.write_all(&order).is_err() {
            break;
        }
    }
}

fn listen(stdout: ChildStdout, number: u32, sender: mpsc::Sender<(u32, Heard)>) {
    thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        let mut line = Vec::new();
        while (&mut stdout).take(MAX_EVENT).read_until(b'\n', &mut line).is_ok_and(|read| read > 0)
        {
            if sender.send((number, understood(&line))).is_err() {
                return;
            }
            line.clear();
        }
        let _ = sender.send((number, Heard::Gone));
    });
}

/// What a line of a worker says. Of what is no event, the beginning will do for a message.
fn understood(line: &[u8]) -> Heard {
    match serde_json::from_slice(line) {
        Ok(event) => Heard::Event(event),
        Err(_) => {
            let line = String::from_utf8_lossy(&line[..line.len().min(1000)]);
            Heard::Nonsense(line.trim_end().to_owned())
        }
    }
}

/// How a worker died, which it is left to tell once more: when a dead worker is reaped, libguestfs'
/// own watcher may kill its QEMU, and [`end_all`] does not know a process that is already ending.
fn how_it_died(worker: &Child) -> String {
    let pid = Pid::from_raw(i32::try_from(worker.id()).unwrap_or(0));
    match waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) {
        Ok(WaitStatus::Signaled(_, signal, _)) => format!("the worker was killed by {signal}"),
        Ok(WaitStatus::Exited(_, code)) => {
            format!("the worker ended without a word (exit status: {code})")
        }
        Ok(other) => format!("the worker ended without a word ({other:?})"),
        Err(error) => format!("the worker is gone ({error})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a worker says may be anything: libguestfs and all that it loads share its output.
    #[test]
    fn anything_a_worker_says_is_an_event_or_a_short_message() {
        let seeds: [&[u8]; 7] = [
            br#"{"Begin":"workload"}"#,
            br#"{"Waits":"Clock"}"#,
            br#"{"End":["workload",{"secs":1,"nanos":5}]}"#,
            br#"{"Made":{"info":"{}","allocated":196616}}"#,
            br#"{"Checked":{"allocated":1,"took":{"secs":1,"nanos":999999999}}}"#,
            br#"{"Failed":"QEMU died"}"#,
            br#""Done""#,
        ];
        let mut events = 0;
        crate::fuzz::hold(5000, &seeds, |line| match understood(line) {
            Heard::Event(_) => events += 1,
            Heard::Nonsense(said) => assert!(said.len() <= 3000),
            Heard::Gone | Heard::Signal => panic!("a line is no end"),
        });
        assert!(events > 100, "only {events} were events");
    }
}
