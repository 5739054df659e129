//! Takes the fresh blocks that an alarm asks for and yields whether they show it again. One cell, chosen by
//! the alarm and measured anew, so at α = 5 % without adjustment for the other cells.
//!
//! α is of all that the blocks are asked: where the last good build ran in them, they are asked
//! twice, and either answer may confirm. Bonferroni shares α unevenly then, since two equal shares of 2.5 % are
//! below what 6 blocks can reach (p = 2/2⁶ = 3.1 %): 3.5 % are the last good build's, and 1.5 % the
//! nights'.

use super::deviation::{Deviation, Span};
use super::environment::{Way, goes_along};
use super::night::Night;
use super::outcome::Reason;
use crate::stats::{Alpha, Interval, LogRatios, Margin, Worse, estimate_paired};

/// α of the comparison with the last good build.
const OF_LAST_GOOD: f64 = 0.035;

/// What fresh blocks say of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// Significantly worse again, and by at least δ: REGRESSED.
    Yes,
    /// The interval leaves out a worsening of δ.
    No,
    /// Neither: more blocks would tell.
    CannotTell,
}

/// What fresh blocks show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confirmation {
    /// Whether they confirm the alarm.
    pub confirmed: Confirmed,
    /// Tonight's build over the baseline.
    pub ratio: f64,
    /// The interval for the ratio at 1 − α or more, α being its share, with its real level.
    pub interval: Interval,
    /// The p of "ratio 1", in (0, 1].
    pub p: f64,
    /// Whether it would have confirmed, had the raw value gone along: the control is what moved.
    pub control_moved: bool,
}

/// The fresh blocks as a night, and what the baseline has of them: the median of the blocks in the place
/// of tonight's.
#[derive(Debug, Clone, PartialEq)]
pub enum FreshNight {
    /// The value that decides, and nothing beside it.
    Alone(Night),
    /// The control-relative value, and the raw one, which must go at least half of δ the same way: if
    /// it does not, the control became better and the cell did not become worse.
    WithRaw {
        /// Relative to the control that ran in the same blocks.
        relative: Night,
        /// The cell's own.
        raw: Night,
    },
}

/// Against the baseline's build, run beside tonight's in each fresh block: the stronger evidence,
/// since it rests on nothing but these blocks. At 3.5 %, which fewer than 6 blocks cannot reach.
pub fn confirm_paired(blocks: &LogRatios, worse: Worse, margin: Margin) -> Confirmation {
    let alpha = Alpha::new(OF_LAST_GOOD).unwrap_or(Alpha::ONE_PERCENT);
    let estimate = estimate_paired(blocks, alpha);
    decide(estimate.ratio, estimate.interval, estimate.test.p, alpha, worse, margin)
}

/// Against the baseline's nights, at 5 %, or at the 1.5 % that are left where the same blocks are asked
/// for the last good build as well.
///
/// Single blocks are not set against medians of nights: they scatter more, and share the hour.
///
/// # Errors
/// The [`Reason`] why the nights are no baseline.
pub fn confirm_against_nights(
    fresh: &FreshNight,
    beside_last_good: bool,
    worse: Worse,
    margin: Margin,
) -> Result<Confirmation, Reason> {
    let whole = Alpha::FIVE_PERCENT;
    let rest = Alpha::new(whole.get() - OF_LAST_GOOD).unwrap_or(Alpha::ONE_PERCENT);
    let alpha = if beside_last_good { rest } else { whole };
    let (FreshNight::Alone(night) | FreshNight::WithRaw { relative: night, .. }) = fresh;
    let deviation = Deviation::of(night, Span::Tonight)?;
    let interval = deviation.interval(alpha);
    let found = decide(deviation.ratio(), interval, deviation.p, alpha, worse, margin);
    let goes_along = match fresh {
        FreshNight::Alone(_) => true,
        FreshNight::WithRaw { raw, .. } => {
            goes_along(&Deviation::of(raw, Span::Tonight)?, worse, Way::Worse, margin)
        }
    };
    Ok(match found.confirmed {
        Confirmed::Yes if !goes_along => {
            Confirmation { confirmed: Confirmed::CannotTell, control_moved: true, ..found }
        }
        Confirmed::Yes | Confirmed::No | Confirmed::CannotTell => found,
    })
}

