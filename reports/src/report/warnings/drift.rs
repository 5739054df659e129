//! Times that trend from block to block, or with the place in a block.

use super::super::percent;
use crate::{
    record::{Direction, Experiment, Value},
    stats::{Sample, trend},
    summary::Summary,
};

/// A trend is warned of below this p: one in a hundred experiments without any.
const SIGNIFICANT: f64 = 0.01;

pub(super) fn warnings(experiment: &Experiment, summaries: &[Summary]) -> Vec<String> {
    let mut slowness: Vec<(Value, f64)> = summaries.iter().flat_map(relative).collect();
    slowness.sort_by_key(|(of, _)| of.run);
    let along = |place: fn(&Value) -> u32| -> Vec<(u32, f64)> {
        slowness.iter().map(|(of, relative)| (place(of), *relative)).collect()
    };
    let times = summaries.iter().filter(|of| of.values.is_some()).all(|of| of.metric.is_time());
    let what = if times { "times" } else { "values (of throughputs the inverse)" };
    let warning = |runs: &[(u32, f64)], seed, place| warning(runs, seed, place, what);
    let seed = experiment.manifest.seed;
    let block = warning(&along(|run| run.block), seed, "block").map(|found| {
        format!(
            "Drift: {found} Ratios compare runs of one block and bear that; medians and their \
             intervals do not. Look for what warms up, fills or wears, and repeat."
        )
    });
    let position = warning(&along(|run| run.position), seed, "place in its block").map(|found| {
        format!(
            "Order: {found} The order is shuffled, so that no cell gains by it, but it adds noise. \
             Look for what one run leaves to the next: caches, dirty pages, heat."
        )
    });
    block.into_iter().chain(position).collect()
}

/// The values over the cell's own median, so that cells of any speed lie on one scale; above 1 is
/// worse.
fn relative(summary: &Summary) -> impl Iterator<Item = (Value, f64)> {
    let median = summary.median().unwrap_or(1.0);
    summary.runs.iter().map(move |of| {
        let relative = of.value / median;
        let inverse = summary.metric.worse == Direction::Lower;
        (*of, if inverse { relative.recip() } else { relative })
    })
}

fn warning(runs: &[(u32, f64)], seed: u64, place: &str, what: &str) -> Option<String> {
    let logs: Vec<(f64, f64)> = runs.iter().map(|&(at, y)| (f64::from(at), y.ln())).collect();
    let found = trend(&logs, seed).filter(|found| found.test.p < SIGNIFICANT)?;
    let (first, last) = (runs.iter().map(|run| run.0).min()?, runs.iter().map(|run| run.0).max()?);
    let typical = |at: u32| {
        let here = runs.iter().filter(|run| run.0 == at).map(|run| run.1).collect();
        Sample::new(here).ok().map(|sample| signed(sample.median() - 1.0))
    };
    Some(format!(
        "the {what} {} with the {place} (rho = {:.2}, p = {}, {} runs): relative to the medians of \
         their cells, {} in the first and {} in the last.",
        if found.rho > 0.0 { "rise" } else { "fall" },
        found.rho,
        super::super::probability(found.test.p),
        runs.len(),
        typical(first)?,
        typical(last)?
    ))
}

/// `+2.4 %`, `-2.1 %`.
fn signed(change: f64) -> String {
    format!("{}{}", if change < 0.0 { '-' } else { '+' }, percent(change.abs()))
}
