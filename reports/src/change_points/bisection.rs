//! Takes a history and yields its significant cuts: e-divisive's bisection, and then each cut moved to
//! where it is best between its neighbours, which were not known when it was made.

use super::energy::{Energy, Tree};
use super::significance::p_of_maximum;
use crate::stats::{Alpha, random::Random};

/// A significant cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cut {
    /// The first night of its right side.
    pub(super) night: usize,
    /// The p of the best split of the stretch it was found in.
    pub(super) p: f64,
}

/// The cuts in ascending order, at least `shortest` nights apart and from the ends.
pub(super) fn cuts(
    history: &[f64],
    shortest: usize,
    alpha: Alpha,
    random: &mut Random,
) -> Vec<Cut> {
    let mut cuts: Vec<Cut> = Vec::new();
    let tree = &mut Tree::default();
    let mut stretches = vec![(0, history.len())];
    while let Some((begin, end)) = stretches.pop() {
        let Some(energy) = Energy::of(&history[begin..end], shortest) else { continue };
        let split = energy.best_split(energy.order(), tree);
        let p = p_of_maximum(&energy, split.statistic, alpha, random, tree);
        if p <= alpha.get() {
            let night = begin + split.left;
            cuts.push(Cut { night, p });
            stretches.extend([(night, end), (begin, night)]);
        }
    }
    cuts.sort_by_key(|cut| cut.night);
    settle(&mut cuts, history, shortest, tree);
    cuts
}

/// Moves each cut, in turn, to the best split between its neighbours.
fn settle(cuts: &mut [Cut], history: &[f64], shortest: usize, tree: &mut Tree) {
    for i in 0..cuts.len() {
        let begin = if i == 0 { 0 } else { cuts[i - 1].night };
        let end = cuts.get(i + 1).map_or(history.len(), |next| next.night);
        if let Some(energy) = Energy::of(&history[begin..end], shortest) {
            cuts[i].night = begin + energy.best_split(energy.order(), tree).left;
        }
    }
}
