//! Files that were damaged: each flipped bit, each cut, each row moved or doubled is told by file and
//! line, or provably changes nothing.

mod sample;

use std::{error::Error, fs, path::Path, time::Duration};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reports::record::{
    ChunksWriter, Direction, Experiment, Measurement, Metric, MetricsWriter, Provenance, Record,
    RunsWriter, Status,
};

type Outcome = Result<(), Box<dyn Error>>;

const FILES: [&str; 4] = ["experiment.toml", "runs.csv", "chunks.csv", "metrics.csv"];

/// A small experiment on disk, written as the harness does: three runs, the last of which failed with
/// a message of two lines.
struct Written {
    directory: tempfile::TempDir,
    whole: Experiment,
}

impl Written {
    fn new() -> Result<Written, Box<dyn Error>> {
        let directory = tempfile::tempdir()?;
        let at = directory.path();
        let mut experiment =
            sample::experiment(&[("raw", "raw", "cmd", 1.0), ("qcow2", "a \"q\"", "cmd", 2.0)]);
        // Short, since it is read again for each bit.
        experiment.manifest.provenance = Provenance::default();
        experiment.manifest.write(&at.join("experiment.toml"))?;
        let mut runs = RunsWriter::create(&at.join("runs.csv"))?;
        let mut chunks = ChunksWriter::create(&at.join("chunks.csv"))?;
        let mut metrics = MetricsWriter::create(&at.join("metrics.csv"))?;
        experiment.runs.truncate(3);
        experiment.runs[2] =
            sample::unsuccessful(&experiment.runs[2], Status::Failed, "QEMU said \"no\",\ntwice");
        for run in &experiment.runs {
            let mut run = run.clone();
            if run.status == Status::Ok {
                let times = [Duration::from_millis(222), Duration::from_millis(225)];
                run.chunks_crc32 = chunks.append(run.run, &run.cell, 4096, &times)?;
                run.metrics_crc32 = metrics.append(run.run, &run.cell, &numbers(&run))?;
            }
            runs.append(&run)?;
        }
        let whole = Experiment::load(at)?;
        assert_eq!((whole.runs.len(), whole.chunks.len(), whole.metrics.len()), (3, 4, 4));
        Ok(Written { directory, whole })
    }

    fn path(&self, file: &str) -> std::path::PathBuf {
        self.directory.path().join(file)
    }

    /// What reading says of one file with other bytes: the error, or what is different.
    fn with(&self, file: &str, bytes: &[u8]) -> Result<Found, Box<dyn Error>> {
        let path = self.path(file);
        let before = fs::read(&path)?;
        fs::write(&path, bytes)?;
        let loaded = Experiment::load(self.directory.path());
        fs::write(&path, before)?;
        Ok(match loaded {
            Err(error) => Found::Refused(error.to_string()),
            Ok(read) if self.is_same(&read) => Found::Unaffected,
            Ok(read) => Found::Changed(Box::new(read)),
        })
    }

    /// Every value is what it was.
    fn is_same(&self, read: &Experiment) -> bool {
        let parts = |of: &Experiment| (of.manifest.clone(), of.chunks.clone(), of.metrics.clone());
        parts(read) == parts(&self.whole) && without_sums(read) == without_sums(&self.whole)
    }

    /// The damage was told as it is to be, or did nothing; or it made the last row one that was cut
    /// short, which is told too and means only that the run has no row yet.
    fn hold(&self, file: &str, bytes: &[u8], what: &str) -> Outcome {
        match self.with(file, bytes)? {
            Found::Unaffected => {}
            Found::Refused(message) => self.names_a_line(&message, file, what),
            Found::Changed(read) => {
                assert_eq!(file, "runs.csv", "{what}: other values, and no word");
                let (found, all) = (without_sums(&read), without_sums(&self.whole));
                assert!(all.starts_with(&found) && all.len() == found.len() + 1, "{what}");
                assert_eq!(read.warnings.len(), 1, "{what}");
                self.names_a_line(&read.warnings[0], file, what);
            }
        }
        Ok(())
    }

    fn names_a_line(&self, message: &str, file: &str, what: &str) {
        let place = format!("{}:", self.path(file).display());
        let line = message.strip_prefix(&place).and_then(|rest| rest.split(':').next());
        assert!(line.is_some_and(|line| line.parse::<u32>().is_ok()), "{what}: {message}");
    }
}

enum Found {
    Unaffected,
    Refused(String),
    Changed(Box<Experiment>),
}

/// The runs without what only guards them: that its name in the header is lost does no harm.
fn without_sums(of: &Experiment) -> Vec<Record> {
    let bare = |run: &Record| Record { chunks_crc32: None, metrics_crc32: None, ..run.clone() };
    of.runs.iter().map(bare).collect()
}

