//! A cell over time.

use std::{collections::HashMap, sync::Arc};

use super::{
    Filter, History, HistoryError, Night, Which,
    annotate::{self, Applied},
    database::{Database, Purpose, transaction},
    filter::Pattern,
    night,
    value::Value,
};
use crate::record::{Direction, Metric};

/// One cell in one metric and one environment, by time.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name of the config.
    pub config: String,
    /// Accelerator, CPU and host filesystem in words.
    pub environment: String,
    /// Name of the cell.
    pub cell: String,
    /// What was measured.
    pub metric: Metric,
    /// Whether the cell is judged by this metric.
    pub judged: bool,
    /// The nights, by time.
    pub points: Vec<Point>,
}

/// A cell's night.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The experiment: its id, start, and the versions of QEMU, the kernels and imgbench.
    pub night: Arc<Night>,
    /// Median of the runs that are ok, in the metric's unit.
    pub median: f64,
    /// Median of the same night's control; `None` of the control itself, and where it has no run.
    pub control_median: Option<f64>,
    /// Runs that are ok.
    pub n: u32,
    /// Why it is not to be used, if somebody said so.
    pub excluded: Option<String>,
    /// How many epochs began up to here: baselines do not reach across one.
    pub epoch: u32,
}

/// A row of the table `series`.
struct Head {
    id: i64,
    series: Series,
}

impl History {
    /// The series that a filter lets through, with the annotations applied; by config, environment,
    /// cell and metric. Series without any point are left out.
    ///
    /// # Errors
    /// A pattern is no glob, or the database says no.
    pub fn series(&mut self, filter: &Filter) -> Result<Vec<Series>, HistoryError> {
        transaction(self.database.as_mut(), Purpose::Reading, |database| {
            let nights = night::read(database, filter)?;
            let annotations = annotate::read(database)?;
            let heads = heads(database, filter)?;
            let mut found = Vec::new();
            for Head { id, mut series } in heads {
                let Series { config, environment, cell, .. } = &series;
                let applied = Applied::to(&annotations, config, environment, cell)?;
                series.points = points(database, id, &nights, &series, &applied)?;
                if !series.points.is_empty() {
                    found.push(series);
                }
            }
            Ok(found)
        })
    }
}

fn heads(database: &mut dyn Database, filter: &Filter) -> Result<Vec<Head>, HistoryError> {
    let cells = Pattern::new(filter.cell.as_deref())?;
    let environments = Pattern::new(filter.environment.as_deref())?;
    let sql = "SELECT id, config, environment, cell, metric, unit, worse, judged FROM series \
               ORDER BY config, environment, cell, metric, unit, worse";
    let mut heads = Vec::new();
    database.each(sql, &[], &mut |row| {
        let text = |at: usize| row.text(at).to_owned();
        let judged = row.int(7) != 0;
        let is_asked_for = match &filter.which {
            Which::Judged => judged,
            Which::All => true,
            Which::Named(name) => name == row.text(4),
        };
        let config = filter.config.as_deref().is_none_or(|config| config == row.text(1));
        if is_asked_for && config && environments.matches(row.text(2)) && cells.matches(row.text(3))
        {
            let worse = Direction::ALL.into_iter().find(|way| way.as_str() == row.text(6));
            let series = Series {
                config: text(1),
                environment: text(2),
                cell: text(3),
                metric: Metric::new(row.text(4), row.text(5), worse.unwrap_or_default()),
                judged,
                points: Vec::new(),
            };
            heads.push(Head { id: row.int(0), series });
        }
        Ok(())
    })?;
    Ok(heads)
}

/// The points of the nights given, in one walk along the series.
fn points(
    database: &mut dyn Database,
    id: i64,
    nights: &[(i64, Arc<Night>)],
    series: &Series,
    applied: &Applied<'_>,
) -> Result<Vec<Point>, HistoryError> {
    let of_series = |night: &&(i64, Arc<Night>)| {
        night.1.config == series.config && night.1.environment == series.environment
    };
    let nights: Vec<_> = nights.iter().filter(of_series).collect();
    let (Some(from), Some(to)) = (nights.first(), nights.last()) else { return Ok(Vec::new()) };
    let ends = [from, to].map(|night| Value::Int(night.1.started.as_microsecond()));
    let [from, to] = ends;
    let by_id: HashMap<i64, &Arc<Night>> = nights.iter().map(|(id, night)| (*id, night)).collect();
    let sql = "SELECT experiment, n, median, control_median FROM points \
               WHERE series = $1 AND started >= $2 AND started <= $3 ORDER BY started, experiment";
    let mut points = Vec::new();
    database.each(sql, &[Value::Int(id), from, to], &mut |row| {
        if let (Some(&night), Some(median)) = (by_id.get(&row.int(0)), row.real(2)) {
            points.push(Point {
                median,
                control_median: row.real(3),
                n: u32::try_from(row.int(1)).unwrap_or(0),
                excluded: applied.excluded(night),
                epoch: applied.epoch(night),
                night: Arc::clone(night),
            });
        }
        Ok(())
    })?;
    Ok(points)
}
