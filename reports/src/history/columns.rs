//! The columns of `runs.csv` as the table `runs` has them: times as seconds, counts as whole
//! numbers. What is no number (status, error, names) stands beside them in the table.

use std::time::Duration;

use super::value::Value;
use crate::record::Record;

/// A numeric column: its name in `runs.csv`, and its value of a run.
pub(super) type Column = (&'static str, fn(&Record) -> Value);

/// Every numeric column. A test holds them to the fields of [`Record`].
pub(super) const NUMBERS: [Column; 27] = [
    ("bytes", |run| run.bytes.into()),
    ("prepare_s", |run| seconds(run.prepare_s)),
    ("launch_s", |run| seconds(run.launch_s)),
    ("format_s", |run| seconds(run.format_s)),
    ("workload_s", |run| seconds(run.workload_s)),
    ("sync_s", |run| seconds(run.sync_s)),
    ("verify_s", |run| seconds(run.verify_s)),
    ("shutdown_s", |run| seconds(run.shutdown_s)),
    ("allocated_before", |run| run.allocated_before.into()),
    ("allocated_after", |run| run.allocated_after.into()),
    ("block_write_ops", |run| run.block_write_ops.into()),
    ("block_write_bytes", |run| run.block_write_bytes.into()),
    ("block_write_s", |run| seconds(run.block_write_s)),
    ("flush_ops", |run| run.flush_ops.into()),
    ("host_write_bytes", |run| run.host_write_bytes.into()),
    ("clock_block_write_s", |run| seconds(run.clock_block_write_s)),
    ("clock_block_write_bytes", |run| run.clock_block_write_bytes.into()),
    ("client_cpu_s", |run| seconds(run.client_cpu_s)),
    ("qemu_cpu_s", |run| seconds(run.qemu_cpu_s)),
    ("check_s", |run| seconds(run.check_s)),
    ("verified_chunks", |run| run.verified_chunks.into()),
    ("load_1m", |run| run.load_1m.into()),
    ("steal_percent", |run| run.steal_percent.into()),
    ("other_cpu_percent", |run| run.other_cpu_percent.into()),
    ("cpu_pressure_percent", |run| run.cpu_pressure_percent.into()),
    ("io_pressure_percent", |run| run.io_pressure_percent.into()),
    ("boot", |run| run.boot.into()),
];

/// The columns that are no numbers, in the order of [`texts`].
pub(super) const TEXTS: [&str; 7] =
    ["status", "error", "started", "image", "workload", "accel", "disturbed_by"];

/// The values of [`TEXTS`].
pub(super) fn texts(run: &Record) -> [Value; 7] {
    let status = run.status.as_str();
    [status, &run.error, &run.started, &run.image, &run.workload, &run.accel, &run.disturbed_by]
        .map(Value::from)
}

fn seconds(time: Option<Duration>) -> Value {
    time.map(|time| time.as_secs_f64()).into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A column that were missing here would be lost from the history without a word. Checksums are
    /// of the files and say nothing of the run.
    #[test]
    fn no_column_of_runs_csv_is_missing() {
        let fields = serde_json::to_value(Record::default()).unwrap();
        let mut known: Vec<&str> = ["run", "block", "position", "cell"].to_vec();
        known.extend(TEXTS);
        known.extend(NUMBERS.map(|column| column.0));
        known.extend(["chunks_crc32", "metrics_crc32"]);
        for field in fields.as_object().unwrap().keys() {
            assert!(known.contains(&field.as_str()), "{field}: add it, in a migration");
        }
        assert_eq!(known.len(), fields.as_object().unwrap().len());
    }
}
