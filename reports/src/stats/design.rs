//! Takes how many runs are compared and how, and yields what such a comparison can show at all: the
//! smallest p it can reach, and the smallest effect it would probably detect.

use super::distributions::{normal_quantile, t_quantile};
use super::memo::Memo;
use super::outcome::Alpha;
use super::random::{Random, SEED};
use super::shift::{critical_difference, sorted_differences};
use super::sign_flip;

/// How two cells are compared, and with how many runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Design {
    /// Two cells of one experiment, run side by side in each block: the sign-flip test.
    Paired {
        /// Blocks in which both runs succeeded.
        blocks: usize,
    },
    /// Two experiments: the Mann-Whitney test.
    Unpaired {
        /// Runs of the baseline.
        baseline: usize,
        /// Runs of the candidate.
        candidate: usize,
    },
}

/// The power that a minimum detectable effect stands for.
pub const POWER: f64 = 0.80;

/// Simulated experiments behind a minimum detectable effect: a standard error of about 1 % of it.
const EXPERIMENTS: usize = 4_000;

/// Up to here (2¹⁰ subsets) a paired effect is found from the exact test; beyond, by formula.
const SIMULATED_BLOCKS: usize = 10;

/// Up to here (pairs of runs) an unpaired effect is found from the exact test; beyond, by formula.
const SIMULATED_PAIRS: usize = 400;

impl Design {
    /// Runs of the baseline that enter.
    pub fn n_baseline(self) -> usize {
        match self {
            Self::Paired { blocks } => blocks,
            Self::Unpaired { baseline, .. } => baseline,
        }
    }

    /// Runs of the candidate that enter.
    pub fn n_candidate(self) -> usize {
        match self {
            Self::Paired { blocks } => blocks,
            Self::Unpaired { candidate, .. } => candidate,
        }
    }

    /// The smallest two-sided p the test can reach without ties, in (0, 1]: 2/2ⁿ paired, 2 over the
    /// number of ways to choose the candidate's runs unpaired, 1 without any run.
    pub fn smallest_p(self) -> f64 {
        let p = match self {
            Self::Paired { blocks } if blocks <= sign_flip::EXACT_BLOCKS => {
                2.0 / (1u64 << blocks) as f64
            }
            Self::Paired { .. } => 1.0 / f64::from(sign_flip::DRAWS + 1),
            Self::Unpaired { baseline, candidate } => {
                let (few, many) = (baseline.min(candidate), baseline.max(candidate));
                (1..=few).fold(2.0, |p, i| p * i as f64 / (many + i) as f64)
            }
        };
        p.clamp(f64::MIN_POSITIVE, 1.0)
    }

    /// The smallest true shift of logs, in standard deviations, that the test detects at p < `alpha`
    /// with 80 % power if logs are normal; `None` where no data of this size reach p < `alpha`.
    ///
    /// The standard deviation is that of the log-ratios (paired) or of the logs of one cell's runs
    /// (unpaired).
    ///
    /// Few runs: by the duality of test and interval. A test rejects exactly when its interval leaves
    /// out 0, so the shift an experiment needs is its interval's lower end at no shift, negated, and
    /// the answer is the 80 % quantile of that over 4,000 seeded experiments. For the sign-flip test
    /// the end is an ordered mean of subsamples (Hartigan 1969, *JASA* 64, 1303), for Mann-Whitney an
    /// ordered difference. Many runs: (t₁₋α/₂ + t₀.₈) × standard error (Bloom 1995, *Evaluation Review*
    /// 19, 547), with Mann-Whitney's efficiency of 3/π.
    pub fn detectable_shift(self, alpha: Alpha) -> Option<f64> {
        (self.smallest_p() < alpha.get()).then(|| match self {
            Self::Paired { blocks: n } if n <= SIMULATED_BLOCKS => {
                // p = (subsets of mean ≤ 0, the empty one included) / 2ⁿ⁻¹, so p < α allows `rank`.
                let rank = (alpha.get() * (1u64 << (n - 1)) as f64).ceil() as usize - 1;
                simulated(self, rank, |random| subset_means(&normals(n, random)))
            }
            Self::Paired { blocks: n } => by_formula(n - 1, 1.0 / n as f64, alpha),
            Self::Unpaired { baseline: m, candidate: n } if m * n <= SIMULATED_PAIRS => {
                let rank = critical_difference(m, n, alpha).rank;
                simulated(self, rank, |random| {
                    sorted_differences(&normals(m, random), &normals(n, random))
                })
            }
            Self::Unpaired { baseline: m, candidate: n } => {
                let variance = (1.0 / m as f64 + 1.0 / n as f64) * std::f64::consts::PI / 3.0;
                by_formula(m + n - 2, variance, alpha)
            }
        })
    }

