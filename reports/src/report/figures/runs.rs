//! Every run of each cell, with the median and its interval.

use super::{
    super::cases::runs_in_words,
    material::{Material, Shown},
    words,
};
use crate::{
    plain::plain,
    plot::{RowLabel, RowsFigure, RowsGroup, RowsPanel, RunsRow},
    record::Metric,
};

/// The figure; none without an ok run.
pub(super) fn figure(of: &Material<'_>) -> Option<RowsFigure<RunsRow>> {
    if of.cells().all(|cell| cell.summary.n() == 0) {
        return None;
    }
    let groups = by_workload(of);
    let mut names: Vec<String> = groups.iter().map(|(metric, ..)| words::name(metric)).collect();
    names.dedup();
    let alone = groups.len() == 1;
    let panels = groups.into_iter().map(|(metric, workload, cells)| {
        let heading = if alone { String::new() } else { format!("workload: {}", plain(workload)) };
        panel(metric, heading, &cells)
    });
    let panels: Vec<RowsPanel<RunsRow>> = panels.collect();
    let why = words::why(panels.iter().map(|panel| &panel.measure.scale));
    let shown = of.cells().count();
    let intervals = of.cells().filter_map(|cell| cell.summary.interval());
    let interval = words::levels(intervals.map(|interval| interval.level));
    let interval = interval.map_or_else(String::new, |level| {
        format!("; shaded: the interval of the median, which covers the true one in {level} of experiments")
    });
    let reading = format!("Markers: runs, from above as measured; line: median{interval}.{why}");
    Some(RowsFigure {
        title: of.title(&words::titled(&names, "every run, the median and its interval")),
        caption: of.caption(&reading, &of.left_out(shown, shown)),
        legend: Vec::new(),
        panels,
    })
}

/// The cells by what is measured and by workload: only these have an axis in common.
fn by_workload<'c>(of: &'c Material<'_>) -> Vec<(&'c Metric, &'c str, Vec<&'c Shown<'c>>)> {
    let mut found: Vec<(&Metric, &str, Vec<&Shown<'_>>)> = Vec::new();
    for cell in of.cells() {
        let (metric, workload) = (&cell.cell.metric, cell.level("workload"));
        match found.iter_mut().find(|of| (of.0, of.1) == (metric, workload)) {
            Some((.., cells)) => cells.push(cell),
            None => found.push((metric, workload, vec![cell])),
        }
    }
    found
}

fn panel(metric: &Metric, heading: String, cells: &[&Shown<'_>]) -> RowsPanel<RunsRow> {
    let medians: Vec<f64> = cells.iter().filter_map(|cell| cell.summary.median()).collect();
    let rows = cells.iter().map(|cell| row(cell)).collect();
    let measure = words::measure(metric, &medians);
    RowsPanel { measure, reference: None, groups: vec![RowsGroup { heading, rows }] }
}

fn row(cell: &Shown<'_>) -> RunsRow {
    let median = cell.summary.median();
    let interval = cell.summary.interval();
    let runs = runs_in_words(cell.summary);
    let label = RowLabel {
        look: cell.look,
        name: plain(&cell.cell.name),
        result: median.map_or("no ok run".into(), |median| cell.unit.with_unit(median)),
        note: match &interval {
            Some(of) => {
                format!("[{}, {}], {runs}", cell.unit.text(of.low), cell.unit.text(of.high))
            }
            None => runs,
        },
    };
    RunsRow {
        label,
        runs: cell.points(),
        median,
        interval: interval.map(|interval| (interval.low, interval.high)),
    }
}
