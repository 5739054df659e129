//! What an experiment costs: the 12 runs of configs/default.toml by the plain Perl loop, one after the
//! other, and by imgbench in each way of booting; wall-clock time of the whole, start and report
//! included, over the time inside the clock.
//!
//! The loop's runs come in three parts, so that a machine whose speed drifts is not met by the loop at
//! one end of the hour only.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use image_prep::Image;
use imgbench::{
    config::Config,
    plan::{Plan, PlannedRun},
    workload::Work,
};
use reports::{
    record::{Experiment, Status},
    stats::Sample,
};
use tempfile::TempDir;

use crate::{
    process::Stop,
    program::{Audit, Bench, Loop, Program},
};

const CONFIG: &str = include_str!("../../../configs/default.toml");

/// A way of running the experiment.
struct Mode {
    name: &'static str,
    /// Keys at the head of the config.
    keys: &'static str,
    /// `--boot-ahead`, where it is not left to imgbench.
    ahead: Option<u32>,
    /// Of the Perl loop's wall-clock time it may take so much.
    goal: Option<f64>,
}

const MODES: [Mode; 3] = [
    Mode { name: "one by one", keys: "", ahead: Some(0), goal: None },
    Mode { name: "as the config is", keys: "", ahead: None, goal: Some(0.65) },
    Mode { name: "per block", keys: "boot = \"per-block\"\n", ahead: None, goal: Some(0.50) },
];

/// What a way of running came to.
#[derive(Default)]
struct Cost {
    wall: Duration,
    clock: f64,
    /// Seconds of each run, by cell.
    times: Vec<(String, f64)>,
}

/// Runs all of them, and prints what each took.
pub fn compare(bench: &Bench<'_>, accel: &str, seed: u64) -> anyhow::Result<()> {
    let config = config(bench, accel, &MODES[0])?;
    let parsed = Config::parse("default.toml", "default".to_owned(), config, &|_| {
        Err("the default config names no file".to_owned())
    })?;
    let plan = Plan::new(&parsed, parsed.runs, seed, None)?;
    let runs: Vec<PlannedRun> = plan.runs().collect();
    let mut parts = runs.chunks(runs.len().div_ceil(MODES.len()));
    let mut perl = Cost::default();
    let mut costs = Vec::new();
    for mode in &MODES {
        for run in parts.next().unwrap_or_default() {
            of_loop(bench, &plan, *run, accel, &mut perl)?;
        }
        let cost = of_imgbench(bench, mode, accel, seed).with_context(|| mode.name.to_owned())?;
        println!("{}: {:.1} s", mode.name, cost.wall.as_secs_f64());
        costs.push(cost);
    }
    print(&perl, &costs)
}

fn config(bench: &Bench<'_>, accel: &str, mode: &Mode) -> anyhow::Result<String> {
    let directory = toml::Value::from(bench.directory.to_string_lossy().into_owned());
    let keys = format!("\naccel = \"{accel}\"\ndirectory = {directory}\n{}filesystem", mode.keys);
    let text = CONFIG.replacen("\nfilesystem", &keys, 1);
    ensure!(text.contains(&keys), "the default config is another");
    Ok(text)
}

/// A run of the loop, the making of its image included.
fn of_loop(
    bench: &Bench<'_>,
    plan: &Plan,
    run: PlannedRun,
    accel: &str,
    perl: &mut Cost,
) -> anyhow::Result<()> {
    let cell = &plan.cells[run.cell];
    let begun = Instant::now();
    let images = tempfile::Builder::new().prefix("imgbench-").tempdir_in(bench.directory)?;
    let path = images.path().join("image");
    Image::create(&cell.image.spec, &path)?;
    let on = Loop {
        image: &path,
        format: cell.image.spec.format.driver(),
        accel,
        bytes: cell.workload.work.bytes(),
        seed: run.block.into(),
        prealloc: false,
    };
    let took = bench.run_loop(Program::Perl, &on, Audit::No)?.0.workload_s;
    drop(images);
    perl.wall += begun.elapsed();
    perl.clock += took;
    perl.times.push((cell.name.clone(), took));
    println!("Perl, run {} of 12: {} {took:.3} s", run.run, cell.name);
    Ok(())
}

fn of_imgbench(bench: &Bench<'_>, mode: &Mode, accel: &str, seed: u64) -> anyhow::Result<Cost> {
    let scratch = TempDir::new()?;
    let path = scratch.path().join("default.toml");
    fs::write(&path, config(bench, accel, mode)?)?;
    let out = scratch.path().join("out");
    let mut command = Command::new(env!("CARGO_BIN_EXE_imgbench"));
    command.arg("run").arg(&path).arg("--out").arg(&out).args(["--seed", &seed.to_string()]);
    if let Some(ahead) = mode.ahead {
        command.args(["--boot-ahead", &ahead.to_string()]);
    }
    let begun = Instant::now();
    bench.run(command, Stop::Ask, scratch.path(), Audit::No)?;
    let wall = begun.elapsed();
    let runs = Experiment::load(&out)?.runs;
    let mut cost = Cost { wall, ..Cost::default() };
    for run in &runs {
        ensure!(run.status == Status::Ok && run.accel == accel, "its row is {run:?}");
        let took = run.workload_s.context("a run without a time")?.as_secs_f64();
        cost.clock += took;
        cost.times.push((run.cell.clone(), took));
    }
    ensure!(runs.len() == 12, "it left {} rows", runs.len());
    Ok(cost)
}

fn print(perl: &Cost, costs: &[Cost]) -> anyhow::Result<()> {
    println!(
        "\n{:<20}{:>9}{:>10}{:>17}{:>12}{:>11}  goal",
        "12 runs", "wall s", "clock s", "besides a run s", "wall/clock", "wall/Perl"
    );
    let wall = |cost: &Cost| cost.wall.as_secs_f64();
    let row = |name: &str, cost: &Cost, goal: &str| {
        println!(
            "{name:<20}{:>9.1}{:>10.1}{:>17.2}{:>12.2}{:>11.3}  {goal}",
            wall(cost),
            cost.clock,
            (wall(cost) - cost.clock) / cost.times.len() as f64,
            wall(cost) / cost.clock,
            wall(cost) / wall(perl)
        );
    };
    row("Perl, one by one", perl, "");
    for (mode, cost) in MODES.iter().zip(costs) {
        let goal = mode.goal.map_or(String::new(), |goal| {
            let met = if wall(cost) <= goal * wall(perl) { "met" } else { "missed" };
            format!("{goal:.2}: {met}")
        });
        row(mode.name, cost, &goal);
    }
    println!("wall/clock: 1 is the least that there can be");
    println!(
        "\nMedian of 3 runs a cell, s (a description; 'make bench-boots' tests whether they differ)"
    );
    let mut cells: Vec<&str> = costs[0].times.iter().map(|(cell, _)| cell.as_str()).collect();
    cells.sort_unstable();
    cells.dedup();
    for cell in cells {
        let mut line = format!("  {cell:<16}");
        for (name, cost) in MODES.iter().map(|mode| mode.name).zip(costs) {
            let of_cell = cost.times.iter().filter(|(of, _)| of == cell).map(|(_, took)| *took);
            line += &format!(" {:.3} ({name})", Sample::new(of_cell.collect())?.median());
        }
        println!("{line}");
    }
    Ok(())
}
