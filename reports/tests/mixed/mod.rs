//! An experiment that crosses two images with workloads of different kinds, each workload with a
//! control and a metric of its own.
#![allow(dead_code, reason = "each test uses a part")]

use std::time::Duration;

use reports::record::{
    Cell, Direction, Experiment, Factor, Manifest, Metric, MetricRecord, Record,
};

use super::sample;

/// Kind and metric of a workload, and the medians of `raw` and `qcow2`.
struct Workload {
    name: &'static str,
    kind: &'static str,
    metric: Metric,
    medians: [f64; 2],
}

fn workloads() -> [Workload; 4] {
    [
        Workload {
            name: "seqwrite",
            kind: "file-write",
            metric: Metric::default(),
            medians: [1.6, 2.4],
        },
        Workload {
            name: "randwrite-4k",
            kind: "fio",
            metric: Metric::new("write_iops", "1/s", Direction::Lower),
            medians: [7512.0, 5008.0],
        },
        Workload {
            name: "randread-4k",
            kind: "fio",
            metric: Metric::new("read_bandwidth", "B/s", Direction::Lower),
            medians: [50e6, 50e6],
        },
        Workload {
            name: "create",
            kind: "create",
            metric: Metric::default(),
            medians: [0.0023, 0.041],
        },
    ]
}

/// So many runs of every cell; a run's noise is the same in every cell of its block but for a little.
pub fn experiment(runs: u32) -> Experiment {
    let mut experiment = sample::of_2010();
    experiment.runs.clear();
    experiment.chunks.clear();
    let cells =
        workloads().iter().flat_map(|of| ["raw", "qcow2"].map(|image| cell(of, image))).collect();
    experiment.manifest = Manifest { ..sample::manifest(cells, runs) };
    let cells = experiment.manifest.cells.clone();
    let plan: Vec<(u32, u32, String)> = experiment
        .manifest
        .planned_runs()
        .into_iter()
        .map(|(block, position, cell)| (block, position, cell.to_owned()))
        .collect();
    for (run, (block, position, name)) in (1u32..).zip(plan) {
        let at = cells.iter().position(|cell| cell.name == name).expect("a cell of the plan");
        let of = &workloads()[at / 2];
        let noise = 1.0 + 0.002 * f64::from((block * 7 + at as u32 * 3) % 11);
        let (record, values) = measured(of, &cells[at], of.medians[at % 2] * noise);
        experiment.runs.push(Record { run, block, position, ..record });
        experiment.metrics.extend(values.into_iter().map(|(metric, value)| MetricRecord {
            run,
            cell: name.clone(),
            metric,
            value,
        }));
    }
    experiment
}

fn cell(of: &Workload, image: &str) -> Cell {
    let factor = |factor: &str, level: &str| Factor { factor: factor.into(), level: level.into() };
    Cell {
        name: format!("{image}/{}", of.name),
        description: format!("{image}, {}", of.name),
        command: format!("qemu-img create -f {image} test.img 20G"),
        size: 20 << 30,
        control: format!("raw/{}", of.name),
        metric: of.metric.clone(),
        workload_kind: of.kind.to_owned(),
        factors: vec![factor("image", image), factor("workload", of.name)],
        cache: "none".to_owned(),
        ..Cell::default()
    }
}

fn measured(of: &Workload, cell: &Cell, value: f64) -> (Record, Vec<(Metric, f64)>) {
    let neither = |name: &str, unit: &str| Metric::new(name, unit, Direction::Neither);
    let time = |name: &str| Metric::new(name, "s", Direction::Higher);
    let mut record = sample::record(0, 0, 0, &cell.name, 10.0);
    record.clock_block_write_s = Some(Duration::from_secs(9));
    record.clock_block_write_bytes = Some(record.bytes);
    record.host_write_bytes = Some(record.bytes * 3 / 2);
    match of.kind {
        "file-write" => {
            record.workload_s = Some(Duration::from_secs_f64(value));
            record.clock_block_write_s = Some(Duration::from_secs_f64(0.5 * value));
            let values = vec![
                (neither("clock_block_read_s", "s"), 0.02 * value),
                (neither("clock_flush_s", "s"), 0.1 * value),
                (neither("flush_s", "s"), 0.15 * value),
            ];
            (record, values)
        }
        "fio" => {
            let values = vec![
                (of.metric.clone(), value),
                (time("write_lat_p50_s"), 0.001),
                (time("write_lat_p95_s"), 0.002),
                (time("write_lat_p99_s"), 0.005),
                (time("write_lat_p99_9_s"), 0.02),
            ];
            (record, values)
        }
        _ => {
            let bytes = |name: &str| Metric::new(name, "B", Direction::Higher);
            let allocated = if cell.name.starts_with("raw") { 4096.0 } else { 3_565_158.0 };
            let record = Record {
                accel: "none".to_owned(),
                bytes: 0,
                workload_s: Some(Duration::from_secs_f64(value)),
                clock_block_write_s: None,
                clock_block_write_bytes: None,
                block_write_ops: None,
                block_write_bytes: None,
                block_write_s: None,
                flush_ops: None,
                host_write_bytes: None,
                launch_s: None,
                ..record
            };
            (record, vec![(bytes("apparent_bytes"), 2e10), (bytes("allocated_bytes"), allocated)])
        }
    }
}
