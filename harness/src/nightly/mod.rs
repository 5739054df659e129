//! `imgbench nightly` after and around the measuring.
//!
//! Takes a measured experiment into the history, asks the gate, plans the fresh blocks that an alarm
//! needs, and writes what it comes to: `nightly.txt`, `nightly.json` and `trend.html` beside the
//! experiment's own files, which are complete whatever becomes of the history.
//!
//! Refuses, before anything is measured, a history that cannot be written, a host on which another
//! nightly job measures ([`lock`]), and a machine that lacks what measuring needs ([`doctor`]).

pub mod lock;
mod plan;
mod tonight;

pub use plan::{blocks, disturbed, warnings};
pub use tonight::{Done, Tonight};

use anyhow::ensure;
use reports::history::{Access, Filter, History};

use crate::{
    config::Config,
    doctor::{self, Health},
    plan::Plan,
};

/// Opens the history for writing and reads what the gate will read of it: it is to be found broken before
/// the night, not after.
///
/// # Errors
/// It cannot be written, or not be read.
pub fn check_history(target: &str, config: &str) -> anyhow::Result<()> {
    let filter = Filter { config: Some(config.to_owned()), ..Filter::default() };
    History::open(target, Access::Write)?.series(&filter)?;
    Ok(())
}

/// What `imgbench doctor` warns of, but for what takes a boot to see: that the accelerator works is
/// proved for a night as for any run.
///
/// # Errors
/// What measuring needs is not there.
pub fn check_machine(config: &Config, plan: &Plan, guests: bool) -> anyhow::Result<Vec<String>> {
    let (mut bad, mut warnings) = (Vec::new(), Vec::new());
    doctor::machine(Some(config), Some(plan), guests, &mut |finding| match finding.health {
        Health::Ok => {}
        Health::Warning => warnings.push(finding.sentence()),
        Health::Bad => bad.push(finding.sentence()),
    });
    ensure!(bad.is_empty(), "nothing was measured: {}", bad.join("\n  "));
    Ok(warnings)
}
