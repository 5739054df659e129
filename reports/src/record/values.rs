//! The values of one metric in the runs of a cell, wherever the files keep them: times in `runs.csv`,
//! everything else in `metrics.csv`.
//!
//! A value that is not there is not invented: the run is named instead.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use super::{Direction, Experiment, Metric, MetricRecord, Record, Status};

/// The times of `runs.csv` that cells can be compared by, seconds each; `+` adds two.
pub const TIMES: [&str; 7] =
    ["workload_s", "sync_s", "workload_s+sync_s", "prepare_s", "launch_s", "format_s", "verify_s"];

/// The value of one ok run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// Number of the run in the plan.
    pub run: u32,
    /// Block of the run, from 1.
    pub block: u32,
    /// Position inside the block, from 1.
    pub position: u32,
    /// Finite and above 0, in the metric's unit.
    pub value: f64,
}

/// The values of one metric in one cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// Those that there are, in the order of the runs.
    pub found: Vec<Value>,
    /// The ok runs that have none, or 0, of which there is no ratio.
    pub missing: Vec<u32>,
}

impl Values {
    /// The values by block.
    #[must_use]
    pub fn by_block(&self) -> BTreeMap<u32, f64> {
        self.found.iter().map(|of| (of.block, of.value)).collect()
    }
}

/// The runs of an experiment by cell, and their other numbers by run.
#[derive(Debug)]
pub struct ByCell<'a> {
    runs: HashMap<&'a str, Vec<&'a Record>>,
    metrics: HashMap<u32, Vec<&'a MetricRecord>>,
}

impl Experiment {
    /// Sorts the runs by cell, once for all who ask cell by cell.
    #[must_use]
    pub fn by_cell(&self) -> ByCell<'_> {
        let mut by_cell = ByCell { runs: HashMap::new(), metrics: HashMap::new() };
        for run in &self.runs {
            by_cell.runs.entry(&run.cell).or_default().push(run);
        }
        for metric in &self.metrics {
            by_cell.metrics.entry(metric.run).or_default().push(metric);
        }
        by_cell
    }

    /// The metric of this name: one of [`TIMES`], or one that some run has in `metrics.csv`.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<Metric> {
        if TIMES.contains(&name) {
            return Some(Metric::new(name, "s", Direction::Higher));
        }
        self.metrics.iter().find(|of| of.metric.name == name).map(|of| of.metric.clone())
    }
}

impl<'a> ByCell<'a> {
    /// All runs of a cell, by run.
    #[must_use]
    pub fn runs(&self, cell: &str) -> &[&'a Record] {
        self.runs.get(cell).map_or(&[], Vec::as_slice)
    }

    /// The other numbers of a run.
    #[must_use]
    pub fn metrics(&self, run: u32) -> &[&'a MetricRecord] {
        self.metrics.get(&run).map_or(&[], Vec::as_slice)
    }

    /// The value of a metric in one run, 0 included.
    #[must_use]
    pub fn value(&self, run: &Record, metric: &str) -> Option<f64> {
        if TIMES.contains(&metric) {
            return time(run, metric).map(|time| time.as_secs_f64());
        }
        self.metrics(run.run).iter().find(|of| of.metric.name == metric).map(|of| of.value)
    }

    /// The values of a metric in the ok runs of a cell.
    #[must_use]
    pub fn values(&self, cell: &str, metric: &str) -> Values {
        let mut values = Values::default();
        for run in self.runs(cell).iter().filter(|run| run.status == Status::Ok) {
            match self.value(run, metric).filter(|&value| value > 0.0) {
                Some(value) => values.found.push(Value {
                    run: run.run,
                    block: run.block,
                    position: run.position,
                    value,
                }),
                None => values.missing.push(run.run),
            }
        }
        values
    }
}

/// A time of a run by its name in [`TIMES`].
fn time(run: &Record, name: &str) -> Option<Duration> {
    match name {
        "workload_s" => run.workload_s,
        "sync_s" => run.sync_s,
        "workload_s+sync_s" => run.workload_s?.checked_add(run.sync_s?),
        "prepare_s" => run.prepare_s,
        "launch_s" => run.launch_s,
        "format_s" => run.format_s,
        "verify_s" => run.verify_s,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_has_its_column() {
        let second = Some(Duration::from_secs(1));
        let run = Record {
            prepare_s: second,
            launch_s: second,
            format_s: second,
            workload_s: second,
            sync_s: second,
            verify_s: second,
            ..Record::default()
        };
        for name in TIMES {
            let seconds = if name.contains('+') { 2 } else { 1 };
            assert_eq!(time(&run, name), Some(Duration::from_secs(seconds)), "{name}");
        }
        assert_eq!(time(&run, "write_iops"), None);
    }
}
