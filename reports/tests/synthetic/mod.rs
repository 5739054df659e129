//! Experiments with effects and noise of known size, from a seed.
#![allow(dead_code, reason = "each test uses a part")]

use std::{f64::consts::TAU, time::Duration};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use reports::record::Experiment;

use super::sample;

/// An image, its true median in seconds, and the noise of a run (sd of the log).
pub type Cell<'a> = (&'a str, f64, f64);

/// Runs of these cells, the first the control, with the disk well inside the clock.
pub fn experiment(cells: &[Cell<'_>], runs: u32, seed: u64) -> Experiment {
    let described: Vec<_> = cells.iter().map(|&(name, of, _)| (name, name, "cmd", of)).collect();
    let mut experiment = sample::experiment(&described);
    experiment.chunks.clear();
    experiment.runs.clear();
    experiment.manifest = sample::manifest(experiment.manifest.cells, runs);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let planned = experiment.manifest.planned_runs();
    for (run, (block, position, name)) in (1..).zip(planned) {
        let (_, median, noise) = cells.iter().find(|cell| cell.0 == name).expect("a planned cell");
        // Box & Muller 1958.
        let (u, v): (f64, f64) = (random.random(), random.random());
        let normal = (-2.0 * (1.0 - u).ln()).sqrt() * (TAU * v).cos();
        let seconds = median * (noise * normal).exp();
        let mut record = sample::record(run, block, position, name, seconds);
        record.clock_block_write_s = Some(Duration::from_secs_f64(0.8 * seconds));
        record.clock_block_write_bytes = Some(record.bytes);
        record.host_write_bytes = Some(record.bytes + (1 << 20));
        experiment.runs.push(record);
    }
    experiment
}

/// Four images as they are today: two alike, one a little and one much slower than the control.
pub fn four(runs: u32) -> Experiment {
    let cells = [
        ("sparse-raw", 1.60, 0.012),
        ("fallocated-raw", 1.60, 0.012),
        ("sparse-qcow2", 2.42, 0.012),
        ("metadata-qcow2", 1.66, 0.012),
    ];
    experiment(&cells, runs, 2010)
}

/// A control and one other, this many times slower.
pub fn two(ratio: f64, runs: u32) -> Experiment {
    experiment(&[("raw", 2.0, 0.01), ("qcow2", 2.0 * ratio, 0.01)], runs, 7)
}
