//! Bencher Metric Format (<https://bencher.dev/docs/reference/bencher-metric-format>): a benchmark a
//! cell, of which the value is the median and the lower and upper value its interval.
//!
//! A time is Bencher's own measure `latency`, in nanoseconds; a rate `throughput`, per second. Any
//! other metric is a measure of its own name and unit.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{record::Metric, report::CellResult};

/// Bencher's limit for the slug of a measure, in characters.
const SLUG_LENGTH: usize = 64;

/// Nanoseconds of a second: the unit of Bencher's latency.
const NANOSECONDS: f64 = 1e9;

#[derive(Serialize)]
struct Value {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper_value: Option<f64>,
}

/// The file. Keys are in the order of names: cells of one experiment never share one.
pub(super) fn bencher(cells: &[&CellResult]) -> String {
    let benchmarks: BTreeMap<&str, BTreeMap<String, Value>> = cells
        .iter()
        .filter_map(|cell| Some((cell.cell.as_str(), BTreeMap::from([measure(cell)?]))))
        .collect();
    super::json(&benchmarks)
}

fn measure(cell: &CellResult) -> Option<(String, Value)> {
    let (slug, scale) = match cell.metric.unit.as_str() {
        "s" => ("latency".to_owned(), NANOSECONDS),
        "1/s" => ("throughput".to_owned(), 1.0),
        _ => (slug(&cell.metric), 1.0),
    };
    let value = Value {
        value: scale * cell.sample.as_ref()?.median(),
        lower_value: cell.interval.map(|of| scale * of.low),
        upper_value: cell.interval.map(|of| scale * of.high),
    };
    Some((slug, value))
}

/// `allocated_after` becomes `allocated-after`.
fn slug(metric: &Metric) -> String {
    let kebab = |of: char| if of.is_ascii_alphanumeric() { of.to_ascii_lowercase() } else { '-' };
    let slug: String = metric.name.chars().take(SLUG_LENGTH).map(kebab).collect();
    match slug.trim_matches('-') {
        "" => "value".to_owned(),
        slug => slug.to_owned(),
    }
}
