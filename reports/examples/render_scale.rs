//! How long `imgbench report` takes for a large experiment, and how much memory: its files are
//! written first, then loaded, worked out and rendered as the command does.
//! `cargo run --release -p reports --example render_scale -- 1000 10 DIR`, and, for the memory of
//! rendering alone, again with the same DIR, which is not written again.

#[path = "../tests/charted/mod.rs"]
mod charted;
#[path = "../tests/sample/mod.rs"]
mod sample;

use std::{error::Error, fmt::Write as _, fs, path::Path, time::Instant};

use reports::{record::Experiment, render, report::Report};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [cells, runs, directory] = words.as_slice() else {
        return Err("usage: render_scale CELLS RUNS DIR".into());
    };
    let directory = Path::new(directory);
    if !directory.exists() {
        write(&charted::large(cells.parse()?, runs.parse()?), directory)?;
        println!("written: {}", directory.display());
    }
    let start = Instant::now();
    let mut before = 0.0;
    let mut step = |what: &str| {
        let now = start.elapsed().as_secs_f64();
        println!("{what:16} {:.2} s", now - before);
        before = now;
    };
    let experiment = Experiment::load(directory)?;
    step("load");
    let report = Report::new(&experiment);
    step("Report::new");
    let files = render::write(directory, &report)?;
    step("render and write");
    let bytes = files.iter().map(|file| fs::metadata(file).map(|of| of.len()));
    println!(
        "{:16} {:.2} s; {} chunks; {} files of {} bytes; most memory {} KiB",
        "all",
        start.elapsed().as_secs_f64(),
        experiment.chunks.len(),
        files.len(),
        bytes.sum::<Result<u64, _>>()?,
        most_memory()?
    );
    Ok(())
}

/// The experiment's files, in the format of the writers but without their fsync a run.
fn write(experiment: &Experiment, directory: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(directory)?;
    experiment.manifest.write(&directory.join("experiment.toml"))?;
    let mut runs = csv::Writer::from_path(directory.join("runs.csv"))?;
    for run in &experiment.runs {
        runs.serialize(run)?;
    }
    runs.flush()?;
    let mut chunks = String::from("run,cell,chunk,offset,seconds\n");
    for of in &experiment.chunks {
        let seconds = of.seconds.unwrap_or_default();
        let (whole, rest) = (seconds.as_secs(), seconds.subsec_nanos());
        writeln!(chunks, "{},{},{},{},{whole}.{rest:09}", of.run, of.cell, of.chunk, of.offset)?;
    }
    fs::write(directory.join("chunks.csv"), chunks)?;
    let mut metrics = String::from("run,cell,metric,unit,worse,value\n");
    for of in &experiment.metrics {
        let metric = &of.metric;
        let (name, unit, worse) = (&metric.name, &metric.unit, metric.worse);
        writeln!(metrics, "{},{},{name},{unit},{worse},{}", of.run, of.cell, of.value)?;
    }
    fs::write(directory.join("metrics.csv"), metrics)?;
    Ok(())
}

/// The most memory that this process has had, KiB.
fn most_memory() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
}
