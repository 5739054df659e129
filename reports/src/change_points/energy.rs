//! Takes a stretch of a history and yields where it splits best: the index that maximises the energy
//! statistic of e-divisive (Matteson & James, arXiv 1306.4933, equation 7 with α = 1),
//!
//! Q(τ) = mn/(m+n) · (2·mean|x−y| − mean|x−x′| − mean|y−y′|),
//!
//! x and y being the m nights before τ and the n from τ on. The right side always reaches to the end of
//! the stretch: the paper's second maximum over that end costs n² and is left to the next bisection.
//!
//! No matrix of distances: one pass keeps the values seen in a Fenwick tree over their ranks, so that
//! the distances of the next value to all of them come from a count and a sum, O(n log n) in all. The
//! values are rounded to whole numbers, 2²² of them over the range at 2,000,000 nights and 2⁴⁰ at
//! 4,000, which makes every sum exact: two orders of the same values never differ by rounding, and a
//! permuted statistic is equal to the one seen exactly when it is.

/// Where a stretch splits best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    /// Nights on the left side.
    pub(super) left: usize,
    /// Q there, in the unit of the values.
    pub(super) statistic: f64,
}

/// A stretch whose values are sorted once, for the statistic of any order of them.
pub(super) struct Energy {
    /// The rank of each night's value, in the order of the nights.
    order: Vec<u32>,
    /// By rank: the value in whole steps, and the sum of its distances to all others.
    sorted: Vec<(u64, u64)>,
    /// By nights on the left: what the distances within the left and within the right are weighed by.
    weights: Vec<(f64, f64)>,
    /// All distances of two values.
    total: u64,
    /// The length of a step.
    step: f64,
    /// Bits that a count of nights takes.
    count_bits: u32,
    shortest: usize,
}

impl Energy {
    /// `None` where two sides of `shortest` nights do not fit, or all values are equal. The values are
    /// finite; `shortest` is at least 2.
    pub(super) fn of(values: &[f64], shortest: usize) -> Option<Self> {
        let n = values.len();
        let mut by_rank: Vec<usize> = (0..n).collect();
        by_rank.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        let (low, high) = (values[*by_rank.first()?], values[*by_rank.last()?]);
        if n < 2 * shortest || low >= high {
            return None;
        }
        let count_bits = usize::BITS - n.leading_zeros();
        // So that n²/2 distances add up to less than 2⁶³.
        let step = (high - low) / ((1u64 << (62 - 2 * count_bits)) as f64);
        let mut order = vec![0; n];
        for (rank, night) in by_rank.iter().enumerate() {
            order[*night] = rank as u32;
        }
        let steps: Vec<u64> =
            by_rank.iter().map(|night| ((values[*night] - low) / step).round() as u64).collect();
        let sorted = with_distances(&steps);
        let total = sorted.iter().map(|(_, distances)| distances).sum::<u64>() / 2;
        let weights = (0..n).map(|left| weights(left as f64, (n - left) as f64)).collect();
        Some(Self { order, sorted, weights, total, step, count_bits, shortest })
    }

    /// The ranks of the values in the order of the nights.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    /// The best split of the values in `order`, the first of equals.
    pub(super) fn best_split(&self, order: &[u32], tree: &mut Tree) -> Split {
        let mut best = Split { left: self.shortest, statistic: f64::NEG_INFINITY };
        self.visit(order, tree, |left, statistic| {
            if statistic > best.statistic {
                best = Split { left, statistic };
            }
            true
        });
        Split { statistic: best.statistic * self.step, ..best }
    }

    /// Whether any split of the values in `order` reaches `statistic`.
    pub(super) fn reaches(&self, order: &[u32], statistic: f64, tree: &mut Tree) -> bool {
        let goal = statistic / self.step * (1.0 - 1e-12);
        let mut reached = false;
        self.visit(order, tree, |_, statistic| {
            reached = statistic >= goal;
            !reached
        });
        reached
    }

    /// Calls `visit` with every split and its statistic in steps, until it yields false.
    fn visit(&self, order: &[u32], tree: &mut Tree, mut visit: impl FnMut(usize, f64) -> bool) {
        let n = order.len();
        tree.clear(n, self.count_bits);
        let (mut within_left, mut within_right) = (0, self.total);
        let mut sum = 0;
        for (seen, rank) in order[..n - self.shortest].iter().enumerate() {
            let (value, distances) = self.sorted[*rank as usize];
            let (count_below, sum_below) = tree.below(*rank as usize);
            // Below: value·count − sum. Above: the rest of the sum − value·the rest of the count.
            let to_left =
                (value * 2 * count_below + sum).wrapping_sub(2 * sum_below + value * seen as u64);
            tree.add(*rank as usize, value);
            sum += value;
            within_left += to_left;
            within_right -= distances - to_left;
            let left = seen + 1;
            if left >= self.shortest {
                let between = self.total - within_left - within_right;
                let (of_left, of_right) = self.weights[left];
                let statistic = 2.0 / n as f64 * between as f64
                    - of_left * within_left as f64
                    - of_right * within_right as f64;
                if !visit(left, statistic) {
                    return;
                }
            }
        }
    }
}

