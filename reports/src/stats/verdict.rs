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
    /// The smallest adjusted p that data of this size could have reached in this family. Where it is
    /// not below α, `p_adjusted` says nothing and is not to be printed.
    pub smallest_p: f64,
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
    // Adjusting never falls when a p rises, so adjusting the smallest gives the smallest adjusted.
    let smallest: Vec<f64> = estimates.iter().map(|of| of.design.smallest_p()).collect();
    let smallest = policy.adjustment.adjust(&smallest);
    let family = estimates.len();
    let decided = |((estimate, p_adjusted), smallest_p): ((&Estimate, f64), f64)| {
        let alone = policy.alpha.shared(family);
        let mde =
            estimate.sd_log.and_then(|sd| estimate.design.minimum_detectable_effect(alone, sd));
        let verdict = verdict(estimate, p_adjusted, policy);
        let reason = (verdict == Verdict::Inconclusive)
            .then(|| Reason::of(estimate, p_adjusted, smallest_p, mde, family, policy));
        Comparison { estimate: *estimate, p_adjusted, smallest_p, mde, verdict, reason }
    };
    estimates.iter().zip(adjusted).zip(smallest).map(decided).collect()
}

impl Comparison {
    /// The adjusted p, where this much data could have made it significant.
    pub fn telling_p(&self, alpha: Alpha) -> Option<f64> {
        (self.smallest_p < alpha.get()).then_some(self.p_adjusted)
    }

    /// The comparison where a floor common to both cells, and not what is compared, sets their
    /// times: a tie shows nothing there. A difference stands: it showed in spite of the floor.
    pub fn at_floor(mut self, policy: &Policy) -> Self {
        if self.verdict == Verdict::Equivalent {
            self.verdict = Verdict::Inconclusive;
            self.reason = Some(Reason::AtFloor { margin: policy.margin.get() });
        }
        self
    }
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
