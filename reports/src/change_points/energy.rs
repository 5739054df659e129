//! Takes the ranks of a stretch of a history, oldest night first, and yields where it splits best: the
//! index that maximises the energy statistic of e-divisive (Matteson & James, arXiv 1306.4933,
//! equation 7 with α = 1),
//!
//! Q(τ) = mn/(m+n) · (2·mean|x−y| − mean|x−x′| − mean|y−y′|),
//!
//! x and y being the ranks of the m nights before τ and of the n from τ on. The right side always
//! reaches to the end of the stretch: the paper's second maximum over that end costs n² and is left to
//! the next bisection.
//!
//! No matrix of distances: one pass keeps the ranks seen in a tree, so that the distances of the next
//! one to all of them come from a count and a sum, O(n log n) in all. Ranks are whole numbers, so that
//! every sum is exact and two orders never differ by rounding.

/// The fewest nights on a side.
pub(crate) const SHORTEST: usize = 6;

/// Where a stretch splits best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Split {
    /// Nights on the left side.
    pub(crate) left: usize,
    /// Q there over the number of nights, so that long stretches compare with short ones.
    pub(crate) statistic: f64,
}

/// The best split of `order`, the first of equals; `None` where two sides do not fit.
///
/// `order` holds each of the ranks 0, 1, …, up to some 2,000,000 of them, once.
pub(crate) fn best_split(order: &[u32], tree: &mut Tree) -> Option<Split> {
    let n = order.len() as i64;
    if order.len() < 2 * SHORTEST {
        return None;
    }
    tree.clear(order.len());
    // All distances of two ranks.
    let total = n * (n * n - 1) / 6;
    let (mut within_left, mut within_right) = (0, total);
    let mut sum = 0;
    let mut best: Option<(usize, f64)> = None;
    for (seen, rank) in (0..).zip(&order[..order.len() - SHORTEST]) {
        let (count_below, sum_below) = tree.add(*rank);
        let rank = i64::from(*rank);
        // Below: rank·count − sum. Above: the rest of the sum − rank·the rest of the count.
        let to_left = rank * (2 * count_below - seen) + sum - 2 * sum_below;
        let to_all = (rank * (rank + 1) + (n - 1 - rank) * (n - rank)) / 2;
        sum += rank;
        within_left += to_left;
        within_right -= to_all - to_left;
        let left = seen + 1;
        if left >= SHORTEST as i64 {
            let between = total - within_left - within_right;
            let energy =
                energy(left as f64, (n - left) as f64, [between, within_left, within_right]);
            if best.is_none_or(|(_, best)| energy > best) {
                best = Some((left as usize, energy));
            }
        }
    }
    let nights = n as f64;
    best.map(|(left, energy)| Split { left, statistic: 2.0 * energy / (nights * nights) })
}

/// Q·(m+n)/2 from the sums of the distances between the sides, within the left and within the right.
fn energy(m: f64, n: f64, [between, left, right]: [i64; 3]) -> f64 {
    between as f64 - (n * left as f64 / (m - 1.0) + m * right as f64 / (n - 1.0))
}

/// The children of a node.
const WIDTH: usize = 8;

/// A tree over ranks of which each node keeps, for each of its children, the counts and the sums of all
/// children before it in one word: the count in its upper bits. So a rank is added, and those below it
/// are read, without a branch that depends on the rank.
#[derive(Default)]
pub(crate) struct Tree {
    /// The lowest level first.
    nodes: Vec<[u64; WIDTH]>,
    /// The nodes of each level, which end at one.
    levels: Vec<usize>,
    sum_bits: u32,
}

/// By child: all bits of the children after it.
const AFTER: [[u64; WIDTH]; WIDTH] = {
    let mut after = [[0; WIDTH]; WIDTH];
    let mut child = 0;
    while child < WIDTH * WIDTH {
        if child % WIDTH > child / WIDTH {
            after[child / WIDTH][child % WIDTH] = u64::MAX;
        }
        child += 1;
    }
    after
};

impl Tree {
    fn clear(&mut self, n: usize) {
        self.levels.clear();
        let mut level = n;
        while level > 1 {
            level = level.div_ceil(WIDTH);
            self.levels.push(level);
        }
        self.nodes.clear();
        self.nodes.resize(self.levels.iter().sum(), [0; WIDTH]);
        self.sum_bits = n.leading_zeros();
    }

