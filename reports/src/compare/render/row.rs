//! A compared cell as flat columns: what JSON and CSV have in common. Names are part of the format;
//! more may follow at the end.

use serde::Serialize;

use super::super::{ComparedCell, Comparison};

/// One cell. Ratios are candidate over baseline.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    cell: &'a str,
    baseline_cell: &'a str,
    metric: &'a str,
    verdict: String,
    ratio: Option<f64>,
    ci_low: Option<f64>,
    ci_high: Option<f64>,
    ci_level: Option<f64>,
    ci_method: Option<String>,
    p: Option<f64>,
    p_unadjusted: Option<f64>,
    p_method: Option<String>,
    n_baseline: usize,
    n_candidate: usize,
    mde: Option<f64>,
    failed_baseline: usize,
    failed_candidate: usize,
    not_done_baseline: usize,
    not_done_candidate: usize,
    without_metric_baseline: usize,
    without_metric_candidate: usize,
    incomplete_blocks: usize,
    accel_baseline: &'a str,
    accel_candidate: &'a str,
    across: String,
    reason: Option<&'a str>,
    at_floor: bool,
}

impl<'a> Row<'a> {
    pub(super) fn new(comparison: &'a Comparison, cell: &'a ComparedCell) -> Self {
        Row {
            cell: &cell.cell,
            baseline_cell: &cell.baseline_cell,
            metric: &cell.metric.name,
            verdict: cell.verdict.to_string(),
            ratio: cell.ratio,
            ci_low: cell.interval.map(|ends| ends.low),
            ci_high: cell.interval.map(|ends| ends.high),
            ci_level: cell.interval.map(|ends| ends.level),
            ci_method: cell.interval.map(|ends| ends.method.to_string()),
            p: cell.p,
            p_unadjusted: cell.p_unadjusted,
            p_method: cell.p_method.map(|method| method.to_string()),
            n_baseline: cell.n_baseline,
            n_candidate: cell.n_candidate,
            mde: cell.mde,
            failed_baseline: cell.baseline.failed,
            failed_candidate: cell.candidate.failed,
            not_done_baseline: cell.baseline.not_done,
            not_done_candidate: cell.candidate.not_done,
            without_metric_baseline: cell.baseline.without_metric,
            without_metric_candidate: cell.candidate.without_metric,
            incomplete_blocks: cell.incomplete_blocks,
            accel_baseline: &comparison.baseline.accel,
            accel_candidate: &comparison.candidate.accel,
            across: comparison.across(),
            reason: cell.reason.as_deref(),
            at_floor: cell.at_floor,
        }
    }
}

/// The fields of [`Row`], for rows without most of them; a test holds them to the header.
pub(super) const COLUMNS: [&str; 27] = [
    "cell",
    "baseline_cell",
    "metric",
    "verdict",
    "ratio",
    "ci_low",
    "ci_high",
    "ci_level",
    "ci_method",
    "p",
    "p_unadjusted",
    "p_method",
    "n_baseline",
    "n_candidate",
    "mde",
    "failed_baseline",
    "failed_candidate",
    "not_done_baseline",
    "not_done_candidate",
    "without_metric_baseline",
    "without_metric_candidate",
    "incomplete_blocks",
    "accel_baseline",
    "accel_candidate",
    "across",
    "reason",
    "at_floor",
];
