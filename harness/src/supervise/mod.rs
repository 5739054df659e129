//! The parent's side of workers: deadlines, signals, and leaving nothing behind.
//!
//! libguestfs has no time-outs, a stopped QEMU holds any of its calls for ever, and a worker may be
//! killed by anybody. So a worker and all that it starts carry a mark in their environment, by which
//! they are found and killed, and nobody else is, before its end is told.

mod crew;
mod interrupts;
mod processes;
mod watch;

pub use crew::{Crew, News};
pub use interrupts::Interrupts;
pub use processes::end_orphans;

use crate::{config::Deadlines, worker::Job};

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

/// Has a worker alone do a job. Whatever it started and wherever it was, nothing of it is there any
/// more when this returns.
///
/// # Errors
/// A worker cannot be started.
pub fn supervise(
    job: &Job,
    deadlines: &Deadlines,
    interrupts: &Interrupts,
) -> anyhow::Result<Ending> {
    let mut crew = Crew::new(deadlines, interrupts);
    crew.start(0, job)?;
    loop {
        if let (_, News::Ended(ending)) = crew.wait() {
            return Ok(ending);
        }
    }
}
