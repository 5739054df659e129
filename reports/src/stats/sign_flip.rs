//! Takes the log-ratios of two cells paired by block and yields the two-sided sign-flip test of "no
//! difference" (Fisher's randomisation test for pairs, with the statistic |Σ d|).
//!
//! Under the null, which of the two runs of a block got which label was chance, so that every one
//! of the 2ⁿ sign vectors was as likely as the one seen: exact for any distribution of the times.

use super::log_ratios::LogRatios;
use super::outcome::{Test, TestMethod};
use super::random::Random;

/// Up to here every sign vector is counted (2²⁰, milliseconds).
pub(super) const EXACT_BLOCKS: usize = 20;

/// Random sign vectors drawn beyond [`EXACT_BLOCKS`].
pub(super) const DRAWS: u32 = 99_999;

/// Sums closer than this share of Σ|d| are equal: they differ by rounding, as the logs of equal
/// ratios do, and must count as extreme.
const TOLERANCE: f64 = 1e-12;

/// The sign-flip test. A zero has two equal signs and needs no special case.
///
/// Beyond 20 blocks, p is estimated from 99,999 sign vectors drawn with `seed`, as (b + 1) / (B + 1)
/// (Phipson & Smyth, arXiv 1603.05766), and the method says so.
pub fn sign_flip_test(log_ratios: &LogRatios, seed: u64) -> Test {
    let d = log_ratios.values();
    let scale: f64 = d.iter().map(|d| d.abs()).sum();
    let seen = d.iter().sum::<f64>().abs() - TOLERANCE * scale;
    if d.len() <= EXACT_BLOCKS { exact(d, seen) } else { monte_carlo(d, seen, seed) }
}

fn exact(d: &[f64], seen: f64) -> Test {
    // Each block doubles the sums. The first keeps its sign: flipping all of them changes no |Σ|.
    let mut sums = vec![d[0]];
    for d in &d[1..] {
        for i in 0..sums.len() {
            sums.push(sums[i] - d);
            sums[i] += d;
        }
    }
    let extreme = sums.iter().filter(|sum| sum.abs() >= seen).count();
    Test { p: extreme as f64 / sums.len() as f64, method: TestMethod::SignFlip }
}

fn monte_carlo(d: &[f64], seen: f64, seed: u64) -> Test {
    let mut random = Random::new(seed);
    let mut flipped_sum = || {
        d.chunks(64).fold(0.0, |sum, chunk| {
            let bits = random.bits();
            let flip = |(i, d): (usize, &f64)| if bits >> i & 1 == 1 { -d } else { *d };
            sum + chunk.iter().enumerate().map(flip).sum::<f64>()
        })
    };
    let extreme = (0..DRAWS).filter(|_| flipped_sum().abs() >= seen).count();
    Test {
        p: (extreme + 1) as f64 / f64::from(DRAWS + 1),
        method: TestMethod::SignFlipMonteCarlo { draws: DRAWS },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(d: &[f64]) -> f64 {
        sign_flip_test(&LogRatios::from_finite(d.to_vec()), 1).p
    }

    #[test]
    fn equal_differences_reach_the_smallest_p() {
        assert_eq!(p(&[0.1]), 1.0);
        assert_eq!(p(&[0.1; 3]), 0.25);
        assert_eq!(p(&[0.1; 6]), 0.03125);
        assert_eq!(p(&[-0.3; 10]), 2.0 / 1024.0);
    }

    #[test]
    fn zeros_and_rounding_are_ties() {
        assert_eq!(p(&[0.0; 5]), 1.0);
        assert_eq!(p(&[0.0, 0.2, 0.3]), 0.5);
        // 0.1 + 0.2 and 0.3 differ in the last bit; as sums they are one and the same.
        assert_eq!(p(&[0.1, 0.2, -0.3]), 1.0);
        assert_eq!(p(&[0.1, 0.2, 0.3]), 0.25);
    }

    #[test]
    fn beyond_twenty_blocks_it_draws_and_says_so() {
        let d: Vec<f64> = (0..21).map(|i| f64::from(i) / 10.0 - 0.6).collect();
        let test = sign_flip_test(&LogRatios::from_finite(d.clone()), 7);
        assert_eq!(test.method, TestMethod::SignFlipMonteCarlo { draws: DRAWS });
        assert_eq!(test.p, p_again(&d, 7));
        // Dropping the block of zero leaves 20, which are counted exactly.
        let d20: Vec<f64> = d.iter().copied().filter(|d| d.abs() > 1e-9).collect();
        assert_eq!(d20.len(), 20);
        assert!((test.p - p(&d20)).abs() < 0.005, "{} {}", test.p, p(&d20));
        assert_eq!(p(&[1.0; 64]), 1e-5);
    }

    fn p_again(d: &[f64], seed: u64) -> f64 {
        sign_flip_test(&LogRatios::from_finite(d.to_vec()), seed).p
    }
}
