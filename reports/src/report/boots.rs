//! What it means for the numbers that one boot carried the runs of a block.
//!
//! The boot is the unit of statistics: what sets one apart from another is in all runs that it carries.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{count, percent};
use crate::{
    record::{Direction, Experiment, SHARED},
    summary::Summary,
};

/// What of the spread is between boots and what inside one, where boots were shared.
pub(super) fn paragraph(experiment: &Experiment, summaries: &[Summary]) -> Option<String> {
    if experiment.manifest.provenance.boot != SHARED {
        return None;
    }
    let mut text = "One boot carried the runs of a block, each on a disk of its own, the guest's \
                    caches dropped in between: n counts boots, and what sets one boot apart from \
                    another is in all runs of its block."
        .to_owned();
    match spread(experiment, summaries) {
        Some(Spread { blocks, between, inside }) => {
            text += &format!(
                " By {blocks} whole blocks of one boot each, what a block's runs share, boot and drift \
                 together, differs by {} (coefficient of variation), and what they do not share, \
                 beyond what their cells differ, by {}; of few blocks both are rough. A ratio of two \
                 cells of one boot has only the latter in it, a median and its interval have both. \
                 With a boot for each run a ratio would have both, too: do not set the one beside \
                 the other.",
                percent(between),
                percent(inside)
            );
        }
        None => {
            text += " How much boots differ cannot be told: it takes two cells in two whole blocks of \
                     one boot each.";
        }
    }
    let split = split(experiment);
    if split > 0 {
        text += &format!(
            " In {} the runs are on more boots than elsewhere, after a failure or a resume.",
            count(split, "block")
        );
    }
    Some(text)
}

/// Coefficients of variation.
struct Spread {
    /// Blocks that have a value of every cell, all of one boot.
    blocks: usize,
    /// Of what the runs of a block share.
    between: f64,
    /// Of what they do not.
    inside: f64,
}

/// By the analysis of variance of a randomised complete block design, on logarithms: blocks are
/// random, cells fixed, no interaction (Montgomery, Design and Analysis of Experiments, 4.1).
fn spread(experiment: &Experiment, summaries: &[Summary]) -> Option<Spread> {
    let boots: HashMap<u32, u32> =
        experiment.runs.iter().filter_map(|run| Some((run.run, run.boot?))).collect();
    // Cells that boot no guest have no part in it.
    let booted = |of: &&Summary| of.runs.iter().any(|run| boots.contains_key(&run.run));
    let cells = summaries.iter().filter(booted).count();
    let mut by_block: BTreeMap<u32, (BTreeSet<u32>, Vec<f64>)> = BTreeMap::new();
    for summary in summaries.iter().filter(booted) {
        let slower = if summary.metric.worse == Direction::Lower { -1.0 } else { 1.0 };
        for run in &summary.runs {
            let (of_block, values) = by_block.entry(run.block).or_default();
            of_block.extend(boots.get(&run.run));
            values.push(slower * run.value.ln());
        }
    }
    let of_one_boot = by_block.into_values().filter(|(boots, _)| boots.len() == 1);
    let whole: Vec<Vec<f64>> =
        of_one_boot.map(|(_, values)| values).filter(|of| of.len() == cells).collect();
    if cells < 2 || whole.len() < 2 {
        return None;
    }
    let (of_cells, of_blocks) = (cells as f64, whole.len() as f64);
    let blocks: Vec<f64> = whole.iter().map(|of| of.iter().sum::<f64>() / of_cells).collect();
    let cell = |at: usize| whole.iter().map(|of| of[at]).sum::<f64>() / of_blocks;
    let cells: Vec<f64> = (0..cells).map(cell).collect();
    let all = blocks.iter().sum::<f64>() / of_blocks;
    let of_block = blocks.iter().map(|of| (of - all).powi(2)).sum::<f64>();
    let residual = whole.iter().zip(&blocks).flat_map(|(values, block)| {
        values.iter().zip(&cells).map(move |(value, cell)| (value - block - cell + all).powi(2))
    });
    let inside = residual.sum::<f64>() / ((of_cells - 1.0) * (of_blocks - 1.0));
    let between = of_block / (of_blocks - 1.0) - inside / of_cells;
    Some(Spread { blocks: whole.len(), between: between.max(0.0).sqrt(), inside: inside.sqrt() })
}

/// Blocks whose runs are on more boots than those of the block that has fewest.
fn split(experiment: &Experiment) -> usize {
    let mut boots: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for run in &experiment.runs {
        boots.entry(run.block).or_default().extend(run.boot);
    }
    let fewest = boots.values().map(BTreeSet::len).min().unwrap_or(0);
    boots.values().filter(|of| of.len() > fewest).count()
}