    /// The minimum detectable effect as a ratio of at least 1 (a drop shows from 1 / it): exp of
    /// [`detectable_shift`](Self::detectable_shift) times `sd_log`, the *measured* standard deviation,
    /// itself uncertain by a third at 6 runs. `None` where p < `alpha` is out of reach.
    pub fn minimum_detectable_effect(self, alpha: Alpha, sd_log: f64) -> Option<f64> {
        Some((self.detectable_shift(alpha)? * sd_log).exp())
    }
}

fn by_formula(freedom: usize, variance: f64, alpha: Alpha) -> f64 {
    let t = t_quantile(1.0 - alpha.get() / 2.0, freedom) + t_quantile(POWER, freedom);
    t * variance.sqrt()
}

/// The 80 % quantile of −(the value of this `rank`, from 1) over seeded experiments without a shift.
fn simulated(design: Design, rank: usize, experiment: impl Fn(&mut Random) -> Vec<f64>) -> f64 {
    static KNOWN: Memo<(Design, usize)> = Memo::new();
    KNOWN.get((design, rank), || {
        let mut random = Random::new(SEED);
        let mut needed: Vec<f64> = (0..EXPERIMENTS)
            .map(|_| {
                let mut values = experiment(&mut random);
                -*values.select_nth_unstable_by(rank - 1, f64::total_cmp).1
            })
            .collect();
        needed.sort_by(f64::total_cmp);
        needed[(POWER * EXPERIMENTS as f64).ceil() as usize - 1]
    })
}

fn normals(n: usize, random: &mut Random) -> Vec<f64> {
    (0..n).map(|_| normal_quantile(random.uniform())).collect()
}

/// The means of all 2ⁿ − 1 non-empty subsets.
fn subset_means(values: &[f64]) -> Vec<f64> {
    let mut subsets = vec![(0.0, 0)];
    for value in values {
        for i in 0..subsets.len() {
            let (sum, size) = subsets[i];
            subsets.push((sum + value, size + 1));
        }
    }
    subsets[1..].iter().map(|(sum, size)| sum / f64::from(*size)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn paired(blocks: usize) -> Design {
        Design::Paired { blocks }
    }

    fn unpaired(n: usize) -> Design {
        Design::Unpaired { baseline: n, candidate: n }
    }

    #[test]
    fn smallest_p_is_that_of_the_printed_table() {
        let rounded = |p: f64| format!("{p:.1e}");
        let table = [(3, "1.0e-1", "2.5e-1"), (4, "2.9e-2", "1.2e-1"), (5, "7.9e-3", "6.2e-2")];
        for (n, unpaired_p, paired_p) in table {
            assert_eq!(rounded(unpaired(n).smallest_p()), unpaired_p);
            assert_eq!(rounded(paired(n).smallest_p()), paired_p);
        }
        assert_eq!(paired(0).smallest_p(), 1.0);
        assert_eq!(unpaired(1).smallest_p(), 1.0);
        assert_eq!(paired(30).smallest_p(), 1e-5);
    }

    #[test]
    fn no_effect_is_detectable_where_p_is_out_of_reach() {
        for n in 0..=5 {
            assert_eq!(paired(n).detectable_shift(Alpha::FIVE_PERCENT), None, "n={n}");
        }
        assert_eq!(unpaired(3).detectable_shift(Alpha::FIVE_PERCENT), None);
        assert_eq!(unpaired(3).minimum_detectable_effect(Alpha::FIVE_PERCENT, 0.01), None);
    }

    /// Six blocks are significant only if all point the same way: Φ(shift)⁶ = 0.8.
    #[test]
    fn six_blocks_have_a_closed_form() {
        let exact = normal_quantile(0.8f64.powf(1.0 / 6.0));
        let shift = paired(6).detectable_shift(Alpha::FIVE_PERCENT).unwrap();
        assert!((shift / exact - 1.0).abs() < 0.02, "{shift} {exact}");
    }

    #[test]
    fn the_formula_continues_the_simulation() {
        let alpha = Alpha::FIVE_PERCENT;
        let simulated = paired(SIMULATED_BLOCKS).detectable_shift(alpha).unwrap();
        let formula = by_formula(9, 0.1, alpha);
        assert!((simulated / formula - 1.0).abs() < 0.03, "{simulated} {formula}");
        let simulated = unpaired(20).detectable_shift(alpha).unwrap();
        let formula = by_formula(38, 0.1 * std::f64::consts::PI / 3.0, alpha);
        assert!((simulated / formula - 1.0).abs() < 0.03, "{simulated} {formula}");
    }
}
