//! The cells of one experiment, each against its control and all of a group against each other.
//!
//! Takes summaries; yields a [`Ranking`]. Runs are paired by block: a block in which one of two cells
//! has no ok run enters no comparison of these two, and is named. Cells that are not of one metric
//! are never compared.
//!
//! There are two families of tests, each held to α by itself. The comparisons with controls, all of
//! the experiment together, decide the verdicts. All pairs inside the groups, which are cells that
//! share a control, decide the letters.

use std::collections::{HashMap, HashSet};

use crate::{
    pairing::{ByBlock, decide_each, pairs, worse},
    record::Metric,
    stats::{Comparison, Design, LogRatios, Policy, estimate_paired, letters},
    summary::Summary,
};

/// Cells of a group beyond which there are no letters: nobody reads so many, and the pairs, which are
/// judged together, could not be told apart with any number of runs that someone has time for.
pub const MOST_LETTERED: usize = 40;

/// How the cells of an experiment stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// What counts as a difference; which way is worse is each metric's own.
    pub policy: Policy,
    /// A standing for each summary, in their order.
    pub standings: Vec<Standing>,
    /// The test behind the letters.
    pub pairs: Pairs,
}

/// How one cell stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Against the control; `None` for a control itself, and where `why_not` says why.
    pub comparison: Option<Comparison>,
    /// Why it is not compared with its control.
    pub why_not: Option<WhyNot>,
    /// Blocks in which the cell or its control, and not the other, has an ok run.
    pub lone_blocks: Vec<u32>,
    /// Whether all values are higher, or all lower, than every value of the control.
    pub apart: Option<Apart>,
    /// Letters of the compact letter display; `None` where there are none.
    pub letters: Option<String>,
}

/// Why a cell is not compared with its control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// They have no block in which both have a value.
    NoBlock,
    /// They are measured by different metrics.
    OtherMetric,
    /// Neither way of their metric is better or worse.
    NoDirection,
}

/// Every value of a cell lies on one side of every value of its control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// Every value is higher.
    Higher,
    /// Every value is lower.
    Lower,
}

/// The family of all pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Pairs of cells of one group with a block in common.
    pub compared: usize,
    /// How many of them could have been shown different. At 0 there are no letters.
    pub in_reach: usize,
    /// Groups of which there are pairs.
    pub groups: usize,
    /// Cells of groups that are too large for letters, and not among the pairs.
    pub too_many: usize,
}

impl Ranking {
    /// Ranks the cells of these summaries.
    pub fn of(summaries: &[Summary], policy: Policy) -> Self {
        let values: Vec<ByBlock> = summaries
            .iter()
            .map(|of| of.runs.iter().map(|run| (run.block, run.value)).collect())
            .collect();
        let mut standings = vec![Standing::default(); summaries.len()];
        compare(&mut standings, &values, summaries, &policy);
        let pairs = rank(&mut standings, &values, summaries, &policy);
        Ranking { policy, standings, pairs }
    }

    /// How many comparisons with controls are judged together.
    pub fn comparisons(&self) -> usize {
        self.standings.iter().filter(|of| of.comparison.is_some()).count()
    }
}

/// The fewest blocks with which one of `family` comparisons can become significant.
pub fn blocks_needed(family: usize, policy: &Policy) -> Option<usize> {
    (1..=64).find(|&blocks| {
        let smallest = vec![Design::Paired { blocks }.smallest_p(); family];
        policy.adjustment.adjust(&smallest).iter().any(|&p| p < policy.alpha.get())
    })
}

/// Every cell against its control, judged together.
fn compare(standings: &mut [Standing], values: &[ByBlock], summaries: &[Summary], policy: &Policy) {
    let places: HashMap<&str, usize> =
        summaries.iter().enumerate().map(|(at, of)| (of.cell.as_str(), at)).collect();
    let mut estimates = Vec::new();
    let mut cells = Vec::new();
    for (at, summary) in summaries.iter().enumerate().filter(|(_, of)| !of.is_control()) {
        // Loading refused a control that is no cell.
        let Some(&control) = places.get(summary.control.as_str()) else { continue };
        if summaries[control].metric != summary.metric {
            standings[at].why_not = Some(WhyNot::OtherMetric);
            continue;
        }
        let (baseline, candidate) = (&values[control], &values[at]);
        let lone = |block: &&u32| baseline.contains_key(block) != candidate.contains_key(block);
        let mut lone: Vec<u32> =
            baseline.keys().chain(candidate.keys()).filter(lone).copied().collect();
        lone.sort_unstable();
        standings[at].lone_blocks = lone;
        standings[at].apart = apart(baseline, candidate);
        let Some(worse) = worse(summary.metric.worse) else {
            standings[at].why_not = Some(WhyNot::NoDirection);
            continue;
        };
        match LogRatios::of_pairs(&pairs(baseline, candidate)) {
            Ok(ratios) => {
                estimates.push((estimate_paired(&ratios, policy.alpha), worse));
                cells.push((at, summary.at_floor() && summaries[control].at_floor()));
            }
            Err(_) => standings[at].why_not = Some(WhyNot::NoBlock),
        }
    }
    for ((at, floor), found) in cells.into_iter().zip(decide_each(&estimates, policy)) {
        // Where the channel sets the times of both, a tie is the channel's.
        standings[at].comparison = Some(if floor { found.at_floor(policy) } else { found });
    }
}

