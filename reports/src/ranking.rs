//! The cells of one experiment, each against the control and all against each other.
//!
//! Takes an experiment and its summaries; yields a [`Ranking`]. Runs are paired by block: a block in
//! which one of two cells has no ok run enters no comparison of these two, and is named.
//!
//! There are two families of tests, each held to α by itself. The comparisons with the control
//! (k − 1) decide the verdicts; all k(k − 1)/2 pairs decide the letters.

use std::collections::BTreeMap;

use crate::{
    record::{Experiment, Status},
    stats::{Comparison, Design, LogRatios, Policy, decide, estimate_paired, letters},
    summary::Summary,
};

/// Seconds of the ok runs of a cell, by block.
type Times = BTreeMap<u32, f64>;

/// How the cells of an experiment stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// What counts as a difference.
    pub policy: Policy,
    /// A standing for each summary, in their order.
    pub standings: Vec<Standing>,
    /// The test behind the letters.
    pub pairs: Pairs,
}

/// How one cell stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Against the control; `None` for the control itself, and without a block in which both are ok.
    pub comparison: Option<Comparison>,
    /// Blocks in which the cell or the control, and not the other, has an ok run.
    pub lone_blocks: Vec<u32>,
    /// Whether all runs are slower, or all faster, than every run of the control.
    pub apart: Option<Apart>,
    /// Letters of the compact letter display; `None` where there are none.
    pub letters: Option<String>,
}

/// Every run of a cell lies on one side of every run of the control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// Every run took longer.
    Slower,
    /// Every run took less time.
    Faster,
}

/// The family of all pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pairs {
    /// Pairs of cells with a block in common.
    pub compared: usize,
    /// How many of them could have been shown different. At 0 there are no letters.
    pub in_reach: usize,
}

impl Ranking {
    /// Ranks the cells of these summaries.
    pub fn of(experiment: &Experiment, summaries: &[Summary], policy: Policy) -> Self {
        let times: Vec<Times> = summaries.iter().map(|of| times(experiment, &of.cell)).collect();
        let control = summaries.iter().position(|of| of.cell == experiment.manifest.control);
        let mut standings = vec![Standing::default(); summaries.len()];
        if let Some(control) = control {
            compare(&mut standings, &times, control, &policy);
            for (standing, summary) in standings.iter_mut().zip(summaries) {
                // Where the channel sets the times of both, a tie is the channel's.
                if summary.disk.at_floor() && summaries[control].disk.at_floor() {
                    standing.comparison =
                        standing.comparison.take().map(|found| found.at_floor(&policy));
                }
            }
        }
        let pairs = rank(&mut standings, &times, summaries, &policy);
        Ranking { policy, standings, pairs }
    }

    /// How many comparisons with the control are judged together.
    pub fn comparisons(&self) -> usize {
        self.standings.iter().filter(|of| of.comparison.is_some()).count()
    }
}

/// The fewest blocks with which one of `family` comparisons can become significant.
pub fn blocks_needed(family: usize, policy: &Policy) -> Option<usize> {
    (1..=64).find(|&blocks| {
        let smallest = vec![Design::Paired { blocks }.smallest_p(); family];
        policy.adjustment.adjust(&smallest).iter().any(|&p| p < policy.alpha.get())
    })
}

fn times(experiment: &Experiment, cell: &str) -> Times {
    let ok = experiment.runs.iter().filter(|run| run.cell == cell && run.status == Status::Ok);
    ok.filter_map(|run| Some((run.block, run.workload_s?.as_secs_f64()))).collect()
}

/// The runs of two cells in the blocks that both have; `None` without one.
fn paired(baseline: &Times, candidate: &Times) -> Option<LogRatios> {
    let pair = |(block, &seconds): (&u32, &f64)| Some((seconds, *candidate.get(block)?));
    LogRatios::of_pairs(&baseline.iter().filter_map(pair).collect::<Vec<_>>()).ok()
}

