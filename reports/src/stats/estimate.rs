//! Takes the runs of two cells and yields what they show by themselves, an [`Estimate`]: ratio,
//! intervals and p, before any adjustment for other comparisons. The verdict comes after it, in
//! [`decide`](super::decide).

use super::chance_gap::chance_gap;
use super::design::Design;
use super::log_ratios::LogRatios;
use super::mann_whitney::mann_whitney_test;
use super::moments::squared_deviations;
use super::outcome::{Alpha, Interval, Test};
use super::random::SEED;
use super::sample::Sample;
use super::shift::{shift, shift_interval};
use super::sign_flip::sign_flip_test;
use super::signed_rank::{hodges_lehmann, paired_interval, signed_rank_interval};

/// What the runs of two cells show, before adjustment and verdict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Paired or not, and how many runs.
    pub design: Design,
    /// Candidate over baseline (Hodges-Lehmann).
    pub ratio: f64,
    /// The interval for the ratio, with its real level.
    pub interval: Interval,
    /// The interval for the ratio at 90 % or more on which equivalence rests; `None` where so few
    /// runs give none without assuming normal times.
    pub equivalence_interval: Option<Interval>,
    /// The test of "ratio 1".
    pub test: Test,
    /// The standard deviation of the log-ratios (paired), or of the logs of one cell's runs (unpaired,
    /// pooled); `None` where there are too few runs for one.
    pub sd_log: Option<f64>,
}

impl Estimate {
    /// How far apart, as a fraction, two medians of the same cell come to lie by chance with these
    /// runs and this noise (95 %); `None` without a standard deviation. See [`chance_gap`].
    pub fn chance_gap(&self) -> Option<f64> {
        let of_one_run = match self.design {
            // A log-ratio has the variance of two runs, less the drift they share.
            Design::Paired { .. } => std::f64::consts::FRAC_1_SQRT_2,
            Design::Unpaired { .. } => 1.0,
        };
        let gap = chance_gap(self.design.n_baseline(), self.design.n_candidate())?;
        Some(gap * of_one_run * self.sd_log?)
    }
}

/// Compares two cells of one experiment, paired by block: sign-flip test, signed-rank interval.
pub fn estimate_paired(log_ratios: &LogRatios, alpha: Alpha) -> Estimate {
    Estimate {
        design: Design::Paired { blocks: log_ratios.n() },
        ratio: hodges_lehmann(log_ratios).exp(),
        interval: paired_interval(log_ratios, alpha).exp(),
        equivalence_interval: signed_rank_interval(log_ratios, Alpha::TEN_PERCENT)
            .map(Interval::exp),
        test: sign_flip_test(log_ratios, SEED),
        sd_log: log_ratios.sd(),
    }
}

/// Compares two experiments: Mann-Whitney test, interval from the ordered differences.
pub fn estimate_unpaired(baseline: &Sample, candidate: &Sample, alpha: Alpha) -> Estimate {
    let (m, n) = (baseline.n(), candidate.n());
    let interval_90 = shift_interval(baseline, candidate, Alpha::TEN_PERCENT);
    let reached = Alpha::TEN_PERCENT.allows(1.0 - interval_90.level);
    let freedom = (m + n).checked_sub(2).filter(|freedom| *freedom > 0);
    let squares = squared_deviations(&baseline.logs()) + squared_deviations(&candidate.logs());
    Estimate {
        design: Design::Unpaired { baseline: m, candidate: n },
        ratio: shift(baseline, candidate).exp(),
        interval: shift_interval(baseline, candidate, alpha).exp(),
        equivalence_interval: reached.then(|| interval_90.exp()),
        test: mann_whitney_test(baseline, candidate),
        sd_log: freedom.map(|freedom| (squares / freedom as f64).sqrt()),
    }
}
