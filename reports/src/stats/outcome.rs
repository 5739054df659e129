//! What every interval and every test hands back: its numbers, and by which method they came about.

use std::fmt;

/// A probability of error strictly between 0 and 1: the significance level α of a test, or one
/// minus the level asked of an interval.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Alpha(f64);

impl Alpha {
    /// α = 0.01: what the nightly gate and change points ask.
    pub const ONE_PERCENT: Self = Self(0.01);
    /// α = 0.05: a 95 % interval.
    pub const FIVE_PERCENT: Self = Self(0.05);
    /// α = 0.10: a 90 % interval, the one that two one-sided tests at 5 % need.
    pub const TEN_PERCENT: Self = Self(0.10);

    /// `None` unless 0 < `alpha` < 1.
    pub fn new(alpha: f64) -> Option<Self> {
        (alpha > 0.0 && alpha < 1.0).then_some(Self(alpha))
    }

    /// The number itself.
    pub fn get(self) -> f64 {
        self.0
    }

    /// α shared among `family` comparisons (Bonferroni): what the first step of Holm asks.
    pub(super) fn shared(self, family: usize) -> Self {
        Self((self.0 / family.max(1) as f64).max(f64::MIN_POSITIVE))
    }

    /// Whether a two-sided error of `p` stays within α, forgiving the last digits of a sum.
    pub(super) fn allows(self, p: f64) -> bool {
        p <= self.0 * (1.0 + 1e-12)
    }
}

/// An interval with the level it really has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end, in the unit of the estimate.
    pub low: f64,
    /// The upper end, in the unit of the estimate.
    pub high: f64,
    /// The probability, as a fraction, with which such an interval covers the true value: the level
    /// achieved, which with few runs is above the one asked for, or below it where n cannot give it.
    pub level: f64,
    /// How it was made, and so what it assumes.
    pub method: IntervalMethod,
}

impl Interval {
    /// The same interval of logarithms turned into one of ratios.
    pub(crate) fn exp(self) -> Self {
        Self { low: self.low.exp(), high: self.high.exp(), ..self }
    }
}

/// How an [`Interval`] was made; displayed as the words a report prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntervalMethod {
    /// Two order statistics around the median: exact for any continuous distribution.
    OrderStatistics,
    /// Inversion of the signed-rank test: exact for symmetric log-ratios.
    SignedRank,
    /// As `SignedRank`, with the normal approximation of its distribution (many blocks).
    SignedRankApproximate,
    /// Student's t: assumes normal log-ratios.
    StudentT,
    /// Ordered differences of two samples (inversion of Mann-Whitney): exact for a pure shift.
    OrderedDifferences,
    /// As `OrderedDifferences`, with the normal approximation of its distribution (many runs).
    OrderedDifferencesApproximate,
}

impl fmt::Display for IntervalMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OrderStatistics => "order statistics",
            Self::SignedRank => "signed-rank inversion",
            Self::SignedRankApproximate => "signed-rank inversion, normal approximation",
            Self::StudentT => "t, assumes normal log-ratios",
            Self::OrderedDifferences => "ordered differences",
            Self::OrderedDifferencesApproximate => "ordered differences, normal approximation",
        })
    }
}

/// The result of a two-sided test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Test {
    /// The two-sided p-value, in (0, 1].
    pub p: f64,
    /// How it was computed.
    pub method: TestMethod,
}

/// How a [`Test`] came to its p-value; displayed as the words a report prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestMethod {
    /// Every one of the 2ⁿ sign vectors.
    SignFlip,
    /// Seeded random sign vectors, p = (b + 1) / (B + 1).
    SignFlipMonteCarlo {
        /// B.
        draws: u32,
    },
    /// The exact permutation distribution of the rank sum, given the ties.
    MannWhitney,
    /// The normal approximation, corrected for ties and continuity.
    MannWhitneyApproximate,
    /// Spearman's rank correlation over all n! orders.
    Spearman,
    /// Spearman's rank correlation over seeded random orders, p = (b + 1) / (B + 1).
    SpearmanMonteCarlo {
        /// B.
        draws: u32,
    },
}

impl fmt::Display for TestMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignFlip => f.write_str("exact sign-flip test"),
            Self::SignFlipMonteCarlo { draws } => {
                write!(f, "sign-flip test, {draws} random sign vectors")
            }
            Self::MannWhitney => f.write_str("exact Mann-Whitney test"),
            Self::MannWhitneyApproximate => f.write_str("Mann-Whitney test, normal approximation"),
            Self::Spearman => f.write_str("exact Spearman permutation test"),
            Self::SpearmanMonteCarlo { draws } => {
                write!(f, "Spearman permutation test, {draws} random orders")
            }
        }
    }
}
