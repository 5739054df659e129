//! What crashes and other versions leave is read, with a warning where something was passed over.

mod sample;

use std::{error::Error, fs, path::Path, time::Duration};

use reports::record::{ChunksWriter, Experiment, Record, RunsWriter, Status};

type Outcome = Result<(), Box<dyn Error>>;

/// An experiment of two cells in a directory of its own, with these rows.
fn directory_with(runs: &[Record]) -> Result<tempfile::TempDir, Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let cells = [("raw", "raw", "cmd", 1.0), ("qcow2", "qcow2", "cmd", 2.0)];
    let manifest = sample::experiment(&cells).manifest;
    manifest.write(&directory.path().join("experiment.toml"))?;
    let mut writer = RunsWriter::create(&directory.path().join("runs.csv"))?;
    for record in runs {
        writer.append(record)?;
    }
    Ok(directory)
}

fn edit(path: &Path, change: impl FnOnce(String) -> String) -> Outcome {
    fs::write(path, change(fs::read_to_string(path)?))?;
    Ok(())
}

#[test]
fn an_interrupted_run_is_replaced_by_the_one_done_again() -> Outcome {
    let first = sample::record(1, 1, 1, "raw", 1.0);
    let again = sample::record(2, 1, 2, "qcow2", 2.0);
    let interrupted = sample::unsuccessful(&again, Status::Interrupted, "SIGINT");
    let directory = directory_with(&[first.clone(), interrupted.clone(), interrupted.clone()])?;
    let read = Experiment::load(directory.path())?;
    assert_eq!(read.runs, [first.clone(), interrupted]);
    assert_eq!(read.completed_runs(), [1].into(), "2 is to be done again");

    RunsWriter::append_to(&directory.path().join("runs.csv"))?.append(&again)?;
    let read = Experiment::load(directory.path())?;
    assert_eq!(read.runs, [first, again]);
    assert_eq!(read.completed_runs(), [1, 2].into());
    Ok(())
}

#[test]
fn failed_runs_are_completed() -> Outcome {
    let failed = sample::unsuccessful(&sample::record(1, 1, 1, "raw", 1.0), Status::Failed, "no");
    let late = sample::record(2, 1, 2, "qcow2", 1.0);
    let late = sample::unsuccessful(&late, Status::Timeout, "launch: 60 s");
    let directory = directory_with(&[failed, late])?;
    assert_eq!(Experiment::load(directory.path())?.completed_runs(), [1, 2].into());
    Ok(())
}

#[test]
fn a_line_cut_short_is_passed_over_with_a_warning() -> Outcome {
    let directory = directory_with(&[sample::record(1, 1, 1, "raw", 1.0)])?;
    edit(&directory.path().join("runs.csv"), |text| text + "2,1,2,qcow2,qc")?;
    let read = Experiment::load(directory.path())?;
    assert_eq!(read.runs.len(), 1);
    let warning = read.warnings.join("\n").replace(&*directory.path().to_string_lossy(), "DIR");
    insta::assert_snapshot!(warning, @"DIR/runs.csv:3: the last line is cut short, as by a crash while it was written, and was passed over.");
    Ok(())
}

#[test]
fn a_file_without_its_whole_header_has_no_runs() -> Outcome {
    let directory = directory_with(&[])?;
    fs::write(directory.path().join("runs.csv"), "run,blo")?;
    let read = Experiment::load(directory.path())?;
    assert!(read.runs.is_empty() && read.warnings.len() == 1);
    Ok(())
}

#[test]
fn chunks_may_be_missing_cut_short_or_of_no_run() -> Outcome {
    let directory = directory_with(&[
        sample::record(1, 1, 1, "raw", 1.0),
        sample::unsuccessful(&sample::record(2, 1, 2, "qcow2", 1.0), Status::Failed, "no"),
    ])?;
    assert!(Experiment::load(directory.path())?.chunks.is_empty());

    let path = directory.path().join("chunks.csv");
    let mut chunks = ChunksWriter::create(&path)?;
    let second = Duration::from_secs(1);
    chunks.append(1, "raw", 10, &[second, second])?; // Before a crash; the run was done again:
    chunks.append(1, "raw", 10, &[2 * second])?;
    chunks.append(2, "qcow2", 10, &[second])?; // A run that failed.
    chunks.append(3, "qcow2", 10, &[second])?; // A run without a row.
    edit(&path, |text| text + "4,raw,0")?;
    let read = Experiment::load(directory.path())?;
    let seconds: Vec<_> = read.chunks.iter().map(|chunk| (chunk.run, chunk.seconds)).collect();
    assert_eq!(seconds, [(1, Some(2 * second))]);
    assert_eq!(read.warnings.len(), 1);

    ChunksWriter::append_to(&path)?.append(4, "raw", 10, &[second])?;
    assert!(
        fs::read_to_string(&path)?.ends_with("3,qcow2,0,0,1.000000000\n4,raw,0,0,1.000000000\n")
    );
    Ok(())
}

#[test]
fn columns_and_keys_of_other_versions_do_not_matter() -> Outcome {
    let mut record = sample::record(1, 1, 1, "raw", 1.0);
    let directory = directory_with(&[record.clone()])?;
    // A newer version has columns and keys that this one does not know …
    edit(&directory.path().join("experiment.toml"), |text| {
        format!("new_key = 1\n{text}").replace("[provenance]", "[provenance]\nphase_of_moon = 0.5")
    })?;
    let path = directory.path().join("runs.csv");
    edit(&path, |text| {
        text.replacen('\n', ",phase_of_moon\n", 1).trim_end().to_owned() + ",0.5\n"
    })?;
    assert_eq!(Experiment::load(directory.path())?.runs, [record.clone()]);

    // … and an older one lacks those that came later.
    edit(&path, |text| {
        let keep = |line: &str| line.split(',').take(24).collect::<Vec<_>>().join(",") + "\n";
        text.lines().map(keep).collect()
    })?;
    record.started = String::new();
    record.clock_block_write_s = None;
    record.clock_block_write_bytes = None;
    record.client_cpu_s = None;
    record.qemu_cpu_s = None;
    record.check_s = None;
    record.verified_chunks = None;
    record.load_1m = None;
    record.steal_percent = None;
    record.other_cpu_percent = None;
    record.boot = None;
    assert_eq!(Experiment::load(directory.path())?.runs, [record]);

    // Rows with other columns do not belong under its header.
    let refused = RunsWriter::append_to(&path).map(drop).expect_err("refused");
    let message = refused.to_string().replace(&*directory.path().to_string_lossy(), "DIR");
    insta::assert_snapshot!(message, @"DIR/runs.csv: its columns are not those of this imgbench; go on with the version that began it");
    Ok(())
}
