//! The cells against the control: a table, and the verdicts in words.

use super::{Table, estimated, level, listed, percent, probability};
use crate::{
    plain::plain,
    ranking::{Apart, Ranking, Standing},
    stats::{Comparison, IntervalMethod, Policy, Reason, Verdict},
    summary::Summary,
};

/// The comparisons with the control.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparisons {
    /// A row for each other cell: ratio, interval and level, gap by chance, adjusted p, verdict. No
    /// rows where there is nothing to compare.
    pub table: Table,
    /// Each verdict with what it rests on; cells of the same verdict and reason share one.
    pub verdicts: Vec<String>,
}

impl Comparisons {
    /// Lays out the standings of all cells but the control.
    pub(super) fn of(summaries: &[Summary], ranking: &Ranking, control: &str) -> Self {
        let columns = ["ratio [interval]", "level", "by chance", "adj. p", "verdict"];
        let mut found =
            Comparisons { table: Table::of_numbers("cell", &columns), ..Self::default() };
        if ranking.comparisons() == 0 {
            return found;
        }
        let others = || {
            summaries.iter().zip(&ranking.standings).filter(|(summary, _)| summary.cell != control)
        };
        let mut sentences: Vec<(String, Vec<String>)> = Vec::new();
        for (summary, standing) in others() {
            let name = plain(&summary.cell);
            found.table.rows.push(row(&name, standing, &ranking.policy));
            let sentence = match &standing.comparison {
                Some(comparison) => verdict(comparison, &ranking.policy),
                None => "no verdict: no block has an ok run of it and of the control".to_owned(),
            };
            match sentences.iter_mut().find(|(other, _)| *other == sentence) {
                Some((_, names)) => names.push(name),
                None => sentences.push((sentence, vec![name])),
            }
        }
        found.verdicts = sentences
            .into_iter()
            .map(|(sentence, names)| format!("{}: {sentence}.", listed(&names)))
            .collect();
        for (side, words) in [(Apart::Slower, "slower"), (Apart::Faster, "faster")] {
            let undecided = |standing: &Standing| {
                let comparison = standing.comparison.as_ref();
                comparison.is_some_and(|of| matches!(of.reason, Some(Reason::TooFewRuns { .. })))
            };
            let names: Vec<String> = others()
                .filter(|(_, standing)| standing.apart == Some(side) && undecided(standing))
                .map(|(summary, _)| plain(&summary.cell))
                .collect();
            if !names.is_empty() {
                found.verdicts.push(format!(
                    "{}: every run was {words} than every run of the control. The ratio is an \
                     estimate of that, and so few runs make it no finding.",
                    listed(&names)
                ));
            }
        }
        found
    }
}

fn row(name: &str, standing: &Standing, policy: &Policy) -> Vec<String> {
    let dash = || "-".to_owned();
    let Some(found) = &standing.comparison else {
        return vec![name.to_owned(), dash(), dash(), dash(), dash(), dash()];
    };
    let (ratio, interval) = (estimated(found.estimate.ratio), found.estimate.interval);
    // A single block has no spread, and so no interval.
    let (ratio, at) = match interval.level {
        0.0 => (ratio, dash()),
        at => {
            let (low, high) = (estimated(interval.low), estimated(interval.high));
            let mark = if interval.method == IntervalMethod::StudentT { " t" } else { "" };
            (format!("{ratio} [{low}, {high}]"), format!("{}{mark}", level(at)))
        }
    };
    vec![
        name.to_owned(),
        ratio,
        at,
        found.estimate.chance_gap().map_or_else(dash, percent),
        found.telling_p(policy.alpha).map_or_else(dash, probability),
        found.verdict.to_string(),
    ]
}

/// A verdict and what it rests on, without full stop.
fn verdict(found: &Comparison, policy: &Policy) -> String {
    let margin = level(policy.margin.get());
    let why = match found.verdict {
        Verdict::Regressed => format!("slower, {}", counts(found, &margin)),
        Verdict::Improved => format!("faster, {}", counts(found, &margin)),
        Verdict::Equivalent => about_the_same(found, &margin, policy),
        Verdict::Inconclusive => found.reason.map(undecided).unwrap_or_default(),
    };
    format!("{}: {why}", found.verdict)
}

fn counts(found: &Comparison, margin: &str) -> String {
    let mut text = format!("significant, and a change of at least the {margin} that counts");
    if let Some(mde) = found.mde {
        text += &format!("; {} would have shown with 80 % power", percent(mde - 1.0));
    }
    text
}

fn about_the_same(found: &Comparison, margin: &str, policy: &Policy) -> String {
    let mut text = "about the same: ".to_owned();
    if let Some(of) = found.estimate.equivalence_interval {
        let (low, high) = (estimated(of.low), estimated(of.high));
        text += &format!("the {} interval of the ratio, [{low}, {high}], ", level(of.level));
    }
    text += &format!("lies within {margin} of 1");
    if found.p_adjusted < policy.alpha.get() {
        text += "; a difference is significant, but less than counts";
    }
    text
}

/// The reason as a sentence; the gap by chance, of each cell its own, is in the table instead.
fn undecided(mut reason: Reason) -> String {
    if let Reason::TooFewRuns { chance_gap, .. } = &mut reason {
        *chance_gap = None;
    }
    reason.to_string()
}
