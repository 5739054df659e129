//! What figures are made of: the cells that are shown, their runs, and the caption.

use std::collections::{BTreeSet, HashMap};

use crate::{
    plain::plain,
    plot::RunPoint,
    ranking::{Ranking, Standing},
    record::{ByCell, Cell, Experiment, Metric, Record, Status, Value},
    stats::{Policy, Sample},
    summary::Summary,
};

use super::super::{Units, units::Unit};

/// Cells in a figure; nobody reads more, and a picture of a thousand rows cannot be shown.
const CELLS: usize = 40;

/// An experiment, ready for figures.
pub(super) struct Material<'a> {
    pub(super) experiment: &'a Experiment,
    pub(super) policy: Policy,
    /// Every cell, in the plan's order.
    pub(super) every: Vec<Shown<'a>>,
    /// The numbers of those that are shown where not all can be.
    shown: Vec<usize>,
    caption: &'a str,
    by_cell: ByCell<'a>,
}

/// A cell that can be shown.
pub(super) struct Shown<'a> {
    /// Number of its colour and shape, the same in all figures that show a selection.
    pub(super) look: usize,
    pub(super) cell: &'a Cell,
    pub(super) summary: &'a Summary,
    pub(super) standing: &'a Standing,
    /// How the values of its metric are written, here as in the text.
    pub(super) unit: Unit,
    /// Its ok runs, in the order they were measured.
    pub(super) runs: Vec<&'a Record>,
}

impl<'a> Material<'a> {
    pub(super) fn new(
        experiment: &'a Experiment,
        summaries: &'a [Summary],
        ranking: &'a Ranking,
        units: &Units,
        caption: &'a str,
    ) -> Self {
        let by_cell = experiment.by_cell();
        let shown = selected(experiment, ranking, CELLS);
        let cells = experiment.manifest.cells.iter().zip(summaries).zip(&ranking.standings);
        let mut every: Vec<Shown<'_>> = cells
            .map(|((cell, summary), standing)| {
                let runs = by_cell.runs(&cell.name).iter().copied();
                let runs = runs.filter(|run| run.status == Status::Ok).collect();
                Shown { look: 0, cell, summary, standing, runs, unit: units.get(summary) }
            })
            .collect();
        for (look, &at) in shown.iter().enumerate() {
            every[at].look = look;
        }
        Material { experiment, policy: ranking.policy, every, shown, caption, by_cell }
    }

    /// The figure's title: the config's name, and what is shown.
    pub(super) fn title(&self, shown: &str) -> String {
        format!("{}: {shown}", plain(&self.experiment.manifest.name))
    }

    /// The cells of a figure that can hold so many.
    pub(super) fn cells(&self) -> impl Iterator<Item = &Shown<'a>> {
        self.shown.iter().map(|&at| &self.every[at])
    }

    /// The caption: where the figure is from, how it is read, and what it leaves out.
    pub(super) fn caption(&self, reading: &str, left_out: &str) -> String {
        format!("{} {reading}{left_out}", self.caption)
    }

    /// What a figure of `possible` of the selected cells leaves out by showing the first `shown`.
    pub(super) fn left_out(&self, shown: usize, possible: usize) -> String {
        let all = self.every.len();
        if all > self.shown.len() {
            format!(
                " Shown are {shown} of {all} cells, of those furthest from their controls; all are \
                 in summary.csv."
            )
        } else if shown < possible {
            format!(" Only the first {shown} of {possible} cells are shown.")
        } else {
            String::new()
        }
    }

    /// A value of a run by the name of its metric.
    pub(super) fn value(&self, run: &Record, metric: &str) -> Option<f64> {
        self.by_cell.value(run, metric)
    }

    /// The names of all metrics that shown runs have in `metrics.csv`.
    pub(super) fn metric_names(&self) -> BTreeSet<&'a str> {
        self.experiment.metrics.iter().map(|of| of.metric.name.as_str()).collect()
    }

    /// Cells by their metric, in the order in which metrics first come.
    pub(super) fn by_metric<'c>(
        cells: impl Iterator<Item = &'c Shown<'a>>,
    ) -> Vec<(&'a Metric, Vec<&'c Shown<'a>>)>
    where
        'a: 'c,
    {
        let mut found: Vec<(&Metric, Vec<&Shown>)> = Vec::new();
        for of in cells {
            match found.iter_mut().find(|(metric, _)| **metric == of.cell.metric) {
                Some((_, cells)) => cells.push(of),
                None => found.push((&of.cell.metric, vec![of])),
            }
        }
        found
    }
}

impl Shown<'_> {
    /// Its runs that have a value of its metric, each with its words.
    pub(super) fn points(&self) -> Vec<RunPoint> {
        let point = |of: &Value| {
            let text = self.unit.with_unit(of.value);
            let tip =
                format!("{}, run {}, block {}: {text}", plain(&self.cell.name), of.run, of.block);
            RunPoint { value: of.value, tip }
        };
        self.summary.runs.iter().map(point).collect()
    }

    /// Its level of a factor; empty if it has none.
    pub(super) fn level(&self, factor: &str) -> &str {
        self.cell.level(factor).unwrap_or_default()
    }
}

/// A run and what is to be said of it.
pub(super) fn tip(run: &Record, text: &str) -> String {
    format!("{}, run {}, block {}: {text}", plain(&run.cell), run.run, run.block)
}

/// The median of values, if there are any.
pub(super) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    (n > 0).then(|| f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2]))
}

/// The median of the values above zero.
pub(super) fn median_above_zero(values: impl Iterator<Item = f64>) -> Option<f64> {
    Sample::new(values.filter(|&value| value > 0.0).collect()).ok().map(|of| of.median())
}

/// The numbers of the cells to show: all, or of many those furthest from their controls, each with
/// its control.
fn selected(experiment: &Experiment, ranking: &Ranking, most: usize) -> Vec<usize> {
    let manifest = &experiment.manifest;
    let all = manifest.cells.len().min(ranking.standings.len());
    if all <= most {
        return (0..all).collect();
    }
    let distance = |at: usize| {
        let found = ranking.standings[at].comparison.as_ref();
        found.map_or(-1.0, |found| found.estimate.ratio.ln().abs())
    };
    let numbers: HashMap<&str, usize> =
        manifest.cells.iter().enumerate().map(|(at, cell)| (cell.name.as_str(), at)).collect();
    let mut furthest: Vec<usize> = (0..all).collect();
    furthest.sort_by(|&a, &b| distance(b).total_cmp(&distance(a)).then(a.cmp(&b)));
    let mut shown = BTreeSet::new();
    for at in furthest {
        let control = numbers.get(manifest.control_of(&manifest.cells[at])).copied();
        let with_control = [Some(at), control].into_iter().flatten();
        let new = with_control.filter(|number| !shown.contains(number)).collect::<BTreeSet<_>>();
        if shown.len() + new.len() > most {
            break;
        }
        shown.extend(new);
    }
    shown.into_iter().collect()
}
