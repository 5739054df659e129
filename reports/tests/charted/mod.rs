//! Experiments for figures that the four cells of 2010 do not have; made up, as all samples are.
#![allow(dead_code, reason = "each test uses a part")]

use std::time::Duration;

use reports::record::{Cell, Direction, Experiment, Factor, Metric, MetricRecord, Record};

use super::sample;

/// What a run of a cell is like: its record is filled in, its metrics are returned.
type Run<'a> = &'a dyn Fn(&Cell, &mut Record, f64) -> Vec<(Metric, f64)>;

/// An experiment of these cells, each run as `run` makes it from a noise round 1.
fn experiment(name: &str, cells: Vec<Cell>, runs: u32, run: Run<'_>) -> Experiment {
    let mut experiment = sample::of_2010();
    experiment.runs.clear();
    experiment.chunks.clear();
    experiment.manifest = sample::manifest(cells, runs);
    experiment.manifest.name = name.to_owned();
    let planned = experiment.manifest.planned_runs();
    for (number, (block, position, name)) in (1..).zip(planned) {
        let cell = experiment.manifest.cells.iter().find(|cell| cell.name == name).expect("a cell");
        // Spread evenly over ±3 %, in an order that looks like none.
        let noise = 0.97 + 0.06 * f64::from(number * 37 % 101) / 100.0;
        let mut record = sample::record(number, block, position, name, noise);
        let metrics = run(cell, &mut record, noise);
        experiment.metrics.extend(metrics.into_iter().map(|(metric, value)| MetricRecord {
            run: number,
            cell: name.to_owned(),
            metric,
            value,
        }));
        experiment.runs.push(record);
    }
    experiment
}

fn cell(levels: &[(&str, &str)], size: u64) -> Cell {
    let factor = |&(factor, level): &(&str, &str)| Factor {
        factor: factor.to_owned(),
        level: level.to_owned(),
    };
    Cell {
        name: levels.iter().map(|of| of.1).collect::<Vec<_>>().join("/"),
        size,
        factors: levels.iter().map(factor).collect(),
        cache: "writeback".to_owned(),
        ..Cell::default()
    }
}

fn bytes(name: &str, value: f64) -> (Metric, f64) {
    (Metric::new(name, "B", Direction::Higher), value)
}

/// Making images of four kinds at four sizes; each size has a control of its own.
pub fn creation(runs: u32) -> Experiment {
    let kinds = [
        ("raw", "A sparse raw file", "truncate --size SIZE test.img"),
        ("falloc", "A preallocated raw file", "fallocate -l SIZE test.img"),
        ("qcow2", "A sparse qcow2 file", "qemu-img create -f qcow2 test.img SIZE"),
        (
            "metadata",
            "A metadata preallocated qcow2 file",
            "qemu-img create -f qcow2 -o preallocation=metadata test.img SIZE",
        ),
    ];
    let mut cells = Vec::new();
    for (text, size) in
        [("300M", 300 << 20), ("20G", 20 << 30), ("100G", 100 << 30), ("1T", 1 << 40)]
    {
        for (kind, description, command) in kinds {
            let mut cell =
                cell(&[("image", &format!("{kind}-{text}")), ("workload", "create")], size);
            cell.description = description.to_owned();
            cell.command = command.replace("SIZE", text);
            cell.control = format!("raw-{text}/create");
            cell.workload_kind = "create".to_owned();
            cells.push(cell);
        }
    }
    experiment("creation", cells, runs, &|cell, record, noise| {
        let size = cell.size as f64;
        let (seconds, allocated) = match cell.description.as_str() {
            "A sparse raw file" => (0.0008, 0.0),
            "A preallocated raw file" => (0.001 + size * 1e-14, size),
            "A sparse qcow2 file" => (0.009, 196_616.0),
            _ => (0.012 + size * 2.4e-12, 200_000.0 + size * 1.6e-4),
        };
        record.workload_s = Some(Duration::from_secs_f64(seconds * noise));
        (record.bytes, record.block_write_bytes) = (0, None);
        vec![bytes("apparent_bytes", size), bytes("allocated_bytes", allocated)]
    })
}

