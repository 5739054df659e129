//! Takes the values of one metric in one cell, one value a run, and yields them as a [`Sample`]:
//! never empty, every value finite and above zero, in the order given and sorted.
//!
//! Refuses anything else, naming the first offending value: logarithms are taken further on, and a
//! time of zero or NaN is a fault of the measurement, not a result.

use super::moments;

/// All values of one metric in one cell: at least one, each finite and positive.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    values: Vec<f64>,
    sorted: Vec<f64>,
}

/// Why values are not a [`Sample`] (or pairs not [`LogRatios`](super::LogRatios)).
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SampleError {
    /// No value at all.
    #[error("no runs: a sample needs at least one value")]
    Empty,
    /// NaN, infinite, zero or negative.
    #[error("value {index} (counted from 0) is {value}: a sample needs finite values above zero")]
    NotPositive {
        /// Position in the order given, from 0.
        index: usize,
        /// The offending value.
        value: f64,
    },
}

impl Sample {
    /// Takes values in the order they were measured, in any one unit.
    ///
    /// # Errors
    /// [`SampleError`] if there is none, or one is not finite and positive.
    pub fn new(values: Vec<f64>) -> Result<Self, SampleError> {
        check(values.iter().copied())?;
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        Ok(Self { values, sorted })
    }

    /// The values in the order given.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The values in ascending order.
    pub fn sorted(&self) -> &[f64] {
        &self.sorted
    }

    /// The number of runs, at least 1.
    pub fn n(&self) -> usize {
        self.values.len()
    }

    /// The smallest value.
    pub fn min(&self) -> f64 {
        self.sorted[0]
    }

    /// The largest value.
    pub fn max(&self) -> f64 {
        self.sorted[self.sorted.len() - 1]
    }

    /// The middle value, or the mean of the two middle ones.
    pub fn median(&self) -> f64 {
        moments::median_of_sorted(&self.sorted)
    }

    /// The arithmetic mean.
    pub fn mean(&self) -> f64 {
        moments::mean(&self.values)
    }

    /// The standard deviation with n − 1 in the denominator; `None` for a single run.
    pub fn sd(&self) -> Option<f64> {
        moments::sd(&self.values)
    }

    /// The coefficient of variation, sd / mean, as a fraction; `None` for a single run.
    pub fn cv(&self) -> Option<f64> {
        self.sd().map(|sd| sd / self.mean())
    }

    /// The first and third quartile, linearly interpolated (type 7 of Hyndman & Fan 1996, the
    /// default of R and NumPy).
    pub fn quartiles(&self) -> (f64, f64) {
        (self.quantile(0.25), self.quantile(0.75))
    }

    /// The natural logarithms in the order given.
    pub fn logs(&self) -> Vec<f64> {
        self.values.iter().map(|value| value.ln()).collect()
    }

    fn quantile(&self, p: f64) -> f64 {
        let position = p * (self.n() - 1) as f64;
        let below = self.sorted[position.floor() as usize];
        let above = self.sorted[position.ceil() as usize];
        below + (above - below) * position.fract()
    }
}

/// The invariant of a [`Sample`], also held by both sides of a pair.
pub(super) fn check(values: impl IntoIterator<Item = f64>) -> Result<(), SampleError> {
    let mut empty = true;
    for (index, value) in values.into_iter().enumerate() {
        if !(value.is_finite() && value > 0.0) {
            return Err(SampleError::NotPositive { index, value });
        }
        empty = false;
    }
    if empty { Err(SampleError::Empty) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn keeps_the_order_given_beside_a_sorted_view() {
        let sample = Sample::new(vec![3.0, 1.0, 2.0]).unwrap();
        assert_eq!(sample.values(), [3.0, 1.0, 2.0]);
        assert_eq!(sample.sorted(), [1.0, 2.0, 3.0]);
    }

    #[test]
    fn refuses_what_has_no_logarithm() {
        assert_eq!(Sample::new(vec![]), Err(SampleError::Empty));
        for bad in [0.0, -0.0, -1.0, f64::INFINITY, f64::NEG_INFINITY] {
            let refused = Err(SampleError::NotPositive { index: 1, value: bad });
            assert_eq!(Sample::new(vec![1.0, bad]), refused);
        }
        assert!(Sample::new(vec![f64::NAN]).is_err());
    }

    #[test]
    fn messages_name_the_offending_value() {
        insta::assert_snapshot!(SampleError::Empty, @"no runs: a sample needs at least one value");
        insta::assert_snapshot!(
            SampleError::NotPositive { index: 2, value: -1.5 },
            @"value 2 (counted from 0) is -1.5: a sample needs finite values above zero"
        );
    }

    #[test]
    fn a_single_run_has_no_spread() {
        let one = Sample::new(vec![2.0]).unwrap();
        assert_eq!((one.median(), one.min(), one.max(), one.mean()), (2.0, 2.0, 2.0, 2.0));
        assert_eq!((one.sd(), one.cv(), one.quartiles()), (None, None, (2.0, 2.0)));
    }
}
