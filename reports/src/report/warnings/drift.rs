//! Times that trend from block to block, or with the place in a block.

use super::super::percent;
use crate::{
    record::{Experiment, Record, Status},
    stats::{Sample, trend},
    summary::Summary,
};

/// A trend is warned of below this p: one in a hundred experiments without any.
const SIGNIFICANT: f64 = 0.01;

pub(super) fn warnings(experiment: &Experiment, summaries: &[Summary]) -> Vec<String> {
    let along = |place: fn(&Record) -> u32| -> Vec<(u32, f64)> {
        let ok = experiment.runs.iter().filter(|run| run.status == Status::Ok);
        // Relative to the cell's own median, so that cells of any speed lie on one scale.
        let relative = |run: &Record| {
            let median = summaries.iter().find(|of| of.cell == run.cell)?.median()?;
            Some((place(run), run.workload_s?.as_secs_f64() / median))
        };
        ok.filter_map(relative).collect()
    };
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

fn warning(runs: &[(u32, f64)], seed: u64, place: &str) -> Option<String> {
    let logs: Vec<(f64, f64)> = runs.iter().map(|&(at, y)| (f64::from(at), y.ln())).collect();
    let found = trend(&logs, seed).filter(|found| found.test.p < SIGNIFICANT)?;
    let (first, last) = (runs.iter().map(|run| run.0).min()?, runs.iter().map(|run| run.0).max()?);
    let typical = |at: u32| {
        let here = runs.iter().filter(|run| run.0 == at).map(|run| run.1).collect();
        Sample::new(here).ok().map(|sample| signed(sample.median() - 1.0))
    };
    Some(format!(
        "the times {} with the {place} (rho = {:.2}, p = {}, {} runs): relative to the medians of \
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
