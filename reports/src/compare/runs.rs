//! Takes an experiment, one of its cells and a metric; yields the values that count and how many
//! runs there are that do not.

use std::collections::BTreeSet;

use super::Metric;
use crate::{
    disk::Disk,
    record::{Experiment, Record, Status},
    stats::Sample,
};

/// What became of the planned runs of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunCounts {
    /// Runs that the plan has.
    pub planned: usize,
    /// Runs that are ok and have the metric.
    pub usable: usize,
    /// Runs that failed or ran into a deadline.
    pub failed: usize,
    /// Runs that were interrupted or not begun.
    pub not_done: usize,
    /// Runs that are ok and have not the metric, or 0.
    pub without_metric: usize,
}

/// The runs of a cell.
pub(super) struct Runs {
    /// Block and seconds of the usable runs, in the order of measuring.
    pub(super) values: Vec<(u32, f64)>,
    pub(super) counts: RunCounts,
    /// What the ok runs wrote; one number, if all is as it should be.
    pub(super) bytes: BTreeSet<u64>,
    /// Whether something else than the disk took nearly all of the time.
    pub(super) at_floor: bool,
}

impl Runs {
    pub(super) fn of(experiment: &Experiment, cell: &str, metric: Metric) -> Self {
        let runs: Vec<&Record> = experiment.runs.iter().filter(|run| run.cell == cell).collect();
        let ok: Vec<&Record> =
            runs.iter().copied().filter(|run| run.status == Status::Ok).collect();
        let values: Vec<_> =
            ok.iter().filter_map(|run| Some((run.block, metric.of(run)?))).collect();
        let failed = runs
            .iter()
            .filter(|run| matches!(run.status, Status::Failed | Status::Timeout))
            .count();
        let planned = experiment.manifest.order.iter().flatten().filter(|name| **name == cell);
        let planned = planned.count();
        let counts = RunCounts {
            planned,
            usable: values.len(),
            failed,
            not_done: planned.saturating_sub(ok.len() + failed),
            without_metric: ok.len() - values.len(),
        };
        // Known of the clock only, which runs during the workload.
        let through_channel =
            experiment.manifest.cells.iter().any(|of| of.name == cell && of.through_channel());
        let at_floor = metric == Metric::Workload
            && through_channel
            && Disk::of(cell, &experiment.by_cell()).at_floor();
        Runs { at_floor, bytes: ok.iter().map(|run| run.bytes).collect(), values, counts }
    }

    /// The values as a sample.
    ///
    /// # Errors
    /// Why there is none: no run can be used.
    pub(super) fn sample(&self, whose: &str, metric: Metric) -> Result<Sample, String> {
        let values = self.values.iter().map(|(_, seconds)| *seconds).collect();
        // Only emptiness can be refused: a time above 0 is what made a run usable.
        Sample::new(values).map_err(|_| match self.counts.without_metric {
            0 => format!("the {whose} has no ok run"),
            _ => format!("no ok run of the {whose} has a {metric} above 0"),
        })
    }
}
