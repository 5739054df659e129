//! Takes an experiment; yields one point for each cell and metric: what the night says of it.

use std::collections::{HashMap, HashSet};

use crate::record::{Cell, Experiment, Metric, Status};

/// A cell's night in one metric.
#[derive(Debug, PartialEq)]
pub(super) struct Point<'a> {
    pub(super) cell: &'a str,
    pub(super) metric: Metric,
    /// Whether it is what the cell's runs are compared by.
    pub(super) judged: bool,
    /// Runs that are ok and have the metric.
    pub(super) n: u32,
    /// Their median, in the metric's unit.
    pub(super) median: f64,
    /// The median of the control's runs; `None` where it has none, and of the control itself.
    pub(super) control_median: Option<f64>,
}

/// The points, cell by cell in the order of the config.
pub(super) fn of(experiment: &Experiment) -> Vec<Point<'_>> {
    let values = values(experiment);
    let cells = &experiment.manifest.cells;
    cells.iter().flat_map(|cell| of_cell(experiment, cell, &values)).collect()
}

type Values<'a> = HashMap<&'a str, Vec<(Metric, Vec<f64>)>>;

fn of_cell<'a>(experiment: &Experiment, cell: &'a Cell, all: &Values<'_>) -> Vec<Point<'a>> {
    let control = experiment.manifest.control_of(cell);
    let of_control = all.get(control).filter(|_| control != cell.name);
    let Some(metrics) = all.get(cell.name.as_str()) else { return Vec::new() };
    let point = |(metric, values): &(Metric, Vec<f64>)| {
        let control = of_control.and_then(|all| all.iter().find(|(other, _)| other == metric));
        Some(Point {
            cell: &cell.name,
            metric: metric.clone(),
            judged: *metric == cell.metric,
            n: values.len() as u32,
            median: median(values)?,
            control_median: control.and_then(|(_, values)| median(values)),
        })
    };
    metrics.iter().filter_map(point).collect()
}

/// The values of the runs that are ok: of every metric in `metrics.csv`, and of every one that some
/// cell is judged by.
fn values(experiment: &Experiment) -> Values<'_> {
    let judged: HashSet<&Metric> =
        experiment.manifest.cells.iter().map(|cell| &cell.metric).collect();
    let by_cell = experiment.by_cell();
    let mut values = Values::new();
    let mut add = |cell, metric: &Metric, value| {
        let of_cell = values.entry(cell).or_default();
        match of_cell.iter_mut().find(|(other, _)| other == metric) {
            Some((_, values)) => values.push(value),
            None => of_cell.push((metric.clone(), vec![value])),
        }
    };
    for run in experiment.runs.iter().filter(|run| run.status == Status::Ok) {
        for metric in &judged {
            if let Some(value) = by_cell.value(run, &metric.name) {
                add(run.cell.as_str(), metric, value);
            }
        }
        for of in by_cell.metrics(run.run).iter().filter(|of| !judged.contains(&of.metric)) {
            add(run.cell.as_str(), &of.metric, of.value);
        }
    }
    values
}

/// The middle value, or the mean of the two middle ones. Unlike a `Sample`'s, values may be 0.
fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len() % 2 == 1 { upper } else { f64::midpoint(sorted[middle - 1], upper) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        for (values, expected) in [
            (&[][..], None),
            (&[3.0], Some(3.0)),
            (&[4.0, 0.0], Some(2.0)),
            (&[9.0, 1.0, 2.0], Some(2.0)),
            (&[9.0, 1.0, 2.0, 4.0], Some(3.0)),
        ] {
            assert_eq!(median(values), expected, "{values:?}");
        }
    }
}
