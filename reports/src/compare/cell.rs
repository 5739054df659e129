//! Takes the pairs of cells to be compared; yields each with its verdict. All pairs are one family:
//! their p-values are adjusted together.

use std::fmt;

use super::RunCounts;
use crate::{
    pairing::decide_each,
    record::Metric,
    stats::{self, Estimate, Interval, Policy, TestMethod, Verdict, Worse},
};

/// Two cells before they are judged.
pub(super) struct Pair {
    pub(super) cell: String,
    pub(super) baseline_cell: String,
    pub(super) metric: Metric,
    pub(super) worse: Worse,
    pub(super) baseline: RunCounts,
    pub(super) candidate: RunCounts,
    /// Runs on both sides that could enter; blocks, where runs are paired.
    pub(super) n: (usize, usize),
    /// Blocks that one of the two runs is missing from.
    pub(super) incomplete_blocks: usize,
    /// Whether the clock saw too little of the disk in both cells.
    pub(super) at_floor: bool,
    /// Whether these are two levels of a factor: a tie at the floor is then the floor's. Of one cell
    /// in two experiments it still says that nothing changed.
    pub(super) of_levels: bool,
    /// What the runs show, or why they show nothing.
    pub(super) estimate: Result<Estimate, String>,
}

/// Two cells and what their comparison came to.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparedCell {
    /// Name of the candidate's cell.
    pub cell: String,
    /// Name of the baseline's cell: the same, unless levels of a factor are compared.
    pub baseline_cell: String,
    /// What was compared.
    pub metric: Metric,
    /// What became of the baseline's runs.
    pub baseline: RunCounts,
    /// What became of the candidate's runs.
    pub candidate: RunCounts,
    /// Runs of the baseline that enter; blocks, where runs are paired.
    pub n_baseline: usize,
    /// Runs of the candidate that enter; blocks, where runs are paired.
    pub n_candidate: usize,
    /// Blocks left out because one of the pair's two runs is not ok; 0 for two experiments.
    pub incomplete_blocks: usize,
    /// Candidate over baseline (Hodges-Lehmann); `None` without runs on both sides.
    pub ratio: Option<f64>,
    /// The interval for the ratio, with its real level; `None` where there is none at any level.
    pub interval: Option<Interval>,
    /// Two-sided p, adjusted over all cells compared; `None` where so few runs could not have made
    /// it small enough, whatever they had shown.
    pub p: Option<f64>,
    /// The same before the adjustment.
    pub p_unadjusted: Option<f64>,
    /// How p was computed.
    pub p_method: Option<TestMethod>,
    /// The minimum detectable effect, a ratio of at least 1: see [`stats::Comparison::mde`].
    pub mde: Option<f64>,
    /// Whether the cells sit at the transport floor: their clocks saw too little of the disk for an
    /// image's own change to show. Only known of the workload.
    pub at_floor: bool,
    /// The verdict.
    pub verdict: Verdict,
    /// Why the verdict is [`Verdict::Inconclusive`]; `None` otherwise.
    pub reason: Option<String>,
}

/// A cell that is not compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotCompared {
    /// Its name.
    pub cell: String,
    /// Why not.
    pub reason: WhyNot,
}

/// Why a cell is not compared; displayed as the words that are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// The candidate does not have it.
    OnlyInBaseline,
    /// The baseline does not have it.
    OnlyInCandidate,
    /// It has no partner that did the same work: in what they differ.
    Unlike(String),
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WhyNot::OnlyInBaseline => "only in the baseline",
            WhyNot::OnlyInCandidate => "only in the candidate",
            WhyNot::Unlike(difference) => difference,
        })
    }
}

/// Judges all pairs together.
pub(super) fn judge(pairs: Vec<Pair>, policy: &Policy) -> Vec<ComparedCell> {
    let estimates: Vec<(Estimate, Worse)> =
        pairs.iter().filter_map(|pair| Some((*pair.estimate.as_ref().ok()?, pair.worse))).collect();
    let mut judged = decide_each(&estimates, policy).into_iter();
    let cell = |pair: Pair| {
        let tie_is_the_floors = pair.at_floor && pair.of_levels;
        let estimate = pair.estimate.clone();
        let cell = unjudged(pair);
        match estimate {
            Err(reason) => ComparedCell { reason: Some(reason), ..cell },
            // `decide` answers every estimate, in their order.
            Ok(_) => match judged.next() {
                Some(judged) if tie_is_the_floors => {
                    with_verdict(cell, judged.at_floor(policy), policy)
                }
                Some(judged) => with_verdict(cell, judged, policy),
                None => cell,
            },
        }
    };
    pairs.into_iter().map(cell).collect()
}

/// A cell of which nothing is known but how many runs there are.
fn unjudged(pair: Pair) -> ComparedCell {
    ComparedCell {
        cell: pair.cell,
        baseline_cell: pair.baseline_cell,
        metric: pair.metric,
        n_baseline: pair.n.0,
        n_candidate: pair.n.1,
        baseline: pair.baseline,
        candidate: pair.candidate,
        incomplete_blocks: pair.incomplete_blocks,
        ratio: None,
        interval: None,
        p: None,
        p_unadjusted: None,
        p_method: None,
        mde: None,
        at_floor: pair.at_floor,
        verdict: Verdict::Inconclusive,
        reason: None,
    }
}

fn with_verdict(cell: ComparedCell, judged: stats::Comparison, policy: &Policy) -> ComparedCell {
    let estimate = judged.estimate;
    let p = judged.telling_p(policy.alpha);
    let finite = |ends: &Interval| ends.low.is_finite() && ends.high.is_finite();
    ComparedCell {
        n_baseline: estimate.design.n_baseline(),
        n_candidate: estimate.design.n_candidate(),
        ratio: Some(estimate.ratio),
        // One run against one has itself as an interval at level 0; t of two wild runs, infinity.
        interval: Some(estimate.interval).filter(|ends| ends.level > 0.0 && finite(ends)),
        p,
        p_unadjusted: p.map(|_| estimate.test.p),
        p_method: p.map(|_| estimate.test.method),
        mde: judged.mde.filter(|mde| mde.is_finite()),
        verdict: judged.verdict,
        reason: judged.reason.map(|reason| reason.to_string()),
        ..cell
    }
}
