//! The other numbers of the runs, what a workload measures beside the metric that it is judged by:
//! latency percentiles, the size of an image that was made.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use super::{Table, Unit, size};
use crate::{
    plain::plain,
    record::{ByCell, Experiment, Metric, Status},
    summary::Summary,
};

/// What the disk did has tables of its own; how long a run waited for its turn, or was stopped for
/// another's, is no measurement.
const NOT_HERE: [&str; 10] = [
    "waited_s",
    "held_s",
    "clock_block_read_s",
    "block_read_ops",
    "block_read_bytes",
    "block_read_s",
    "flush_s",
    "host_read_bytes",
    "host_write_calls",
    "clock_flush_s",
];

/// Bytes that an image takes on the host, and the virtual size that they are a share of.
const ALLOCATED: &str = "allocated_bytes";

/// Columns of the page that a table may take, its own spaces not counted.
const PAGE: usize = 76;

/// Columns that are left for numbers beside the longest names.
const LEAST_ROOM: usize = 40;

/// Of all requests; said already where they were of one kind.
const ALL_REQUESTS: &str = "iops";

/// A metric with the median of each of the cells that share a table.
struct Column {
    metric: Metric,
    medians: Vec<f64>,
}

impl Column {
    /// Title and texts. Sizes, of which some fill a sector and some a disk, have a unit each.
    fn printed(&self) -> (String, Vec<String>) {
        let values = self.medians.iter();
        if self.metric.unit == "B" {
            let values = values.map(|&bytes| size(bytes.round() as u64)).collect();
            return (title(&self.metric, ""), values);
        }
        let unit = Unit::of(&self.metric, &self.medians);
        (title(&self.metric, &unit.name), values.map(|&value| unit.text(value)).collect())
    }
}

/// A cell with the medians of its metrics.
type Medians<'a> = (&'a Summary, Vec<f64>);

