//! Cells whose times spread unusually, and runs that lie far from the others of their cell.

use crate::{
    plain::plain,
    record::{Experiment, Status},
    report::{listed, percent},
    stats::{Fences, Sample},
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

pub(super) fn warnings(experiment: &Experiment, summaries: &[Summary]) -> Vec<String> {
    let mut warnings: Vec<String> =
        summaries.iter().filter_map(|summary| wide(summary, summaries)).collect();
    warnings.extend(outliers(experiment, summaries));
    warnings
}

fn wide(summary: &Summary, summaries: &[Summary]) -> Option<String> {
    let (cv, factor) = (summary.cv()?, unusual(summary.n())?);
    let others = summaries.iter().filter(|other| other.cell != summary.cell);
    // A CV of 0 is no sample's value; it makes the others quieter still, so leaving it out is kind.
    let others: Vec<f64> = others.filter_map(Summary::cv).filter(|&cv| cv > 0.0).collect();
    let typical = Sample::new(others).ok()?.median();
    (cv >= QUIET && cv > factor * typical).then(|| {
        format!(
            "Unusual spread: the times of {} vary by {} (CV), those of the other cells by {}. Look at \
             its runs one by one before trusting its median.",
            plain(&summary.cell),
            percent(cv),
            percent(typical)
        )
    })
}

/// Runs outside Tukey's fences of their cell, all in one sentence.
fn outliers(experiment: &Experiment, summaries: &[Summary]) -> Option<String> {
    let mut found = Vec::new();
    for summary in summaries {
        let Some(seconds) = summary.seconds.as_ref().filter(|of| of.n() >= FENCED) else {
            continue;
        };
        let fences = Fences::of(seconds);
        for run in &experiment.runs {
            let time =
                run.workload_s.filter(|_| run.status == Status::Ok).map(|of| of.as_secs_f64());
            if let Some(time) =
                time.filter(|&time| run.cell == summary.cell && fences.exclude(time))
            {
                let off = 100.0 * (time / seconds.median() - 1.0);
                found.push(format!("run {} ({}, {off:+.1} %)", run.run, plain(&run.cell)));
            }
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
