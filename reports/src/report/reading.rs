//! What the numbers of a report can say and what they cannot: what each column is, how much of it
//! rests on how few runs, and where nothing can be said, why.

use std::collections::{BTreeMap, BTreeSet};

use super::{count, level, listed};
use crate::{
    plain::plain,
    ranking::{MOST_LETTERED, Ranking, blocks_needed},
    record::Direction,
    stats::{Alpha, Comparison, Design, Sample, median_interval},
    summary::Summary,
};

/// A paragraph per thing to know.
pub(super) fn paragraphs(summaries: &[Summary], ranking: &Ranking) -> Vec<String> {
    // Intervals of as many runs cover alike: one cell stands for all.
    let by_n: BTreeMap<usize, &Sample> = summaries
        .iter()
        .filter_map(|summary| summary.values.as_ref())
        .map(|seconds| (seconds.n(), seconds))
        .collect();
    if by_n.is_empty() {
        return vec!["No run was ok, so there is nothing to compare.".to_owned()];
    }
    let alpha = ranking.policy.alpha;
    let mut paragraphs: Vec<String> =
        by_n.values().map(|seconds| interval_of(seconds, alpha)).collect();
    if summaries.len() < 2 {
        return paragraphs;
    }
    let compared: Vec<(&Summary, &Comparison)> = summaries
        .iter()
        .zip(&ranking.standings)
        .filter_map(|(summary, standing)| Some((summary, standing.comparison.as_ref()?)))
        .collect();
    if compared.is_empty() {
        paragraphs.push(no_ratios(summaries));
    } else {
        paragraphs.extend(controls(&compared));
        paragraphs.push(ratios(&compared));
        let compared: Vec<&Comparison> = compared.into_iter().map(|(_, of)| of).collect();
        paragraphs.push(tests(&compared, ranking));
    }
    paragraphs.extend(lettered(ranking));
    paragraphs
}

/// What the interval of as many runs covers, and whether they can show a difference at all.
fn interval_of(seconds: &Sample, alpha: Alpha) -> String {
    let n = seconds.n();
    if n == 1 {
        return "n=1: one run shows no spread; nothing can be said about noise.".to_owned();
    }
    let interval = median_interval(seconds, Alpha::FIVE_PERCENT);
    let range = (interval.low, interval.high) == (seconds.min(), seconds.max());
    let mut text = format!(
        "n={n}: the interval is {}, which covers the true median with {}.",
        if range { "the range" } else { "that of two order statistics" },
        level(interval.level)
    );
    if (Design::Paired { blocks: n }).smallest_p() >= alpha.get() {
        text += &format!(
            " A median of {n} is a description, not a finding: {} cannot reach p < {}.",
            count(n, "block"),
            alpha.get()
        );
    }
    text
}

/// Why nothing is compared.
fn no_ratios(summaries: &[Summary]) -> String {
    let controls: BTreeSet<&str> = summaries.iter().map(|of| of.control.as_str()).collect();
    let measured = |of: &&Summary| controls.contains(of.cell.as_str()) && of.n() > 0;
    let measured = summaries.iter().filter(measured).count();
    match Vec::from_iter(controls).as_slice() {
        _ if summaries.iter().all(Summary::is_control) => {
            "Every cell is its own control: there is nothing to compare it with.".to_owned()
        }
        [one] if measured > 0 => format!(
            "No other cell has an ok run in a block with one of {}: there are no ratios.",
            plain(one)
        ),
        [one] => format!("The control, {}, has no ok run: there are no ratios.", plain(one)),
        _ => "No cell has an ok run in a block with one of its control: there are no ratios."
            .to_owned(),
    }
}

