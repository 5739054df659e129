//! Takes how well the ranks of a stretch split and yields the p of that: how often ranks in a random
//! order split as well *somewhere*. The maximum is taken anew in every order, so the p of a split
//! chosen by maximising is an honest one.
//!
//! Ranks in a random order are the same whatever the values were, so the orders are drawn once for each
//! number of nights and not for each stretch: 99,999 of them, in [`by_chance`](super::by_chance).
//! p = (b + 1) / (B + 1), b of B orders reaching the statistic (Phipson & Smyth, arXiv 1603.05766),
//! rounded up to the next of 0.0001, 0.0002, 0.0005, 0.001, …, 0.5, 1. Between two numbers of nights in
//! the table, the critical values are interpolated over the logarithm of that number.

use super::by_chance::{BY_NIGHTS, LEVELS};

/// The most nights in the table.
pub(super) const LONGEST: usize = BY_NIGHTS[BY_NIGHTS.len() - 1].0 as usize;

/// The p of the best split of `nights`, at most [`LONGEST`], with that `statistic`.
pub(super) fn p_of(statistic: f64, nights: usize) -> f64 {
    let after = BY_NIGHTS.partition_point(|(of, _)| (*of as usize) < nights);
    let (long, of_long) = BY_NIGHTS[after.min(BY_NIGHTS.len() - 1)];
    let (short, of_short) = BY_NIGHTS[after.saturating_sub(1)];
    let ln = |nights: u32| f64::from(nights).ln();
    let share = match long > short {
        true => ((nights as f64).ln() - ln(short)) / (ln(long) - ln(short)),
        false => 0.0,
    };
    let critical = |level: usize| of_short[level] + share * (of_long[level] - of_short[level]);
    let reached = (0..LEVELS.len()).take_while(|level| statistic > critical(*level));
    reached.last().map_or(1.0, |level| LEVELS[level])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::energy::{Tree, best_split};
    use super::*;
    use crate::stats::random::Random;

    /// Other orders than those of the table, at numbers of nights that are in it and between: every p
    /// comes up as often as it says, within 4 standard deviations. So few as 12 and 13 nights split in
    /// few ways, which keeps p above what is asked for.
    #[test]
    fn p_is_small_as_often_as_it_says() {
        const TRIALS: u32 = 4_000;
        let random = &mut Random::new(8);
        let tree = &mut Tree::default();
        for nights in [12, 13, 24, 35, 45, 150, 600] {
            let mut order: Vec<u32> = (0..nights).collect();
            let p: Vec<f64> = (0..TRIALS)
                .map(|_| {
                    random.shuffle(&mut order);
                    p_of(best_split(&order, tree).unwrap().statistic, order.len())
                })
                .collect();
            for level in &LEVELS[..7] {
                let seen = p.iter().filter(|p| *p <= level).count() as f64;
                let expected = level * f64::from(TRIALS);
                let deviation = (expected * (1.0 - level)).sqrt();
                assert!(seen < expected + 4.0 * deviation, "{nights} {level}: {seen}");
                let few = nights < 20;
                assert!(few || seen > expected - 4.0 * deviation, "{nights} {level}: {seen}");
            }
        }
    }

    #[test]
    fn p_falls_with_the_statistic_and_not_below_the_table() {
        let of = |statistic| p_of(statistic, 100);
        assert_eq!((of(0.0), of(f64::INFINITY)), (1.0, 0.0001));
        let by_statistic: Vec<f64> = (0..600).map(|i| of(f64::from(i) / 100.0)).collect();
        assert!(by_statistic.is_sorted_by(|a, b| a >= b));
        assert!(LEVELS.iter().all(|level| by_statistic.contains(level)));
    }
}
