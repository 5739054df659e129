//! The JSON of hyperfine's `--export-json` (the fields of `BenchmarkResult` in its source, in their
//! order): all times are seconds.
//!
//! `command` is the name of the cell. imgbench does not tell user from system time, so both are 0;
//! only ok runs are here, so every exit code is 0.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::report::CellResult;

#[derive(Serialize)]
struct File<'a> {
    results: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    command: &'a str,
    mean: f64,
    // Of a single run there is none.
    stddev: Option<f64>,
    median: f64,
    user: f64,
    system: f64,
    min: f64,
    max: f64,
    times: &'a [f64],
    exit_codes: Vec<i32>,
    parameters: BTreeMap<&'a str, &'a str>,
}

/// Why a cell cannot be in such a file.
pub(super) fn why_not(cell: &CellResult) -> Option<String> {
    super::without_value(cell).or_else(|| {
        (cell.metric.unit != "s").then(|| {
            format!(
                "hyperfine knows seconds only, and this is {} in {:?}",
                cell.metric.name, cell.metric.unit
            )
        })
    })
}

/// The file.
pub(super) fn hyperfine(cells: &[&CellResult]) -> String {
    super::json(&File { results: cells.iter().filter_map(|cell| entry(cell)).collect() })
}

fn entry(cell: &CellResult) -> Option<Entry<'_>> {
    let sample = cell.sample.as_ref()?;
    Some(Entry {
        command: &cell.cell,
        mean: sample.mean(),
        stddev: sample.sd(),
        median: sample.median(),
        user: 0.0,
        system: 0.0,
        min: sample.min(),
        max: sample.max(),
        times: sample.values(),
        exit_codes: vec![0; sample.n()],
        parameters: cell.factors.iter().map(|of| (of.factor.as_str(), of.level.as_str())).collect(),
    })
}
