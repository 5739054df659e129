//! How the history grows: nights of 100 cells with 10 runs each, and at each size the time and the
//! most memory of taking them in, of tonight's gate and of looking for change points everywhere, by the
//! code that `imgbench` runs. Prints the Markdown of `reports/testdata/history_scale.md` and draws
//! the figure beside it; exits with 1 if a limit is missed.
//!
//! Each step is a process of its own, as a job is, so that its memory is its own. Files are read
//! for every night; their seconds are then made from a seed, with changes that are known.

mod nights;
mod page;

use std::{
    collections::HashMap,
    env, fs,
    ops::Range,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use anyhow::{Context, bail, ensure};
use clap::{Args, Parser, Subcommand};
use imgbench::{cli::Cli, history, nightly::Tonight};
use reports::{
    history::{Access, History},
    record::Experiment,
};
use serde::{Serialize, de::DeserializeOwned};

use page::{Detected, Imported, Judged, Row};

#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    step: Option<Step>,
    #[command(flatten)]
    growth: Growth,
}

#[derive(Args)]
struct Growth {
    /// Where the figure goes
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Nights in the history, ascending
    #[arg(value_name = "NIGHTS")]
    sizes: Vec<u32>,
}

/// One process: what it takes is printed as JSON.
#[derive(Subcommand)]
enum Step {
    Import { directory: PathBuf, target: String, from: u32, to: u32 },
    Gate { directory: PathBuf, target: String, night: u32 },
    Detect { target: String, nights: u32 },
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    match arguments.step {
        None => grow(&arguments.growth),
        Some(step) => {
            match step {
                Step::Import { directory, target, from, to } => {
                    print(&import(&directory, &target, from..to)?)?;
                }
                Step::Gate { directory, target, night } => {
                    print(&gate(&directory, &target, night)?)?
                }
                Step::Detect { target, nights } => print(&detect(&target, nights)?)?,
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Every size in turn, each in addition to the one before.
fn grow(asked: &Growth) -> anyhow::Result<ExitCode> {
    let ascending = asked.sizes.is_sorted_by(|a, b| a < b);
    ensure!(ascending && !asked.sizes.is_empty(), "sizes must be given, ascending");
    let room = tempfile::tempdir_in("/var/tmp")?;
    let target = room.path().join("history.db").display().to_string();
    let files = room.path().join("night");
    nights::write(&files)?;
    let files = files.display().to_string();

    let (mut rows, mut done, mut import_s) = (Vec::<Row>::new(), 0, 0.0);
    for &size in &asked.sizes {
        // The last of the nights is tonight.
        let [from, to, tonight] = [done, size - 1, size - 1].map(|night| night.to_string());
        let imported: Imported = step(&["import", &files, &target, &from, &to])?;
        import_s += imported.seconds;
        let judged: Judged = step(&["gate", &files, &target, &tonight])?;
        let detected: Detected = step(&["detect", &target, &size.to_string()])?;
        done = size;
        let bytes = fs::metadata(&target)?.len();
        rows.push(Row { nights: size, import_s, imported, judged, detected, bytes });
        eprintln!("{size} nights: done");
    }
    let command = command();
    print!("{}", page::markdown(&rows, &command));
    if let Some(svg) = &asked.svg {
        fs::write(svg, page::figure(&rows, &command)?)
            .with_context(|| svg.display().to_string())?;
    }
    Ok(if page::are_kept(&rows) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The same again.
fn command() -> String {
    let words: Vec<String> = env::args().skip(1).collect();
    format!("cargo run --release -p imgbench --example history_scale -- {}", words.join(" "))
}

/// A step in a process of its own.
fn step<T: DeserializeOwned>(arguments: &[&str]) -> anyhow::Result<T> {
    let mut command = Command::new(env::current_exe()?);
    let output = command.args(arguments).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "{arguments:?} failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn print(of: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(of)?);
    Ok(())
}

/// What `imgbench history import DIR` does with each directory, in one history that stays open.
fn import(files: &Path, target: &str, nights: Range<u32>) -> anyhow::Result<Imported> {
    let mut history = History::open(target, Access::Write)?;
    let mut seconds = 0.0;
    for night in nights {
        let started = Instant::now();
        let mut experiment = Experiment::load(files)?;
        seconds += started.elapsed().as_secs_f64();
        nights::make(&mut experiment, night)?;
        let started = Instant::now();
        history.import(&experiment)?;
        seconds += started.elapsed().as_secs_f64();
    }
    Ok(Imported { seconds, rss: max_rss()? })
}

/// What `imgbench nightly` does when the night is measured: the gate, then verdict and pages.
fn gate(files: &Path, target: &str, night: u32) -> anyhow::Result<Judged> {
    let mut experiment = Experiment::load(files)?;
    nights::make(&mut experiment, night)?;
    nights::slow_tonight(&mut experiment);
    let started = Instant::now();
    let tonight = Tonight::enter(&experiment, target)?;
    let alarms = tonight.alarms();
    let (seconds, rss) = (started.elapsed().as_secs_f64(), max_rss()?);
    let alarms = alarms.into_iter().map(str::to_owned).collect();

    let started = Instant::now();
    let out = tempfile::tempdir_in("/var/tmp")?;
    let done = tonight.write(out.path(), &HashMap::new(), Vec::new())?;
    let files_s = started.elapsed().as_secs_f64();
    ensure!(done.text.contains(&nights::slower()), "the verdict does not name the slower cell");
    Ok(Judged { seconds, rss, alarms, files_s, files_rss: max_rss()? })
}

/// `imgbench history detect --format json`.
fn detect(target: &str, nights: u32) -> anyhow::Result<Detected> {
    let line = ["imgbench", "history", "detect", "--format", "json", "--history", target];
    let Cli { command: imgbench::cli::Command::History(arguments) } = Cli::parse_from(line) else {
        bail!("no command of the history");
    };
    let mut printed = String::new();
    let started = Instant::now();
    history::history(&arguments, &mut |text| printed += text, &mut |line| eprintln!("{line}"))?;
    let (seconds, rss) = (started.elapsed().as_secs_f64(), max_rss()?);
    let found = nights::found(&serde_json::from_str(&printed)?, nights)?;
    Ok(Detected { seconds, rss, found })
}

/// The most memory that this process held, bytes.
fn max_rss() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}
