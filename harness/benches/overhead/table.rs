//! What the runs say: a table of the programs, imgbench's ratio to each loop, and whether the goal
//! was met.
//!
//! The statistics and the verdict are those of every report of imgbench, with a margin of 2 %.

use std::fmt::Write as _;

use reports::stats::{Comparison, Sample, Verdict};

use crate::{
    goal::{GOAL, decided},
    program::{Measurement, Program},
};

/// The runs of one block, in the order of [`Program::ALL`].
pub type Block = [Measurement; 3];

/// The whole of it, for people.
pub fn render(blocks: &[Block]) -> anyhow::Result<String> {
    let mut text = format!(
        "{:<10}{:>3}{:>12}{:>18}{:>16}{:>14}{:>18}\n",
        "program", "n", "median s", "min-max s", "client CPU s", "own CPU ms", "client peak MiB"
    );
    for program in Program::ALL {
        line(&mut text, program, blocks)?;
    }
    text += "client: without QEMU; imgbench's is parent and worker together, while it measures. own CPU: outside the \
             library's\ncall, with what keeps blocks from being alike: the loops mark those of every chunk, imgbench of \
             one chunk in eight.\npeak: proportional set size, the benchmark's own auditing library included, which \
             imgbench has twice\n";
    clients(&mut text, blocks)?;
    let mut verdicts = String::new();
    for other in [Program::C, Program::Perl] {
        against(&mut text, &mut verdicts, other, blocks)?;
    }
    Ok(text + "\n" + &verdicts)
}

fn line(text: &mut String, program: Program, blocks: &[Block]) -> anyhow::Result<()> {
    let workload = sample(program, blocks, |run| run.workload_s)?;
    let range = format!("{:.3}-{:.3}", workload.min(), workload.max());
    writeln!(
        text,
        "{:<10}{:>3}{:>12.3}{range:>18}{:>16.4}{:>14.2}{:>18.1}",
        program.name(),
        workload.n(),
        workload.median(),
        sample(program, blocks, |run| run.client_cpu_s)?.median(),
        sample(program, blocks, |run| run.own_cpu_s)?.median() * 1e3,
        sample(program, blocks, |run| run.peak_memory as f64)?.median() / f64::from(1 << 20),
    )?;
    Ok(())
}

/// What the client imgbench takes beside what C's takes, from the first call to the last. The library's
/// call is the same in both, and its CPU time differs from run to run by more than all that is around it; so
/// it is a question of its own whether imgbench has it take more.
fn clients(text: &mut String, blocks: &[Block]) -> anyhow::Result<()> {
    text.push('\n');
    at_most(
        text,
        "Own CPU at most 2 % above C's",
        &pairs(Program::C, blocks, |run| run.own_cpu_s),
    )?;
    let in_calls = pairs(Program::C, blocks, |run| run.client_cpu_s - run.own_cpu_s);
    at_most(text, "The library's CPU at most 2 % above C's", &in_calls)?;
    let peak = |program| {
        Ok::<_, anyhow::Error>(sample(program, blocks, |run| run.peak_memory as f64)?.median())
    };
    let more = (peak(Program::Imgbench)? - peak(Program::C)?) / f64::from(1 << 20);
    let met = if more <= 10.0 { "met" } else { "missed" };
    writeln!(text, "At most C's memory and 10 MiB: {met} ({more:+.1} MiB)")?;
    Ok(())
}

fn at_most(text: &mut String, limit: &str, pairs: &[(f64, f64)]) -> anyhow::Result<()> {
    let compared = decided(pairs)?;
    let met = match compared.verdict {
        Verdict::Regressed => "missed",
        Verdict::Improved | Verdict::Equivalent => "met",
        Verdict::Inconclusive => "cannot be told",
    };
    writeln!(text, "{limit}: {met} ({})", paired(&compared, pairs))?;
    Ok(())
}

fn against(
    text: &mut String,
    verdicts: &mut String,
    other: Program,
    blocks: &[Block],
) -> anyhow::Result<()> {
    let medians = |value: fn(&Measurement) -> f64| -> anyhow::Result<f64> {
        let ours = sample(Program::Imgbench, blocks, value)?.median();
        Ok(ours / sample(other, blocks, value)?.median())
    };
    let compared = compare(other, blocks)?;
    let name = format!("imgbench / {}", other.name());
    writeln!(
        text,
        "\n{name:<16} ratio of medians {:.4}, of client CPU {:.3}\n{:<16} {}",
        medians(|run| run.workload_s)?,
        medians(|run| run.client_cpu_s)?,
        "",
        paired(&compared, &pairs(other, blocks, WORKLOAD)),
    )?;
    writeln!(verdicts, "Against {}: {}", other.name(), words(&compared))?;
    Ok(())
}

fn paired(compared: &Comparison, pairs: &[(f64, f64)]) -> String {
    let mut ratios: Vec<f64> = pairs.iter().map(|(loops, ours)| ours / loops).collect();
    ratios.sort_by(f64::total_cmp);
    let (ratio, interval) = (compared.estimate.ratio, compared.estimate.interval);
    let (Some(least), Some(most), true) = (ratios.first(), ratios.last(), ratios.len() > 1) else {
        return format!("paired by block {ratio:.4}; one block has no interval");
    };
    format!(
        "paired by block {ratio:.4} [{:.4}, {:.4}] ({:.1} %, {}); blocks {least:.4} to {most:.4}",
        interval.low,
        interval.high,
        interval.level * 100.0,
        interval.method,
    )
}

const WORKLOAD: fn(&Measurement) -> f64 = |run| run.workload_s;

/// A loop's and imgbench's value in each block.
fn pairs(other: Program, blocks: &[Block], value: fn(&Measurement) -> f64) -> Vec<(f64, f64)> {
    let pair = |block| (value(of(other, block)), value(of(Program::Imgbench, block)));
    blocks.iter().map(pair).collect()
}

/// Each loop is a question of its own, so each comparison is a family of its own.
fn compare(other: Program, blocks: &[Block]) -> anyhow::Result<Comparison> {
    decided(&pairs(other, blocks, WORKLOAD))
}

fn words(compared: &Comparison) -> String {
    let goal = format!("within {:.0} %", GOAL * 100.0);
    let ratio = compared.estimate.ratio;
    let p = compared.estimate.test.p;
    match (compared.verdict, compared.estimate.equivalence_interval) {
        (Verdict::Equivalent, Some(interval)) => format!(
            "goal met: {goal} is shown (90 % interval {:.4} to {:.4})",
            interval.low, interval.high
        ),
        (Verdict::Equivalent, None) => format!("goal met: {goal} is shown"),
        (Verdict::Improved, _) => {
            format!("goal met: no overhead; imgbench is faster, ratio {ratio:.4} (p = {p:.3})")
        }
        (Verdict::Regressed, _) => {
            format!("goal missed: imgbench is slower, ratio {ratio:.4} (p = {p:.3})")
        }
        (Verdict::Inconclusive, _) => {
            let n = compared.estimate.design.n_baseline();
            let why = compared.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("whether the goal is met cannot be told with n={n}{why}")
        }
    }
}

fn of(program: Program, block: &Block) -> &Measurement {
    &block[program as usize]
}

fn sample(
    program: Program,
    blocks: &[Block],
    value: impl Fn(&Measurement) -> f64,
) -> anyhow::Result<Sample> {
    Ok(Sample::new(blocks.iter().map(|block| value(of(program, block))).collect())?)
}