/// By rank: the value, and the sum of its distances to all the others.
fn with_distances(sorted: &[u64]) -> Vec<(u64, u64)> {
    let n = sorted.len() as u64;
    let total: u64 = sorted.iter().sum();
    let mut below = 0;
    let mut with = |(rank, value): (usize, &u64)| {
        let distances = (2 * rank as u64 * value + total).wrapping_sub(n * value + 2 * below);
        below += value;
        (*value, distances)
    };
    sorted.iter().enumerate().map(&mut with).collect()
}

/// mn/(m+n) over the number of pairs within the left, and within the right.
fn weights(m: f64, n: f64) -> (f64, f64) {
    (2.0 * n / ((m + n) * (m - 1.0)), 2.0 * m / ((m + n) * (n - 1.0)))
}

/// A Fenwick tree over ranks, each node a count and a sum in one word: the count in its upper bits.
#[derive(Default)]
pub(super) struct Tree {
    nodes: Vec<u64>,
    sum_bits: u32,
}

impl Tree {
    fn clear(&mut self, n: usize, count_bits: u32) {
        self.nodes.clear();
        self.nodes.resize(n, 0);
        self.sum_bits = 64 - count_bits;
    }

    fn add(&mut self, rank: usize, value: u64) {
        let packed = 1 << self.sum_bits | value;
        let mut i = rank;
        while let Some(node) = self.nodes.get_mut(i) {
            *node += packed;
            i |= i + 1;
        }
    }

    /// How many values of a lower rank were added, and their sum.
    fn below(&self, rank: usize) -> (u64, u64) {
        let mut packed = 0;
        let mut i = rank;
        while i > 0 {
            packed += self.nodes[i - 1];
            i &= i - 1;
        }
        (packed >> self.sum_bits, packed & ((1 << self.sum_bits) - 1))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::stats::random::Random;

    fn best(values: &[f64], shortest: usize) -> Split {
        let energy = Energy::of(values, shortest).unwrap();
        energy.best_split(energy.order(), &mut Tree::default())
    }

    fn mean_distance(a: &[f64], b: &[f64]) -> f64 {
        let sum: f64 = a.iter().flat_map(|x| b.iter().map(move |y| (x - y).abs())).sum();
        sum / (a.len() * b.len()) as f64
    }

    fn mean_within(a: &[f64]) -> f64 {
        mean_distance(a, a) * a.len() as f64 / (a.len() - 1) as f64
    }

    /// The definition, word by word: O(n³).
    fn naive(values: &[f64], shortest: usize) -> Split {
        let mut best = Split { left: 0, statistic: f64::NEG_INFINITY };
        for left in shortest..=values.len() - shortest {
            let (x, y) = values.split_at(left);
            let energy = 2.0 * mean_distance(x, y) - mean_within(x) - mean_within(y);
            let statistic = (x.len() * y.len()) as f64 / values.len() as f64 * energy;
            if statistic > best.statistic {
                best = Split { left, statistic };
            }
        }
        best
    }

    #[test]
    fn agrees_with_the_definition() {
        let mut random = Random::new(5);
        for n in [12, 13, 20, 47, 64, 65, 150] {
            for few_values in [false, true] {
                let mut value =
                    || if few_values { (random.uniform() * 4.0).floor() } else { random.uniform() };
                let values: Vec<f64> = (0..n).map(|_| value()).collect();
                let (fast, slow) = (best(&values, 6), naive(&values, 6));
                let scale = slow.statistic.abs().max(1.0);
                assert!(
                    (fast.statistic - slow.statistic).abs() < 1e-9 * scale,
                    "{fast:?} {slow:?}"
                );
                assert!(few_values || fast.left == slow.left, "{fast:?} {slow:?}");
            }
        }
    }

    #[derive(serde::Deserialize)]
    struct Golden {
        energy: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        values: Vec<f64>,
        left: usize,
        statistic: f64,
    }

    #[test]
    fn agrees_with_numpy() {
        let golden = include_str!("../../testdata/nights_golden/golden.json");
        let cases = serde_json::from_str::<Golden>(golden).unwrap().energy;
        assert!(cases.len() > 20);
        for case in cases {
            let found = best(&case.values, 6);
            assert!(
                (found.statistic - case.statistic).abs() < 1e-9,
                "{found:?} {}",
                case.statistic
            );
            assert_eq!(found.left, case.left);
        }
    }

    #[test]
    fn a_clear_step_is_found_where_it_is() {
        let values: Vec<f64> =
            (0..40).map(|i| f64::from(i % 3) + if i < 25 { 0.0 } else { 9.0 }).collect();
        assert_eq!(best(&values, 6).left, 25);
    }

    #[test]
    fn too_short_or_level_stretches_have_no_split() {
        assert!(Energy::of(&[], 6).is_none());
        assert!(Energy::of(&[1.0; 40], 6).is_none());
        let eleven: Vec<f64> = (0..11).map(f64::from).collect();
        assert!(Energy::of(&eleven, 6).is_none());
    }

    #[test]
    fn an_order_reaches_its_own_statistic_exactly() {
        let mut random = Random::new(6);
        let values: Vec<f64> = (0..500).map(|_| random.uniform()).collect();
        let energy = Energy::of(&values, 6).unwrap();
        let tree = &mut Tree::default();
        let statistic = energy.best_split(energy.order(), tree).statistic;
        assert!(energy.reaches(energy.order(), statistic, tree));
        assert!(!energy.reaches(energy.order(), statistic * (1.0 + 1e-9), tree));
    }
}
