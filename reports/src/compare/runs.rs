//! Takes an experiment, one of its cells and a metric; yields the values that count and how many
//! runs there are that do not.

use std::collections::{BTreeSet, HashMap};

use crate::{
    disk::Disk,
    pairing::ByBlock,
    record::{ByCell, Cell, Experiment, Metric, Status},
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

/// An experiment, sorted once for those who ask cell by cell.
pub(super) struct Sorted<'a> {
    by_cell: ByCell<'a>,
    cells: HashMap<&'a str, &'a Cell>,
    planned: HashMap<&'a str, usize>,
    /// Where the second chunk of each cell begins.
    chunk_sizes: HashMap<&'a str, u64>,
}

impl<'a> Sorted<'a> {
    pub(super) fn of(experiment: &'a Experiment) -> Self {
        let cells = experiment.manifest.cells.iter().map(|cell| (cell.name.as_str(), cell));
        let mut planned = HashMap::new();
        for name in experiment.manifest.order.iter().flatten() {
            *planned.entry(name.as_str()).or_insert(0) += 1;
        }
        let mut chunk_sizes = HashMap::new();
        for chunk in experiment.chunks.iter().filter(|chunk| chunk.chunk == 1) {
            chunk_sizes.entry(&*chunk.cell).or_insert(chunk.offset);
        }
        Sorted { by_cell: experiment.by_cell(), cells: cells.collect(), planned, chunk_sizes }
    }

    /// The cell of this name.
    pub(super) fn cell(&self, name: &str) -> Option<&'a Cell> {
        self.cells.get(name).copied()
    }

    /// Size of the chunks that a cell wrote, bytes; `None` where no chunks are on record.
    pub(super) fn chunk_size(&self, cell: &Cell) -> Option<u64> {
        self.chunk_sizes.get(cell.name.as_str()).copied()
    }

    /// The runs of a cell, by a metric.
    pub(super) fn runs(&self, cell: &Cell, metric: &Metric) -> Runs {
        let runs = self.by_cell.runs(&cell.name);
        let of = |wanted: &[Status]| runs.iter().filter(|run| wanted.contains(&run.status)).count();
        let (ok, failed) = (of(&[Status::Ok]), of(&[Status::Failed, Status::Timeout]));
        let values = self.by_cell.values(&cell.name, &metric.name);
        let planned = self.planned.get(cell.name.as_str()).copied().unwrap_or(0);
        let counts = RunCounts {
            planned,
            usable: values.found.len(),
            failed,
            not_done: planned.saturating_sub(ok + failed),
            without_metric: values.missing.len(),
        };
        let ok = runs.iter().filter(|run| run.status == Status::Ok);
        Runs {
            values: values.by_block(),
            counts,
            bytes: ok.map(|run| run.bytes).collect(),
            // Known of the clock only, which runs during the workload.
            at_floor: *metric == Metric::default()
                && cell.through_channel()
                && Disk::of(&cell.name, &self.by_cell).at_floor(),
        }
    }
}

/// The runs of a cell.
pub(super) struct Runs {
    /// The values of the usable runs.
    pub(super) values: ByBlock,
    pub(super) counts: RunCounts,
    /// What the ok runs wrote; one number, if all is as it should be.
    pub(super) bytes: BTreeSet<u64>,
    /// Whether something else than the disk took nearly all of the time.
    pub(super) at_floor: bool,
}

impl Runs {
    /// The values as a sample.
    ///
    /// # Errors
    /// Why there is none: no run can be used.
    pub(super) fn sample(&self, whose: &str, metric: &Metric) -> Result<Sample, String> {
        // Only emptiness can be refused: a value above 0 is what made a run usable.
        Sample::new(self.values.values().copied().collect()).map_err(|_| {
            match self.counts.without_metric {
                0 => format!("the {whose} has no ok run"),
                _ => format!("no ok run of the {whose} has a {} above 0", metric.name),
            }
        })
    }
}
