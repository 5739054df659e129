//! Whether waiting for its turn changes what a run measures: the same runs with appliances booted
//! ahead and one after the other, in interleaved pairs.
//!
//! A pair is one experiment of each kind, in an order of its own, with the same seed; its value is the
//! ratio of their mean times. The statistics and the verdict are those of every report of imgbench.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reports::record::{Experiment, Status};

use crate::{
    program::Bench,
    table::{GOAL, decided},
};

/// One experiment.
struct Measured {
    /// Means over its runs, seconds.
    workload_s: f64,
    launch_s: f64,
    waited_s: f64,
    /// Wall-clock time of the whole, per run.
    each: Duration,
}

/// Measures the pairs, and prints them and what they come to.
pub fn compare(
    bench: &Bench<'_>,
    pairs: u32,
    ahead: u32,
    accel: &str,
    seed: u64,
) -> anyhow::Result<()> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut one_by_one, mut waiting) = (Vec::new(), Vec::new());
    for (pair, seed) in (1..=pairs).zip(seed + 1..) {
        let measure = |ahead_of_it: u32| -> anyhow::Result<Measured> {
            let measured = measure(bench, ahead_of_it, ahead + 1, accel, seed)
                .with_context(|| format!("pair {pair}, --boot-ahead {ahead_of_it}"))?;
            println!(
                "pair {pair} of {pairs}: --boot-ahead {ahead_of_it}  {:7.3} s  [boots {:.1} s, waited {:.1} s, {:.1} s a run in all]",
                measured.workload_s,
                measured.launch_s,
                measured.waited_s,
                measured.each.as_secs_f64()
            );
            Ok(measured)
        };
        let ahead_first = random.random();
        let (first, second) = if ahead_first { (ahead, 0) } else { (0, ahead) };
        let (first, second) = (measure(first)?, measure(second)?);
        let (ahead, alone) = if ahead_first { (first, second) } else { (second, first) };
        one_by_one.push(alone);
        waiting.push(ahead);
    }
    print(&one_by_one, &waiting)
}

fn measure(
    bench: &Bench<'_>,
    ahead: u32,
    runs: u32,
    accel: &str,
    seed: u64,
) -> anyhow::Result<Measured> {
    let begun = Instant::now();
    let (experiment, _) = bench.imgbench(accel, seed, runs, ahead)?;
    let each = begun.elapsed() / runs;
    let all_ok = experiment.runs.iter().all(|run| run.status == Status::Ok && run.accel == accel);
    ensure!(all_ok && experiment.runs.len() == runs as usize, "its rows are {:?}", experiment.runs);
    Ok(Measured {
        workload_s: mean(experiment.runs.iter().filter_map(|run| run.workload_s)),
        launch_s: mean(experiment.runs.iter().filter_map(|run| run.launch_s)),
        waited_s: waited(&experiment),
        each,
    })
}

fn waited(experiment: &Experiment) -> f64 {
    let waited = experiment.metrics.iter().filter(|of| of.metric.name == "waited_s");
    mean(waited.map(|of| Duration::from_secs_f64(of.value)))
}

/// Of none it is zero: one by one nobody waits.
fn mean(times: impl Iterator<Item = Duration>) -> f64 {
    let (count, sum) =
        times.fold((0.0, 0.0), |(count, sum), time| (count + 1.0, sum + time.as_secs_f64()));
    sum / f64::max(count, 1.0)
}

fn print(one_by_one: &[Measured], waiting: &[Measured]) -> anyhow::Result<()> {
    let pairs: Vec<(f64, f64)> = one_by_one
        .iter()
        .zip(waiting)
        .map(|(alone, ahead)| (alone.workload_s, ahead.workload_s))
        .collect();
    let compared = decided(&pairs)?;
    let estimate = &compared.estimate;
    println!(
        "\nbooted ahead / one by one, paired: {:.4} [{:.4}, {:.4}] ({:.1} %, {})",
        estimate.ratio,
        estimate.interval.low,
        estimate.interval.high,
        estimate.interval.level * 100.0,
        estimate.interval.method
    );
    if let Some(interval) = estimate.equivalence_interval {
        println!("90 % interval {:.4} to {:.4}", interval.low, interval.high);
    }
    let why = compared.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    println!("{} within {:.0} %{why}", compared.verdict, GOAL * 100.0);
    let cost = |runs: &[Measured]| {
        let in_all = mean(runs.iter().map(|of| of.each));
        let clock = runs.iter().map(|of| of.workload_s).sum::<f64>() / runs.len() as f64;
        format!("{in_all:.1} s a run for {clock:.1} s measured, {:.2} times", in_all / clock)
    };
    println!("One by one: {}\nBooted ahead: {}", cost(one_by_one), cost(waiting));
    Ok(())
}
