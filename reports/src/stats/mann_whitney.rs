//! Takes two samples and yields the two-sided Mann-Whitney (Wilcoxon rank-sum) test of "no
//! difference", exact given the ties.
//!
//! Under the null every choice of which runs are the candidate's was as likely as the one made. The
//! rank sums of all of them are counted by dynamic programming over doubled midranks, which are whole
//! numbers (Streitberg & Röhmel 1986, the shift algorithm), so ties and equal sizes need no
//! approximation. `statrs` 0.19 has this test, and it is wrong for equal sizes.

use super::distributions::normal_cdf;
use super::outcome::{Test, TestMethod};
use super::sample::Sample;

/// Additions the exact distribution may take (some 0.1 s); 50 against 50 runs need 38 million.
const EXACT_WORK: usize = 100_000_000;

/// The Mann-Whitney test: p is twice the smaller tail, at most 1.
///
/// Exact up to about 60 against 60 runs; beyond, the normal approximation corrected for ties and
/// continuity, and the method says so.
pub fn mann_whitney_test(baseline: &Sample, candidate: &Sample) -> Test {
    let ranks = DoubledRanks::of(baseline, candidate);
    match subset_sums(&ranks.pooled, ranks.chosen) {
        Some(counts) => exact(&counts, ranks.sum),
        None => approximate(&ranks),
    }
}

/// Doubled midranks of the pooled runs, and their sum over the smaller sample.
struct DoubledRanks {
    pooled: Vec<usize>,
    chosen: usize,
    sum: usize,
}

impl DoubledRanks {
    fn of(baseline: &Sample, candidate: &Sample) -> Self {
        let (few, many) = if candidate.n() < baseline.n() {
            (candidate, baseline)
        } else {
            (baseline, candidate)
        };
        let mut values = [few.values(), many.values()].concat();
        values.sort_by(f64::total_cmp);
        let rank = |value: f64| {
            let below = values.partition_point(|other| *other < value);
            let through = values.partition_point(|other| *other <= value);
            below + through + 1
        };
        Self {
            pooled: values.iter().map(|value| rank(*value)).collect(),
            chosen: few.n(),
            sum: few.values().iter().map(|value| rank(*value)).sum(),
        }
    }
}

/// How many subsets of `size` items have each sum; `None` where counting them would take too long.
pub(super) fn subset_sums(items: &[usize], size: usize) -> Option<Vec<f64>> {
    let mut largest = items.to_vec();
    largest.sort_unstable_by(|a, b| b.cmp(a));
    let width = largest.iter().take(size).sum::<usize>() + 1;
    let work = items.len().checked_mul(size)?.checked_mul(width)?;
    if work > EXACT_WORK {
        return None;
    }
    // counts[k · width + s]: subsets of k of the items seen so far with sum s.
    let mut counts = vec![0.0; (size + 1) * width];
    counts[0] = 1.0;
    for item in items {
        for k in (0..size).rev() {
            let (fewer, more) = counts.split_at_mut((k + 1) * width);
            let (from, to) = (&fewer[k * width..], &mut more[..width]);
            for (to, from) in to.iter_mut().skip(*item).zip(from) {
                *to += from;
            }
        }
    }
    Some(counts.split_off(size * width))
}

fn exact(counts: &[f64], seen: usize) -> Test {
    let total: f64 = counts.iter().sum();
    let at_most: f64 = counts[..=seen].iter().sum();
    let at_least: f64 = counts[seen..].iter().sum();
    let p = (2.0 * at_most.min(at_least) / total).min(1.0);
    Test { p, method: TestMethod::MannWhitney }
}

fn approximate(ranks: &DoubledRanks) -> Test {
    let (total, m) = (ranks.pooled.len() as f64, ranks.chosen as f64);
    let n = total - m;
    let ties: f64 = ranks
        .pooled
        .chunk_by(|a, b| a == b)
        .map(|tied| (tied.len() as f64).powi(3) - tied.len() as f64)
        .sum();
    let sd = (m * n / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)))).sqrt();
    let distance = (ranks.sum as f64 / 2.0 - m * (total + 1.0) / 2.0).abs() - 0.5;
    // All runs tied: sd is 0, and nothing differs.
    let p = if sd > 0.0 { 2.0 * normal_cdf(-distance / sd) } else { 1.0 };
    Test { p: p.clamp(f64::MIN_POSITIVE, 1.0), method: TestMethod::MannWhitneyApproximate }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn test(a: &[f64], b: &[f64]) -> Test {
        mann_whitney_test(&Sample::new(a.to_vec()).unwrap(), &Sample::new(b.to_vec()).unwrap())
    }

    #[test]
    fn equal_sizes_fully_separated() {
        assert_eq!(test(&[1.0], &[2.0]).p, 1.0);
        assert_eq!(test(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]).p, 0.1);
        let p = test(&[1.0, 2.0, 3.0, 4.0, 5.0], &[6.0, 7.0, 8.0, 9.0, 10.0]).p;
        assert!((p - 2.0 / 252.0).abs() < 1e-15);
    }

    #[test]
    fn runs_all_tied_do_not_differ() {
        assert_eq!(test(&[1.0; 5], &[1.0; 4]).p, 1.0);
        assert_eq!(test(&[1.0; 200], &[1.0; 200]).p, 1.0);
    }

    #[test]
    fn the_approximation_says_so_and_continues_the_exact_values() {
        let a: Vec<f64> = (1..=50).map(f64::from).collect();
        let b: Vec<f64> = (1..=50).map(|i| f64::from(i) + 11.3).collect();
        let exact = test(&a, &b);
        assert_eq!(exact.method, TestMethod::MannWhitney);
        let ranks = DoubledRanks::of(&Sample::new(a).unwrap(), &Sample::new(b).unwrap());
        let normal = approximate(&ranks);
        assert_eq!(normal.method, TestMethod::MannWhitneyApproximate);
        assert!((exact.p - normal.p).abs() < 0.001, "{} {}", exact.p, normal.p);
    }

    #[test]
    fn p_never_reaches_zero() {
        let a: Vec<f64> = (1..=2000).map(f64::from).collect();
        let b: Vec<f64> = (1..=2000).map(|i| f64::from(i) + 1e6).collect();
        assert!(test(&a, &b).p > 0.0);
    }
}
