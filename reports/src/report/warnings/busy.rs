//! A machine that did other things while the clock ran.
//!
//! The thresholds are chosen, not derived: each lies clearly above what an idle machine shows, and is
//! a share that a change of 5 % could hide behind.

use std::time::Duration;

use crate::{
    plain::plain,
    record::{Experiment, Record, Status},
    report::{count, listed, percent},
};

/// CPU time that the hypervisor gave to others, percent: it lengthens the clock by as much.
const STEAL: f64 = 2.0;

/// CPU time of other processes, percent of all cores: an idle system needs one or two.
const OTHER_CPU: f64 = 10.0;

/// Time in which some task waited for a CPU, percent; QEMU's own threads, more than the cores, wait
/// for each other for some of it (7 % on two idle cores under tcg).
const CPU_PRESSURE: f64 = 20.0;

/// Time in which some task waited for storage, percent, beyond what our own writes can explain.
const IO_PRESSURE: f64 = 20.0;

/// How far a run was over a threshold; `None` if it was not, or nothing was recorded.
type Excess = fn(&Record) -> Option<f64>;

pub(super) fn warnings(experiment: &Experiment) -> Vec<String> {
    let signs: [(Excess, &str, &str); 4] = [
        (
            |run| over(run.steal_percent, STEAL),
            "of the CPU time was stolen by the hypervisor",
            "Move to a host, or an hour, with fewer neighbours.",
        ),
        (
            |run| over(run.other_cpu_percent, OTHER_CPU),
            "of the CPU time went to other processes",
            "Stop them and repeat.",
        ),
        (
            |run| over(run.cpu_pressure_percent, CPU_PRESSURE),
            "of the clock some task waited for a CPU",
            "Find what competes for the CPUs and repeat.",
        ),
        (
            |run| over(run.io_pressure_percent.map(|all| all - own_writing(run)), IO_PRESSURE),
            "of the clock, beyond our own writes, some task waited for storage",
            "Find what else reads and writes and repeat.",
        ),
    ];
    let mut warnings: Vec<String> = signs
        .into_iter()
        .filter_map(|(excess, what, advice)| {
            let (runs, most) = found(experiment, excess)?;
            let most = percent(most / 100.0);
            Some(format!("The machine was busy: up to {most} {what} ({runs}). {advice}"))
        })
        .collect();
    warnings.extend(load(experiment));
    warnings.extend(disturbed(experiment));
    warnings
}

/// Runs during which another imgbench measured on this host.
fn disturbed(experiment: &Experiment) -> Option<String> {
    let by = |run: &Record| (!run.disturbed_by.is_empty()).then_some(1.0);
    let (runs, _) = found(experiment, by)?;
    let first = experiment.runs.iter().find(|run| run.status == Status::Ok && by(run).is_some())?;
    Some(format!(
        "Disturbed: another imgbench measured on this host ({runs}); during run {}: {}. The two \
         measured each other: repeat one at a time.",
        first.run,
        plain(&first.disturbed_by)
    ))
}

/// Load when a run began. The run before it, over for seconds only, counts for about 1 in it.
fn load(experiment: &Experiment) -> Option<String> {
    let cpus = experiment.manifest.provenance.cpus;
    if cpus == 0 {
        return None;
    }
    // On a single CPU the run before alone makes a load of 1; those that boot at once make one each.
    let booting = experiment.manifest.provenance.boot_ahead.saturating_add(1);
    let most_idle = f64::from(cpus.max(booting).max(2));
    let (runs, most) = found(experiment, |run| run.load_1m.filter(|&load| load > most_idle))?;
    Some(format!(
        "The machine was busy: the load was up to {most:.1} on {} when a run began ({runs}). Wait \
         until it is idle and repeat.",
        count(cpus as usize, "CPU"),
    ))
}

fn over(value: Option<f64>, threshold: f64) -> Option<f64> {
    value.filter(|&value| value > threshold)
}

/// Share of the clock in which our own writes may have waited for storage, percent, at most.
fn own_writing(run: &Record) -> f64 {
    let seconds = |time: Option<Duration>| time.map_or(0.0, |time| time.as_secs_f64());
    let clock = seconds(run.workload_s);
    if clock > 0.0 { 100.0 * seconds(run.clock_block_write_s) / clock } else { 0.0 }
}

/// The ok runs over a threshold, in words, and the most among them.
fn found(
    experiment: &Experiment,
    excess: impl Fn(&Record) -> Option<f64>,
) -> Option<(String, f64)> {
    let ok = || experiment.runs.iter().filter(|run| run.status == Status::Ok);
    let runs: Vec<(u32, f64)> = ok().filter_map(|run| Some((run.run, excess(run)?))).collect();
    let most = runs.iter().map(|&(_, value)| value).reduce(f64::max)?;
    let numbers: Vec<String> = runs.iter().map(|(run, _)| run.to_string()).collect();
    let all = count(ok().count(), "ok run");
    Some((format!("in {} of {all}: {}", runs.len(), listed(&numbers)), most))
}
