//! The runs of each cell in a few numbers.
//!
//! Takes an experiment; yields a [`Summary`] for every planned cell, in the plan's order, from the
//! runs that are ok, and writes them as `summary.csv`, one tidy row a cell. A cell without an ok
//! run has a summary without times.

use serde::Serialize;

use crate::{
    record::{Experiment, Status},
    stats::Sample,
};

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Name of the cell.
    pub cell: String,
    /// Its image, as the config names it.
    pub image: String,
    /// Its workload, as the config names it.
    pub workload: String,
    /// The seconds of the measured workload, an ok run a value, in the order of the runs. `None`
    /// without an ok run.
    pub seconds: Option<Sample>,
    /// Runs that failed or ran into a deadline.
    pub failed: usize,
    /// Median over the control's median; `None` where either is missing.
    pub ratio: Option<f64>,
}

/// A row of `summary.csv`; times in seconds.
#[derive(Serialize)]
struct Row<'a> {
    cell: &'a str,
    image: &'a str,
    workload: &'a str,
    n: usize,
    failed: usize,
    median_s: Option<String>,
    min_s: Option<String>,
    max_s: Option<String>,
    ratio: Option<String>,
    control: &'a str,
}

impl Summary {
    /// Number of ok runs.
    pub fn n(&self) -> usize {
        self.seconds.as_ref().map_or(0, Sample::n)
    }

    /// Median of the measured workload, seconds.
    pub fn median(&self) -> Option<f64> {
        self.seconds.as_ref().map(Sample::median)
    }
}

/// The summaries of all planned cells.
pub fn summarize(experiment: &Experiment) -> Vec<Summary> {
    let mut summaries: Vec<Summary> = Vec::with_capacity(experiment.manifest.cells.len());
    let mut by_cell = std::collections::HashMap::new();
    for run in &experiment.runs {
        by_cell.entry(run.cell.as_str()).or_insert_with(Vec::new).push(run);
    }
    for cell in &experiment.manifest.cells {
        let runs = by_cell.remove(cell.name.as_str()).unwrap_or_default();
        let ok = runs.iter().filter(|run| run.status == Status::Ok);
        let seconds = ok.filter_map(|run| run.workload_s).map(|time| time.as_secs_f64()).collect();
        let failed = |status| matches!(status, Status::Failed | Status::Timeout);
        let level = |factor| cell.level(factor).unwrap_or_default().to_owned();
        summaries.push(Summary {
            cell: cell.name.clone(),
            image: level("image"),
            workload: level("workload"),
            // Only emptiness can be refused here: loading refused ok runs without a time above 0.
            seconds: Sample::new(seconds).ok(),
            failed: runs.iter().filter(|run| failed(run.status)).count(),
            ratio: None,
        });
    }
    let control = &experiment.manifest.control;
    let control = summaries.iter().find(|of| of.cell == *control).and_then(Summary::median);
    for summary in &mut summaries {
        summary.ratio = summary.median().zip(control).map(|(median, control)| median / control);
    }
    summaries
}

/// `summary.csv`: a row a cell, empty fields for what there is not.
pub fn to_csv(summaries: &[Summary], control: &str) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let times = |value: f64| format!("{value:.9}");
    for summary in summaries {
        let seconds = summary.seconds.as_ref();
        writer.serialize(Row {
            cell: &summary.cell,
            image: &summary.image,
            workload: &summary.workload,
            n: summary.n(),
            failed: summary.failed,
            median_s: seconds.map(Sample::median).map(times),
            min_s: seconds.map(Sample::min).map(times),
            max_s: seconds.map(Sample::max).map(times),
            ratio: summary.ratio.map(|ratio| format!("{ratio:.6}")),
            control,
        })?;
    }
    let bytes = writer.into_inner().map_err(|failed| failed.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
