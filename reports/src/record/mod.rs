//! The files of an experiment, written while it is measured and read ever after: the only seam
//! between measuring and reporting.
//!
//! `experiment.toml` ([`Manifest`]) says what was planned and on what machine, `runs.csv`
//! ([`Record`], a row per run) what happened, `chunks.csv` ([`ChunkRecord`]) the seconds of each
//! chunk, `metrics.csv` ([`MetricRecord`]) every other number. [`Experiment::load`] reads them
//! together and refuses what does not belong together.

mod checksum;
mod chunks;
mod cut;
mod experiment;
mod load_error;
mod manifest;
mod metrics;
mod run;
mod seconds;
mod table;
mod values;

pub use chunks::{ChunkRecord, ChunksWriter};
pub use experiment::Experiment;
pub use load_error::LoadError;
pub(crate) use manifest::STOCK;
pub use manifest::{Cell, Factor, File, Manifest, Provenance, SHARED};
pub use metrics::{Direction, Measurement, Metric, MetricRecord, MetricsWriter};
pub use run::{Record, RunsWriter, Status};
pub use values::{ByCell, TIMES, Value, Values};

/// Version of the files' schema. Raised when a reader of the old one would misread the new one;
/// columns and keys added at the end do not raise it.
///
/// 2: a cell has a metric of its own, which an older reader would take for `workload_s`.
pub const SCHEMA: u32 = 2;

/// One line of CSV, with its line feed.
fn csv_row(row: &impl serde::Serialize) -> std::io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.serialize(row).map_err(std::io::Error::other)?;
    writer.into_inner().map_err(|failed| std::io::Error::other(failed.to_string()))
}
