//! Takes a history and yields of any stretch of it where it splits best and with what p, by the ranks
//! that its nights have among each other. Each stretch is looked at once.
//!
//! Equal values are ranked in a random order, seeded: their ranks are then as random as those of
//! different ones, and p is as valid. A stretch of equal values alone has no split.
//!
//! A stretch longer than the table of [`significance`](super::significance), 4,096 nights, is tested by
//! the interquartile means of its blocks of successive nights: exchangeable as the nights are, so the
//! p is as valid. Where it splits, its nights say.

use std::collections::HashMap;

use super::energy::{Split, Tree, best_split};
use super::significance::{LONGEST, p_of};
use crate::stats::{moments, random::Random};

/// The best split of a stretch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cut {
    /// The first night of its right side.
    pub(super) night: usize,
    /// Its p.
    pub(super) p: f64,
}

/// A history and what was found out about its stretches.
pub(super) struct Stretches<'a> {
    history: &'a [f64],
    ranks: Vec<u32>,
    random: Random,
    tree: Tree,
    known: HashMap<(usize, usize), Option<Cut>>,
}

impl<'a> Stretches<'a> {
    /// The values are finite.
    pub(super) fn of(history: &'a [f64], seed: u64) -> Self {
        let mut random = Random::new(seed);
        let ranks = ranks(history, &mut random);
        Self { history, ranks, random, tree: Tree::default(), known: HashMap::new() }
    }

    /// The best split of the nights from `begin` to before `end`; `None` where two segments do not fit, or
    /// all values are equal.
    pub(super) fn cut(&mut self, begin: usize, end: usize) -> Option<Cut> {
        if let Some(known) = self.known.get(&(begin, end)) {
            return *known;
        }
        let cut = self.look(begin, end);
        self.known.insert((begin, end), cut);
        cut
    }

    fn look(&mut self, begin: usize, end: usize) -> Option<Cut> {
        let values = &self.history[begin..end];
        if values.iter().all(|value| *value == values[0]) {
            return None;
        }
        let split = best_split(&among_each_other(&self.ranks[begin..end]), &mut self.tree)?;
        let p = match values.len() {
            nights if nights <= LONGEST => p_of(split.statistic, nights),
            _ => self.p_by_blocks(values),
        };
        Some(Cut { night: begin + split.left, p })
    }

    fn p_by_blocks(&mut self, values: &[f64]) -> f64 {
        let blocks = ranks(&blocks(values), &mut self.random);
        let split = best_split(&blocks, &mut self.tree);
        split.map_or(1.0, |Split { statistic, .. }| p_of(statistic, blocks.len()))
    }
}

/// The rank of each value, from 0.
fn ranks(values: &[f64], random: &mut Random) -> Vec<u32> {
    // The value, chance and the night in one word, which sorts several times faster than three.
    let mut ascending: Vec<u128> = (0..)
        .zip(values)
        .map(|(night, value)| {
            u128::from(ascending_bits(*value)) << 64
                | u128::from(random.bits() >> 32) << 32
                | u128::from(night as u32)
        })
        .collect();
    ascending.sort_unstable();
    let mut ranks = vec![0; values.len()];
    for (rank, night) in (0..).zip(&ascending) {
        ranks[*night as u32 as usize] = rank;
    }
    ranks
}

/// A number that is larger for a larger value.
fn ascending_bits(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// Ranks among many made ranks among these alone.
fn among_each_other(ranks: &[u32]) -> Vec<u32> {
    let words = ranks.iter().max().map_or(0, |highest| *highest as usize / 64 + 1);
    // A bit for each rank, and how many bits the words before have.
    let mut present = vec![(0u64, 0u32); words];
    for rank in ranks {
        present[*rank as usize / 64].0 |= 1 << (rank % 64);
    }
    let mut count = 0;
    for (bits, before) in &mut present {
        *before = count;
        count += bits.count_ones();
    }
    let lower = |rank: &u32| {
        let (bits, before) = present[*rank as usize / 64];
        before + (bits & ((1 << (rank % 64)) - 1)).count_ones()
    };
    ranks.iter().map(lower).collect()
}

/// The values of at most [`LONGEST`] blocks. The first nights that fill none are left out: the newest
/// matter more.
fn blocks(values: &[f64]) -> Vec<f64> {
    let size = values.len().div_ceil(LONGEST).max(1);
    let middle = |block: &[f64]| {
        let mut block = block.to_vec();
        block.sort_by(f64::total_cmp);
        moments::mean(&block[size / 4..size - size / 4])
    };
    values[values.len() % size..].chunks(size).map(middle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_stretches_are_tested_by_blocks() {
        let nights: Vec<f64> = (0..9_001).map(f64::from).collect();
        let values = blocks(&nights);
        assert_eq!((values.len(), values[0], values[2_999]), (3_000, 2.0, 8_999.0));
        assert_eq!(blocks(&nights[..4_096]), nights[..4_096]);
        let cut = Stretches::of(&nights, 1).cut(0, 9_001);
        assert_eq!(cut, Some(Cut { night: 4_500, p: 0.0001 }));
    }

    #[test]
    fn ranks_of_a_part_are_among_the_part() {
        assert_eq!(ranks(&[0.5, -1.0, 7.0, 0.0], &mut Random::new(1)), [2, 0, 3, 1]);
        assert_eq!(among_each_other(&[9, 4, 70, 5]), [2, 0, 3, 1]);
    }

    /// 2,000 stretches of which half the nights are equal: 1 % are significant at 1 %.
    #[test]
    fn equal_values_leave_p_valid() {
        let random = &mut Random::new(9);
        let cut = (0..2_000)
            .filter(|seed| {
                let night = |_| (random.uniform() * 2.0 - 1.0).max(0.0);
                let history: Vec<f64> = (0..60).map(night).collect();
                Stretches::of(&history, *seed).cut(0, 60).is_some_and(|cut| cut.p <= 0.01)
            })
            .count();
        // 20 expected, 4.4 the standard deviation.
        assert!((5..36).contains(&cut), "{cut}");
    }

    #[test]
    fn a_stretch_of_equal_values_has_no_split() {
        assert_eq!(Stretches::of(&[1.0; 40], 1).cut(0, 40), None);
        assert_eq!(Stretches::of(&[], 1).cut(0, 0), None);
    }
}
