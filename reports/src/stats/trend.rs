//! Takes `(position, value)` of runs, positions being blocks, places in a block or hours, and yields
//! Spearman's rank correlation with a permutation p-value: the warning that an experiment drifted.
//!
//! Under the null of no drift every order of the values was equally likely; ties, in positions or
//! in values, are handled by midranks and need no correction.

use super::outcome::{Test, TestMethod};
use super::random::Random;

/// Up to here all n! orders are counted (8! = 40,320).
const EXACT_RUNS: usize = 8;

/// Random orders drawn beyond [`EXACT_RUNS`], and of more than a thousand runs fewer, so that the time
/// does not grow with them, but never fewer than [`LEAST_DRAWS`].
const DRAWS: u32 = 9_999;

/// Enough to tell p < 0.01.
const LEAST_DRAWS: u32 = 999;

/// Values that are shuffled, over all orders.
const SHUFFLED: usize = 10_000_000;

/// A rank correlation and its test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Spearman's ρ, from −1 to 1; 0 where all positions or all values are equal.
    pub rho: f64,
    /// The two-sided permutation test of ρ = 0.
    pub test: Test,
}

/// The trend of values over positions; `None` for no run at all or a NaN.
///
/// Beyond 8 runs, p comes from 9,999 orders drawn with `seed`, beyond 1,000 from fewer, as
/// (b + 1) / (B + 1), and the method says from how many.
pub fn trend(runs: &[(f64, f64)], seed: u64) -> Option<Trend> {
    if runs.is_empty() || runs.iter().any(|(x, y)| x.is_nan() || y.is_nan()) {
        return None;
    }
    let x = centred_ranks(&runs.iter().map(|run| run.0).collect::<Vec<_>>());
    let mut y = centred_ranks(&runs.iter().map(|run| run.1).collect::<Vec<_>>());
    let seen = product(&x, &y);
    let spread = ((product(&x, &x) as f64) * (product(&y, &y) as f64)).sqrt();
    let rho = if spread > 0.0 { seen as f64 / spread } else { 0.0 };
    let mut extreme = 0;
    let mut count = |y: &[i64]| extreme += u32::from(product(&x, y).abs() >= seen.abs());
    let test = if runs.len() <= EXACT_RUNS {
        let mut orders = 0;
        each_order(&mut y, runs.len(), &mut |y| {
            orders += 1;
            count(y);
        });
        Test { p: f64::from(extreme) / f64::from(orders), method: TestMethod::Spearman }
    } else {
        let mut random = Random::new(seed);
        let draws = u32::try_from(SHUFFLED / runs.len()).unwrap_or(DRAWS).clamp(LEAST_DRAWS, DRAWS);
        for _ in 0..draws {
            random.shuffle(&mut y);
            count(&y);
        }
        let method = TestMethod::SpearmanMonteCarlo { draws };
        Test { p: f64::from(extreme + 1) / f64::from(draws + 1), method }
    };
    Some(Trend { rho, test })
}

/// Doubled midranks less their mean n + 1: whole numbers of sum 0, so that equal correlations
/// are equal exactly.
fn centred_ranks(values: &[f64]) -> Vec<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = |value: &f64| {
        let below = sorted.partition_point(|other| other < value) as i64;
        let not_above = sorted.partition_point(|other| other <= value) as i64;
        below + not_above - values.len() as i64
    };
    values.iter().map(rank).collect()
}

fn product(x: &[i64], y: &[i64]) -> i64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// Calls `visit` with every order of the first `n` values (Heap's algorithm).
fn each_order(values: &mut [i64], n: usize, visit: &mut impl FnMut(&[i64])) {
    if n <= 1 {
        return visit(values);
    }
    for i in 0..n {
        each_order(values, n - 1, visit);
        values.swap(if n.is_multiple_of(2) { i } else { 0 }, n - 1);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_steady_climb_is_the_most_extreme_order() {
        let runs: Vec<_> = (1..=5).map(|i| (f64::from(i), f64::from(i * i))).collect();
        let trend = trend(&runs, 1).unwrap();
        assert_eq!((trend.rho, trend.test.p), (1.0, 2.0 / 120.0));
    }

    #[test]
    fn ties_and_both_zeros_share_a_rank() {
        assert_eq!(centred_ranks(&[0.0, -0.0, 5.0, -1.0, 5.0]), [-1, -1, 3, -4, 3]);
    }

    #[test]
    fn no_variation_is_no_trend() {
        let flat = trend(&[(1.0, 2.0), (2.0, 2.0), (3.0, 2.0)], 1).unwrap();
        assert_eq!((flat.rho, flat.test.p), (0.0, 1.0));
        assert_eq!(trend(&[(1.0, 2.0)], 1).unwrap().test.p, 1.0);
        assert_eq!(trend(&[], 1), None);
        assert_eq!(trend(&[(f64::NAN, 1.0)], 1), None);
    }

    #[test]
    fn many_runs_are_drawn_with_a_seed() {
        let runs: Vec<_> = (1..=30).map(|i| (f64::from(i), f64::from(i))).collect();
        let test = trend(&runs, 3).unwrap().test;
        assert_eq!(test, Test { p: 1e-4, method: TestMethod::SpearmanMonteCarlo { draws: DRAWS } });

        let runs: Vec<_> = (1..=4_000).map(|i| (f64::from(i), f64::from(i % 7))).collect();
        let method = trend(&runs, 3).unwrap().test.method;
        assert_eq!(method, TestMethod::SpearmanMonteCarlo { draws: 2_500 });
    }
}
