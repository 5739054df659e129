//! Takes a stretch and its best split, and yields the p-value of that split: how often the same values
//! in a random order split as well *somewhere*. The maximum is taken anew in every order, so the p of a
//! split chosen by maximising is an honest one.
//!
//! p = (b + 1) / (B + 1), b of B orders reaching the statistic (Phipson & Smyth, arXiv 1603.05766), so
//! it is never 0. Sequential (Besag & Clifford, *Biometrika* 78 (1991), 301): drawing stops at the h-th
//! order that reaches it, h being the fewest that rule out p ≤ α, and then p = h / (orders drawn),
//! which is as valid, above α, and cheap: a level stretch takes a handful of orders and not all B.
//!
//! A stretch longer than 512 nights is tested by the interquartile means of 257 to 512 equal blocks of
//! successive nights: exchangeable as the nights are, so the p is as valid, and what a block blurs is
//! less than what so long a stretch can show. Where it splits, its nights say.

use super::energy::{Energy, Tree};
use crate::stats::{Alpha, moments, random::Random};

/// B: the smallest p is 1/100, and more only if α asks for less.
const ORDERS: u32 = 99;

/// The most nights or blocks that are put in a random order.
const LONGEST: usize = 512;

/// The p, in (0, 1], of the best split of a stretch into two of `shortest` nights at least; 1 where
/// there is none.
pub(super) fn p_of_best_split(
    stretch: &[f64],
    shortest: usize,
    alpha: Alpha,
    random: &mut Random,
    tree: &mut Tree,
) -> f64 {
    let (values, shortest) = blocks(stretch, shortest);
    let Some(energy) = Energy::of(&values, shortest) else { return 1.0 };
    let statistic = energy.best_split(energy.order(), tree).statistic;
    // Fewer could never reach α.
    let orders = ORDERS.max((1.0 / alpha.get()).ceil().min(1e6) as u32 - 1);
    let enough = (alpha.get() * f64::from(orders + 1) * (1.0 + 1e-12)).floor().max(1.0) as u32;
    let mut order = energy.order().to_vec();
    let mut reached = 0;
    for drawn in 1..=orders {
        random.shuffle(&mut order);
        reached += u32::from(energy.reaches(&order, statistic, tree));
        if reached == enough {
            return f64::from(reached) / f64::from(drawn);
        }
    }
    f64::from(reached + 1) / f64::from(orders + 1)
}

/// The values to test, and the fewest of them on a side.
fn blocks(stretch: &[f64], shortest: usize) -> (Vec<f64>, usize) {
    let size = stretch.len().div_ceil(LONGEST).max(1);
    let middle = |block: &[f64]| {
        let mut block = block.to_vec();
        block.sort_by(f64::total_cmp);
        moments::mean(&block[size / 4..size - size / 4])
    };
    // The first nights that fill no block are left out: the newest matter more.
    let whole = &stretch[stretch.len() % size..];
    (whole.chunks(size).map(middle).collect(), shortest.div_ceil(size).max(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_stretches_are_tested_by_blocks() {
        let nights: Vec<f64> = (0..1_201).map(f64::from).collect();
        let (values, shortest) = blocks(&nights, 6);
        assert_eq!((values.len(), values[0], values[399], shortest), (400, 2.0, 1_199.0, 2));
        assert_eq!(blocks(&nights[..512], 6), (nights[..512].to_vec(), 6));
    }

    /// 400 level stretches, too many of which must not be significant: 4 are expected.
    #[test]
    fn p_is_small_as_often_as_it_says() {
        let random = &mut Random::new(8);
        for nights in [24, 600] {
            let significant = (0..400)
                .filter(|_| {
                    let stretch: Vec<f64> = (0..nights).map(|_| random.uniform()).collect();
                    let alpha = Alpha::ONE_PERCENT;
                    let p = p_of_best_split(&stretch, 6, alpha, random, &mut Tree::default());
                    p <= alpha.get()
                })
                .count();
            assert!(significant < 12, "{nights}: {significant}");
        }
    }
}
