//! `imgbench calibrate`: what this machine can tell apart.
//!
//! From a config's first image and workload to a plan of three cells: the image, the same under
//! another name, and the same with its disk slowed by a known amount. The numbers are worked out by
//! `reports`.

use anyhow::{Context, bail};
use reports::record::{Experiment, Record, Status};

use crate::{
    appliance::WRITE_LIMIT,
    config::Config,
    plan::{self, Cell, Plan},
};

/// A limit on the disk slows the clock by as much only if this share of the bytes passes the disk
/// inside it.
const INSIDE_THE_CLOCK: f64 = 0.9;

/// The cells' names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The image.
    pub first: String,
    /// The same again.
    pub again: String,
    /// The slowed one.
    pub slowed: String,
}

/// The run that tells how fast the disk is to be: one of the config's first image.
///
/// # Errors
/// The config has no image.
pub fn pilot(config: &Config, seed: u64) -> anyhow::Result<Plan> {
    Ok(Plan::of_cells(vec![first(config)?], 1, seed))
}

/// The calibration's plan, from what the pilot measured and the slowdown in percent.
///
/// # Errors
/// The pilot failed, or its clock does not have the disk inside.
pub fn plan(
    config: &Config,
    pilot: &Experiment,
    slowdown: u32,
    runs: u32,
    seed: u64,
) -> anyhow::Result<(Plan, Names)> {
    let limit = write_limit(pilot_run(pilot)?, slowdown)?;
    let first = first(config)?;
    let names = Names {
        first: first.name.clone(),
        again: format!("{} again", first.name),
        slowed: format!("{} slowed", first.name),
    };
    let mut again = renamed(&first, &names.again);
    let mut slowed = renamed(&first, &names.slowed);
    again.drive.clear();
    slowed.drive.push((WRITE_LIMIT.to_owned(), limit.to_string()));
    Ok((Plan::of_cells(vec![first, again, slowed], runs, seed), names))
}

fn first(config: &Config) -> anyhow::Result<Cell> {
    plan::all_cells(config).into_iter().next().context("the config has no image")
}

fn renamed(cell: &Cell, name: &str) -> Cell {
    let mut cell = cell.clone();
    cell.name = name.to_owned();
    cell.image.name = name.to_owned();
    cell
}

fn pilot_run(pilot: &Experiment) -> anyhow::Result<&Record> {
    let run = pilot.runs.first().context("the pilot left no row")?;
    match run.status {
        Status::Ok => Ok(run),
        _ => bail!("the pilot did not succeed: {}", run.error),
    }
}

/// The bytes a second that make the clock show so much more: QEMU's throttling holds the average,
/// what the guest does between two writes counts, and the filesystem's own blocks pass the disk too.
fn write_limit(run: &Record, slowdown: u32) -> anyhow::Result<u64> {
    let took = run.workload_s.context("the pilot has no time")?.as_secs_f64();
    let on_disk = run.clock_block_write_bytes.unwrap_or(0) as f64;
    let inside = on_disk / run.bytes as f64;
    if inside < INSIDE_THE_CLOCK {
        bail!(
            "only {:.0} % of the bytes reached the disk inside the clock, the guest's cache took the rest: no slowdown of the disk can be seen. Have the disk inside the clock by the config's key mount_options = \"sync\"",
            100.0 * inside
        );
    }
    let limit = on_disk / (took * (1.0 + f64::from(slowdown) / 100.0));
    Ok(limit as u64)
}