    /// Adds a rank; how many lower ones were added before, and their sum.
    fn add(&mut self, rank: u32) -> (i64, i64) {
        let packed = 1 << self.sum_bits | u64::from(rank);
        let mut below = 0;
        let mut place = rank as usize;
        let mut nodes = &mut self.nodes[..];
        for level in &self.levels {
            let (of_level, above) = nodes.split_at_mut(*level);
            let (node, child) = (&mut of_level[place / WIDTH], place % WIDTH);
            below += node[child];
            for (before, after) in node.iter_mut().zip(&AFTER[child]) {
                *before += packed & after;
            }
            (nodes, place) = (above, place / WIDTH);
        }
        ((below >> self.sum_bits) as i64, (below & ((1 << self.sum_bits) - 1)) as i64)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::stats::random::Random;

    fn best(order: &[u32]) -> Option<Split> {
        best_split(order, &mut Tree::default())
    }

    fn shuffled(n: u32, random: &mut Random) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n).collect();
        random.shuffle(&mut order);
        order
    }

    fn mean_distance(a: &[u32], b: &[u32]) -> f64 {
        let sum: u32 = a.iter().flat_map(|x| b.iter().map(move |y| x.abs_diff(*y))).sum();
        f64::from(sum) / (a.len() * b.len()) as f64
    }

    fn mean_within(a: &[u32]) -> f64 {
        mean_distance(a, a) * a.len() as f64 / (a.len() - 1) as f64
    }

    /// The definition, word by word: O(n³).
    fn naive(order: &[u32]) -> Split {
        let mut best = Split { left: 0, statistic: f64::NEG_INFINITY };
        for left in SHORTEST..=order.len() - SHORTEST {
            let (x, y) = order.split_at(left);
            let (m, n) = (x.len() as f64, y.len() as f64);
            let energy = 2.0 * mean_distance(x, y) - mean_within(x) - mean_within(y);
            let statistic = m * n / (m + n) * energy / (m + n);
            if statistic > best.statistic + 1e-12 {
                best = Split { left, statistic };
            }
        }
        best
    }

    #[test]
    fn agrees_with_the_definition() {
        let random = &mut Random::new(5);
        for n in [12, 13, 20, 47, 64, 65, 150] {
            let order = shuffled(n, random);
            let (fast, slow) = (best(&order).unwrap(), naive(&order));
            assert!((fast.statistic - slow.statistic).abs() < 1e-12, "{fast:?} {slow:?}");
            assert_eq!(fast.left, slow.left);
        }
    }

    #[derive(serde::Deserialize)]
    struct Golden {
        energy: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        order: Vec<u32>,
        left: usize,
        statistic: f64,
    }

    #[test]
    fn agrees_with_numpy() {
        let golden = include_str!("../../testdata/nights_golden/golden.json");
        let cases = serde_json::from_str::<Golden>(golden).unwrap().energy;
        assert!(cases.len() > 20);
        for case in cases {
            let found = best(&case.order).unwrap();
            assert!(
                (found.statistic - case.statistic).abs() < 1e-12,
                "{found:?} {}",
                case.statistic
            );
            assert_eq!(found.left, case.left);
        }
    }

    #[test]
    fn a_clear_step_is_found_where_it_is() {
        let mut order = shuffled(25, &mut Random::new(6));
        order.extend(25..40);
        assert_eq!(best(&order).unwrap().left, 25);
    }

    #[test]
    fn two_sides_must_fit() {
        let order: Vec<u32> = (0..12).collect();
        assert_eq!(best(&order[..11]), None);
        assert_eq!(best(&order).unwrap().left, 6);
        assert_eq!(best(&[]), None);
    }

    /// Two levels of a million nights each: no sum overflows.
    #[test]
    fn two_million_nights_fit() {
        let order: Vec<u32> = (0..2_000_000).collect();
        let found = best(&order).unwrap();
        assert_eq!(found.left, 1_000_000);
        // Mean distances in units of n: 1/2 between, 1/6 within either; m·n/(m+n)² is 1/4.
        let expected = 2_000_000.0 * (1.0 - 1.0 / 3.0) / 4.0;
        assert!((found.statistic / expected - 1.0).abs() < 1e-5, "{found:?} {expected}");
    }
}
