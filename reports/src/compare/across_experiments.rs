//! Takes two experiments; yields the cells that both have, unpaired, and lists the others.
//!
//! Refuses experiments that have no cell in common, or none that can be compared.

use super::{
    Difference, Metric, NotCompared, Refusal, WhyNot, cell::Pair, runs::Runs, some,
    unlike::Subject, unlike::unlike,
};
use crate::{
    record::{Cell, Experiment},
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
    metric: Metric,
) -> Result<Matched, Refusal> {
    let mut pairs = Vec::new();
    let mut not_compared = Vec::new();
    let mut differences = Vec::new();
    let mut in_common = 0;
    for cell in &baseline.manifest.cells {
        let Some(other) = named(candidate, &cell.name) else {
            let reason = WhyNot::OnlyInBaseline;
            not_compared.push(NotCompared { cell: cell.name.clone(), reason });
            continue;
        };
        in_common += 1;
        let of_baseline = Runs::of(baseline, &cell.name, metric);
        let of_candidate = Runs::of(candidate, &cell.name, metric);
        let subject = |experiment, cell, runs| Subject { experiment, cell, runs };
        if let Some(difference) = unlike(
            &subject(baseline, cell, &of_baseline),
            &subject(candidate, other, &of_candidate),
        ) {
            let reason = WhyNot::Unlike(difference);
            not_compared.push(NotCompared { cell: cell.name.clone(), reason });
            continue;
        }
        differences.extend(Difference::new(
            format!("cache mode of {}", cell.name),
            false,
            &cell.cache,
            &other.cache,
        ));
        pairs.push(Pair {
            cell: cell.name.clone(),
            baseline_cell: cell.name.clone(),
            baseline: of_baseline.counts,
            candidate: of_candidate.counts,
            n: (of_baseline.values.len(), of_candidate.values.len()),
            incomplete_blocks: 0,
            at_floor: of_baseline.at_floor && of_candidate.at_floor,
            of_levels: false,
            estimate: estimate(&of_baseline, &of_candidate, metric),
        });
    }
    let new = candidate.manifest.cells.iter().filter(|cell| named(baseline, &cell.name).is_none());
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

fn estimate(baseline: &Runs, candidate: &Runs, metric: Metric) -> Result<Estimate, String> {
    let baseline = baseline.sample("baseline", metric)?;
    let candidate = candidate.sample("candidate", metric)?;
    Ok(estimate_unpaired(&baseline, &candidate, Alpha::FIVE_PERCENT))
}

fn named<'a>(experiment: &'a Experiment, name: &str) -> Option<&'a Cell> {
    experiment.manifest.cells.iter().find(|cell| cell.name == name)
}

fn names(experiment: &Experiment) -> Vec<String> {
    experiment.manifest.cells.iter().map(|cell| cell.name.clone()).collect()
}
