//! The cells as numbers, unrounded: what exports and machine-readable renderings carry.

use super::comparisons;
use crate::{
    ranking::{Ranking, Standing},
    record::{Cell, Experiment, Factor, Metric, Status},
    stats::{Comparison, Interval, Policy, Sample, Verdict},
    summary::Summary,
};

/// One cell. Names are as in the experiment's files: whoever prints them makes them safe.
#[derive(Clone, Debug, PartialEq)]
pub struct CellResult {
    /// Name of the cell.
    pub cell: String,
    /// What it is, in a few words; may be empty.
    pub description: String,
    /// The command that makes its image.
    pub command: String,
    /// Every factor with its level.
    pub factors: Vec<Factor>,
    /// What was measured, its unit and which way is bad.
    pub metric: Metric,
    /// The values of the ok runs in the metric's unit, in the order of the runs; `None` without one.
    pub sample: Option<Sample>,
    /// The interval of the median; `None` below two runs.
    pub interval: Option<Interval>,
    /// Runs that answered with an error.
    pub failed: usize,
    /// Runs that ran into a deadline.
    pub timeout: usize,
    /// Name of the cell that it is compared with; its own for a control.
    pub control: String,
    /// Against the control, paired by block; `None` where there is nothing to compare.
    pub comparison: Option<Comparison>,
    /// The adjusted p, where so many runs could have made it small.
    pub p: Option<f64>,
    /// What came of it.
    pub outcome: Outcome,
    /// The outcome in a sentence.
    pub sentence: String,
}

/// What came of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Others are compared with it; it has an ok run.
    Control,
    /// Compared with its control.
    Judged(Verdict),
    /// It has values that cannot be compared with those of its control.
    NotCompared,
    /// Of the runs that were done none is ok, or none has a value of the metric.
    NoValue,
    /// No run was done.
    NotRun,
}

impl CellResult {
    /// Number of ok runs.
    pub fn n(&self) -> usize {
        self.sample.as_ref().map_or(0, Sample::n)
    }

    /// The interval of the ratio; `None` where a single block gives none.
    pub fn ratio_interval(&self) -> Option<Interval> {
        let interval = self.comparison.as_ref()?.estimate.interval;
        (interval.level > 0.0).then_some(interval)
    }
}

/// All cells, in the plan's order.
pub(super) fn results(
    experiment: &Experiment,
    summaries: &[Summary],
    ranking: &Ranking,
) -> Vec<CellResult> {
    let by_cell = experiment.by_cell();
    let ended = |cell: &Cell, status| {
        by_cell.runs(&cell.name).iter().filter(|run| run.status == status).count()
    };
    let cells = experiment.manifest.cells.iter().zip(summaries).zip(&ranking.standings);
    cells
        .map(|((cell, summary), standing)| CellResult {
            cell: cell.name.clone(),
            description: cell.description.clone(),
            command: cell.command.clone(),
            factors: cell.factors.clone(),
            metric: summary.metric.clone(),
            sample: summary.values.clone(),
            interval: summary.interval(),
            failed: ended(cell, Status::Failed),
            timeout: ended(cell, Status::Timeout),
            control: summary.control.clone(),
            p: standing.comparison.as_ref().and_then(|of| of.telling_p(ranking.policy.alpha)),
            outcome: outcome(summary, standing),
            sentence: sentence(summary, standing, &ranking.policy),
            comparison: standing.comparison.clone(),
        })
        .collect()
}

fn outcome(summary: &Summary, standing: &Standing) -> Outcome {
    match &standing.comparison {
        Some(found) => Outcome::Judged(found.verdict),
        None if summary.n() > 0 && summary.is_control() => Outcome::Control,
        None if summary.n() > 0 => Outcome::NotCompared,
        None if summary.failed + summary.missing.len() > 0 => Outcome::NoValue,
        None => Outcome::NotRun,
    }
}

fn sentence(summary: &Summary, standing: &Standing, policy: &Policy) -> String {
    match outcome(summary, standing) {
        Outcome::Control => "The control: other cells are compared with it.".to_owned(),
        Outcome::Judged(_) | Outcome::NotCompared => {
            let found = comparisons::sentence(summary, standing, policy);
            format!("Against {}: {found}.", summary.control)
        }
        Outcome::NoValue if summary.missing.is_empty() => "No run is ok.".to_owned(),
        Outcome::NoValue => format!("No ok run has a value of {}.", summary.metric.name),
        Outcome::NotRun => "No run was done.".to_owned(),
    }
}
