//! The whole report as one JSON object for programs. Numbers are unrounded; what does not exist is
//! `null`; names are as in the experiment's files.

use serde::Serialize;

use crate::{
    disk::Disk,
    report::{CellResult, Outcome, Report},
    stats::Interval,
    summary::Summary,
};

/// Version of the object's layout. Raised when a reader of the old one would misread the new one.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Object<'a> {
    schema: u32,
    name: &'a str,
    question: &'a str,
    banner: Option<&'a str>,
    headline: &'a str,
    started: &'a str,
    command: &'a str,
    seed: u64,
    config: &'a str,
    config_sha256: &'a str,
    imgbench: &'a str,
    revision: &'a str,
    accelerator: &'a str,
    alpha: f64,
    margin: f64,
    cells: Vec<Cell<'a>>,
    setup: Vec<Answer<'a>>,
    verdicts: &'a [String],
    reading: &'a [String],
    disk: &'a [String],
    warnings: &'a [String],
    failures: &'a [String],
}

#[derive(Serialize)]
struct Answer<'a> {
    question: &'a str,
    answer: &'a str,
}

#[derive(Serialize)]
struct Cell<'a> {
    cell: &'a str,
    description: &'a str,
    image_command: &'a str,
    factors: Vec<Factor<'a>>,
    metric: &'a str,
    unit: &'a str,
    worse: &'static str,
    n: usize,
    failed: usize,
    timeout: usize,
    /// The ok runs, in their order.
    values: &'a [f64],
    mean: Option<f64>,
    sd: Option<f64>,
    min: Option<f64>,
    median: Option<f64>,
    max: Option<f64>,
    median_interval: Option<Ends>,
    control: &'a str,
    outcome: &'static str,
    sentence: &'a str,
    ratio: Option<f64>,
    ratio_interval: Option<Ends>,
    /// Adjusted over the family; `null` where so few blocks could not have made it small.
    p: Option<f64>,
    /// A ratio of at least 1.
    mde: Option<f64>,
    verdict: Option<String>,
    disk: DiskNumbers,
}

#[derive(Serialize)]
struct Factor<'a> {
    factor: &'a str,
    level: &'a str,
}

#[derive(Serialize)]
struct Ends {
    low: f64,
    high: f64,
    /// What it covers, a fraction.
    level: f64,
    method: String,
}

/// Medians over the ok runs; shares are fractions, sizes bytes.
#[derive(Serialize)]
struct DiskNumbers {
    clock_share: Option<f64>,
    reached: Option<f64>,
    writes: Option<f64>,
    flushes: Option<f64>,
    host_bytes_per_byte: Option<f64>,
    allocated_before: Option<f64>,
    allocated_after: Option<f64>,
}

/// The object, indented.
pub fn json(report: &Report) -> String {
    let origin = &report.origin;
    let cells = report.results.iter().zip(&report.summaries);
    let object = Object {
        schema: SCHEMA,
        name: &report.name,
        question: &report.question,
        banner: report.banner.as_deref(),
        headline: &report.headline,
        started: &origin.started,
        command: &origin.command,
        seed: origin.seed,
        config: &origin.config,
        config_sha256: &origin.config_sha256,
        imgbench: &origin.imgbench,
        revision: &origin.revision,
        accelerator: &origin.accel,
        alpha: report.ranking.policy.alpha.get(),
        margin: report.ranking.policy.margin.get(),
        cells: cells.map(|(result, summary)| cell(result, summary)).collect(),
        setup: report.setup.iter().map(|(question, answer)| Answer { question, answer }).collect(),
        verdicts: &report.comparisons.verdicts,
        reading: &report.reading,
        disk: &report.disk.reading,
        warnings: &report.warnings,
        failures: &report.failures,
    };
    // Text and finite numbers only, with text as keys: this cannot fail.
    serde_json::to_string_pretty(&object).unwrap_or_default() + "\n"
}

fn cell<'a>(of: &'a CellResult, summary: &Summary) -> Cell<'a> {
    let sample = of.sample.as_ref();
    let comparison = of.comparison.as_ref();
    Cell {
        cell: &of.cell,
        description: &of.description,
        image_command: &of.command,
        factors: of
            .factors
            .iter()
            .map(|of| Factor { factor: &of.factor, level: &of.level })
            .collect(),
        metric: &of.metric.name,
        unit: &of.metric.unit,
        worse: of.metric.worse.as_str(),
        n: of.n(),
        failed: of.failed,
        timeout: of.timeout,
        values: sample.map_or(&[], |sample| sample.values()),
        mean: sample.map(|sample| sample.mean()),
        sd: sample.and_then(|sample| sample.sd()),
        min: sample.map(|sample| sample.min()),
        median: sample.map(|sample| sample.median()),
        max: sample.map(|sample| sample.max()),
        median_interval: of.interval.map(ends),
        control: &of.control,
        outcome: outcome(of.outcome),
        sentence: &of.sentence,
        ratio: comparison.map(|found| found.estimate.ratio),
        ratio_interval: of.ratio_interval().map(ends),
        p: of.p,
        mde: comparison.and_then(|found| found.mde),
        verdict: comparison.map(|found| found.verdict.to_string()),
        disk: disk(&summary.disk),
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Control => "control",
        Outcome::Judged(_) => "judged",
        Outcome::NotCompared => "not compared",
        Outcome::NoValue => "no value",
        Outcome::NotRun => "not run",
    }
}

fn ends(of: Interval) -> Ends {
    Ends { low: of.low, high: of.high, level: of.level, method: of.method.to_string() }
}

fn disk(of: &Disk) -> DiskNumbers {
    DiskNumbers {
        clock_share: of.clock_share,
        reached: of.reached,
        writes: of.writes,
        flushes: of.flushes,
        host_bytes_per_byte: of.amplification,
        allocated_before: of.allocated_before,
        allocated_after: of.allocated_after,
    }
}
