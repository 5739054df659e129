//! The JSON of github-action-benchmark's tools `customSmallerIsBetter` and `customBiggerIsBetter`: an
//! array of `BenchmarkResult` as in its `src/extract.ts`.
//!
//! A file is of one direction, so there are two formats; each leaves out the cells of the other.

use serde::Serialize;

use crate::{record::Direction, report::CellResult};

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    unit: &'a str,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    extra: String,
}

/// Why a cell is none of which a smaller value is better.
pub(super) fn not_smaller(cell: &CellResult) -> Option<String> {
    let other = "github-action-benchmark-bigger";
    why_not(cell, Direction::Higher, &format!("a bigger value of it is better: see {other}"))
}

/// Why a cell is none of which a bigger value is better.
pub(super) fn not_bigger(cell: &CellResult) -> Option<String> {
    let other = "github-action-benchmark";
    why_not(cell, Direction::Lower, &format!("a smaller value of it is better: see {other}"))
}

fn why_not(cell: &CellResult, worse: Direction, otherwise: &str) -> Option<String> {
    super::without_value(cell).or_else(|| match cell.metric.worse {
        Direction::Neither => Some("no direction of it is better".to_owned()),
        found if found == worse => None,
        Direction::Higher | Direction::Lower => Some(otherwise.to_owned()),
    })
}

/// The file.
pub(super) fn entries(cells: &[&CellResult]) -> String {
    super::json(&cells.iter().filter_map(|cell| entry(cell)).collect::<Vec<_>>())
}

fn entry(cell: &CellResult) -> Option<Entry<'_>> {
    let metric = &cell.metric;
    Some(Entry {
        name: &cell.cell,
        unit: &metric.unit,
        value: cell.sample.as_ref()?.median(),
        range: cell.interval.map(|of| format!("{} to {}", of.low, of.high)),
        extra: format!("{}, median of n={}\n{}", metric.name, cell.n(), cell.sentence),
    })
}