/// Three images in three cache modes with two kinds of AIO, one combination missing.
pub fn crossed(runs: u32) -> Experiment {
    let mut cells = Vec::new();
    for cache in ["writeback", "none", "directsync"] {
        for aio in ["threads", "io_uring"] {
            for image in ["raw", "sparse-qcow2", "metadata-qcow2"] {
                if (cache, aio) != ("directsync", "io_uring") {
                    let levels = [
                        ("image", image),
                        ("workload", "seqwrite"),
                        ("cache", cache),
                        ("aio", aio),
                    ];
                    let mut cell = cell(&levels, 300 << 20);
                    cell.control = cell.name.replace(image, "raw");
                    cells.push(cell);
                }
            }
        }
    }
    experiment("crossed", cells, runs, &|cell, record, noise| {
        let of = |factor, level| cell.level(factor) == Some(level);
        let image = if of("image", "raw") { 1.0 } else { 1.2 };
        let sparse =
            if of("image", "sparse-qcow2") && !of("cache", "writeback") { 1.6 } else { 1.0 };
        let aio = if of("aio", "io_uring") { 0.9 } else { 1.0 };
        let seconds = 1.7 * image * sparse * aio * noise;
        record.workload_s = Some(Duration::from_secs_f64(seconds));
        let wear = if of("image", "raw") { 1.001 } else { 1.08 };
        record.host_write_bytes = Some((268_640_256.0 * wear * noise) as u64);
        Vec::new()
    })
}

/// Three images under random reads and writes, judged by IOPS, with percentiles of latency.
pub fn latencies(runs: u32) -> Experiment {
    let iops = Metric::new("write_iops", "1/s", Direction::Lower);
    let cells = ["raw", "sparse-qcow2", "metadata-qcow2"].map(|image| {
        let mut cell = cell(&[("image", image), ("workload", "randrw")], 300 << 20);
        cell.metric = iops.clone();
        cell.control = "raw/randrw".to_owned();
        cell
    });
    experiment("latencies", cells.into(), runs, &|cell, _, noise| {
        let slower = match cell.level("image") {
            Some("raw") => 1.0,
            Some("sparse-qcow2") => 2.3,
            _ => 1.15,
        };
        let mut metrics = vec![(iops.clone(), 7512.0 / slower * noise)];
        for (direction, least) in [("read", 0.0004), ("write", 0.0011)] {
            for (percentile, tail) in [("50", 1.0), ("95", 2.4), ("99", 7.0), ("99_9", 55.0)] {
                let name = format!("{direction}_lat_p{percentile}_s");
                let metric = Metric::new(&name, "s", Direction::Higher);
                let wide = 1.0 + (noise - 1.0) * 5.0;
                metrics.push((metric, least * slower * tail * wide));
            }
        }
        metrics
    })
}

/// So many cells: images of workloads in cache modes, every one with chunks and counters.
pub fn large(cells: u32, runs: u32) -> Experiment {
    let number = |n: u32| {
        let (image, workload) = (format!("image-{}", n % 50), format!("workload-{}", n / 50));
        let mut cell =
            cell(&[("image", &image), ("workload", &workload), ("cache", "none")], 1 << 30);
        cell.control = format!("image-0/{workload}/none");
        cell
    };
    let slower =
        |name: &str| name.bytes().fold(0u32, |sum, byte| (sum * 31 + u32::from(byte)) % 997);
    let cells = (0..cells).map(number).collect();
    let mut experiment = experiment("large", cells, runs, &|cell, record, noise| {
        let seconds = (1.0 + f64::from(slower(&cell.name)) / 400.0) * noise;
        record.workload_s = Some(Duration::from_secs_f64(seconds));
        record.host_write_bytes = Some((268_640_256.0 * noise) as u64);
        let p = |p: &str, x: f64| {
            (Metric::new(&format!("write_lat_p{p}_s"), "s", Direction::Higher), x)
        };
        vec![p("50", 0.001 * seconds), p("99", 0.004 * seconds), p("99_9", 0.05 * seconds)]
    });
    for run in &experiment.runs {
        experiment.chunks.extend(sample::chunks(run.run, &run.cell, 1.0));
    }
    experiment
}
