//! Experiments with as many runs as a test wants, and noise from a seed.

use std::{path::PathBuf, time::Duration};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reports::record::{Cell, Experiment, Factor};

use crate::sample;

/// Cells with name and seconds, each run off by a share that is normal with this deviation.
pub fn experiment(
    name: &str,
    cells: &[(&str, f64)],
    runs: u32,
    deviation: f64,
    seed: u64,
) -> Experiment {
    let cell = |&(name, _): &(&str, f64)| Cell {
        name: name.to_owned(),
        description: format!("An image {name}"),
        command: format!("qemu-img create {name}"),
        size: 300 << 20,
        factors: vec![factor("image", name), factor("workload", "seqwrite")],
        cache: "writeback".to_owned(),
        ..Cell::default()
    };
    let manifest = sample::manifest(cells.iter().map(cell).collect(), runs);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let plan = manifest.planned_runs();
    let records = (1..).zip(plan).map(|(run, (block, position, cell))| {
        let at = cells.iter().position(|known| known.0 == cell).expect("a cell of the plan");
        // The sum of 12 uniform numbers less 6: as good as normal here.
        let normal = (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
        let seconds = cells[at].1 * (deviation * normal).exp();
        let mut record = sample::record(run, block, position, cell, seconds);
        // Well above the transport floor.
        record.clock_block_write_s = record.workload_s.map(|time| time / 2);
        record.sync_s = Some(Duration::from_secs_f64(0.3 * (deviation * normal).exp()));
        record
    });
    let runs = records.collect();
    let directory = PathBuf::from(format!("results/{name}"));
    Experiment {
        directory,
        runs,
        chunks: Vec::new(),
        metrics: Vec::new(),
        warnings: Vec::new(),
        manifest,
    }
}

/// A factor with its level.
pub fn factor(factor: &str, level: &str) -> Factor {
    Factor { factor: factor.to_owned(), level: level.to_owned() }
}

/// The cells of 2010, as they would be today.
pub const CELLS: [(&str, f64); 4] = [
    ("sparse-raw", 1.6),
    ("fallocated-raw", 1.62),
    ("sparse-qcow2", 2.42),
    ("metadata-qcow2", 1.7),
];
