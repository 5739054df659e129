//! `imgbench calibrate`: what this machine can tell apart.
//!
//! From a config's first image and workload to a plan of three cells: the image, the same under
//! another name, and the same with its disk slowed by a known amount. The numbers are worked out by
//! `reports`.

use anyhow::{Context, bail};
use reports::{
    record::{Experiment, Record, Status},
    stats::Sample,
};

use crate::{
    cells,
    config::{Config, Limit},
    plan::{Cell, Plan},
};

/// A limit on the disk slows the clock by as much only if this share of the bytes passes the disk
/// inside it.
const INSIDE_THE_CLOCK: f64 = 0.9;

/// Runs of the pilot.
const PILOTS: u32 = 3;

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

/// How fast the disk is to be, as far as the pilots tell.
#[derive(Clone, Copy, Debug)]
pub struct Pilot {
    /// Median time of the workload, seconds.
    took: f64,
    /// Bytes that passed the disk inside the clock, the filesystem's own included.
    on_disk: f64,
    /// Seconds that the clock is to show.
    wanted: f64,
}

/// The pilot: some runs of the config's first image, since one alone may be off by the noise that
/// is to be found out.
///
/// # Errors
/// The config has no image.
pub fn pilot(config: &Config, seed: u64) -> anyhow::Result<Plan> {
    Ok(planned(config, vec![first(config)?], PILOTS, seed))
}

impl Pilot {
    /// What the pilot says, for a slowdown in percent.
    ///
    /// # Errors
    /// A run of it failed, or its clock does not have the disk inside.
    pub fn of(pilot: &Experiment, slowdown: u32) -> anyhow::Result<Pilot> {
        let runs = succeeded(pilot)?;
        let mut times = Vec::new();
        for run in &runs {
            times.push(run.workload_s.context("a pilot has no time")?.as_secs_f64());
        }
        let took = Sample::new(times)?.median();
        let on_disk = runs[0].clock_block_write_bytes.unwrap_or(0) as f64;
        let inside = on_disk / runs[0].bytes as f64;
        if inside < INSIDE_THE_CLOCK {
            bail!(
                "only {:.0} % of the bytes reached the disk inside the clock, the guest's cache took the rest: no slowdown of the disk can be seen. Have the disk inside the clock by the config's key mount_options = \"sync\"",
                100.0 * inside
            );
        }
        Ok(Pilot { took, on_disk, wanted: took * (1.0 + f64::from(slowdown) / 100.0) })
    }

    /// The limit in bytes a second if the clock showed nothing but the limited disk.
    fn first_limit(self) -> f64 {
        self.on_disk / self.wanted
    }

    /// One run under that limit. It takes longer than wanted by the time in which the disk has
    /// nothing to do: QEMU's throttling gives no credit for more than an instant of that.
    ///
    /// # Errors
    /// The config has no image.
    pub fn slowed(self, config: &Config, seed: u64) -> anyhow::Result<Plan> {
        let first = first(config)?;
        let name = names(&first).slowed;
        Ok(planned(config, vec![limited(&first, &name, self.first_limit())], 1, seed))
    }

    /// The limit that has the clock show what is wanted, given that run.
    fn limit(self, slowed: &Experiment) -> anyhow::Result<f64> {
        let took = succeeded(slowed)?[0].workload_s.context("the pilot has no time")?.as_secs_f64();
        let idle = (took - self.on_disk / self.first_limit()).clamp(0.0, self.took * 0.9);
        Ok(self.on_disk / (self.wanted - idle))
    }

    /// The calibration: the image, the same again, the same slowed.
    ///
    /// # Errors
    /// The slowed pilot failed.
    pub fn plan(
        self,
        config: &Config,
        slowed: &Experiment,
        runs: u32,
        seed: u64,
    ) -> anyhow::Result<(Plan, Names)> {
        let first = first(config)?;
        let names = names(&first);
        let again = renamed(&first, &names.again);
        let slowed = limited(&first, &names.slowed, self.limit(slowed)?);
        Ok((planned(config, vec![first, again, slowed], runs, seed), names))
    }
}

fn first(config: &Config) -> anyhow::Result<Cell> {
    let (cells, _) = cells::all(config);
    cells.into_iter().next().context("the config has no cell that can be measured")
}

fn planned(config: &Config, mut cells: Vec<Cell>, runs: u32, seed: u64) -> Plan {
    cells::find_controls(&mut cells, "image");
    Plan::of_cells(cells, runs, config.boots, seed)
}

fn names(first: &Cell) -> Names {
    Names {
        first: first.name.clone(),
        again: format!("{} again", first.name),
        slowed: format!("{} slowed", first.name),
    }
}

fn renamed(cell: &Cell, name: &str) -> Cell {
    let mut cell = cell.clone();
    cell.name = name.to_owned();
    cell.image.name = name.to_owned();
    if let Some((_, level)) = cell.levels.iter_mut().find(|(factor, _)| factor == "image") {
        *level = name.to_owned();
    }
    cell
}

fn limited(cell: &Cell, name: &str, bytes_a_second: f64) -> Cell {
    let mut cell = renamed(cell, name);
    cell.drive.throttling.push((Limit::BpsWrite, bytes_a_second as u64));
    cell
}

/// The runs of a pilot, of which there is at least one and all succeeded.
fn succeeded(pilot: &Experiment) -> anyhow::Result<Vec<&Record>> {
    let runs: Vec<_> = pilot.runs.iter().collect();
    if let Some(failed) = runs.iter().find(|run| run.status != Status::Ok) {
        bail!("a pilot did not succeed: {}", failed.error);
    }
    anyhow::ensure!(!runs.is_empty(), "the pilot left no row");
    Ok(runs)
}
