//! How the history grows: nights of 100 cells with 10 runs each, made from a seed and taken in as
//! `imgbench history import` takes them in. Prints CSV, a row a size: the time of the imports since the
//! row before, of reading what tonight's gate needs (the newest 30 nights of every cell), of reading
//! every series whole, the size of the database, and the most memory that was held so far.
//!
//! `cargo run --release -p reports --example history_scale -- 400 1000 3650`, with `--history TARGET`
//! first for another database than a temporary file, which must be empty.

use std::{
    error::Error,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use jiff::{Span, Timestamp};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use reports::{
    history::{Access, Filter, History},
    record::{Cell, Experiment, Manifest, Provenance, Record, SCHEMA, Status},
};

const CELLS: u32 = 100;
const RUNS: u32 = 10;
/// Nights of a gate's baseline.
const BASELINE: usize = 30;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let directory = tempfile::tempdir_in("/var/tmp")?;
    let mut target = directory.path().join("history.db").display().to_string();
    if arguments.first().is_some_and(|first| first == "--history") {
        target = arguments.drain(..2).nth(1).ok_or("--history needs a target")?;
    }
    let sizes: Vec<u32> = arguments.iter().map(|size| size.parse()).collect::<Result<_, _>>()?;
    println!("nights,runs,import_s,gate_s,all_series_s,points,database_bytes,max_rss_bytes");
    let mut history = History::open(&target, Access::Write)?;
    let mut done = 0;
    for size in sizes {
        let started = Instant::now();
        for night in done..size {
            history.import(&experiment(night)?)?;
        }
        let import = started.elapsed();
        done = size;
        let (gate, _) = read(&target, Some(BASELINE))?;
        let (all, points) = read(&target, None)?;
        let bytes = fs::metadata(Path::new(&target)).map_or(0, |file| file.len());
        let [import, gate, all] = [import, gate, all].map(|time| time.as_secs_f64());
        let runs = u64::from(size) * u64::from(CELLS * RUNS);
        println!("{size},{runs},{import:.2},{gate:.4},{all:.4},{points},{bytes},{}", max_rss()?);
    }
    Ok(())
}

/// Opens the history anew, as a job does, and reads the newest nights of every cell, or all.
fn read(target: &str, last: Option<usize>) -> Result<(Duration, usize), Box<dyn Error>> {
    let started = Instant::now();
    let mut history = History::open(target, Access::Read)?;
    let series = history.series(&Filter { last, ..Filter::default() })?;
    let points = series.iter().map(|series| series.points.len()).sum();
    Ok((started.elapsed(), points))
}

/// The most memory that this process held, bytes.
fn max_rss() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

/// One night; the seed is its number.
fn experiment(night: u32) -> Result<Experiment, Box<dyn Error>> {
    let mut random = ChaCha8Rng::seed_from_u64(night.into());
    let manifest = manifest(night)?;
    let planned = manifest.planned_runs();
    let runs = (1..).zip(planned).map(|(run, (block, position, cell))| {
        record(run, block, position, cell, 1.6 * (1.0 + 0.05 * random.random::<f64>()))
    });
    let runs = runs.collect();
    let directory = format!("results/{night}").into();
    let (chunks, metrics, warnings) = (Vec::new(), Vec::new(), Vec::new());
    Ok(Experiment { directory, manifest, runs, chunks, metrics, warnings })
}

fn manifest(night: u32) -> Result<Manifest, Box<dyn Error>> {
    let first: Timestamp = "2026-01-01T01:30:00Z".parse()?;
    let started = first.checked_add(Span::new().hours(24 * i64::from(night)))?;
    let cell = |number| Cell {
        name: format!("image-{number:02}/seqwrite"),
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
        started: started.to_string(),
        command: "imgbench run nightly.toml".to_owned(),
        seed: night.into(),
        runs: RUNS,
        config_sha256: "0".repeat(64),
        config: "runs = 10\n".to_owned(),
        order: vec![block; RUNS as usize],
        control: cells[0].name.clone(),
        provenance: Provenance {
            qemu: format!("QEMU emulator version 7.{}.0", night / 90),
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
fn record(run: u32, block: u32, position: u32, cell: &str, seconds: f64) -> Record {
    let time = |share: f64| Some(Duration::from_secs_f64(seconds * share));
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
        chunks_crc32: None,
        metrics_crc32: None,
    }
}
