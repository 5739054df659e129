//! Nights of 100 cells with 10 runs each, from a seed: the host is a little slower on some nights, and
//! every cell but the control changes its level every 600 nights, each at other times.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use anyhow::Context;
use jiff::{Span, Timestamp};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use reports::nightly::REPLAYED;
use reports::record::{Cell, Experiment, Manifest, Provenance, Record, RunsWriter, SCHEMA, Status};
use serde_json::Value as Json;

use crate::page::Found;

pub const CELLS: u32 = 100;
pub const RUNS: u32 = 10;
/// Nights from a change of a cell to its next.
pub const PERIOD: u32 = 600;
/// What a change is, up and down again.
pub const CHANGE: f64 = 1.08;
/// The cell that is slower tonight, and by what.
pub const SLOWER: (u32, f64) = (50, 1.3);
/// Nights on either side that a change point needs, and how far it may be off.
const SHORTEST: u32 = 6;
pub const TOLERANCE: u32 = 2;

/// The files of one night, which every night is read from.
pub fn write(directory: &Path) -> anyhow::Result<()> {
    fs::create_dir(directory)?;
    let manifest = manifest()?;
    manifest.write(&directory.join("experiment.toml"))?;
    let mut runs = RunsWriter::create(&directory.join("runs.csv"))?;
    for (run, (block, position, cell)) in (1..).zip(manifest.planned_runs()) {
        runs.append(&record(run, block, position, cell))?;
    }
    Ok(())
}

/// Makes it the night of that number, from 0.
pub fn make(experiment: &mut Experiment, night: u32) -> anyhow::Result<()> {
    let manifest = &mut experiment.manifest;
    manifest.started = started(night)?.to_string();
    manifest.seed = night.into();
    manifest.provenance.qemu = format!("QEMU emulator version 7.{}.0", night / 90);
    let mut random = ChaCha8Rng::seed_from_u64(night.into());
    let host = 1.0 + 0.02 * random.random::<f64>();
    for run in &mut experiment.runs {
        let level = level(number(&run.cell).context("a cell of another name")?, night);
        let seconds = 1.6 * level * host * (1.0 + 0.05 * random.random::<f64>());
        run.workload_s = Some(Duration::from_secs_f64(seconds));
    }
    Ok(())
}

/// Makes one cell slower, for the gate to find.
pub fn slow_tonight(experiment: &mut Experiment) {
    let (cell, factor) = SLOWER;
    for run in experiment.runs.iter_mut().filter(|run| number(&run.cell) == Some(cell)) {
        run.workload_s = run.workload_s.map(|seconds| seconds.mul_f64(factor));
    }
}

/// Whether the cell that is slower tonight alarms, and of the others only such as became slower in the
/// nights that are judged again, and are so until somebody begins an epoch.
pub fn are_right(alarms: &[String], tonight: u32) -> bool {
    let rose = |cell: u32, night: u32| level(cell, night) > level(cell, night.saturating_sub(1));
    let lately = tonight.saturating_sub(REPLAYED as u32)..=tonight;
    let is_right = |cell: u32| cell == SLOWER.0 || lately.clone().any(|night| rose(cell, night));
    alarms.contains(&slower()) && alarms.iter().all(|cell| number(cell).is_some_and(is_right))
}

/// Name of the cell that is slower tonight.
pub fn slower() -> String {
    name(SLOWER.0)
}

/// What of the true changes is among those found relative to the control.
pub fn found(printed: &Json, nights: u32) -> anyhow::Result<Found> {
    let first = started(0)?;
    let mut missing = changes(nights);
    let (all, mut others) = (missing.len(), 0);
    for change in printed.as_array().context("no array")? {
        if change["value"] != "relative" {
            continue;
        }
        let cell = change["cell"].as_str().and_then(number).context("no cell")?;
        let at: Timestamp = change["started"].as_str().context("no start")?.parse()?;
        let night = u32::try_from(at.duration_since(first).as_hours() / 24)?;
        let same = |of: &&(u32, u32)| of.0 == cell && of.1.abs_diff(night) <= TOLERANCE;
        match missing.iter().find(same).copied() {
            Some(change) => _ = missing.remove(&change),
            None => others += 1,
        }
    }
    Ok(Found { changes: all, found: all - missing.len(), others })
}

