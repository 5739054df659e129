//! `metrics.csv`: what was measured of a run beside its times, a row a value.
//!
//! A workload says its own numbers here (IOPS, latency percentiles, bytes on the host), each with its
//! unit and the direction in which it gets worse, so that a new workload brings new metrics without a
//! new column anywhere.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::{LoadError, checksum, cut, table::Row};

/// The columns of `metrics.csv`; a file must have them all.
pub(super) const NEEDED: &str = "run,cell,metric,unit,worse,value";

/// A kind of number: what it is called, what it counts, and which way of it is bad.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Metric {
    /// Its name: a column of `runs.csv` (`workload_s`), or the `metric` of `metrics.csv`.
    pub name: String,
    /// The unit of its values: `s`, `B`, `1/s`, `B/s`; empty for a count or a ratio.
    pub unit: String,
    /// Which way is bad.
    pub worse: Direction,
}

/// The direction in which a metric gets worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// A time, bytes on disk.
    #[default]
    Higher,
    /// A throughput.
    Lower,
    /// Neither: a number that explains others.
    Neither,
}

impl Default for Metric {
    /// The seconds of the measured workload.
    fn default() -> Self {
        Metric::new("workload_s", "s", Direction::Higher)
    }
}

impl Metric {
    /// A metric by its three parts.
    #[must_use]
    pub fn new(name: &str, unit: &str, worse: Direction) -> Metric {
        Metric { name: name.to_owned(), unit: unit.to_owned(), worse }
    }

    /// Whether its values are seconds.
    #[must_use]
    pub fn is_time(&self) -> bool {
        self.unit == "s"
    }
}

impl Direction {
    /// Every direction.
    pub const ALL: [Direction; 3] = [Direction::Higher, Direction::Lower, Direction::Neither];

    /// The word in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Higher => "higher",
            Direction::Lower => "lower",
            Direction::Neither => "neither",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.pad(self.as_str())
    }
}

/// A value of a metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Of what.
    pub metric: Metric,
    /// The value, finite and 0 or more, in the metric's unit.
    pub value: f64,
}

/// One value of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricRecord {
    /// Number of the run in the plan.
    pub run: u32,
    /// Cell of the run.
    pub cell: String,
    /// Of what.
    pub metric: Metric,
    /// The value, finite and 0 or more, in the metric's unit.
    pub value: f64,
}

impl MetricRecord {
    /// Reads a row of `metrics.csv`; [`NEEDED`] were found in its header.
    pub(super) fn from_row(row: &Row<'_>) -> Result<Self, LoadError> {
        let word = row.text("worse");
        let worse = Direction::ALL.into_iter().find(|direction| direction.as_str() == word);
        let worse = worse.ok_or_else(|| {
            let permitted = Direction::ALL.map(Direction::as_str).join(", ");
            row.refuse("worse", &format!("permitted are {permitted}"))
        })?;
        let value = row.measure("value")?;
        Ok(MetricRecord {
            run: row.number("run")?,
            cell: row.text("cell").to_owned(),
            metric: Metric::new(row.text("metric"), row.text("unit"), worse),
            value: value.ok_or_else(|| row.refuse("value", "a number is needed"))?,
        })
    }
}

/// Appends to `metrics.csv`.
pub struct MetricsWriter {
    file: File,
}

impl MetricsWriter {
    /// Creates the file with its header, which must not exist yet.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().append(true).create_new(true).open(path)?;
        file.write_all(format!("{NEEDED}\n").as_bytes())?;
        file.sync_all()?;
        Ok(MetricsWriter { file })
    }

    /// Opens the file of an earlier invocation to go on. A last line that a crash cut short is
    /// removed first.
    ///
    /// # Errors
    /// What the operating system says; `InvalidData` if another version with other columns began
    /// the file.
    pub fn append_to(path: &Path) -> io::Result<Self> {
        Ok(MetricsWriter { file: cut::open_to_append(path, &format!("{NEEDED}\n"))? })
    }

    /// Adds the values of a run and has them on disk when it returns. They are written before the
    /// run's row in `runs.csv`, so that there is never a row without its values. Yields their
    /// checksum, for that row.
    ///
    /// # Errors
    /// What the operating system says, a full disk above all; `InvalidInput` for a value that is
    /// not finite or is below 0.
    pub fn append(
        &mut self,
        run: u32,
        cell: &str,
        values: &[Measurement],
    ) -> io::Result<Option<u32>> {
        let mut rows = Vec::new();
        for Measurement { metric, value } in values {
            if !value.is_finite() || *value < 0.0 {
                let message = format!("metric {}: {value} is not 0 or more", metric.name);
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
            let value = value.to_string();
            let row = (run, cell, &metric.name, &metric.unit, metric.worse, value);
            rows.extend(super::csv_row(&row)?);
        }
        self.file.write_all(&rows)?;
        self.file.sync_data()?;
        checksum::of_rows(&rows)
    }
}