/// Every cell against the control, judged together.
fn compare(standings: &mut [Standing], times: &[Times], control: usize, policy: &Policy) {
    let mut estimates = Vec::new();
    let mut cells = Vec::new();
    let baseline = &times[control];
    for (cell, candidate) in times.iter().enumerate().filter(|&(cell, _)| cell != control) {
        let lone = |block: &&u32| baseline.contains_key(block) != candidate.contains_key(block);
        let mut lone: Vec<u32> =
            baseline.keys().chain(candidate.keys()).filter(lone).copied().collect();
        lone.sort_unstable();
        standings[cell].lone_blocks = lone;
        standings[cell].apart = apart(baseline, candidate);
        if let Some(ratios) = paired(baseline, candidate) {
            estimates.push(estimate_paired(&ratios, policy.alpha));
            cells.push(cell);
        }
    }
    for (cell, comparison) in cells.into_iter().zip(decide(&estimates, policy)) {
        standings[cell].comparison = Some(comparison);
    }
}

fn apart(baseline: &Times, candidate: &Times) -> Option<Apart> {
    let all = |holds: fn(f64, f64) -> bool| {
        !baseline.is_empty()
            && !candidate.is_empty()
            && candidate.values().all(|&c| baseline.values().all(|&b| holds(c, b)))
    };
    if all(|candidate, baseline| candidate > baseline) {
        Some(Apart::Slower)
    } else {
        all(|candidate, baseline| candidate < baseline).then_some(Apart::Faster)
    }
}

/// The letters, from all pairs; none where no pair could have been shown different.
fn rank(
    standings: &mut [Standing],
    times: &[Times],
    summaries: &[Summary],
    policy: &Policy,
) -> Pairs {
    let measured: Vec<(usize, f64)> =
        summaries.iter().enumerate().filter_map(|(at, of)| Some((at, of.median()?))).collect();
    let (mut places, mut p, mut smallest) = (Vec::new(), Vec::new(), Vec::new());
    for (i, &(first, _)) in measured.iter().enumerate() {
        for (j, &(second, _)) in measured.iter().enumerate().skip(i + 1) {
            if let Some(ratios) = paired(&times[first], &times[second]) {
                let estimate = estimate_paired(&ratios, policy.alpha);
                places.push((i, j));
                p.push(estimate.test.p);
                smallest.push(estimate.design.smallest_p());
            }
        }
    }
    let significant = |p: &&f64| **p < policy.alpha.get();
    let in_reach = policy.adjustment.adjust(&smallest).iter().filter(significant).count();
    let adjusted = policy.adjustment.adjust(&p);
    let differ: std::collections::HashSet<(usize, usize)> = places
        .iter()
        .zip(&adjusted)
        .filter(|(_, p)| significant(p))
        .map(|(&place, _)| place)
        .collect();
    if in_reach > 0 {
        let medians: Vec<f64> = measured.iter().map(|&(_, median)| median).collect();
        let display = letters(&medians, |i, j| differ.contains(&(i, j)));
        for (&(at, _), letters) in measured.iter().zip(display) {
            standings[at].letters = Some(letters);
        }
    }
    Pairs { compared: places.len(), in_reach }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_needs_more_blocks_than_one_comparison() {
        let policy = Policy::default();
        // 2/2^n < 0.05, and times 3 and 6 (the others and all pairs of four cells).
        assert_eq!([1, 3, 6].map(|family| blocks_needed(family, &policy)), [6, 7, 8].map(Some));
    }

    #[test]
    fn runs_lie_apart_or_they_do_not() {
        let times = |seconds: &[f64]| -> Times { (1u32..).zip(seconds.iter().copied()).collect() };
        let control = times(&[1.0, 1.2, 1.1]);
        assert_eq!(apart(&control, &times(&[1.3, 1.21])), Some(Apart::Slower));
        assert_eq!(apart(&control, &times(&[0.9])), Some(Apart::Faster));
        assert_eq!(apart(&control, &times(&[0.9, 1.3])), None);
        assert_eq!(apart(&control, &times(&[1.2, 1.3])), None, "a tie is not apart");
        assert_eq!(apart(&control, &Times::new()), None);
        assert_eq!(apart(&Times::new(), &control), None);
    }
}
