//! The runs of each cell in a few numbers.
//!
//! Takes an experiment; yields a [`Summary`] for every planned cell, in the plan's order, from the
//! runs that are ok, and writes them, with how they stand, as `summary.csv`, one tidy row a cell. A
//! cell without an ok run has a summary without times.

use serde::Serialize;

use crate::{
    disk::Disk,
    ranking::{Ranking, Standing},
    record::{Experiment, Status},
    stats::{Alpha, Interval, Sample, median_interval},
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
    /// What the disk did in the ok runs.
    pub disk: Disk,
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
    // Interval of the median, its level a fraction.
    ci_low_s: Option<String>,
    ci_high_s: Option<String>,
    ci_level: Option<String>,
    // Against the control, paired by block.
    ratio_paired: Option<String>,
    ratio_low: Option<String>,
    ratio_high: Option<String>,
    ratio_level: Option<String>,
    ratio_method: Option<String>,
    p_adjusted: Option<String>,
    letters: Option<&'a str>,
    verdict: Option<String>,
    mde: Option<String>,
    // Standard deviation over mean, a fraction.
    cv: Option<String>,
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

    /// The interval for the median, seconds, with what it covers; `None` below two runs, which have
    /// no spread to judge by.
    pub fn interval(&self) -> Option<Interval> {
        let seconds = self.seconds.as_ref().filter(|seconds| seconds.n() > 1)?;
        Some(median_interval(seconds, Alpha::FIVE_PERCENT))
    }

    /// Coefficient of variation of the times, a fraction; `None` below two runs.
    pub fn cv(&self) -> Option<f64> {
        self.seconds.as_ref().and_then(Sample::cv)
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
            disk: Disk::of(&runs),
        });
    }
    let control = &experiment.manifest.control;
    let control = summaries.iter().find(|of| of.cell == *control).and_then(Summary::median);
    for summary in &mut summaries {
        summary.ratio = summary.median().zip(control).map(|(median, control)| median / control);
    }
    summaries
}

/// `summary.csv`: a row a cell, empty fields for what there is not. `p_adjusted` is empty where so
/// few runs could not have made it small.
pub fn to_csv(
    summaries: &[Summary],
    ranking: &Ranking,
    control: &str,
) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (summary, standing) in summaries.iter().zip(&ranking.standings) {
        writer.serialize(row(summary, standing, ranking, control))?;
    }
    let bytes = writer.into_inner().map_err(|failed| failed.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn row<'a>(
    summary: &'a Summary,
    standing: &'a Standing,
    ranking: &Ranking,
    control: &'a str,
) -> Row<'a> {
    let time = |value: f64| format!("{value:.9}");
    let number = |value: f64| format!("{value:.6}");
    let seconds = summary.seconds.as_ref();
    let interval = summary.interval();
    let comparison = standing.comparison.as_ref();
    let ratio = comparison.map(|found| &found.estimate);
    // A single block has no spread, and so no interval.
    let ratio_interval = ratio.map(|of| of.interval).filter(|interval| interval.level > 0.0);
    Row {
        cell: &summary.cell,
        image: &summary.image,
        workload: &summary.workload,
        n: summary.n(),
        failed: summary.failed,
        median_s: seconds.map(Sample::median).map(time),
        min_s: seconds.map(Sample::min).map(time),
        max_s: seconds.map(Sample::max).map(time),
        ratio: summary.ratio.map(number),
        control,
        ci_low_s: interval.map(|of| time(of.low)),
        ci_high_s: interval.map(|of| time(of.high)),
        ci_level: interval.map(|of| number(of.level)),
        ratio_paired: ratio.map(|of| number(of.ratio)),
        ratio_low: ratio_interval.map(|of| number(of.low)),
        ratio_high: ratio_interval.map(|of| number(of.high)),
        ratio_level: ratio_interval.map(|of| number(of.level)),
        ratio_method: ratio_interval.map(|of| of.method.to_string()),
        p_adjusted: comparison
            .and_then(|found| found.telling_p(ranking.policy.alpha))
            // All digits: what is as small as 0.000020 has few in fixed notation.
            .map(|p| p.to_string()),
        letters: standing.letters.as_deref(),
        verdict: comparison.map(|found| found.verdict.to_string()),
        mde: comparison.and_then(|found| found.mde).map(number),
        cv: summary.cv().map(number),
    }
}