fn apart(baseline: &ByBlock, candidate: &ByBlock) -> Option<Apart> {
    let least = |of: &ByBlock| of.values().copied().reduce(f64::min);
    let most = |of: &ByBlock| of.values().copied().reduce(f64::max);
    if least(candidate)? > most(baseline)? {
        Some(Apart::Higher)
    } else {
        (most(candidate)? < least(baseline)?).then_some(Apart::Lower)
    }
}

/// The letters, from all pairs inside the groups; none where no pair could have been shown
/// different.
fn rank(
    standings: &mut [Standing],
    values: &[ByBlock],
    summaries: &[Summary],
    policy: &Policy,
) -> Pairs {
    let mut found = Pairs::default();
    let mut groups = groups(summaries);
    groups.retain(|group| {
        let fits = group.len() <= MOST_LETTERED;
        found.too_many += if fits { 0 } else { group.len() };
        fits && group.len() > 1
    });
    let mut places = Vec::new();
    let mut smallest = Vec::new();
    for group in &groups {
        for (i, &first) in group.iter().enumerate() {
            for &second in &group[i + 1..] {
                let blocks =
                    values[first].keys().filter(|&of| values[second].contains_key(of)).count();
                if blocks > 0 {
                    places.push((first, second));
                    smallest.push(Design::Paired { blocks }.smallest_p());
                }
            }
        }
    }
    let significant = |p: &f64| *p < policy.alpha.get();
    found.groups = groups.len();
    found.compared = places.len();
    found.in_reach =
        policy.adjustment.adjust(&smallest).into_iter().filter(|p| significant(p)).count();
    if found.in_reach == 0 {
        return found;
    }
    let p: Vec<f64> = places.iter().map(|&(i, j)| p_of(&values[i], &values[j], policy)).collect();
    let adjusted = policy.adjustment.adjust(&p);
    let differ: HashSet<(usize, usize)> = places
        .into_iter()
        .zip(adjusted)
        .filter(|(_, p)| significant(p))
        .map(|(at, _)| at)
        .collect();
    for group in groups {
        let medians: Vec<f64> = group.iter().filter_map(|&at| summaries[at].median()).collect();
        let display = letters(&medians, |i, j| differ.contains(&(group[i], group[j])));
        for (at, letters) in group.into_iter().zip(display) {
            standings[at].letters = Some(letters);
        }
    }
    found
}

/// The cells with values that share control and metric, in the plan's order.
fn groups(summaries: &[Summary]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut of: HashMap<(&str, &Metric), usize> = HashMap::new();
    for (at, summary) in summaries.iter().enumerate().filter(|(_, of)| of.values.is_some()) {
        let group = *of.entry((summary.control.as_str(), &summary.metric)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(at);
    }
    groups
}

/// p of two cells by themselves; 1 without a block that both have.
fn p_of(first: &ByBlock, second: &ByBlock, policy: &Policy) -> f64 {
    LogRatios::of_pairs(&pairs(first, second))
        .map_or(1.0, |ratios| estimate_paired(&ratios, policy.alpha).test.p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_needs_more_blocks_than_one_comparison() {
        let policy = Policy::default();
        // 2/2^n < 0.05, and times 3 and 6 (the others and all pairs of four cells).
        assert_eq!([1, 3, 6].map(|family| blocks_needed(family, &policy)), [6, 7, 8].map(Some));
    }

    #[test]
    fn values_lie_apart_or_they_do_not() {
        let times =
            |seconds: &[f64]| -> ByBlock { (1u32..).zip(seconds.iter().copied()).collect() };
        let control = times(&[1.0, 1.2, 1.1]);
        assert_eq!(apart(&control, &times(&[1.3, 1.21])), Some(Apart::Higher));
        assert_eq!(apart(&control, &times(&[0.9])), Some(Apart::Lower));
        assert_eq!(apart(&control, &times(&[0.9, 1.3])), None);
        assert_eq!(apart(&control, &times(&[1.2, 1.3])), None, "a tie is not apart");
        assert_eq!(apart(&control, &ByBlock::new()), None);
        assert_eq!(apart(&ByBlock::new(), &control), None);
    }
}
