//! The cells against their controls: a table, and the verdicts in words.

use std::collections::HashMap;

use super::{Table, estimated, level, listed, percent, probability};
use crate::{
    plain::plain,
    ranking::{Apart, Ranking, Standing, WhyNot},
    record::{Direction, Metric},
    stats::{Comparison, IntervalMethod, Policy, Reason, Verdict},
    summary::Summary,
};

/// The comparisons with the control.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparisons {
    /// What the table is headed by: whether one control or several.
    pub title: &'static str,
    /// A row for each other cell: ratio, interval and level, gap by chance, adjusted p, verdict. No
    /// rows where there is nothing to compare.
    pub table: Table,
    /// Each verdict with what it rests on; cells of the same verdict and reason share one.
    pub verdicts: Vec<String>,
}

impl Comparisons {
    /// Lays out the standings of all cells but the controls.
    pub(super) fn of(summaries: &[Summary], ranking: &Ranking) -> Self {
        let columns = ["ratio [interval]", "level", "by chance", "adj. p", "verdict"];
        let several = summaries.iter().filter(|of| of.is_control()).count() > 1;
        let title =
            if several { "Compared with their controls" } else { "Compared with the control" };
        let table = Table::of_numbers("cell", &columns);
        let mut found = Comparisons { title, table, verdicts: Vec::new() };
        if ranking.comparisons() == 0 {
            return found;
        }
        let others = || {
            summaries.iter().zip(&ranking.standings).filter(|(summary, _)| !summary.is_control())
        };
        let mut verdicts = Shared::default();
        for (summary, standing) in others() {
            let name = plain(&summary.cell);
            found.table.rows.push(row(&name, standing, &ranking.policy));
            let sentence = sentence(summary, standing, &ranking.policy);
            verdicts.add(sentence, name);
        }
        found.verdicts = verdicts.sentences(|names, sentence| format!("{names}: {sentence}."));
        let mut apart = Shared::default();
        for side in [Apart::Higher, Apart::Lower] {
            let undecided = |standing: &Standing| {
                let comparison = standing.comparison.as_ref();
                comparison.is_some_and(|of| matches!(of.reason, Some(Reason::TooFewRuns { .. })))
            };
            let here = |standing: &Standing| standing.apart == Some(side) && undecided(standing);
            for (summary, _) in others().filter(|(_, standing)| here(standing)) {
                apart.add(side_of(side, &summary.metric).to_owned(), plain(&summary.cell));
            }
        }
        found.verdicts.extend(apart.sentences(|names, words| {
            let control = if several { "its control" } else { "the control" };
            format!(
                "{names}: every run was {words} than every run of {control}. The ratio is an \
                 estimate of that, and so few runs make it no finding."
            )
        }));
        found
    }
}

/// Sentences, each with the cells that share it, in the order in which they first came.
#[derive(Default)]
struct Shared {
    sentences: Vec<(String, Vec<String>)>,
    places: HashMap<String, usize>,
}

impl Shared {
    fn add(&mut self, sentence: String, name: String) {
        match self.places.get(&sentence) {
            Some(&at) => self.sentences[at].1.push(name),
            None => {
                self.places.insert(sentence.clone(), self.sentences.len());
                self.sentences.push((sentence, vec![name]));
            }
        }
    }

    fn sentences(self, say: impl Fn(String, String) -> String) -> Vec<String> {
        self.sentences.into_iter().map(|(words, names)| say(listed(&names), words)).collect()
    }
}

/// A side of the control in a word.
fn side_of(side: Apart, metric: &Metric) -> &'static str {
    match (side, metric.worse) {
        (Apart::Higher, Direction::Higher) | (Apart::Lower, Direction::Lower) => worse(metric),
        (Apart::Lower, Direction::Higher) | (Apart::Higher, Direction::Lower) => better(metric),
        (Apart::Higher, Direction::Neither) => "higher",
        (Apart::Lower, Direction::Neither) => "lower",
    }
}

fn worse(metric: &Metric) -> &'static str {
    if metric.is_time() { "slower" } else { "worse" }
}

fn better(metric: &Metric) -> &'static str {
    if metric.is_time() { "faster" } else { "better" }
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

/// What came of a cell that has a control, without full stop.
pub(super) fn sentence(summary: &Summary, standing: &Standing, policy: &Policy) -> String {
    match (&standing.comparison, standing.why_not) {
        (Some(comparison), _) => verdict(comparison, &summary.metric, policy),
        (None, Some(WhyNot::OtherMetric)) => {
            "no verdict: the control is measured by another metric".to_owned()
        }
        (None, Some(WhyNot::NoDirection)) => {
            "no verdict: neither way of its metric is better or worse".to_owned()
        }
        (None, Some(WhyNot::NoBlock) | None) => {
            "no verdict: no block has an ok run of it and of the control".to_owned()
        }
    }
}

/// A verdict and what it rests on, without full stop.
fn verdict(found: &Comparison, metric: &Metric, policy: &Policy) -> String {
    let margin = level(policy.margin.get());
    let why = match found.verdict {
        Verdict::Regressed => format!("{}, {}", worse(metric), counts(found, &margin)),
        Verdict::Improved => format!("{}, {}", better(metric), counts(found, &margin)),
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
