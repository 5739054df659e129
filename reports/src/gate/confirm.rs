//! Takes the fresh blocks that an alarm asks for and yields whether they show it again. One comparison,
//! chosen by the alarm and measured anew, so at α = 5 % without adjustment.

use super::deviation::{Deviation, Span};
use super::night::Night;
use super::outcome::Reason;
use crate::stats::{Alpha, Interval, LogRatios, Margin, Worse, estimate_paired};

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
    /// The interval for the ratio at 95 % or more, with its real level.
    pub interval: Interval,
    /// The p of "ratio 1", in (0, 1].
    pub p: f64,
}

/// Against the baseline's build, run beside tonight's in each fresh block: the stronger evidence,
/// since it rests on nothing but these blocks. Fewer than 6 blocks cannot reach p < 0.05.
pub fn confirm_paired(blocks: &LogRatios, worse: Worse, margin: Margin) -> Confirmation {
    let estimate = estimate_paired(blocks, Alpha::FIVE_PERCENT);
    decide(estimate.ratio, estimate.interval, estimate.test.p, worse, margin)
}

/// Against the baseline's nights, where its build is no longer at hand: `fresh` holds the median of the
/// fresh blocks as if it were a night, relative to the control that ran in the same blocks.
///
/// Single blocks are not set against medians of nights: they scatter more, and share the hour.
///
/// # Errors
/// The [`Reason`] why the nights are no baseline.
pub fn confirm_against_nights(
    fresh: &Night,
    worse: Worse,
    margin: Margin,
) -> Result<Confirmation, Reason> {
    let deviation = Deviation::of(fresh, Span::Tonight)?;
    let interval = deviation.interval(Alpha::FIVE_PERCENT);
    Ok(decide(deviation.ratio(), interval, deviation.p, worse, margin))
}

fn decide(ratio: f64, interval: Interval, p: f64, worse: Worse, margin: Margin) -> Confirmation {
    let (worsening, at_most) = match worse {
        Worse::Higher => (ratio.ln(), interval.high.ln()),
        Worse::Lower => (-ratio.ln(), -interval.low.ln()),
    };
    let confirmed = if p < Alpha::FIVE_PERCENT.get() && margin.reached_by(worsening) {
        Confirmed::Yes
    } else if !margin.reached_by(at_most) {
        Confirmed::No
    } else {
        Confirmed::CannotTell
    };
    Confirmation { confirmed, ratio, interval, p }
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
            let night = Night::new(usual.clone(), Vec::new(), median).unwrap();
            confirm_against_nights(&night, Worse::Higher, Margin::FIVE_PERCENT).unwrap().confirmed
        };
        assert_eq!(fresh(0.10), Confirmed::Yes);
        assert_eq!(fresh(0.01), Confirmed::No);
        assert_eq!(fresh(0.045), Confirmed::CannotTell);
        let young = Night::new(usual[..4].to_vec(), Vec::new(), 0.1).unwrap();
        assert_eq!(
            confirm_against_nights(&young, Worse::Higher, Margin::FIVE_PERCENT),
            Err(Reason::TooFewNights { nights: 4 })
        );
    }
}