fn numbers(run: &Record) -> [Measurement; 2] {
    let of = |name: &str, value| Measurement {
        metric: Metric::new(name, "1/s", Direction::Lower),
        value,
    };
    [of("write_iops", 2222.5 * f64::from(run.run)), of("read_iops", 32.0)]
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

/// Every bit of the rows; of the longer `experiment.toml`, one of each byte.
#[test]
fn every_flipped_bit_is_told_or_does_nothing() -> Outcome {
    let written = Written::new()?;
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for file in FILES {
        let bytes = fs::read(written.path(file))?;
        for bit in 0..bytes.len() * 8 {
            if file == "experiment.toml" && bit % 8 != random.random_range(0..8) {
                continue;
            }
            let what = format!("{file}: bit {} of byte {}", bit % 8, bit / 8);
            written.hold(file, &flipped(&bytes, bit), &what)?;
        }
    }
    Ok(())
}

/// What a crash leaves of rows is a part of the last one: all before is read. Of `experiment.toml`,
/// which is replaced in one step, no crash leaves a part.
#[test]
fn every_cut_is_told_or_loses_rows_that_were_not_reported() -> Outcome {
    let written = Written::new()?;
    for file in FILES {
        let bytes = fs::read(written.path(file))?;
        for length in 0..bytes.len() {
            let what = format!("{file}: cut to {length} bytes");
            let found = written.with(file, &bytes[..length])?;
            match found {
                Found::Refused(message) if file != "runs.csv" => {
                    written.names_a_line(&message, file, &what);
                }
                Found::Changed(read) if file == "runs.csv" => {
                    let (found, all) = (without_sums(&read), without_sums(&written.whole));
                    assert!(all.starts_with(&found), "{what}");
                    let at_a_line = bytes[..length].ends_with(b"\n") && read.warnings.is_empty();
                    assert!(at_a_line || read.warnings.len() == 1, "{what}: {:?}", read.warnings);
                }
                Found::Unaffected | Found::Refused(_) | Found::Changed(_) => {
                    panic!("{what}: {}", fs::read_to_string(written.path(file))?)
                }
            }
        }
    }
    Ok(())
}

/// Rows of which the order says nothing may come in any; all others are told.
#[test]
fn rows_that_are_moved_doubled_or_lost_are_told() -> Outcome {
    let written = Written::new()?;
    for file in ["chunks.csv", "metrics.csv", "runs.csv"] {
        let text = fs::read_to_string(written.path(file))?;
        // The last row of runs.csv has two lines, and moves as one.
        let rows: Vec<&str> = match file {
            "runs.csv" => text.splitn(4, '\n').collect(),
            _ => text.trim_end().split('\n').collect(),
        };
        let joined = |rows: &[&str]| {
            rows.iter().map(|row| row.trim_end().to_owned() + "\n").collect::<String>()
        };
        assert_eq!(joined(&rows), text);
        for at in 0..rows.len() {
            for to in 1..rows.len() {
                let mut moved = rows.clone();
                let row = moved.remove(at);
                moved.insert(to, row);
                let what = format!("{file}: row {at} moved to {to}");
                written.hold(file, joined(&moved).as_bytes(), &what)?;

                let mut doubled = rows.clone();
                doubled.insert(to, rows[at]);
                let what = format!("{file}: row {at} again at {to}");
                written.hold(file, joined(&doubled).as_bytes(), &what)?;
            }
            let mut fewer = rows.clone();
            fewer.remove(at);
            // A run without a row is one that has not been done.
            if at == 0 || file != "runs.csv" {
                written.hold(file, joined(&fewer).as_bytes(), &format!("{file}: no row {at}"))?;
            }
        }
    }
    Ok(())
}

fn said(written: &Written, file: &str, old: &str, new: &str) -> Result<String, Box<dyn Error>> {
    let text = fs::read_to_string(written.path(file))?;
    assert!(text.contains(old), "nothing to replace in {text}");
    let Found::Refused(message) = written.with(file, text.replacen(old, new, 1).as_bytes())? else {
        return Err("not refused".into());
    };
    Ok(message.replace(&*written.directory.path().to_string_lossy(), "DIR"))
}

#[test]
fn the_message_says_how_to_go_on() -> Outcome {
    let written = Written::new()?;
    insta::assert_snapshot!(said(&written, "runs.csv", "1.000000000", "1.000000001")?);
    insta::assert_snapshot!(said(&written, "runs.csv", "\n2,", "\n\",")?);
    insta::assert_snapshot!(said(&written, "runs.csv", "load_1m", "load_9m")?);
    insta::assert_snapshot!(said(&written, "runs.csv", "launch_s", "format_s")?);
    insta::assert_snapshot!(said(&written, "chunks.csv", "0.222", "0.221")?);
    insta::assert_snapshot!(said(&written, "metrics.csv", "2222.5", "2222.4")?);
    insta::assert_snapshot!(said(&written, "experiment.toml", "seed = 42", "seed = 43")?);
    Ok(())
}

/// A row without its checksum, and an `experiment.toml` without its first line, are what somebody
/// meant; and files of versions that knew none.
#[test]
fn what_is_edited_on_purpose_is_read() -> Outcome {
    let written = Written::new()?;
    let edit = |file: &str, change: &dyn Fn(&str) -> String| -> Outcome {
        let path = written.path(file);
        fs::write(&path, change(&fs::read_to_string(&path)?))?;
        Ok(())
    };
    edit("runs.csv", &|text| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let sum = lines[1].rfind(',').unwrap_or_default() + 1;
        lines[1].truncate(sum);
        lines[1] = lines[1].replace("1.000000000", "1.500000000");
        lines.join("\n") + "\n"
    })?;
    edit("experiment.toml", &|text| {
        let (_, below) = text.split_once('\n').unwrap_or_default();
        below.replace("seed = 42", "seed = 43")
    })?;
    let read = Experiment::load(written.directory.path())?;
    assert_eq!(read.runs[0].workload_s, Some(Duration::from_millis(1500)));
    assert_eq!(read.manifest.seed, 43);
    Ok(())
}

/// Files that were sent without the longer ones are read, and what is missing is said.
#[test]
fn a_missing_file_is_said() -> Outcome {
    let written = Written::new()?;
    fs::remove_file(written.path("metrics.csv"))?;
    let read = Experiment::load(written.directory.path())?;
    assert!(read.metrics.is_empty());
    let place = |path: &Path| path.display().to_string();
    assert_eq!(
        read.warnings,
        [format!(
            "{}: not there, though 2 runs had rows in it.",
            place(&written.path("metrics.csv"))
        )]
    );
    Ok(())
}
