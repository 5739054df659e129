//! Takes the [`Estimate`]s of a family of comparisons and a [`Policy`] fixed beforehand, and yields a
//! [`Comparison`] each: the one place where a verdict is made. Renderers only print.

use std::fmt;

use super::equivalence::{Equivalence, Margin, equivalence};
use super::estimate::Estimate;
use super::multiplicity::Adjustment;
use super::outcome::Alpha;
use super::reason::Reason;

/// What was fixed before the experiment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// The error allowed: of any false alarm (Holm), or as a share of alarms (Benjamini-Hochberg).
    pub alpha: Alpha,
    /// The smallest change that counts.
    pub margin: Margin,
    /// Which way of the metric is bad.
    pub worse: Worse,
    /// How p-values of one family are adjusted.
    pub adjustment: Adjustment,
}

impl Default for Policy {
    /// α = 5 %, δ = 5 %, a higher value (a time) is worse, Holm.
    fn default() -> Self {
        Self {
            alpha: Alpha::FIVE_PERCENT,
            margin: Margin::FIVE_PERCENT,
            worse: Worse::Higher,
            adjustment: Adjustment::Holm,
        }
    }
}

/// The direction in which a metric gets worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worse {
    /// Times, bytes on disk.
    Higher,
    /// Throughput.
    Lower,
}

/// What a comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Significantly worse, and by at least the margin.
    Regressed,
    /// Significantly better, and by at least the margin.
    Improved,
    /// Shown to differ by less than the margin.
    Equivalent,
    /// Neither; the [`Reason`] says why.
    Inconclusive,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Regressed => "REGRESSED",
            Self::Improved => "IMPROVED",
            Self::Equivalent => "EQUIVALENT",
            Self::Inconclusive => "INCONCLUSIVE",
        })
    }
}

/// A comparison with its verdict and what the verdict rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Ratio, intervals, raw p, numbers of runs.
    pub estimate: Estimate,
    /// p adjusted over the family, in (0, 1].
    pub p_adjusted: f64,
    /// The minimum detectable effect, a ratio of at least 1: the smallest true change that would have
    /// become significant with 80 % power were it the only one of its family. `None` where none
    /// could, however large.
    pub mde: Option<f64>,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, for [`Verdict::Inconclusive`]; `None` otherwise.
    pub reason: Option<Reason>,
}

/// Decides all comparisons of one family together, in the order given.
///
/// A change counts only if its adjusted p is below α and its ratio reaches the margin; "equivalent"
/// rests on the 90 % interval alone and is not adjusted.
pub fn decide(estimates: &[Estimate], policy: &Policy) -> Vec<Comparison> {
    let p: Vec<f64> = estimates.iter().map(|estimate| estimate.test.p).collect();
    let adjusted = policy.adjustment.adjust(&p);
    let family = estimates.len();
    let decided = |(estimate, p_adjusted): (&Estimate, f64)| {
        let alone = policy.alpha.shared(family);
        let mde =
            estimate.sd_log.and_then(|sd| estimate.design.minimum_detectable_effect(alone, sd));
        let verdict = verdict(estimate, p_adjusted, policy);
        let reason = (verdict == Verdict::Inconclusive)
            .then(|| Reason::of(estimate, p_adjusted, mde, family, policy));
        Comparison { estimate: *estimate, p_adjusted, mde, verdict, reason }
    };
    estimates.iter().zip(adjusted).map(decided).collect()
}

fn verdict(estimate: &Estimate, p_adjusted: f64, policy: &Policy) -> Verdict {
    let worsening = match policy.worse {
        Worse::Higher => estimate.ratio.ln(),
        Worse::Lower => -estimate.ratio.ln(),
    };
    let significant = p_adjusted < policy.alpha.get();
    if significant && policy.margin.reached_by(worsening) {
        Verdict::Regressed
    } else if significant && policy.margin.reached_by(-worsening) {
        Verdict::Improved
    } else {
        match equivalence(estimate.equivalence_interval.as_ref(), policy.margin) {
            Equivalence::Shown => Verdict::Equivalent,
            Equivalence::NotShown | Equivalence::TooFewRuns => Verdict::Inconclusive,
        }
    }
}
