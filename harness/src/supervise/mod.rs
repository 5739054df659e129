//! The parent's side of a worker: deadlines, signals, and leaving nothing behind.
//!
//! libguestfs has no time-outs, a stopped QEMU holds any of its calls for ever, and a worker may be
//! killed by anybody. So a worker and all that it starts carry a mark in their environment, by which
//! they are found and killed, and nobody else is, before the next worker starts.

mod interrupts;
mod processes;
mod watch;

use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::{CommandExt, ExitStatusExt},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use nix::sys::signal::Signal;

pub use interrupts::Interrupts;
pub use processes::end_orphans;

use crate::{
    appliance_cache,
    config::Deadlines,
    worker::{Event, Job},
};
use processes::{Mark, end_all};
use watch::Watch;

/// How often deadlines and signals are looked at. A look costs some 20 microseconds.
const TICK: Duration = Duration::from_millis(250);

/// The same while it is not known where libguestfs keeps its sockets: were we killed then, nobody would
/// find them.
const SHORT_TICK: Duration = Duration::from_millis(10);

/// How long a worker that is done may take to end.
const FAREWELL: Duration = Duration::from_secs(10);

/// Most bytes of an event: that of a run with millions of chunks.
const MAX_EVENT: u64 = 1 << 28;

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
    let mark = Mark::new(job.scratch());
    let (mut child, stdin, stdout) = start(&mark, job.scratch())?;
    let sender = thread::spawn({
        let job = serde_json::to_vec(job)?;
        // A worker that dies before it has read its job is noticed by its end, not here.
        move || drop({ stdin }.write_all(&job))
    });
    let events = listen(stdout);
    let mut watch = Watch::new(&child, deadlines, job.scratch());
    let ending = loop {
        match events.recv_timeout(if watch.seeks_sockets() { SHORT_TICK } else { TICK }) {
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
        while child.try_wait()?.is_none() && patience.elapsed() < FAREWELL {
            thread::sleep(Duration::from_millis(1));
        }
    }
    watch.look_at_sockets();
    end_all(&mut child, &mark)?;
    let _ = sender.join();
    watch.remove_directories();
    if ending != Ending::Done {
        appliance_cache::sweep();
    }
    Ok(ending)
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

enum Heard {
    Event(Event),
    Nonsense(String),
}

fn listen(stdout: ChildStdout) -> mpsc::Receiver<Heard> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        let mut line = Vec::new();
        while (&mut stdout).take(MAX_EVENT).read_until(b'\n', &mut line).is_ok_and(|read| read > 0)
        {
            if sender.send(understood(&line)).is_err() {
                break;
            }
            line.clear();
        }
    });
    receiver
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

fn how_it_died(status: ExitStatus) -> String {
    match status.signal().map(Signal::try_from) {
        Some(Ok(signal)) => format!("the worker was killed by {signal}"),
        _ => format!("the worker ended without a word ({status})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a worker says may be anything: libguestfs and all that it loads share its output.
    #[test]
    fn anything_a_worker_says_is_an_event_or_a_short_message() {
        let seeds: [&[u8]; 6] = [
            br#"{"Begin":"workload"}"#,
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
        });
        assert!(events > 100, "only {events} were events");
    }
}
