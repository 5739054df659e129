//! Takes the log-ratios of two cells paired by block and yields their Hodges-Lehmann median and its
//! interval, by inversion of Wilcoxon's signed-rank test (Hollander, Wolfe & Chicken,
//! *Nonparametric Statistical Methods*, 2014, § 3.2 and 3.3).
//!
//! Assumes log-ratios symmetric about their median, which noise of the same shape in both cells
//! makes them. Memory and time grow with the square of the number of blocks.

use super::distributions::{normal_quantile, t_quantile};
use super::log_ratios::LogRatios;
use super::moments::median_of_sorted;
use super::outcome::{Alpha, Interval, IntervalMethod};

/// Up to here the null distribution is exact.
const EXACT_BLOCKS: usize = 200;

/// The median of the Walsh averages, in logs; its exp is the ratio of candidate to baseline.
pub fn hodges_lehmann(log_ratios: &LogRatios) -> f64 {
    median_of_sorted(&walsh_averages(log_ratios))
}

/// The interval for the median log-ratio at 1 − `alpha`: by the signed-rank test with the level it
/// achieves where n reaches that (95 % needs 6 blocks, 90 % needs 5), else [`t_interval`], which
/// needs an assumption more and is labelled so.
pub fn paired_interval(log_ratios: &LogRatios, alpha: Alpha) -> Interval {
    signed_rank_interval(log_ratios, alpha).unwrap_or_else(|| t_interval(log_ratios, alpha))
}

/// The signed-rank interval, or `None` where n cannot give 1 − `alpha`.
pub fn signed_rank_interval(log_ratios: &LogRatios, alpha: Alpha) -> Option<Interval> {
    let walsh = walsh_averages(log_ratios);
    let n = log_ratios.n();
    let (k, level, method) = if n <= EXACT_BLOCKS {
        let (k, miss) = critical_count(&null_distribution(n), alpha)?;
        (k, 1.0 - miss, IntervalMethod::SignedRank)
    } else {
        (approximate_count(n, alpha), 1.0 - alpha.get(), IntervalMethod::SignedRankApproximate)
    };
    Some(Interval { low: walsh[k - 1], high: walsh[walsh.len() - k], level, method })
}

/// d̄ ± t·s/√n at 1 − `alpha`: assumes normal log-ratios. A single block has no spread to judge by: its
/// interval is itself, at level 0.
pub fn t_interval(log_ratios: &LogRatios, alpha: Alpha) -> Interval {
    let (n, mean) = (log_ratios.n(), log_ratios.mean());
    let method = IntervalMethod::StudentT;
    let Some(sd) = log_ratios.sd() else {
        return Interval { low: mean, high: mean, level: 0.0, method };
    };
    let half = t_quantile(1.0 - alpha.get() / 2.0, n - 1) * sd / (n as f64).sqrt();
    Interval { low: mean - half, high: mean + half, level: 1.0 - alpha.get(), method }
}

/// The n(n + 1)/2 averages of two blocks (a block with itself included), in ascending order.
fn walsh_averages(log_ratios: &LogRatios) -> Vec<f64> {
    let d = log_ratios.sorted();
    let averages = |(i, a): (usize, &f64)| {
        let a = *a;
        d[i..].iter().map(move |b| f64::midpoint(a, *b))
    };
    let mut walsh: Vec<f64> = d.iter().enumerate().flat_map(averages).collect();
    walsh.sort_by(f64::total_cmp);
    walsh
}

/// P(T = t) of the signed-rank statistic: each rank is in the sum or not, with even chances.
fn null_distribution(n: usize) -> Vec<f64> {
    let mut p = vec![0.0; n * (n + 1) / 2 + 1];
    p[0] = 1.0;
    for rank in 1..=n {
        for t in (0..p.len()).rev() {
            p[t] = 0.5 * (p[t] + if t >= rank { p[t - rank] } else { 0.0 });
        }
    }
    p
}

/// The largest k with 2·P(statistic < k) within α, and that probability; `None` if there is none.
pub(super) fn critical_count(null: &[f64], alpha: Alpha) -> Option<(usize, f64)> {
    let mut miss = 0.0;
    let mut found = None;
    for (t, p) in null.iter().take(null.len() / 2).enumerate() {
        miss += 2.0 * p;
        if !alpha.allows(miss) {
            break;
        }
        found = Some((t + 1, miss));
    }
    found
}

fn approximate_count(n: usize, alpha: Alpha) -> usize {
    let n = n as f64;
    let (mean, sd) = (n * (n + 1.0) / 4.0, (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0).sqrt());
    (mean + normal_quantile(alpha.get() / 2.0) * sd).floor().max(1.0) as usize
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn six_blocks_reach_95_percent_and_five_do_not() {
        let d = LogRatios::from_finite(vec![0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
        let six = paired_interval(&d, Alpha::FIVE_PERCENT);
        assert_eq!((six.low, six.high, six.level), (0.1, 0.6, 0.96875));
        let d = LogRatios::from_finite(vec![0.1, 0.2, 0.3, 0.4, 0.5]);
        assert_eq!(signed_rank_interval(&d, Alpha::FIVE_PERCENT), None);
        assert_eq!(paired_interval(&d, Alpha::FIVE_PERCENT).method, IntervalMethod::StudentT);
        assert_eq!(signed_rank_interval(&d, Alpha::TEN_PERCENT).unwrap().level, 0.9375);
    }

    #[test]
    fn one_block_has_an_interval_of_level_zero() {
        let one = LogRatios::from_finite(vec![0.2]);
        let interval = paired_interval(&one, Alpha::FIVE_PERCENT);
        assert_eq!((interval.low, interval.high, interval.level), (0.2, 0.2, 0.0));
    }

    #[test]
    fn the_approximation_continues_the_exact_count() {
        let (exact, _) = critical_count(&null_distribution(200), Alpha::FIVE_PERCENT).unwrap();
        assert!(exact.abs_diff(approximate_count(200, Alpha::FIVE_PERCENT)) <= 3, "{exact}");
        let many = LogRatios::from_finite((0..201).map(f64::from).collect());
        let interval = signed_rank_interval(&many, Alpha::FIVE_PERCENT).unwrap();
        assert_eq!(interval.method, IntervalMethod::SignedRankApproximate);
    }
}
