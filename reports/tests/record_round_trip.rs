//! What is written is read back, whatever it is.

mod sample;

use std::{error::Error, fs, path::Path, time::Duration};

use proptest::prelude::*;
use reports::record::{
    ChunkRecord, ChunksWriter, Direction, Experiment, Measurement, Metric, MetricsWriter, Record,
    RunsWriter, Status,
};

/// Any text, control characters, quotes and line feeds above all.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC*", "[\",\n\r\t \u{0}-\u{1f}a'=#\\\\]*", any::<String>()]
}

fn any_time() -> impl Strategy<Value = Duration> {
    (0..1_000_000_000u64, 0..1_000_000_000u32).prop_map(|(s, ns)| Duration::new(s, ns))
}

prop_compose! {
    fn any_record()(
        texts in proptest::array::uniform7(any_text()),
        times in proptest::array::uniform12(proptest::option::of(any_time())),
        counts in proptest::array::uniform7(proptest::option::of(any::<u64>())),
        measures in proptest::array::uniform5(proptest::option::of(0.0..f64::MAX)),
        status in proptest::sample::select(&Status::ALL[..]),
        chunks in proptest::option::of(any::<u32>()),
        bytes in any::<u64>(),
    ) -> Record {
        let [cell, image, workload, error, accel, started, disturbed_by] = texts;
        let ok_time = Duration::from_nanos(1);
        Record {
            run: 1, block: 1, position: 1, cell, image, workload, status, error, accel, bytes,
            prepare_s: times[0],
            launch_s: times[1],
            format_s: times[2],
            workload_s: if status == Status::Ok {
                Some(times[3].unwrap_or(ok_time).max(ok_time))
            } else {
                times[3]
            },
            sync_s: times[4],
            verify_s: times[5],
            shutdown_s: times[6],
            allocated_before: counts[0],
            allocated_after: counts[1],
            block_write_ops: counts[2],
            block_write_bytes: counts[3],
            block_write_s: times[7],
            flush_ops: counts[4],
            host_write_bytes: counts[5],
            started,
            clock_block_write_s: times[8],
            clock_block_write_bytes: counts[6],
            client_cpu_s: times[9],
            qemu_cpu_s: times[10],
            check_s: times[11],
            verified_chunks: chunks,
            load_1m: measures[0],
            steal_percent: measures[1],
            other_cpu_percent: measures[2],
            cpu_pressure_percent: measures[3],
            io_pressure_percent: measures[4],
            disturbed_by,
            boot: chunks,
            chunks_crc32: None,
            metrics_crc32: None,
        }
    }
}

proptest! {
    #[test]
    fn a_record_survives_the_files(record in any_record(), seed in any::<u64>()) {
        let directory = tempfile::tempdir().expect("a directory");
        let mut experiment = sample::experiment(&[(&record.cell, &record.error, &record.image, 1.0)]);
        experiment.manifest.seed = seed;
        experiment.manifest.question = record.started.clone();
        experiment.manifest.write(&directory.path().join("experiment.toml")).expect("written");
        let path = directory.path().join("runs.csv");
        RunsWriter::create(&path).and_then(|mut runs| runs.append(&record)).expect("written");
        let read = Experiment::load(directory.path()).expect("read");
        prop_assert_eq!(read.manifest, experiment.manifest);
        prop_assert_eq!(read.runs, [record]);
        prop_assert!(read.warnings.is_empty());
    }
}

/// Writes all files of an experiment as the harness does.
fn write_all(directory: &Path, experiment: &Experiment) -> Result<(), Box<dyn Error>> {
    experiment.manifest.write(&directory.join("experiment.toml"))?;
    let mut runs = RunsWriter::create(&directory.join("runs.csv"))?;
    let mut chunks = ChunksWriter::create(&directory.join("chunks.csv"))?;
    for record in &experiment.runs {
        chunks.append(record.run, &record.cell, 2 << 20, &seconds_of(experiment, record.run))?;
        runs.append(record)?;
    }
    Ok(())
}

fn seconds_of(experiment: &Experiment, run: u32) -> Vec<Duration> {
    let of_run = |chunk: &&ChunkRecord| chunk.run == run;
    experiment.chunks.iter().filter(of_run).filter_map(|chunk| chunk.seconds).collect()
}

