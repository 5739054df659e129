//! Takes two experiments; yields the cells that both have, unpaired, and lists the others.
//!
//! Refuses experiments that have no cell in common, or none that can be compared.

use super::{
    Difference, NotCompared, Refusal, WhyNot,
    cell::Pair,
    metric,
    runs::{Runs, Sorted},
    some,
    unlike::{Subject, unlike},
};
use crate::{
    record::{Cell, Experiment, Metric},
    stats::{Alpha, Estimate, estimate_unpaired},
};

/// The cells of two experiments.
pub(super) struct Matched {
    pub(super) pairs: Vec<Pair>,
    pub(super) not_compared: Vec<NotCompared>,
    /// What differs in a cell and does not keep it from being compared.
    pub(super) differences: Vec<Difference>,
}

pub(super) fn pairs(
    baseline: &Experiment,
    candidate: &Experiment,
    asked: Option<&Metric>,
) -> Result<Matched, Refusal> {
    let sorted = (Sorted::of(baseline), Sorted::of(candidate));
    let mut pairs = Vec::new();
    let mut not_compared = Vec::new();
    let mut differences = Vec::new();
    let mut in_common = 0;
    for cell in &baseline.manifest.cells {
        let mut leave_out = |reason| {
            not_compared.push(NotCompared { cell: cell.name.clone(), reason });
        };
        let Some(other) = sorted.1.cell(&cell.name) else {
            leave_out(WhyNot::OnlyInBaseline);
            continue;
        };
        in_common += 1;
        match pair((&sorted.0, cell), (&sorted.1, other), asked) {
            Ok(pair) => pairs.push(pair),
            Err(difference) => {
                leave_out(WhyNot::Unlike(difference));
                continue;
            }
        }
        differences.extend(Difference::new(
            format!("cache mode of {}", cell.name),
            false,
            &cell.cache,
            &other.cache,
        ));
    }
    let new = candidate.manifest.cells.iter().filter(|cell| sorted.0.cell(&cell.name).is_none());
    not_compared.extend(
        new.map(|cell| NotCompared { cell: cell.name.clone(), reason: WhyNot::OnlyInCandidate }),
    );
    if in_common == 0 {
        return Err(Refusal::NoCommonCell {
            baseline: names(baseline),
            candidate: names(candidate),
        });
    }
    some(&pairs, &not_compared)?;
    Ok(Matched { pairs, not_compared, differences })
}

/// A cell and the one of its name.
///
/// # Errors
/// In what image, work or metric differ.
fn pair(
    baseline: (&Sorted<'_>, &Cell),
    candidate: (&Sorted<'_>, &Cell),
    asked: Option<&Metric>,
) -> Result<Pair, String> {
    let (metric, worse) = metric::common(asked, baseline.1, candidate.1)?;
    let of_baseline = baseline.0.runs(baseline.1, &metric);
    let of_candidate = candidate.0.runs(candidate.1, &metric);
    let difference = unlike(
        &Subject { experiment: baseline.0, cell: baseline.1, runs: &of_baseline },
        &Subject { experiment: candidate.0, cell: candidate.1, runs: &of_candidate },
    );
    if let Some(difference) = difference {
        return Err(difference);
    }
    Ok(Pair {
        cell: candidate.1.name.clone(),
        baseline_cell: baseline.1.name.clone(),
        worse,
        baseline: of_baseline.counts,
        candidate: of_candidate.counts,
        n: (of_baseline.values.len(), of_candidate.values.len()),
        incomplete_blocks: 0,
        at_floor: of_baseline.at_floor && of_candidate.at_floor,
        of_levels: false,
        estimate: estimate(&of_baseline, &of_candidate, &metric),
        metric,
    })
}

fn estimate(baseline: &Runs, candidate: &Runs, metric: &Metric) -> Result<Estimate, String> {
    let baseline = baseline.sample("baseline", metric)?;
    let candidate = candidate.sample("candidate", metric)?;
    Ok(estimate_unpaired(&baseline, &candidate, Alpha::FIVE_PERCENT))
}

fn names(experiment: &Experiment) -> Vec<String> {
    experiment.manifest.cells.iter().map(|cell| cell.name.clone()).collect()
}
