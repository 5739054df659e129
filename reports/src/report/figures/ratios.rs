//! The ratio of each cell to its control: a forest plot.

use super::{
    super::numbers::{estimated, level},
    material::{Material, Shown},
    words,
};
use crate::{
    plain::plain,
    plot::{Measure, RatioRow, Reference, RowLabel, RowsFigure, RowsGroup, RowsPanel, Scale, Unit},
    record::{Direction, Metric},
    stats::{Comparison, IntervalMethod},
};

/// The figure; none where nothing is compared.
pub(super) fn figure(of: &Material<'_>) -> Option<RowsFigure<RatioRow>> {
    let compared = || of.cells().filter_map(|cell| cell.standing.comparison.as_ref());
    compared().next()?;
    // A single block has no spread, and so no interval.
    let intervals = || compared().map(|found| found.estimate.interval).filter(|of| of.level > 0.0);
    let interval = words::levels(intervals().map(|interval| interval.level));
    let interval = interval.map_or_else(String::new, |level| {
        format!("; bar: its interval, which covers the true ratio in {level} of experiments")
    });
    let shown = compared().count();
    let mut names: Vec<String> =
        Material::by_metric(of.cells()).iter().map(|(metric, _)| words::name(metric)).collect();
    names.dedup();
    let by_t = intervals().any(|of| of.method == IntervalMethod::StudentT);
    let assumes = if by_t { " (by t; assumes normal log-ratios)" } else { "" };
    let margin = of.policy.margin.get();
    let reading = format!(
        "Marker: ratio of runs paired by block{interval}{assumes}; line: as the control; shaded: the {} that \
         do not count. Log scale, so that twice and half are equally far.",
        level(margin)
    );
    let reference = Reference { low: 1.0 / (1.0 + margin), at: 1.0, high: 1.0 + margin };
    let panels = Material::by_metric(of.cells()).into_iter().filter_map(|(metric, cells)| {
        let groups = groups(of, &cells);
        let measure = measure(metric);
        (!groups.is_empty()).then_some(RowsPanel { measure, reference: Some(reference), groups })
    });
    Some(RowsFigure {
        title: of.title(&words::titled(&names, "ratio of each cell to its control")),
        caption: of.caption(&reading, &of.left_out(shown, shown)),
        legend: Vec::new(),
        panels: panels.collect(),
    })
}

fn measure(metric: &Metric) -> Measure {
    let side = match metric.worse {
        Direction::Higher => "; above 1 is worse",
        Direction::Lower => "; below 1 is worse",
        Direction::Neither => "",
    };
    let title = format!("{} over the control's{side}", words::name(metric));
    Measure { title, scale: Scale::Logarithmic, unit: Unit::Number }
}

/// The compared cells by control, in the plan's order.
fn groups(of: &Material<'_>, cells: &[&Shown<'_>]) -> Vec<RowsGroup<RatioRow>> {
    let mut groups: Vec<RowsGroup<RatioRow>> = Vec::new();
    for cell in cells {
        let Some(found) = &cell.standing.comparison else { continue };
        let control = plain(of.experiment.manifest.control_of(cell.cell));
        let heading = format!("control: {control}");
        let row = row(cell, found, &control);
        match groups.iter_mut().find(|group| group.heading == heading) {
            Some(group) => group.rows.push(row),
            None => groups.push(RowsGroup { heading, rows: vec![row] }),
        }
    }
    groups
}

fn row(cell: &Shown<'_>, found: &Comparison, control: &str) -> RatioRow {
    let (ratio, interval) = (found.estimate.ratio, found.estimate.interval);
    let note = match interval.level {
        0.0 => estimated(ratio),
        _ => {
            let (low, high) = (estimated(interval.low), estimated(interval.high));
            format!("{} [{low}, {high}]", estimated(ratio))
        }
    };
    let name = plain(&cell.cell.name);
    RatioRow {
        tip: format!("{name} over {control}: {note}, {}", found.verdict),
        label: RowLabel { look: cell.look, name, result: found.verdict.to_string(), note },
        ratio,
        interval: (interval.level > 0.0).then_some((interval.low, interval.high)),
    }
}
