//! Cells whose times spread unusually, and runs that lie far from the others of their cell.

use crate::{
    plain::plain,
    report::{listed, percent},
    stats::Fences,
    summary::Summary,
};

/// How many times the others' typical CV is unusual, by number of runs: of two cells of equal noise
/// one looks so in at most one of a hundred pairs (F test of the two variances).
fn unusual(n: usize) -> Option<f64> {
    match n {
        0..=2 => None,
        3..=5 => Some(10.0),
        _ => Some(3.5),
    }
}

/// A CV below this is quiet, whatever the others' is.
const QUIET: f64 = 0.01;

/// Fences need this many runs: below, none can lie outside its own.
const FENCED: usize = 5;

pub(super) fn warnings(summaries: &[Summary]) -> Vec<String> {
    let mut warnings = wide(summaries);
    warnings.extend(outliers(summaries));
    warnings
}

/// Cells that vary more than the others do.
fn wide(summaries: &[Summary]) -> Vec<String> {
    // A CV of 0 is no sample's value; it makes the others quieter still, so leaving it out is kind.
    let mut all: Vec<f64> =
        summaries.iter().filter_map(Summary::cv).filter(|&of| of > 0.0).collect();
    all.sort_by(f64::total_cmp);
    let warning = |summary: &Summary| {
        let (cv, factor) = (summary.cv()?, unusual(summary.n())?);
        let typical = median_of_others(&all, cv)?;
        (cv >= QUIET && cv > factor * typical).then(|| {
            format!(
                "Unusual spread: the {} of {} vary by {} (CV), those of the other cells by {}. Look \
                 at its runs one by one before trusting its median.",
                if summary.metric.is_time() { "times" } else { "values" },
                plain(&summary.cell),
                percent(cv),
                percent(typical)
            )
        })
    };
    summaries.iter().filter_map(warning).collect()
}

/// The median of ascending values without one that is among them, if it is above 0.
fn median_of_others(ascending: &[f64], own: f64) -> Option<f64> {
    let own = if own > 0.0 { ascending.partition_point(|&of| of < own) } else { ascending.len() };
    let others = ascending.len() - usize::from(own < ascending.len());
    let other = |at: usize| ascending[at + usize::from(at >= own)];
    (others > 0).then(|| f64::midpoint(other((others - 1) / 2), other(others / 2)))
}

/// Runs outside Tukey's fences of their cell, all in one sentence.
fn outliers(summaries: &[Summary]) -> Option<String> {
    let mut found = Vec::new();
    for summary in summaries {
        let Some(values) = summary.values.as_ref().filter(|of| of.n() >= FENCED) else { continue };
        let fences = Fences::of(values);
        for run in summary.runs.iter().filter(|run| fences.exclude(run.value)) {
            let off = 100.0 * (run.value / values.median() - 1.0);
            found.push(format!("run {} ({}, {off:+.1} %)", run.run, plain(&summary.cell)));
        }
    }
    (!found.is_empty()).then(|| {
        format!(
            "Far from the median of their cell (outside Tukey's fences): {}. That is a label: they \
             are in every number, and a few such runs are chance. Look whether the machine was busy.",
            listed(&found)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_others_are_all_but_oneself() {
        assert_eq!(median_of_others(&[1.0, 2.0, 3.0], 2.0), Some(2.0));
        assert_eq!(median_of_others(&[1.0, 2.0, 3.0], 3.0), Some(1.5));
        assert_eq!(median_of_others(&[1.0, 1.0, 5.0, 7.0], 1.0), Some(5.0));
        assert_eq!(median_of_others(&[1.0, 4.0], 0.0), Some(2.5), "not among them");
        assert_eq!(median_of_others(&[1.0], 1.0), None);
    }
}