/// Tables of medians over the ok runs. Cells that are compared with one control stand together, and
/// wide tables are cut in two.
pub(super) fn tables(experiment: &Experiment, summaries: &[Summary]) -> Vec<Table> {
    let by_cell = experiment.by_cell();
    // By the metrics that cells have, in the order in which they first came.
    let mut groups: Vec<(Vec<Metric>, Vec<Medians<'_>>)> = Vec::new();
    let mut places: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for summary in summaries {
        let found = medians(summary, &by_cell);
        if found.is_empty() {
            continue;
        }
        let (metrics, medians): (Vec<Metric>, Vec<f64>) = found.into_iter().unzip();
        let names = metrics.iter().map(|of| of.name.clone()).collect();
        let place = *places.entry(names).or_insert_with(|| {
            groups.push((metrics, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push((summary, medians));
    }
    let sizes: BTreeMap<&str, u64> =
        experiment.manifest.cells.iter().map(|cell| (cell.name.as_str(), cell.size)).collect();
    groups.into_iter().flat_map(|(metrics, cells)| laid_out(&metrics, &cells, &sizes)).collect()
}

/// The metrics of a cell with their medians, in the order of the file.
fn medians(summary: &Summary, by_cell: &ByCell<'_>) -> Vec<(Metric, f64)> {
    let ok = || by_cell.runs(&summary.cell).iter().filter(|run| run.status == Status::Ok);
    let mut values: Vec<(&Metric, Vec<f64>)> = Vec::new();
    for found in ok().flat_map(|run| by_cell.metrics(run.run)) {
        let name = found.metric.name.as_str();
        if NOT_HERE.contains(&name) {
            continue;
        }
        match values.iter_mut().find(|(metric, _)| metric.name == name) {
            Some((_, values)) => values.push(found.value),
            None => values.push((&found.metric, vec![found.value])),
        }
    }
    let all = values.iter().find(|(metric, _)| metric.name == ALL_REQUESTS).map(|of| of.1.clone());
    let of_one_kind = |(metric, values): &(&Metric, Vec<f64>)| {
        metric.name.ends_with("_iops") && Some(values) == all.as_ref()
    };
    let once = values.iter().any(of_one_kind);
    values.retain(|(metric, _)| {
        metric.name != summary.metric.name && !(once && metric.name == ALL_REQUESTS)
    });
    let median = |(metric, values): (&Metric, Vec<f64>)| {
        Some((metric.clone(), crate::disk::median(values)?))
    };
    values.into_iter().filter_map(median).collect()
}

fn laid_out(metrics: &[Metric], cells: &[Medians<'_>], sizes: &BTreeMap<&str, u64>) -> Vec<Table> {
    let columns = metrics.iter().enumerate().map(|(at, metric)| Column {
        metric: metric.clone(),
        medians: cells.iter().map(|(_, medians)| medians[at]).collect(),
    });
    let mut printed: Vec<(String, Vec<String>)> = Vec::new();
    for column in columns {
        printed.push(column.printed());
        if column.metric.name == ALLOCATED {
            let of = |(summary, allocated): (&Summary, f64)| {
                let size = sizes.get(summary.cell.as_str()).copied().filter(|&size| size > 0);
                size.map_or_else(|| "-".to_owned(), |size| share(allocated / size as f64))
            };
            let allocated = column.medians.iter().copied();
            let shares = cells.iter().map(|(summary, _)| *summary).zip(allocated).map(of);
            printed.push(("of virtual size".to_owned(), shares.collect()));
        }
    }
    let names: Vec<String> = cells.iter().map(|(summary, _)| plain(&summary.cell)).collect();
    let longest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let room = PAGE.saturating_sub(longest).max(LEAST_ROOM);
    let mut tables = Vec::new();
    let mut rest = printed.as_slice();
    while !rest.is_empty() {
        let (here, after) = rest.split_at(fitting(rest, room));
        let titles: Vec<&str> = here.iter().map(|(title, _)| title.as_str()).collect();
        let mut table = Table::of_numbers("cell", &titles);
        for (at, name) in names.iter().enumerate() {
            let values = here.iter().map(|(_, values)| values[at].clone());
            table.rows.push(std::iter::once(name.clone()).chain(values).collect());
        }
        tables.push(table);
        rest = after;
    }
    tables
}

/// How many columns fit into so much room beside each other; at least one.
fn fitting(columns: &[(String, Vec<String>)], mut room: usize) -> usize {
    let fits = |(title, values): &&(String, Vec<String>)| {
        let width = values.iter().map(String::len).max().unwrap_or(0).max(title.len()) + 2;
        room.checked_sub(width).map(|rest| room = rest).is_some()
    };
    columns.iter().take_while(fits).count().max(1)
}

/// The name without the unit that it ends in, and the unit of the column: `write_lat_p99 ms`.
fn title(metric: &Metric, unit: &str) -> String {
    let stripped = ["_s", "_bytes"].iter().find_map(|end| metric.name.strip_suffix(end));
    // The unit of these says it.
    let stripped =
        stripped.or_else(|| metric.name.strip_suffix("_iops").filter(|_| unit == "IOPS"));
    let name = plain(stripped.filter(|_| !metric.unit.is_empty()).unwrap_or(&metric.name));
    if unit.is_empty() { name } else { format!("{name} {}", plain(unit)) }
}

/// A share with two digits however small: `0.017 %`, as 2010's "0.02 %".
fn share(of: f64) -> String {
    let percent = 100.0 * of;
    if percent <= 0.0 {
        return "0 %".to_owned();
    }
    let decimals = (1.0 - percent.log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{percent:.decimals$} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_shares_have_digits() {
        assert_eq!(
            [0.0, 0.000_166, 0.0312, 0.5, 1.003].map(share),
            ["0 %", "0.017 %", "3.1 %", "50 %", "100 %"]
        );
    }
}
