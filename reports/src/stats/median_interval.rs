//! Takes a [`Sample`] and yields an interval for the median of what it was drawn from: two order
//! statistics, with their exact coverage (David & Nagaraja, *Order Statistics*, 2003, § 7.1).
//!
//! Assumes independent runs of one continuous distribution, of any shape. With ties the coverage
//! is at least what is stated.

use statrs::function::beta::beta_reg;

use super::outcome::{Alpha, Interval, IntervalMethod};
use super::sample::Sample;

/// The tightest interval x₍r₎ … x₍n+1−r₎ that covers the true median with at least 1 − `alpha`; where
/// n is too small for that, \[min, max\] with the coverage it really has (n = 3: 75 %; n = 1: 0).
///
/// Only symmetric ranks are considered: choosing ranks by how the data fell would void the coverage.
pub fn median_interval(sample: &Sample, alpha: Alpha) -> Interval {
    let n = sample.n();
    let rank =
        (1..=n.div_ceil(2)).take_while(|rank| alpha.allows(miss(*rank, n))).last().unwrap_or(1);
    Interval {
        low: sample.sorted()[rank - 1],
        high: sample.sorted()[n - rank],
        level: 1.0 - miss(rank, n),
        method: IntervalMethod::OrderStatistics,
    }
}

/// The probability that the median lies outside x₍rank₎ … x₍n+1−rank₎: twice that of fewer than
/// `rank` of n fair coins showing heads, by the incomplete beta function.
fn miss(rank: usize, n: usize) -> f64 {
    2.0 * beta_reg((n + 1 - rank) as f64, rank as f64, 0.5)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn few_runs_give_their_range_and_what_it_covers() {
        for (n, low, high, level) in [
            (1, 1.0, 1.0, 0.0),
            (2, 1.0, 2.0, 0.5),
            (3, 1.0, 3.0, 0.75),
            (5, 1.0, 5.0, 0.9375),
            (6, 1.0, 6.0, 0.96875),
            (10, 2.0, 9.0, 1.0 - 22.0 / 1024.0),
        ] {
            let sample = Sample::new((1..=n).map(f64::from).collect()).unwrap();
            let interval = median_interval(&sample, Alpha::FIVE_PERCENT);
            assert_eq!((interval.low, interval.high), (low, high), "n={n}");
            assert!((interval.level - level).abs() < 1e-12, "n={n}: {}", interval.level);
        }
    }
}
