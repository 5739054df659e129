//! Takes a history and yields its significant cuts: e-divisive's bisection; then each cut moved to
//! where it is best between its neighbours, which were not known when it was made; then those dropped
//! that are not significant there, the least of them first.

use super::stretch::{Cut, Stretches};
use crate::stats::Alpha;

/// The cuts in ascending order.
pub(super) fn cuts(history: &[f64], alpha: Alpha, seed: u64) -> Vec<Cut> {
    let mut of = Stretches::of(history, seed);
    let mut cuts: Vec<Cut> = Vec::new();
    let mut stretches = vec![(0, history.len())];
    while let Some((begin, end)) = stretches.pop() {
        if let Some(cut) = of.cut(begin, end).filter(|cut| cut.p <= alpha.get()) {
            cuts.push(cut);
            stretches.extend([(cut.night, end), (begin, cut.night)]);
        }
    }
    cuts.sort_by_key(|cut| cut.night);
    loop {
        // Twice: where a cut is best depends on both its neighbours, of which one moves after it.
        for i in (0..cuts.len()).chain(0..cuts.len()) {
            let begin = if i == 0 { 0 } else { cuts[i - 1].night };
            let end = cuts.get(i + 1).map_or(history.len(), |next| next.night);
            if let Some(cut) = of.cut(begin, end) {
                cuts[i] = cut;
            }
        }
        let weakest = (0..cuts.len()).max_by(|a, b| cuts[*a].p.total_cmp(&cuts[*b].p));
        let Some(weakest) = weakest.filter(|i| cuts[*i].p > alpha.get()) else { return cuts };
        cuts.remove(weakest);
    }
}