/// Cell and first night of each change that can be found.
fn changes(nights: u32) -> BTreeSet<(u32, u32)> {
    let of_cell = |cell| (first_change(cell)..).step_by(PERIOD as usize).map(move |at| (cell, at));
    let ends = move |(_, at): &(u32, u32)| at + SHORTEST <= nights;
    (1..CELLS).flat_map(|cell| of_cell(cell).take_while(ends)).collect()
}

fn first_change(cell: u32) -> u32 {
    20 + (PERIOD - 1) * cell / CELLS
}

fn level(cell: u32, night: u32) -> f64 {
    let since = night.checked_sub(first_change(cell)).filter(|_| cell > 0);
    since.filter(|since| (since / PERIOD).is_multiple_of(2)).map_or(1.0, |_| CHANGE)
}

fn name(cell: u32) -> String {
    format!("image-{cell:02}/seqwrite")
}

fn number(cell: &str) -> Option<u32> {
    cell.strip_prefix("image-")?.split('/').next()?.parse().ok()
}

fn started(night: u32) -> anyhow::Result<Timestamp> {
    let first: Timestamp = "2026-01-01T01:30:00Z".parse()?;
    Ok(first.checked_add(Span::new().hours(24 * i64::from(night)))?)
}

fn manifest() -> anyhow::Result<Manifest> {
    let cell = |number| Cell {
        name: name(number),
        description: "A sparse qcow2 file".to_owned(),
        command: "qemu-img create -f qcow2 test.img 300M".to_owned(),
        size: 300 << 20,
        ..Cell::default()
    };
    let cells: Vec<Cell> = (0..CELLS).map(cell).collect();
    let block: Vec<String> = cells.iter().map(|cell| cell.name.clone()).collect();
    Ok(Manifest {
        files: Vec::new(),
        schema: SCHEMA,
        name: "nightly".to_owned(),
        question: String::new(),
        started: started(0)?.to_string(),
        command: "imgbench run nightly.toml".to_owned(),
        seed: 0,
        runs: RUNS,
        config_sha256: "0".repeat(64),
        config: "runs = 10\n".to_owned(),
        order: vec![block; RUNS as usize],
        control: cells[0].name.clone(),
        provenance: Provenance {
            cpu: "made up".to_owned(),
            cpus: 2,
            accel: "simulated".to_owned(),
            filesystem: "ext4".to_owned(),
            host_kernel: "6.1.0-31-amd64".to_owned(),
            guest_kernel: "6.1.0-31-amd64".to_owned(),
            ..Provenance::default()
        },
        cells,
    })
}

/// Every column is there, as in a real run.
fn record(run: u32, block: u32, position: u32, cell: &str) -> Record {
    let time = |share: f64| Some(Duration::from_secs_f64(1.6 * share));
    Record {
        run,
        block,
        position,
        cell: cell.to_owned(),
        image: cell.split('/').next().unwrap_or_default().to_owned(),
        workload: "seqwrite".to_owned(),
        status: Status::Ok,
        error: String::new(),
        accel: "simulated".to_owned(),
        bytes: 256 << 20,
        prepare_s: time(0.04),
        launch_s: time(9.0),
        format_s: time(0.7),
        workload_s: time(1.0),
        sync_s: time(0.2),
        verify_s: time(1.4),
        shutdown_s: time(0.6),
        allocated_before: Some(196_616),
        allocated_after: Some(273_219_584),
        block_write_ops: Some(1042),
        block_write_bytes: Some(268_640_256),
        block_write_s: time(0.3),
        flush_ops: Some(2),
        host_write_bytes: Some(268_640_256),
        started: "2026-01-01T01:30:00Z".to_owned(),
        clock_block_write_s: time(0.25),
        clock_block_write_bytes: Some(200_000_000),
        client_cpu_s: time(0.1),
        qemu_cpu_s: time(0.9),
        check_s: time(0.03),
        verified_chunks: Some(8),
        load_1m: Some(0.25),
        steal_percent: Some(0.0),
        other_cpu_percent: Some(1.5),
        cpu_pressure_percent: Some(0.5),
        io_pressure_percent: Some(2.5),
        disturbed_by: String::new(),
        boot: None,
        chunks_crc32: None,
        metrics_crc32: None,
    }
}
