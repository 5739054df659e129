//! Two cells of one experiment, set side by side block by block, and judged as one family.
//!
//! Takes the values of cells by block; yields the pairs of the blocks that both have, so that a
//! drift of the machine cancels.

use std::collections::BTreeMap;

use crate::{
    record::Direction,
    stats::{Comparison, Estimate, Policy, Worse, decide},
};

/// The values of a cell's ok runs, by block.
pub(crate) type ByBlock = BTreeMap<u32, f64>;

/// Baseline and candidate of each block that has both.
pub(crate) fn pairs(baseline: &ByBlock, candidate: &ByBlock) -> Vec<(f64, f64)> {
    let pair = |(block, &value): (&u32, &f64)| Some((value, *candidate.get(block)?));
    baseline.iter().filter_map(pair).collect()
}

/// Decides a family whose metrics may get worse in either direction: p is adjusted over all of it.
pub(crate) fn decide_each(estimates: &[(Estimate, Worse)], policy: &Policy) -> Vec<Comparison> {
    let all: Vec<Estimate> = estimates.iter().map(|&(estimate, _)| estimate).collect();
    let towards = |worse| decide(&all, &Policy { worse, ..*policy });
    let of = |wanted| estimates.iter().any(|&(_, worse)| worse == wanted);
    match (of(Worse::Higher), of(Worse::Lower)) {
        (true, true) => {
            let both = towards(Worse::Higher).into_iter().zip(towards(Worse::Lower));
            let chosen = both.zip(estimates).map(|((higher, lower), &(_, worse))| match worse {
                Worse::Higher => higher,
                Worse::Lower => lower,
            });
            chosen.collect()
        }
        (false, true) => towards(Worse::Lower),
        (_, false) => towards(Worse::Higher),
    }
}

/// Which way of a metric is bad, if either is.
pub(crate) fn worse(direction: Direction) -> Option<Worse> {
    match direction {
        Direction::Higher => Some(Worse::Higher),
        Direction::Lower => Some(Worse::Lower),
        Direction::Neither => None,
    }
}
