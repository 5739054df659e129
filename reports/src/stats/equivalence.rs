//! Takes a 90 % interval for a ratio and a margin, and yields whether "about the same" is shown: two
//! one-sided tests at 5 % (Schuirmann 1987), which reject exactly when the interval lies within.

use super::outcome::Interval;

/// The smallest change that counts, as a fraction δ above 0: the ratios strictly between
/// 1 / (1 + δ) and 1 + δ are "about the same". To be fixed before the experiment.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Margin(f64);

impl Margin {
    /// δ = 5 %.
    pub const FIVE_PERCENT: Self = Self(0.05);

    /// `None` unless `delta` is finite and above 0.
    pub fn new(delta: f64) -> Option<Self> {
        (delta > 0.0 && delta.is_finite()).then_some(Self(delta))
    }

    /// δ as a fraction.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Whether a log-ratio of `shift` upwards is at least ln(1 + δ), forgiving its last digits.
    pub(crate) fn reached_by(self, shift: f64) -> bool {
        shift >= self.0.ln_1p() * (1.0 - 1e-12)
    }
}

/// What two one-sided tests say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Equivalence {
    /// The 90 % interval lies within the margin.
    Shown,
    /// It does not, which is not evidence of a difference.
    NotShown,
    /// So few runs have no 90 % interval (below 5 blocks paired, below 3 against 3 unpaired).
    TooFewRuns,
}

/// The two one-sided tests, on the interval of [`Estimate`](super::Estimate).
pub fn equivalence(interval: Option<&Interval>, margin: Margin) -> Equivalence {
    match interval {
        None => Equivalence::TooFewRuns,
        Some(interval) => {
            let outside =
                margin.reached_by(interval.high.ln()) || margin.reached_by(-interval.low.ln());
            if outside { Equivalence::NotShown } else { Equivalence::Shown }
        }
    }
}
