//! Takes the runs of two cells, paired by block, and yields the logarithm of candidate over baseline
//! in each block as [`LogRatios`]: never empty, every value finite.
//!
//! Refuses what a [`Sample`](super::Sample) refuses. A block in which one of the two runs failed is
//! no pair: the caller leaves it out and reports it.

use super::{moments, sample, sample::SampleError};

/// ln(candidate / baseline), one value a block: at least one, each finite.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRatios {
    values: Vec<f64>,
    sorted: Vec<f64>,
}

impl LogRatios {
    /// Takes `(baseline, candidate)` of each block, both in the same unit.
    ///
    /// # Errors
    /// [`SampleError`] if there is no pair, or a value is not finite and positive; its index counts
    /// pairs.
    pub fn of_pairs(pairs: &[(f64, f64)]) -> Result<Self, SampleError> {
        sample::check(pairs.iter().map(|pair| pair.0))?;
        sample::check(pairs.iter().map(|pair| pair.1))?;
        // A difference of logarithms, not the logarithm of a quotient, which could overflow.
        Ok(Self::from_finite(pairs.iter().map(|(a, b)| b.ln() - a.ln()).collect()))
    }

    /// The values in the order of the blocks.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The number of blocks, at least 1.
    pub fn n(&self) -> usize {
        self.values.len()
    }

    /// The mean log-ratio.
    pub fn mean(&self) -> f64 {
        moments::mean(&self.values)
    }

    /// The standard deviation (n − 1); `None` for a single block.
    pub fn sd(&self) -> Option<f64> {
        moments::sd(&self.values)
    }

    pub(super) fn sorted(&self) -> &[f64] {
        &self.sorted
    }

    pub(super) fn from_finite(values: Vec<f64>) -> Self {
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        Self { values, sorted }
    }
}
