//! One object. Numbers that do not exist are `null`; text is as in the experiments' files.

use serde::Serialize;

use super::{
    super::{Comparison, Side},
    row::Row,
};

/// Version of the object's layout. Raised when a reader of the old one would misread the new one.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Object<'a> {
    schema: u32,
    banner: Option<&'a str>,
    metric: &'a str,
    threshold: f64,
    alpha: f64,
    adjustment: &'static str,
    by: Option<Factor<'a>>,
    baseline: &'a Side,
    candidate: &'a Side,
    environment_differences: Vec<Difference<'a>>,
    cells: Vec<Row<'a>>,
    not_compared: Vec<NotCompared<'a>>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Factor<'a> {
    factor: &'a str,
    baseline_level: &'a str,
}

#[derive(Serialize)]
struct Difference<'a> {
    what: &'a str,
    baseline: &'a str,
    candidate: &'a str,
    bars_comparison: bool,
}

#[derive(Serialize)]
struct NotCompared<'a> {
    cell: &'a str,
    reason: String,
}

/// The object, indented.
pub(super) fn json(comparison: &Comparison) -> String {
    let differences = comparison.differences.iter().map(|of| Difference {
        what: &of.what,
        baseline: &of.baseline,
        candidate: &of.candidate,
        bars_comparison: of.bars,
    });
    let not_compared = comparison
        .not_compared
        .iter()
        .map(|of| NotCompared { cell: &of.cell, reason: of.reason.to_string() });
    let object = Object {
        schema: SCHEMA,
        banner: comparison.banner.as_deref(),
        metric: comparison.metric_name(),
        threshold: comparison.policy.margin.get(),
        alpha: comparison.policy.alpha.get(),
        adjustment: super::words::adjustment(comparison),
        by: comparison
            .by
            .as_ref()
            .map(|by| Factor { factor: &by.factor, baseline_level: &by.level }),
        baseline: &comparison.baseline,
        candidate: &comparison.candidate,
        environment_differences: differences.collect(),
        cells: comparison.cells.iter().map(|cell| Row::new(comparison, cell)).collect(),
        not_compared: not_compared.collect(),
        warnings: &comparison.warnings,
    };
    // Text and numbers only, with text as keys: this cannot fail.
    serde_json::to_string_pretty(&object).unwrap_or_default() + "\n"
}