/// Which cells are compared with which, where they are not all compared with one.
fn controls(compared: &[(&Summary, &Comparison)]) -> Option<String> {
    let mut by_control: Vec<(&str, Vec<String>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (summary, _) in compared {
        let place = *places.entry(&summary.control).or_insert_with(|| {
            by_control.push((&summary.control, Vec::new()));
            by_control.len() - 1
        });
        by_control[place].1.push(plain(&summary.cell));
    }
    let parts = by_control.iter().map(|(of, cells)| format!("{} for {}", plain(of), listed(cells)));
    (by_control.len() > 1).then(|| {
        let parts: Vec<String> = parts.collect();
        let shown = parts.iter().take(CONTROLS).map(String::as_str).collect::<Vec<_>>().join("; ");
        match parts.len().saturating_sub(CONTROLS) {
            0 => format!("Controls: {shown}."),
            more => format!("Controls: {shown}; and {more} more (summary.csv has all)."),
        }
    })
}

/// Controls that are listed with their cells; more are counted only.
const CONTROLS: usize = 12;

/// What a ratio above 1 means: in a word, or metric by metric.
fn above_one(compared: &[(&Summary, &Comparison)]) -> String {
    let mut words: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (Summary { metric, .. }, _) in compared {
        let word = match metric.worse {
            Direction::Lower => "better",
            _ if metric.is_time() => "slower",
            _ => "worse",
        };
        words.entry(word).or_default().insert(&metric.name);
    }
    let alone = words.len() == 1;
    let parts = words.into_iter().map(|(word, metrics)| {
        let metrics: Vec<String> = metrics.into_iter().map(plain).collect();
        if alone { word.to_owned() } else { format!("{word} for {}", listed(&metrics)) }
    });
    format!("above 1 is {}", parts.collect::<Vec<_>>().join(", "))
}

fn ratios(compared: &[(&Summary, &Comparison)]) -> String {
    let controls: BTreeSet<&str> = compared.iter().map(|(of, _)| of.control.as_str()).collect();
    let to = match Vec::from_iter(controls).as_slice() {
        [one] => plain(one),
        _ => "the cell's own control".to_owned(),
    };
    let mut text =
        format!("Ratios are to {to}, paired by block (Hodges-Lehmann); {}.", above_one(compared));
    let compared = compared.iter().map(|(_, of)| of);
    // A single block has no spread, and so neither interval nor gap.
    let spread = compared.filter(|of| of.estimate.interval.level > 0.0);
    let methods: BTreeSet<String> =
        spread.map(|of| of.estimate.interval.method.to_string()).collect();
    if !methods.is_empty() {
        text += &format!(
            " Their intervals (by {}) hold for each by itself. \"By chance\": how far apart two \
             medians of one and the same cell come to lie with so many runs and this noise (95 %).",
            methods.into_iter().collect::<Vec<_>>().join("; ")
        );
    }
    text
}

fn tests(compared: &[&Comparison], ranking: &Ranking) -> String {
    let policy = &ranking.policy;
    let (alpha, margin) = (policy.alpha.get(), level(policy.margin.get()));
    let family = compared.len();
    let methods: BTreeSet<String> =
        compared.iter().map(|of| of.estimate.test.method.to_string()).collect();
    let adjusted = match family {
        1 => String::new(),
        _ => format!(", adjusted over {family} comparisons (Holm)"),
    };
    let mut text = format!(
        "p is by {}{adjusted}. A change counts only if p < {alpha} and it is at least {margin}; \
         EQUIVALENT, \"about the same\", only if the 90 % interval lies within {margin}.",
        methods.into_iter().collect::<Vec<_>>().join(" and ")
    );
    let untold = compared.iter().filter(|of| of.telling_p(policy.alpha).is_none()).count();
    if untold > 0 {
        text += " Where p is \"-\", so few blocks could not have made it small";
        if let Some(needed) = blocks_needed(family, policy) {
            text += &format!(": it takes {needed} blocks");
            if family > 1 {
                text += &format!(" for {family} comparisons");
            }
        }
        text += ".";
    }
    text
}

/// What the letters are, or why there are none. Two cells need none: the verdict says it.
fn lettered(ranking: &Ranking) -> Option<String> {
    let pairs = ranking.pairs;
    let too_many = (pairs.too_many > 0).then(|| {
        format!(
            "There are no group letters for {} that share their control with more than {} others: so \
             many cannot be told apart.",
            count(pairs.too_many, "cell"),
            MOST_LETTERED - 1
        )
    });
    match (letters(ranking), too_many) {
        (Some(letters), Some(too_many)) => Some(format!("{letters} {too_many}")),
        (letters, too_many) => letters.or(too_many),
    }
}

fn letters(ranking: &Ranking) -> Option<String> {
    let pairs = ranking.pairs;
    if pairs.compared < 2 {
        return (pairs.in_reach > 0).then(|| CAPTION.to_owned());
    }
    let within = if pairs.groups > 1 { " that share a control" } else { "" };
    let family = format!("{} pairs", pairs.compared);
    if pairs.in_reach == 0 {
        let needed = blocks_needed(pairs.compared, &ranking.policy)
            .map(|needed| format!("; it takes {needed} blocks"))
            .unwrap_or_default();
        return Some(format!(
            "There are no group letters: with so few blocks none of the {family} of cells{within} \
             could have been shown different{needed}."
        ));
    }
    let of_cells = if pairs.groups > 1 { format!(" of cells{within}") } else { String::new() };
    let mut text = format!("{CAPTION} They rest on all {family}{of_cells} (Holm).");
    if pairs.in_reach < pairs.compared {
        let out_of_reach = pairs.compared - pairs.in_reach;
        text +=
            &format!(" {out_of_reach} of these have too few blocks to have been shown different.");
    }
    Some(text)
}

/// As STATISTICS.md words it.
const CAPTION: &str = "Letters: a shared letter means not shown different, not shown equal.";

#[cfg(test)]
mod tests {
    use super::*;

    fn of(n: u32) -> String {
        let sample = Sample::new((1..=n).map(f64::from).collect()).expect("positive");
        interval_of(&sample, Alpha::FIVE_PERCENT)
    }

    #[test]
    fn few_runs_are_said_to_be_few() {
        assert!(of(1).contains("nothing can be said about noise"));
        assert!(of(3).contains("covers the true median with 75 %. A median of 3 is a description"));
        assert!(of(5).ends_with("with 93.8 %. A median of 5 is a description, not a finding: 5 blocks cannot reach p < 0.05."));
        assert!(of(6).ends_with("is the range, which covers the true median with 96.9 %."));
        assert!(of(10).contains("is that of two order statistics, which covers the true median"));
    }
}
