//! When a history changed for good: takes one value a night, ln of a median, oldest first, and yields
//! the nights that begin a new level, each with its size, interval and p.
//!
//! Hierarchical bisection by e-divisive (Matteson & James, arXiv 1306.4933) on ranks: a stretch is cut
//! where the energy statistic is largest, if a permutation test of that maximum says so, and both sides
//! are looked at in turn, down to segments of 6 nights. Ranks, whose permutations are the same for every
//! stretch of as many nights, so that they are drawn once and for all. Then every cut is moved to where it is
//! best between its neighbours, and tested again there. Each says whether the second opinion, an L1 segmentation that optimises
//! the whole history at once, has a cut within 2 nights.
//!
//! ```
//! use reports::change_points::change_points;
//! use reports::stats::Alpha;
//!
//! let night = |i: u32| f64::from(i * 37 % 11) * 0.002 + if i < 40 { 0.0 } else { 0.05 };
//! let history: Vec<f64> = (0..90).map(night).collect();
//! let found = change_points(&history, Alpha::ONE_PERCENT, 1)?;
//! assert_eq!((found.len(), found[0].night, found[0].p), (1, 40, 0.0001));
//! assert!(found[0].seconded && (1.04..1.06).contains(&found[0].ratio));
//! # Ok::<(), reports::change_points::NotFinite>(())
//! ```
//!
//! What it is for: attributing a change and beginning a new baseline. It does not gate tonight: a change
//! needs 6 nights to be one.
//!
//! What it withstands: any shape of noise, and single outliers, which count by their rank and not by
//! their distance. What it does not: the test takes nights as exchangeable, so a slow drift is reported as a
//! staircase (the second opinion mostly abstains), and an excursion that returns within some dozen
//! nights can go unnoticed in a history of years, because one cut alone does not explain it.

mod bisection;
mod by_chance;
mod energy;
mod least_absolute;
mod many;
mod significance;
mod stretch;

use crate::stats::{Alpha, Interval, shift_of_logs};

pub use many::change_points_of_each;

/// The shortest segment, in nights.
pub const SHORTEST: usize = energy::SHORTEST;

/// How far from a change point the second opinion may have it, in nights.
pub const TOLERANCE: usize = 2;

/// The nights next to a change point on either side, at most, that its size is told from: what came
/// long before or after is no evidence of it, and the baseline of a night is as long.
pub const NEAREST: usize = 30;

/// A night from which on the history is at another level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// Its index, from 0: the first night of the new level.
    pub night: usize,
    /// The new level over the old (Hodges-Lehmann, over up to 30 nights on either side within the
    /// segments).
    pub ratio: f64,
    /// The interval for the ratio at 95 % or more, with its real level, as if the night had been known
    /// beforehand; it was looked for, which flatters a small ratio.
    pub interval: Interval,
    /// The p of the best split between its neighbours, in (0, α].
    pub p: f64,
    /// Whether the L1 segmentation has a cut within 2 nights.
    pub seconded: bool,
}

/// A night without a value that can be compared.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("night {night} (counted from 0) is {value}: a history needs finite logarithms")]
pub struct NotFinite {
    /// Its index, from 0.
    pub night: usize,
    /// The offending value.
    pub value: f64,
}

/// The change points of one history of logarithms, oldest night first, in that order.
///
/// `alpha` is asked of each bisection: a history without a change has one reported with that
/// probability, and each true change adds a segment in which to err. The smallest p is
/// 1/10,000. The seed ranks nights of equal value. Same seed, same result.
///
/// # Errors
/// [`NotFinite`], naming the first such night.
pub fn change_points(
    history: &[f64],
    alpha: Alpha,
    seed: u64,
) -> Result<Vec<ChangePoint>, NotFinite> {
    if let Some(night) = history.iter().position(|value| !value.is_finite()) {
        return Err(NotFinite { night, value: history[night] });
    }
    let cuts = bisection::cuts(history, alpha, seed);
    let seconds =
        if cuts.is_empty() { Vec::new() } else { least_absolute::cuts(history, SHORTEST) };
    let edge = |i: usize| cuts.get(i).map_or(history.len(), |cut| cut.night);
    let describe = |(i, cut): (usize, &stretch::Cut)| {
        let begin = if i == 0 { 0 } else { edge(i - 1) };
        let before = &history[begin.max(cut.night.saturating_sub(NEAREST))..cut.night];
        let after = &history[cut.night..edge(i + 1).min(cut.night + NEAREST)];
        let (shift, interval) = shift_of_logs(before, after, Alpha::FIVE_PERCENT);
        let seconded = seconds.iter().any(|second| second.abs_diff(cut.night) <= TOLERANCE);
        let (ratio, interval) = (shift.exp(), interval.exp());
        ChangePoint { night: cut.night, ratio, interval, p: cut.p, seconded }
    };
    Ok(cuts.iter().enumerate().map(describe).collect())
}
