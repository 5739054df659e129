//! Takes what was asked to be compared; yields the metric of each cell.
//!
//! Refuses a name that no run has, and a metric of which neither way is better or worse.

use std::collections::BTreeSet;

use super::Refusal;
use crate::{
    pairing,
    record::{Cell, Direction, Experiment, Metric, TIMES},
    stats::Worse,
};

/// The metric that was asked for; `None` for each cell's own.
pub(super) fn asked(
    name: Option<&str>,
    experiments: &[&Experiment],
) -> Result<Option<Metric>, Refusal> {
    let Some(name) = name else { return Ok(None) };
    let found = experiments.iter().find_map(|experiment| experiment.metric(name));
    match found {
        None => {
            let times = TIMES.map(str::to_owned);
            let others = experiments.iter().flat_map(|experiment| &experiment.metrics);
            let others: BTreeSet<&str> = others
                .filter(|of| of.metric.worse != Direction::Neither)
                .map(|of| of.metric.name.as_str())
                .collect();
            let others = others.into_iter().map(str::to_owned);
            let metrics = times.into_iter().chain(others).collect();
            Err(Refusal::NoMetric { metric: name.to_owned(), metrics })
        }
        Some(metric) if metric.worse == Direction::Neither => {
            Err(Refusal::NoDirection { metric: metric.name })
        }
        found => Ok(found),
    }
}

/// The metric by which two cells are compared, and which way of it is bad.
///
/// # Errors
/// Why they are not: theirs differ, or have no direction.
pub(super) fn common(
    asked: Option<&Metric>,
    baseline: &Cell,
    candidate: &Cell,
) -> Result<(Metric, Worse), String> {
    let metric = asked.unwrap_or(&candidate.metric);
    if asked.is_none() && baseline.metric != candidate.metric {
        return Err(format!(
            "the baseline is measured by {}, the candidate by {}; choose one with --metric",
            baseline.metric.name, candidate.metric.name
        ));
    }
    let worse = pairing::worse(metric.worse)
        .ok_or_else(|| format!("neither way of its metric, {}, is better or worse", metric.name))?;
    Ok((metric.clone(), worse))
}
