//! `imgbench nightly` after and around the measuring.
//!
//! Takes a measured experiment into the history, asks the gate, plans the fresh blocks that an alarm
//! needs, and writes what it comes to: `nightly.txt`, `nightly.json` and `trend.html` beside the
//! experiment's own files, which are complete whatever becomes of the history.
//!
//! Refuses, before anything is measured, a history that cannot be written and a host on which another
//! nightly job measures ([`lock`]).

pub mod lock;
mod plan;
mod tonight;

pub use plan::{blocks, warnings};
pub use tonight::{Done, Tonight};

use reports::history::{Access, History};

/// Opens the history and closes it again: it is to be found broken before the night, not after.
///
/// # Errors
/// It cannot be written.
pub fn check_history(target: &str) -> anyhow::Result<()> {
    drop(History::open(target, Access::Write)?);
    Ok(())
}