fn decide(
    ratio: f64,
    interval: Interval,
    p: f64,
    alpha: Alpha,
    worse: Worse,
    margin: Margin,
) -> Confirmation {
    let (worsening, at_most) = match worse {
        Worse::Higher => (ratio.ln(), interval.high.ln()),
        Worse::Lower => (-ratio.ln(), -interval.low.ln()),
    };
    let confirmed = if p < alpha.get() && margin.reached_by(worsening) {
        Confirmed::Yes
    } else if !margin.reached_by(at_most) {
        Confirmed::No
    } else {
        Confirmed::CannotTell
    };
    Confirmation { confirmed, ratio, interval, p, control_moved: false }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn blocks(ratios: &[f64]) -> LogRatios {
        let pairs: Vec<(f64, f64)> = ratios.iter().map(|ratio| (2.0, 2.0 * ratio)).collect();
        LogRatios::of_pairs(&pairs).unwrap()
    }

    fn paired(ratios: &[f64], worse: Worse) -> Confirmed {
        confirm_paired(&blocks(ratios), worse, Margin::FIVE_PERCENT).confirmed
    }

    #[test]
    fn six_blocks_all_slower_confirm() {
        let slower = [1.10, 1.09, 1.12, 1.08, 1.11, 1.10];
        assert_eq!(paired(&slower, Worse::Higher), Confirmed::Yes);
        assert_eq!(paired(&slower, Worse::Lower), Confirmed::No);
        let faster = slower.map(|ratio| 1.0 / ratio);
        assert_eq!(paired(&faster, Worse::Lower), Confirmed::Yes);
        assert_eq!(paired(&faster, Worse::Higher), Confirmed::No);
    }

    #[test]
    fn equal_blocks_do_not_confirm_and_few_or_wild_ones_cannot_tell() {
        assert_eq!(paired(&[1.01, 0.99, 1.0, 1.02, 0.98, 1.0], Worse::Higher), Confirmed::No);
        assert_eq!(paired(&[1.10, 1.11, 1.09], Worse::Higher), Confirmed::CannotTell);
        assert_eq!(paired(&[1.3, 0.9, 1.2, 0.8, 1.1, 1.0], Worse::Higher), Confirmed::CannotTell);
        // Significant, but less than counts, and no bound on it either.
        assert_eq!(
            paired(&[1.04, 1.05, 1.03, 1.06, 1.04, 1.045], Worse::Higher),
            Confirmed::CannotTell
        );
    }

    #[test]
    fn nights_confirm_by_the_median_of_the_fresh_blocks() {
        let usual: Vec<f64> = (0..12).map(|night| f64::from(night % 4) * 0.005).collect();
        let fresh = |median| {
            let night = FreshNight::Alone(Night::new(usual.clone(), Vec::new(), median).unwrap());
            nights(&night, false, Worse::Higher).confirmed
        };
        assert_eq!(fresh(0.10), Confirmed::Yes);
        assert_eq!(fresh(0.01), Confirmed::No);
        assert_eq!(fresh(0.045), Confirmed::CannotTell);
        let young = FreshNight::Alone(Night::new(usual[..4].to_vec(), Vec::new(), 0.1).unwrap());
        assert_eq!(
            confirm_against_nights(&young, false, Worse::Higher, Margin::FIVE_PERCENT),
            Err(Reason::TooFewNights { nights: 4 })
        );
    }

    fn nights(fresh: &FreshNight, beside_last_good: bool, worse: Worse) -> Confirmation {
        confirm_against_nights(fresh, beside_last_good, worse, Margin::FIVE_PERCENT).unwrap()
    }

    #[test]
    fn a_control_that_became_better_is_no_cell_that_became_worse() {
        let usual: Vec<f64> = (0..12).map(|night| f64::from(night % 4) * 0.005).collect();
        let of = |relative, raw, worse| {
            let night = |value| Night::new(usual.clone(), Vec::new(), value).unwrap();
            let fresh = FreshNight::WithRaw { relative: night(relative), raw: night(raw) };
            let found = nights(&fresh, false, worse);
            (found.confirmed, found.control_moved)
        };
        assert_eq!(of(0.10, 0.10, Worse::Higher), (Confirmed::Yes, false));
        assert_eq!(of(0.10, 0.04, Worse::Higher), (Confirmed::Yes, false));
        assert_eq!(of(0.10, 0.01, Worse::Higher), (Confirmed::CannotTell, true));
        assert_eq!(of(0.10, -0.10, Worse::Higher), (Confirmed::CannotTell, true));
        assert_eq!(of(-0.10, -0.10, Worse::Lower), (Confirmed::Yes, false));
        assert_eq!(of(-0.10, 0.0, Worse::Lower), (Confirmed::CannotTell, true));
        // What is not there needs nobody to agree.
        assert_eq!(of(0.01, -0.10, Worse::Higher), (Confirmed::No, false));
    }

    /// Each way of confirming has its share of α, and 6 blocks reach theirs.
    #[test]
    fn two_questions_share_one_alpha() {
        let six = confirm_paired(&blocks(&[1.1; 6]), Worse::Higher, Margin::FIVE_PERCENT);
        assert_eq!((six.p, six.confirmed), (2.0 / 64.0, Confirmed::Yes));
        assert_eq!(six.interval.level, 1.0 - 2.0 / 64.0);
        let usual: Vec<f64> = (0..31).map(|night| f64::from(night % 5) * 0.02).collect();
        let fresh = FreshNight::Alone(Night::new(usual, Vec::new(), 0.11).unwrap());
        let [alone, beside] = [false, true].map(|beside| nights(&fresh, beside, Worse::Higher));
        assert!(alone.p == beside.p && (0.015..0.05).contains(&alone.p), "{}", alone.p);
        assert_eq!(
            [alone, beside].map(|of| (of.confirmed, of.interval.level)),
            [(Confirmed::Yes, 0.95), (Confirmed::CannotTell, 0.985)]
        );
    }
}
