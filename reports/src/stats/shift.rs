//! Takes two samples and yields by how much the candidate's logarithms lie above the baseline's: the
//! Hodges-Lehmann shift and its interval from the ordered differences (Hollander, Wolfe & Chicken
//! 2014, § 4.2 and 4.3; the inversion of the Mann-Whitney test).
//!
//! Assumes that the candidate's times are the baseline's times a factor, apart from chance. Memory and
//! time grow with the product of the two sizes.

use super::distributions::normal_quantile;
use super::mann_whitney::subset_sums;
use super::memo::Memo;
use super::moments::median_of_sorted;
use super::outcome::{Alpha, Interval, IntervalMethod};
use super::sample::Sample;
use super::signed_rank::critical_count;

/// The median of all differences candidate − baseline, in logs; its exp is the ratio.
pub fn shift(baseline: &Sample, candidate: &Sample) -> f64 {
    median_of_sorted(&sorted_differences(&baseline.logs(), &candidate.logs()))
}

/// The interval D₍k₎ … D₍mn+1−k₎ for the shift of logs at 1 − `alpha`, with the level it achieves;
/// where the sizes cannot reach that (below 4 against 4 for 95 %), all of D₍1₎ … D₍mn₎ with its real
/// level (3 against 3: 90 %).
pub fn shift_interval(baseline: &Sample, candidate: &Sample, alpha: Alpha) -> Interval {
    shift_of_logs(&baseline.logs(), &candidate.logs(), alpha).1
}

/// [`shift`] and [`shift_interval`] at once, of logarithms; neither side is empty.
pub(crate) fn shift_of_logs(baseline: &[f64], candidate: &[f64], alpha: Alpha) -> (f64, Interval) {
    let mut differences = differences(baseline, candidate);
    let n = differences.len();
    // Four of them in their places: sorting all would be most of the work.
    let mut at = |index: usize| *differences.select_nth_unstable_by(index, f64::total_cmp).1;
    let critical = critical_difference(baseline.len(), candidate.len(), alpha);
    let interval = Interval {
        low: at(critical.rank - 1),
        high: at(n - critical.rank),
        level: critical.level,
        method: critical.method,
    };
    (f64::midpoint(at((n - 1) / 2), at(n / 2)), interval)
}

/// Which of the ordered differences bounds the interval.
#[derive(Clone, Copy)]
pub(super) struct Critical {
    /// Its rank k, from 1.
    pub(super) rank: usize,
    /// The level achieved.
    pub(super) level: f64,
    pub(super) method: IntervalMethod,
}

pub(super) fn critical_difference(m: usize, n: usize, alpha: Alpha) -> Critical {
    static KNOWN: Memo<(usize, usize, u64), Critical> = Memo::new();
    let sizes = (m.min(n), m.max(n), alpha.get().to_bits());
    KNOWN.get(sizes, || counted(m, n, alpha))
}

fn counted(m: usize, n: usize, alpha: Alpha) -> Critical {
    let Some(null) = null_distribution(m, n) else {
        return approximate(m as f64, n as f64, alpha);
    };
    let range = (1, 2.0 * null[0]);
    let (rank, miss) = critical_count(&null, alpha).unwrap_or(range);
    Critical { rank, level: 1.0 - miss, method: IntervalMethod::OrderedDifferences }
}

/// P(U = u) without ties, as intervals need it; `None` where counting would take too long.
fn null_distribution(m: usize, n: usize) -> Option<Vec<f64>> {
    let (few, many) = (m.min(n), m.max(n));
    let ranks: Vec<usize> = (1..=few + many).collect();
    let counts = subset_sums(&ranks, few)?.split_off(few * (few + 1) / 2);
    let total: f64 = counts.iter().sum();
    Some(counts.iter().map(|count| count / total).collect())
}

fn approximate(m: f64, n: f64, alpha: Alpha) -> Critical {
    let (mean, sd) = (m * n / 2.0, (m * n * (m + n + 1.0) / 12.0).sqrt());
    let rank = (mean + normal_quantile(alpha.get() / 2.0) * sd).floor().max(1.0) as usize;
    let method = IntervalMethod::OrderedDifferencesApproximate;
    Critical { rank, level: 1.0 - alpha.get(), method }
}

/// Every candidate minus every baseline, in ascending order.
pub(super) fn sorted_differences(baseline: &[f64], candidate: &[f64]) -> Vec<f64> {
    let mut differences = differences(baseline, candidate);
    differences.sort_by(f64::total_cmp);
    differences
}

fn differences(baseline: &[f64], candidate: &[f64]) -> Vec<f64> {
    candidate.iter().flat_map(|b| baseline.iter().map(move |a| b - a)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn critical(m: usize, n: usize) -> (usize, f64) {
        let critical = critical_difference(m, n, Alpha::FIVE_PERCENT);
        (critical.rank, (critical.level * 1000.0).round() / 10.0)
    }

    #[test]
    fn ranks_and_levels_are_those_of_the_printed_tables() {
        assert_eq!(critical(4, 4), (1, 97.1));
        assert_eq!(critical(5, 5), (3, 96.8));
        assert_eq!(critical(6, 6), (6, 95.9));
        assert_eq!(critical(3, 3), (1, 90.0));
        assert_eq!(critical(1, 1), (1, 0.0));
        assert_eq!(critical(2, 5), critical(5, 2));
    }

    #[test]
    fn the_approximation_continues_the_exact_ranks() {
        let exact = critical_difference(50, 50, Alpha::FIVE_PERCENT);
        assert_eq!(exact.method, IntervalMethod::OrderedDifferences);
        let normal = approximate(50.0, 50.0, Alpha::FIVE_PERCENT);
        assert!(exact.rank.abs_diff(normal.rank) <= 1, "{} {}", exact.rank, normal.rank);
    }
}
