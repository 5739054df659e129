//! The two programs, each run as a whole process on the same CSV file, and what they found.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The nights found, by column.
pub type Found = BTreeMap<String, Vec<usize>>;

/// What a run came to.
pub enum Run {
    /// It ended, with its wall time.
    Ended(Duration, Found),
    /// It was stopped at its time limit.
    Stopped(Duration),
}

/// One of the two programs.
pub enum Program {
    /// `detect_csv`, an example of this library.
    Ours(PathBuf),
    /// Apache Otava's command.
    Otava(PathBuf),
}

impl Program {
    /// Runs it on `csv` with `columns` columns c0, c1, …; its files go beside `csv`.
    pub fn run(&self, csv: &Path, columns: usize, limit: Duration) -> Result<Run, Box<dyn Error>> {
        let out = csv.with_extension("out");
        let mut command = match self {
            Self::Ours(program) => Command::new(program),
            Self::Otava(program) => otava(program, csv, columns)?,
        };
        if let Self::Ours(_) = self {
            command.arg(csv);
        }
        let log = File::create(csv.with_extension("log"))?;
        command.stdin(Stdio::null()).stdout(File::create(&out)?).stderr(log);
        let start = Instant::now();
        let mut child = command.spawn()?;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if start.elapsed() > limit {
                child.kill()?;
                child.wait()?;
                return Ok(Run::Stopped(start.elapsed()));
            }
            // Both are waited for alike; a short one to a fiftieth of a millisecond.
            let nap = start.elapsed().as_micros() / 100;
            std::thread::sleep(Duration::from_micros(nap.clamp(20, 100_000) as u64));
        };
        let took = start.elapsed();
        if !status.success() {
            let log = std::fs::read_to_string(csv.with_extension("log"))?;
            return Err(format!("{command:?} failed: {log}").into());
        }
        let json: Value = serde_json::from_str(&std::fs::read_to_string(&out)?)?;
        let found = match self {
            Self::Ours(_) => found_by_us(&json),
            Self::Otava(_) => found_by_otava(&json),
        };
        Ok(Run::Ended(took, found.ok_or("the output is not of the expected form")?))
    }
}

/// `otava analyze` with its defaults, but for the time span, which is a year unless asked.
fn otava(program: &Path, csv: &Path, columns: usize) -> Result<Command, Box<dyn Error>> {
    let metrics: String =
        (0..columns).map(|cell| format!("      c{cell}: {{direction: -1}}\n")).collect();
    let config = csv.with_extension("yaml");
    let test = "tests:\n  nights:\n    type: csv\n    time_column: time\n";
    std::fs::write(&config, format!("{test}    file: {}\n    metrics:\n{metrics}", csv.display()))?;
    let mut command = Command::new(program);
    command.args([
        "analyze",
        "nights",
        "--output",
        "json",
        "--since",
        "1999-01-01",
        "--config-file",
    ]);
    command.arg(config);
    Ok(command)
}

fn found_by_us(json: &Value) -> Option<Found> {
    let nights = |points: &Value| -> Option<Vec<usize>> {
        points.as_array()?.iter().map(|point| Some(point["night"].as_u64()? as usize)).collect()
    };
    json.as_object()?.iter().map(|(cell, points)| Some((cell.clone(), nights(points)?))).collect()
}

fn found_by_otava(json: &Value) -> Option<Found> {
    let mut found = Found::new();
    for group in json["nights"].as_array()? {
        for change in group["changes"].as_array()? {
            let cell = change["metric"].as_str()?.to_owned();
            found.entry(cell).or_default().push(change["index"].as_u64()? as usize);
        }
    }
    Some(found)
}
