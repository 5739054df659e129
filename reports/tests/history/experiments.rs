//! Nights for a history: experiments of two cells from a seed.

use std::time::Duration;

use reports::{
    history::{Access, Filter, History, Series},
    record::{Direction, Experiment, Metric, MetricRecord, Status},
};

use super::{sample, synthetic};

/// Six runs of a control and another, on a day of November 2026.
pub fn night(day: u32) -> Experiment {
    let cells = [("raw", 2.0, 0.01), ("sparse-qcow2", 3.0, 0.01)];
    let mut experiment = synthetic::experiment(&cells, 6, day.into());
    experiment.manifest.started = format!("2026-11-{day:02}T01:30:00.25Z");
    experiment.manifest.seed = day.into();
    experiment.directory = format!("results/{day}").into();
    experiment
}

/// The same night, stopped after so many runs; the last of them interrupted.
pub fn stopped(day: u32, runs: usize) -> Experiment {
    let mut experiment = night(day);
    experiment.runs.truncate(runs);
    if let Some(last) = experiment.runs.last_mut() {
        *last = sample::unsuccessful(last, Status::Interrupted, "interrupted");
    }
    experiment
}

/// The ok runs of a cell get these values of a metric, in order.
pub fn measured(experiment: &mut Experiment, cell: &str, metric: &Metric, values: &[f64]) {
    let runs = experiment.runs.iter().filter(|run| run.cell == cell);
    for (run, &value) in runs.zip(values) {
        let (cell, metric) = (cell.to_owned(), metric.clone());
        experiment.metrics.push(MetricRecord { run: run.run, cell, metric, value });
    }
    experiment.metrics.sort_by_key(|of| of.run);
}

/// Requests a second, which are worse when lower.
pub fn iops() -> Metric {
    Metric::new("iops", "1/s", Direction::Lower)
}

/// The median of a cell's ok runs, by another way than the history's.
pub fn median_of(experiment: &Experiment, cell: &str) -> f64 {
    let of_cell = experiment.runs.iter().filter(|run| run.cell == cell);
    let times: Vec<f64> =
        of_cell.filter_map(|run| run.workload_s).map(|time| Duration::as_secs_f64(&time)).collect();
    reports::stats::Sample::new(times).unwrap().median()
}

pub fn write(target: &str) -> History {
    History::open(target, Access::Write).unwrap()
}

pub fn read(target: &str) -> History {
    History::open(target, Access::Read).unwrap()
}

/// A history of these nights.
pub fn filled(target: &str, days: impl IntoIterator<Item = u32>) -> History {
    let mut history = write(target);
    for day in days {
        history.import(&night(day)).unwrap();
    }
    history
}

/// The one series of a cell.
pub fn series_of(history: &mut History, cell: &str) -> Series {
    let filter = Filter { cell: Some(cell.to_owned()), ..Filter::default() };
    let mut found = history.series(&filter).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// Days of November on which the points lie.
pub fn days(series: &Series) -> Vec<u32> {
    let day = |time: jiff::Timestamp| time.strftime("%d").to_string().parse().unwrap();
    series.points.iter().map(|point| day(point.night.started)).collect()
}
