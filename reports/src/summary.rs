//! The runs of each cell in a few numbers.
//!
//! Takes an experiment; yields a [`Summary`] for every planned cell, in the plan's order, from the
//! runs that are ok, and writes them, with how they stand, as `summary.csv`, one tidy row a cell. A
//! cell without an ok run has a summary without values.

use std::collections::{BTreeSet, HashMap};

use crate::{
    disk::Disk,
    ranking::{Ranking, Standing},
    record::{ByCell, Cell, Experiment, Factor, Manifest, Metric, Status, Value},
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
    /// Every factor with the level of the cell.
    pub factors: Vec<Factor>,
    /// Name of the cell that it is compared with: its own for a control.
    pub control: String,
    /// What its runs are compared by.
    pub metric: Metric,
    /// The metric's values, an ok run a value, in the order of the runs and in the metric's unit.
    /// `None` without one.
    pub values: Option<Sample>,
    /// The same values with the runs that they are of.
    pub runs: Vec<Value>,
    /// The ok runs without a value of the metric.
    pub missing: Vec<u32>,
    /// Runs that failed or ran into a deadline.
    pub failed: usize,
    /// Median over the control's median; `None` where either is missing, or not of the same metric.
    pub ratio: Option<f64>,
    /// Whether libguestfs's channel carries the workload's bytes into the guest.
    pub through_channel: bool,
    /// What the disk did in the ok runs.
    pub disk: Disk,
}

impl Summary {
    /// Number of values, each of an ok run.
    pub fn n(&self) -> usize {
        self.values.as_ref().map_or(0, Sample::n)
    }

    /// Median, in the metric's unit.
    pub fn median(&self) -> Option<f64> {
        self.values.as_ref().map(Sample::median)
    }

    /// The interval for the median, in the metric's unit, with what it covers; `None` below two runs,
    /// which have no spread to judge by.
    pub fn interval(&self) -> Option<Interval> {
        let values = self.values.as_ref().filter(|values| values.n() > 1)?;
        Some(median_interval(values, Alpha::FIVE_PERCENT))
    }

    /// Coefficient of variation of the values, a fraction; `None` below two runs.
    pub fn cv(&self) -> Option<f64> {
        self.values.as_ref().and_then(Sample::cv)
    }

    /// Whether the clock saw the channel into the guest rather than the disk under it.
    pub fn at_floor(&self) -> bool {
        self.through_channel && self.disk.at_floor()
    }

    /// Whether others are compared with it, and it with none.
    pub fn is_control(&self) -> bool {
        self.cell == self.control
    }

    fn of(cell: &Cell, manifest: &Manifest, by_cell: &ByCell<'_>) -> Self {
        let runs = by_cell.runs(&cell.name);
        let values = by_cell.values(&cell.name, &cell.metric.name);
        let failed = |status| matches!(status, Status::Failed | Status::Timeout);
        let level = |factor| cell.level(factor).unwrap_or_default().to_owned();
        Summary {
            cell: cell.name.clone(),
            image: level("image"),
            workload: level("workload"),
            factors: cell.factors.clone(),
            control: manifest.control_of(cell).to_owned(),
            metric: cell.metric.clone(),
            // Only emptiness can be refused here: what is not above 0 is among the missing.
            values: Sample::new(values.found.iter().map(|of| of.value).collect()).ok(),
            runs: values.found,
            missing: values.missing,
            failed: runs.iter().filter(|run| failed(run.status)).count(),
            ratio: None,
            through_channel: cell.through_channel(),
            disk: Disk::of(&cell.name, by_cell),
        }
    }
}

/// The summaries of all planned cells.
pub fn summarize(experiment: &Experiment) -> Vec<Summary> {
    let manifest = &experiment.manifest;
    let by_cell = experiment.by_cell();
    let of = |cell| Summary::of(cell, manifest, &by_cell);
    let mut summaries: Vec<Summary> = manifest.cells.iter().map(of).collect();
    let medians: HashMap<String, (Metric, f64)> = summaries
        .iter()
        .filter(|of| of.is_control())
        .filter_map(|of| Some((of.cell.clone(), (of.metric.clone(), of.median()?))))
        .collect();
    for summary in &mut summaries {
        let control = medians.get(&summary.control).filter(|(of, _)| *of == summary.metric);
        let both = summary.median().zip(control);
        summary.ratio = both.map(|(median, (_, control))| median / control);
    }
    summaries
}

