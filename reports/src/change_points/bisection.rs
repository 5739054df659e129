//! Takes a history and yields its significant cuts: e-divisive's bisection; then each cut moved to
//! where it is best between its neighbours, which were not known when it was made; then those dropped
//! that are not significant there, the least of them first.

use std::collections::BTreeMap;

use super::energy::{Energy, Tree};
use super::significance::p_of_best_split;
use crate::stats::{Alpha, random::Random};

/// A significant cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cut {
    /// The first night of its right side.
    pub(super) night: usize,
    /// The p of the best split between its neighbours.
    pub(super) p: f64,
}

/// The cuts in ascending order, at least `shortest` nights apart and from the ends.
pub(super) fn cuts(
    history: &[f64],
    shortest: usize,
    alpha: Alpha,
    random: &mut Random,
) -> Vec<Cut> {
    let tree = &mut Tree::default();
    let mut cuts: Vec<Cut> = Vec::new();
    let mut tested: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let mut p_of = |begin: usize, end: usize, tree: &mut Tree| {
        *tested
            .entry((begin, end))
            .or_insert_with(|| p_of_best_split(&history[begin..end], shortest, alpha, random, tree))
    };
    let mut stretches = vec![(0, history.len())];
    while let Some((begin, end)) = stretches.pop() {
        let Some(energy) = Energy::of(&history[begin..end], shortest) else { continue };
        let p = p_of(begin, end, tree);
        if p <= alpha.get() {
            let night = begin + energy.best_split(energy.order(), tree).left;
            cuts.push(Cut { night, p });
            stretches.extend([(night, end), (begin, night)]);
        }
    }
    cuts.sort_by_key(|cut| cut.night);
    loop {
        settle(&mut cuts, history, shortest, tree);
        for i in 0..cuts.len() {
            let (begin, end) = between(&cuts, i, history.len());
            cuts[i].p = p_of(begin, end, tree);
        }
        let weakest = (0..cuts.len()).max_by(|a, b| cuts[*a].p.total_cmp(&cuts[*b].p));
        let Some(weakest) = weakest.filter(|i| cuts[*i].p > alpha.get()) else { return cuts };
        cuts.remove(weakest);
    }
}

/// The stretch between a cut's neighbours.
fn between(cuts: &[Cut], i: usize, nights: usize) -> (usize, usize) {
    let begin = if i == 0 { 0 } else { cuts[i - 1].night };
    (begin, cuts.get(i + 1).map_or(nights, |next| next.night))
}

/// Moves each cut, in turn, to the best split between its neighbours.
fn settle(cuts: &mut [Cut], history: &[f64], shortest: usize, tree: &mut Tree) {
    for i in 0..cuts.len() {
        let (begin, end) = between(cuts, i, history.len());
        if let Some(energy) = Energy::of(&history[begin..end], shortest) {
            cuts[i].night = begin + energy.best_split(energy.order(), tree).left;
        }
    }
}
