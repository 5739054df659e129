//! The goal of both benchmarks: what is compared differs by no more than 2 %.
//!
//! The statistics and the verdict are those of every report of imgbench, with that margin.

use reports::stats::{Alpha, Comparison, LogRatios, Margin, Policy, decide, estimate_paired};

/// No more than this.
pub const GOAL: f64 = 0.02;

/// What pairs of times, baseline and candidate each, come to.
pub fn decided(pairs: &[(f64, f64)]) -> anyhow::Result<Comparison> {
    let margin = Margin::new(GOAL).expect("the goal is a margin");
    let policy = Policy { margin, ..Policy::default() };
    let estimate = estimate_paired(&LogRatios::of_pairs(pairs)?, Alpha::FIVE_PERCENT);
    let [compared] = decide(&[estimate], &policy).try_into().expect("one of one");
    Ok(compared)
}
