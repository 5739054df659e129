//! Takes a history and yields the cut into level segments that minimises Σ|x − level| plus a price for
//! each cut: the second opinion on a change point.
//!
//! The objective is that of PELT (Killick, Fearnhead & Eckley 2012, arXiv 1101.1438) with an L1 cost,
//! which unlike the usual squares an outlier hardly moves. PELT needs the cost of a segment at once,
//! which a median does not give, and prunes nothing while nothing changes. The same optimum is
//! found by dynamic programming over the level of the last segment (Storath, Weinmann & Unser 2017,
//! *Information and Inference* 6, 225), O(nights × levels). The best level is a median, so one
//! of the values; beyond 64 of them, 64 quantiles stand for them, each within 0.8 % of ranks.
//! All of it is reckoned in whole numbers of a unit of about a millionth of the range of values.
//!
//! The price is 2·σ·ln n, σ from the differences of successive nights (their median absolute value), which
//! steps and drift leave alone: a cut that gains nothing true pays some 0.6·σ·χ² on normal noise.

/// Levels tried.
const LEVELS: usize = 64;

/// The nights that begin a new segment, in ascending order. The values are finite; no segment is
/// shorter than `shortest`, which is at least 1.
pub(super) fn cuts(values: &[f64], shortest: usize) -> Vec<usize> {
    let n = values.len();
    if n < 2 * shortest {
        return Vec::new();
    }
    let Some(Units { levels, values, price }) = in_units(values, shortest) else {
        return Vec::new();
    };
    // By level: what the cheapest cut of the nights so far whose last segment has it costs, less what
    // the cheapest of all did a night ago; and what the last `shortest` nights alone would cost at it.
    let mut cost = [0.0; LEVELS];
    let mut recent = [0.0; LEVELS];
    // What the cheapest cut of the nights so far costs, by their number, and how much of that is the last.
    let mut cheapest = vec![0.0];
    let mut grown = vec![0.0];
    for (night, value) in values.iter().enumerate() {
        if let Some(left) = night.checked_sub(shortest).map(|leaving| values[leaving]) {
            for (recent, level) in recent.iter_mut().zip(&levels) {
                *recent -= (left - level).abs();
            }
        }
        let first = (night + 1).checked_sub(shortest).filter(|first| *first >= shortest);
        let so_far = cheapest[night];
        let until = first.map_or(f64::INFINITY, |first| cheapest[first] - so_far) as f32 + price;
        let before = grown[night];
        for i in 0..LEVELS {
            let distance = (value - levels[i]).abs();
            recent[i] += distance;
            // No branch, so that several levels go into one instruction.
            cost[i] = lesser(cost[i] - before + distance, until + recent[i]);
        }
        let least = least(&cost);
        cheapest.push(so_far + f64::from(least));
        grown.push(least);
    }
    trace(&levels, &values, price, &grown, shortest)
}

/// The cuts of the cheapest, newest first found: a segment begins where what it costs at one of the
/// levels, and the price, is by how much the cheapest grew over it.
fn trace(
    levels: &[f32; LEVELS],
    values: &[f32],
    price: f32,
    grown: &[f32],
    shortest: usize,
) -> Vec<usize> {
    let mut cuts = Vec::new();
    let mut excess = [0.0; LEVELS];
    let mut end = values.len();
    for begin in (shortest..values.len()).rev() {
        for (excess, level) in excess.iter_mut().zip(levels) {
            *excess += (values[begin] - level).abs() - grown[begin + 1];
        }
        if end - begin >= shortest && least(&excess) <= -price {
            cuts.push(begin);
            (end, excess) = (begin, [0.0; LEVELS]);
        }
    }
    cuts.reverse();
    cuts
}

fn least(costs: &[f32; LEVELS]) -> f32 {
    // In eight lanes, which do not wait for each other.
    let mut lanes = [f32::INFINITY; 8];
    for eight in costs.as_chunks::<8>().0 {
        for (lane, cost) in lanes.iter_mut().zip(eight) {
            *lane = lesser(*cost, *lane);
        }
    }
    lanes.into_iter().fold(f32::INFINITY, lesser)
}

/// As one instruction, which `f32::min` is not.
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// A history in whole numbers of a unit so large that every sum which can matter is exact in 32 bits: of
/// those, twice as many as of 64 go into one instruction.
struct Units {
    /// Beyond those there are, the highest again.
    levels: [f32; LEVELS],
    values: Vec<f32>,
    price: f32,
}

