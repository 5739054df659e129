//! What the numbers of a report can say and what they cannot.
//!
//! The only place that interprets. It describes: medians and ranges, with what a range of n runs
//! covers. Tests and intervals of differences take its place when they exist.

use std::collections::BTreeMap;

use super::percent;
use crate::{plain::plain, record::Experiment, summary::Summary};

/// A paragraph per thing to know.
pub(super) fn paragraphs(experiment: &Experiment, summaries: &[Summary]) -> Vec<String> {
    let mut by_n: BTreeMap<usize, usize> = BTreeMap::new();
    for summary in summaries.iter().filter(|summary| summary.n() > 0) {
        *by_n.entry(summary.n()).or_default() += 1;
    }
    if by_n.is_empty() {
        return vec!["No run was ok, so there is nothing to compare.".to_owned()];
    }
    let mut paragraphs: Vec<String> = by_n.keys().map(|&n| range_of(n)).collect();
    let control = &experiment.manifest.control;
    let name = plain(control);
    let mut others = summaries.iter().filter(|summary| summary.cell != *control).peekable();
    if others.peek().is_none() {
        return paragraphs;
    }
    if others.any(|summary| summary.ratio.is_some()) {
        paragraphs.push(format!(
            "Ratios are of medians, to {name}. They have no interval and no test behind them: \
             they describe these runs, and do not show that the images differ."
        ));
    } else if summaries.iter().all(|summary| summary.ratio.is_none()) {
        paragraphs.push(format!("The control, {name}, has no ok run: there are no ratios."));
    }
    paragraphs
}

/// What the range of n runs covers, and whether n runs can show a difference at all.
fn range_of(n: usize) -> String {
    if n == 1 {
        return "n=1: one run shows no spread; nothing can be said about noise.".to_owned();
    }
    // Each run falls below the true median with probability 1/2; the range misses it when all
    // fall on one side.
    let coverage = 1.0 - 0.5f64.powi(n as i32 - 1);
    let paired = 0.5f64.powi(n as i32 - 1);
    let mut text =
        format!("n={n}: the range min - max covers the true median with {}.", covered(coverage));
    if paired >= 0.05 {
        text += &format!(
            " A median of {n} is a description, not a finding: {n} blocks cannot reach p < 0.05 \
             (the smallest two-sided p of a paired test is {}).",
            (paired * 1e4).round() / 1e4
        );
    }
    text
}

/// As STATISTICS.md gives it: 75 %, 87.5 %, 96.9 %.
fn covered(coverage: f64) -> String {
    let percents = 100.0 * coverage;
    if percents.fract() == 0.0 {
        percent(coverage)
    } else if percents < 99.95 {
        format!("{percents:.1} %")
    } else {
        "more than 99.9 %".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_runs_are_said_to_be_few() {
        assert!(range_of(3).contains("covers the true median with 75 %. A median of 3"));
        assert!(range_of(3).contains("paired test is 0.25)"));
        assert!(range_of(5).contains("with 93.8 %.") && range_of(5).contains("is 0.0625)"));
        assert!(range_of(6).ends_with("with 96.9 %."));
        assert!(range_of(40).ends_with("with more than 99.9 %."));
    }
}