#[test]
fn an_experiment_survives_the_files() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let mut written = sample::of_2010();
    write_all(directory.path(), &written)?;
    written.directory = directory.path().to_owned();
    assert_eq!(Experiment::load(directory.path())?, written);
    Ok(())
}

#[test]
fn the_header_is_that_of_the_fields() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let record = sample::record(1, 1, 1, "raw", 1.0);
    let path = directory.path().join("runs.csv");
    RunsWriter::create(&path)?.append(&record)?;
    let mut by_fields = csv::Writer::from_writer(Vec::new());
    by_fields.serialize(&record)?;
    // The checksum of the row comes last.
    let written = fs::read_to_string(&path)?;
    let before_the_last = |line: &str| line.rsplit_once(',').map(|(before, _)| before.to_owned());
    let columns: Option<Vec<String>> = written.lines().map(before_the_last).collect();
    assert_eq!(
        columns.ok_or("no columns")?.join("\n") + "\n",
        String::from_utf8(by_fields.into_inner()?)?
    );
    assert!(written.lines().next().is_some_and(|header| header.ends_with(",crc32")));

    let path = directory.path().join("chunks.csv");
    ChunksWriter::create(&path)?.append(1, "raw", 4096, &[Duration::ZERO, Duration::MAX])?;
    let text = fs::read_to_string(&path)?;
    assert_eq!(text.lines().nth(2), Some("1,raw,1,4096,18446744073709551615.999999999"));
    Ok(())
}

#[test]
fn writers_never_overwrite() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("runs.csv");
    RunsWriter::create(&path)?;
    assert!(RunsWriter::create(&path).is_err());
    assert!(ChunksWriter::create(&path).is_err());
    Ok(())
}

#[test]
fn a_crash_at_any_byte_loses_at_most_the_last_run() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let mut experiment = sample::of_2010();
    experiment.runs.truncate(2);
    experiment.runs[1] =
        sample::unsuccessful(&experiment.runs[1], Status::Failed, "two \"lines\",\nor more\n");
    write_all(directory.path(), &experiment)?;
    let path = directory.path().join("runs.csv");
    let whole = fs::read(&path)?;
    let header = whole.iter().position(|&byte| byte == b'\n').ok_or("no header")? + 1;
    for cut in header..whole.len() {
        fs::write(&path, &whole[..cut])?;
        let read = Experiment::load(directory.path())?;
        assert!(experiment.runs.starts_with(&read.runs), "cut at {cut}");
        // Going on gives what would have been there without the crash.
        let mut runs = RunsWriter::append_to(&path)?;
        for record in &experiment.runs[read.runs.len()..] {
            runs.append(record)?;
        }
        assert_eq!(fs::read(&path)?, whole, "cut at {cut}");
    }
    Ok(())
}

fn iops(value: f64) -> Measurement {
    Measurement { metric: Metric::new("write_iops", "1/s", Direction::Lower), value }
}

fn latency(value: f64) -> Measurement {
    Measurement { metric: Metric::new("write_p99_s", "s", Direction::Higher), value }
}

/// A run whose values were written and whose row was not, and that was done again.
#[test]
fn of_a_run_that_was_done_again_the_last_values_count() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let experiment = sample::of_2010();
    write_all(directory.path(), &experiment)?;
    let cell = &experiment.runs[0].cell;
    let path = directory.path().join("metrics.csv");
    let mut metrics = MetricsWriter::create(&path)?;
    metrics.append(1, cell, &[iops(7000.0), latency(0.5)])?;
    metrics.append(1, cell, &[iops(7500.25), latency(0.004)])?;
    drop(metrics);
    MetricsWriter::append_to(&path)?.append(99, "of no ok run", &[iops(1.0)])?;
    let read = Experiment::load(directory.path())?;
    let values: Vec<_> = read.metrics.iter().map(|of| (of.run, of.value)).collect();
    assert_eq!(values, [(1, 7500.25), (1, 0.004)]);
    assert_eq!(read.metrics[0].metric, iops(0.0).metric);
    Ok(())
}

#[test]
fn a_value_that_is_no_number_is_not_written() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let mut metrics = MetricsWriter::create(&directory.path().join("metrics.csv"))?;
    for value in [f64::NAN, f64::INFINITY, -1.0] {
        let refused = metrics.append(1, "cell", &[iops(value)]).map_err(|error| error.kind());
        assert_eq!(refused, Err(std::io::ErrorKind::InvalidInput));
    }
    Ok(())
}