/// `None` where all values are equal.
fn in_units(values: &[f64], shortest: usize) -> Option<Units> {
    let levels = levels(values);
    let (lowest, highest) = (*levels.first()?, *levels.last()?);
    let price = 2.0 * noise(values) * (values.len() as f64).ln();
    let unit = (2.0 * shortest as f64 * (highest - lowest) + price) / EXACT;
    let whole = |value: &f64| ((value - lowest) / unit).round() as f32;
    let mut units = [whole(&highest); LEVELS];
    units.iter_mut().zip(&levels).for_each(|(unit, level)| *unit = whole(level));
    (highest > lowest).then(|| Units {
        levels: units,
        values: values.iter().map(whole).collect(),
        price: (price / unit).round() as f32,
    })
}

/// Up to here, 32 bits of floating point have every whole number.
const EXACT: f64 = 16_777_216.0;

fn levels(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.dedup();
    if sorted.len() <= LEVELS {
        return sorted;
    }
    let last = (sorted.len() - 1) as f64;
    (0..LEVELS).map(|i| sorted[(last * i as f64 / (LEVELS - 1) as f64).round() as usize]).collect()
}

/// The standard deviation of one night from the median absolute difference of successive ones.
fn noise(values: &[f64]) -> f64 {
    let mut differences: Vec<f64> = values.windows(2).map(|two| (two[1] - two[0]).abs()).collect();
    let middle = differences.len() / 2;
    let (_, median, _) = differences.select_nth_unstable_by(middle, f64::total_cmp);
    // 0.6745 is the third quartile of the normal distribution, √2 that of a difference of two.
    *median / (0.6745 * std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::stats::random::Random;

    fn price(values: &[f64]) -> f64 {
        2.0 * noise(values) * (values.len() as f64).ln()
    }

    fn absolute_cost(segment: &[f64]) -> f64 {
        let mut sorted = segment.to_vec();
        sorted.sort_by(f64::total_cmp);
        let median = sorted[sorted.len() / 2];
        segment.iter().map(|value| (value - median).abs()).sum()
    }

    /// Optimal partitioning by the definition, O(n² · n log n).
    fn naive(values: &[f64], shortest: usize) -> f64 {
        let n = values.len();
        let mut best = vec![f64::INFINITY; n + 1];
        best[0] = -price(values);
        for end in shortest..=n {
            for begin in (0..=end - shortest).filter(|b| *b == 0 || *b >= shortest) {
                let cost = best[begin] + price(values) + absolute_cost(&values[begin..end]);
                best[end] = best[end].min(cost);
            }
        }
        best[n]
    }

    fn total(values: &[f64], cuts: &[usize]) -> f64 {
        let mut edges = vec![0];
        edges.extend(cuts);
        edges.push(values.len());
        let segments: f64 = edges.windows(2).map(|e| absolute_cost(&values[e[0]..e[1]])).sum();
        segments + price(values) * cuts.len() as f64
    }

    #[test]
    fn is_the_optimum_that_pelt_finds() {
        let mut random = Random::new(3);
        for n in [12, 30, 60, 120] {
            for step in [0.0, 1.0, 3.0] {
                let mut value = |i: usize| random.uniform() + if i < n / 3 { 0.0 } else { step };
                let values: Vec<f64> = (0..n).map(&mut value).collect();
                let (found, best) = (total(&values, &cuts(&values, 6)), naive(&values, 6));
                assert!((found - best).abs() < 1e-9, "n={n} step={step}: {found} {best}");
            }
        }
    }

    #[derive(serde::Deserialize)]
    struct Golden {
        pelt: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        values: Vec<f64>,
        cuts: Vec<usize>,
    }

    #[test]
    fn agrees_with_the_pelt_of_ruptures() {
        let golden = include_str!("../../testdata/nights_golden/golden.json");
        let cases = serde_json::from_str::<Golden>(golden).unwrap().pelt;
        assert!(cases.iter().any(|case| case.cuts.len() == 2));
        for Case { values, cuts: theirs } in cases {
            let ours = cuts(&values, 6);
            // Equal costs may be cut differently, and ruptures prunes a little more than is safe with a
            // shortest segment: never cheaper than ours.
            assert!(total(&values, &ours) <= total(&values, &theirs) + 1e-9, "{ours:?} {theirs:?}");
            assert_eq!(ours.len(), theirs.len());
        }
    }

    #[test]
    fn segments_are_no_shorter_than_asked_and_outliers_are_no_segments() {
        let mut random = Random::new(4);
        let mut values: Vec<f64> = (0..200).map(|_| random.uniform()).collect();
        for night in [20, 21, 90, 150] {
            values[night] = 50.0;
        }
        assert!(cuts(&values, 6).is_empty());
        assert!(cuts(&values[..11], 6).is_empty());
        for value in &mut values[120..] {
            *value += 3.0;
        }
        assert_eq!(cuts(&values, 6), [120]);
    }
}
