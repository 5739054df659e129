//! Percentiles of latencies, from metrics named like `read_lat_p99_s`.

use super::{
    super::units::Unit as Written,
    material::{Material, Shown, median, tip},
};
use crate::{
    plain::plain,
    plot::{Line, LineMark, LinesFigure, LinesPanel, Measure, Scale, Unit},
    record::{Direction, Metric},
};

/// Cells in the figure; more make it longer than anyone scrolls.
const CELLS: usize = 18;

/// A metric that is a percentile.
#[derive(Clone, Debug, PartialEq)]
struct Percentile<'a> {
    /// `read`.
    of: &'a str,
    /// 99.9.
    percent: f64,
    metric: &'a str,
}

/// The figure; none where no run has such a metric.
pub(super) fn figure(of: &Material<'_>) -> Option<LinesFigure> {
    let mut found: Vec<Percentile<'_>> =
        of.metric_names().into_iter().filter_map(percentile).collect();
    found.sort_by(|a, b| a.of.cmp(b.of).then(a.percent.total_cmp(&b.percent)));
    let (mut shown, mut possible) = (0, 0);
    let panels = found.chunk_by(|a, b| a.of == b.of).filter_map(|percentiles| {
        let mut lines: Vec<Line> =
            of.cells().filter_map(|cell| line(of, cell, percentiles)).collect();
        possible = possible.max(lines.len());
        lines.truncate(CELLS);
        shown = shown.max(lines.len());
        (!lines.is_empty()).then(|| panel(percentiles, lines))
    });
    let panels: Vec<LinesPanel> = panels.collect();
    if panels.is_empty() {
        return None;
    }
    let reading = "Markers: runs; lines: median of the runs' percentiles. The scale is logarithmic \
                   because the slowest requests are many times slower than most.";
    Some(LinesFigure {
        title: of.title("latency by percentile, every run and the median"),
        caption: of.caption(reading, &of.left_out(shown, possible)),
        panels,
    })
}

fn panel(percentiles: &[Percentile<'_>], lines: Vec<Line>) -> LinesPanel {
    let tick = |of: &Percentile<'_>| (place(of.percent), format!("{} %", of.percent));
    let name = percentiles.first().map_or("", |of| of.of);
    LinesPanel {
        across: Measure {
            title: "percentile of the requests of a run".to_owned(),
            scale: Scale::Named(percentiles.iter().map(tick).collect()),
            unit: Unit::Number,
        },
        up: Measure {
            title: plain(&format!("{name} latency; less is better")),
            scale: Scale::Logarithmic,
            unit: Unit::Time,
        },
        lines,
    }
}

/// A cell's line, or none if none of its runs has such a percentile above 0.
fn line(of: &Material<'_>, cell: &Shown<'_>, percentiles: &[Percentile<'_>]) -> Option<Line> {
    let (mut points, mut marks) = (Vec::new(), Vec::new());
    for percentile in percentiles {
        let metric = Metric::new(percentile.metric, "s", Direction::Higher);
        let x = place(percentile.percent);
        let values =
            cell.runs.iter().filter_map(|&run| Some((run, of.value(run, percentile.metric)?)));
        let values: Vec<_> = values.filter(|&(_, value)| value > 0.0).collect();
        let Some(middle) = median(values.iter().map(|of| of.1)) else { continue };
        points.push((x, middle));
        marks.extend(values.iter().map(|&(run, value)| {
            let text = Written::of(&metric, &[value]).with_unit(value);
            LineMark { at: (x, value), tip: tip(run, &format!("{} %: {text}", percentile.percent)) }
        }));
    }
    let name = plain(&cell.cell.name);
    (!points.is_empty()).then_some(Line {
        look: cell.look,
        name,
        points,
        behind: Vec::new(),
        marks,
    })
}

/// Where a percentile is: each nine that is added is as far again, as tails are.
fn place(percent: f64) -> f64 {
    -(1.0 - percent / 100.0).max(1e-9).log10()
}

/// Reads a metric's name: `read_lat_p99_9_s` is percentile 99.9 of `read`.
fn percentile(metric: &str) -> Option<Percentile<'_>> {
    let (of, rest) = metric.strip_suffix("_s")?.split_once("_lat_p")?;
    let percent: f64 = rest.replacen('_', ".", 1).parse().ok()?;
    (percent > 0.0 && percent < 100.0).then_some(Percentile { of, percent, metric })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_percentiles_are_read() {
        let of = |metric| percentile(metric).map(|found| (found.of, found.percent));
        assert_eq!(of("read_lat_p50_s"), Some(("read", 50.0)));
        assert_eq!(of("write_lat_p99_9_s"), Some(("write", 99.9)));
        for other in
            ["workload_s", "read_lat_mean_s", "read_lat_p100_s", "read_lat_p99", "lat_pp_s"]
        {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn a_nine_more_is_as_far_again() {
        assert_eq!([90.0, 99.0, 99.9].map(|percent| place(percent).round()), [1.0, 2.0, 3.0]);
    }
}
