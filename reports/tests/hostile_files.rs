//! The files of an experiment with anything in them: a message or a report, and never a panic, a wait
//! or all of the memory.

mod fuzz;
mod sample;

use std::{error::Error, fs, time::Duration};

use reports::{
    record::{ChunksWriter, Direction, Experiment, Measurement, Metric, MetricsWriter, RunsWriter},
    report::Report,
};

type Outcome = Result<(), Box<dyn Error>>;

/// Gives one file of a small experiment anything for contents. Without their checksums, which would
/// keep all that is changed from the code behind them.
fn hold(file: &str) -> Outcome {
    let directory = tempfile::tempdir_in("/dev/shm")?;
    let at = |name: &str| directory.path().join(name);
    let cells = [("raw", "raw", "cmd", 1.0), ("qcow2", "a \"q\"", "cmd", 2.0)];
    let experiment = sample::experiment(&cells);
    experiment.manifest.write(&at("experiment.toml"))?;
    let text = fs::read_to_string(at("experiment.toml"))?;
    fs::write(at("experiment.toml"), text.split_once('\n').ok_or("one line")?.1)?;
    let mut runs = RunsWriter::create(&at("runs.csv"))?;
    let mut chunks = ChunksWriter::create(&at("chunks.csv"))?;
    let mut metrics = MetricsWriter::create(&at("metrics.csv"))?;
    for run in &experiment.runs {
        chunks.append(run.run, &run.cell, 4096, &[Duration::from_millis(9); 3])?;
        let metric = Metric::new("write_iops", "1/s", Direction::Lower);
        metrics.append(run.run, &run.cell, &[Measurement { metric, value: 7000.5 }])?;
        runs.append(run)?;
    }
    let text = fs::read_to_string(at("runs.csv"))?;
    let bare = |line: &str| line.rsplit_once(',').unwrap_or_default().0.to_owned() + "\n";
    fs::write(at("runs.csv"), text.lines().map(bare).collect::<String>())?;
    Experiment::load(directory.path())?;

    let seed = fs::read(at(file))?;
    let mut read = 0;
    fuzz::hold(400, &[&seed], |input| {
        fs::write(at(file), input).unwrap_or_else(|error| panic!("writing {file}: {error}"));
        if let Ok(experiment) = Experiment::load(directory.path()) {
            read += 1;
            // The report is 20 times as much work as reading; its numbers are what may overflow.
            if read % 20 == 1 {
                reports::terminal_table(&Report::new(&experiment));
            }
        }
    });
    assert!(read > 20, "only {read} were read: the inputs are too wild to test what is behind");
    Ok(())
}

#[test]
fn experiment_toml() -> Outcome {
    hold("experiment.toml")
}

#[test]
fn runs_csv() -> Outcome {
    hold("runs.csv")
}

#[test]
fn chunks_csv() -> Outcome {
    hold("chunks.csv")
}

#[test]
fn metrics_csv() -> Outcome {
    hold("metrics.csv")
}
