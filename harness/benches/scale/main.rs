//! What imgbench itself takes where nothing is measured: to start, and to plan, resume and report
//! experiments of thousands of cells. `make bench`; half a minute, no guest is booted.
//!
//! The experiments are real ones, of image creation, that were interrupted after their first row; the
//! other rows are copies of it, since only their number matters here.

#[path = "../overhead/ended.rs"]
mod ended;

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reports::{
    record::{Experiment, Record, RunsWriter},
    stats::Sample,
};

/// Runs of each cell.
const RUNS: u32 = 3;

/// How often what is short is timed.
const TIMES: usize = 20;

fn main() -> ExitCode {
    ended::code(measure())
}

fn measure() -> anyhow::Result<()> {
    let directory = tempfile::tempdir_in("/var/tmp")?;
    println!("{:<44}{:>10}{:>10}", "", "seconds", "limit");
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../configs/default.toml");
    for arguments in [["--help", ""], ["plan", default]] {
        let arguments: Vec<_> = arguments.into_iter().filter(|word| !word.is_empty()).collect();
        let mut times = Vec::new();
        for _ in 0..TIMES {
            times.push(timed(directory.path(), &arguments)?.as_secs_f64());
        }
        let what = format!("imgbench {} (median of {TIMES})", arguments[0]);
        row(&what, Sample::new(times)?.median(), Some(0.020));
    }
    for (cells, limit) in [(1_000, Some(1.0)), (10_000, None)] {
        let (config, out) = (format!("cells-{cells}.toml"), format!("out-{cells}"));
        write_config(directory.path(), &config, cells)?;
        let of_cells = |what: &str| format!("{what}, {cells} cells x {RUNS} runs");
        let plan = timed(directory.path(), &["plan", &config])?;
        row(&of_cells("plan"), plan.as_secs_f64(), None);
        begin(directory.path(), &config, &out)?;
        complete(&directory.path().join(&out))?;
        let resume = timed(directory.path(), &["run", "--resume", &out])?;
        row(&of_cells("run --resume and its report"), resume.as_secs_f64(), limit);
        let report = timed(directory.path(), &["report", &out])?;
        row(&of_cells("report"), report.as_secs_f64(), None);
    }
    Ok(())
}

fn row(what: &str, seconds: f64, limit: Option<f64>) {
    let of_limit = limit.map_or(String::new(), |limit| {
        format!("{limit:>10.3}  {}", if seconds <= limit { "met" } else { "missed" })
    });
    println!("{what:<44}{seconds:>10.3}{of_limit}");
}

/// Images of many sizes.
fn write_config(directory: &Path, name: &str, cells: u64) -> anyhow::Result<()> {
    let sizes: Vec<String> = (1..=cells / 2).map(|size| format!("\"{size}K\"")).collect();
    let text = format!(
        "# Nothing: how does imgbench bear many cells?\n\nruns = {RUNS}\nseed = 1\ndirectory = {directory:?}\n\n\
         [factors]\nsize = [{}]\n\n[workload]\nkind = \"create\"\n\n\
         [[image]]\nname = \"raw\"\nformat = \"raw\"\n\n[[image]]\nname = \"full\"\nformat = \"raw\"\npreallocation = \"falloc\"\n",
        sizes.join(", ")
    );
    Ok(fs::write(directory.join(name), text)?)
}

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imgbench"));
    command.args(arguments).current_dir(directory).stdin(Stdio::null());
    command
}

/// What a command takes, from its start to its end; it must succeed.
fn timed(directory: &Path, arguments: &[&str]) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let output = command(directory, arguments).output()?;
    let took = begun.elapsed();
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "imgbench {}: {said}", arguments.join(" "));
    Ok(took)
}

/// Starts an experiment, and interrupts it when it has a row.
fn begin(directory: &Path, config: &str, out: &str) -> anyhow::Result<()> {
    let mut command = command(directory, &["run", config, "--out", out]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let runs = directory.join(out).join("runs.csv");
    while fs::read_to_string(&runs).map_or(0, |text| text.lines().count()) < 2 {
        ensure!(child.try_wait()?.is_none(), "imgbench ended before its first row");
        thread::sleep(Duration::from_millis(2));
    }
    kill(Pid::from_raw(i32::try_from(child.id())?), Signal::SIGINT)?;
    let status = child.wait()?;
    ensure!(status.code() == Some(130), "the interrupted imgbench ended with {status}");
    Ok(())
}

/// Gives every run that has no row one like the first.
fn complete(out: &Path) -> anyhow::Result<()> {
    let experiment = Experiment::load(out)?;
    let first = experiment.runs.first().context("there is no row")?;
    let done = experiment.completed_runs();
    let mut writer = RunsWriter::append_to(&out.join("runs.csv"))?;
    for (run, (block, position, cell)) in (1..).zip(experiment.manifest.planned_runs()) {
        if !done.contains(&run) {
            let image = cell.split('/').next().unwrap_or_default().to_owned();
            let cell = cell.to_owned();
            // Values of another run, and no rows in the other files.
            let (chunks_crc32, metrics_crc32) = (None, None);
            writer.append(&Record {
                run,
                block,
                position,
                cell,
                image,
                chunks_crc32,
                metrics_crc32,
                ..first.clone()
            })?;
        }
    }
    Ok(())
}