/// `summary.csv`: a row a cell, empty fields for what there is not. `p_adjusted` is empty where so
/// few runs could not have made it small. Each factor has a column, `factor_` and its name.
pub fn to_csv(summaries: &[Summary], ranking: &Ranking) -> Result<String, csv::Error> {
    let factors: BTreeSet<&str> =
        summaries.iter().flat_map(|of| &of.factors).map(|of| of.factor.as_str()).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (at, (summary, standing)) in summaries.iter().zip(&ranking.standings).enumerate() {
        let row = row(summary, standing, ranking);
        if at == 0 {
            let names = row.iter().map(|&(name, _)| name.to_owned());
            let factors = factors.iter().map(|factor| format!("factor_{factor}"));
            writer.write_record(names.chain(factors))?;
        }
        let level = |factor: &&str| {
            let of = summary.factors.iter().find(|of| of.factor == **factor);
            of.map_or("", |of| of.level.as_str())
        };
        let values = row.iter().map(|(_, value)| value.as_str());
        writer.write_record(values.chain(factors.iter().map(level)))?;
    }
    let bytes = writer.into_inner().map_err(|failed| failed.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Columns and values of a cell. Those whose name ends in `_s` are seconds, and empty where the
/// metric is no time; the plain ones are in the metric's own unit.
fn row(summary: &Summary, standing: &Standing, ranking: &Ranking) -> Vec<(&'static str, String)> {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.6}"));
    let exact = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let own = |value: Option<f64>| value.map_or_else(String::new, digits);
    let seconds = |value: Option<f64>| {
        let value = value.filter(|_| summary.metric.is_time());
        value.map_or_else(String::new, |value| format!("{value:.9}"))
    };
    let values = summary.values.as_ref();
    let (median, min, max) = (summary.median(), values.map(Sample::min), values.map(Sample::max));
    let interval = summary.interval();
    let (low, high) = (interval.map(|of| of.low), interval.map(|of| of.high));
    let comparison = standing.comparison.as_ref();
    let ratio = comparison.map(|found| &found.estimate);
    // A single block has no spread, and so no interval.
    let ratio_interval = ratio.map(|of| of.interval).filter(|interval| interval.level > 0.0);
    vec![
        ("cell", summary.cell.clone()),
        ("image", summary.image.clone()),
        ("workload", summary.workload.clone()),
        ("n", summary.n().to_string()),
        ("failed", summary.failed.to_string()),
        ("median_s", seconds(median)),
        ("min_s", seconds(min)),
        ("max_s", seconds(max)),
        ("ratio", number(summary.ratio)),
        ("control", summary.control.clone()),
        // Interval of the median, its level a fraction.
        ("ci_low_s", seconds(low)),
        ("ci_high_s", seconds(high)),
        ("ci_level", number(interval.map(|of| of.level))),
        // Against the control, paired by block.
        ("ratio_paired", number(ratio.map(|of| of.ratio))),
        ("ratio_low", number(ratio_interval.map(|of| of.low))),
        ("ratio_high", number(ratio_interval.map(|of| of.high))),
        ("ratio_level", number(ratio_interval.map(|of| of.level))),
        ("ratio_method", ratio_interval.map_or_else(String::new, |of| of.method.to_string())),
        // All digits: what is as small as 0.000020 has few in fixed notation.
        ("p_adjusted", exact(comparison.and_then(|of| of.telling_p(ranking.policy.alpha)))),
        ("letters", standing.letters.clone().unwrap_or_default()),
        ("verdict", comparison.map_or_else(String::new, |found| found.verdict.to_string())),
        ("mde", number(comparison.and_then(|found| found.mde))),
        // Standard deviation over mean, a fraction.
        ("cv", number(summary.cv())),
        ("metric", summary.metric.name.clone()),
        ("unit", summary.metric.unit.clone()),
        ("worse", summary.metric.worse.to_string()),
        ("median", own(median)),
        ("min", own(min)),
        ("max", own(max)),
        ("ci_low", own(low)),
        ("ci_high", own(high)),
    ]
}

/// Twelve significant digits, more than any clock has, and no trailing zeros: `0.1`, not
/// `0.09999999999999999`.
fn digits(value: f64) -> String {
    let rounded = format!("{value:.11e}").parse().unwrap_or(value);
    rounded.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_digits_that_were_measured() {
        assert_eq!(
            [1.5724622959999999, 7512.0, 0.1 + 0.2, 274_877_906_944.0].map(digits),
            ["1.572462296", "7512", "0.3", "274877906944"]
        );
    }
}
