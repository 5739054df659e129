//! Whether a way of booting changes what is measured: two guests write the same, by turns, chunk by
//! chunk, each alone while the other stands still.
//!
//! A pair is two boots, and its value the ratio of their times; the boot is the unit. What the machine
//! does meanwhile comes to both alike, as in a duet (Bulej et al., arXiv 2001.05811), so that the
//! question can be answered on a machine whose speed is not steady. The shorter the turns, and the more
//! alike the CPUs, the more alike: by turns of 2M on any CPU, pairs differed by 3 to 5 %; by turns of
//! 256K on one, by 1 to 2 %. `make bench-boots` asks all of them.

#[path = "../overhead/ended.rs"]
mod ended;
#[path = "../overhead/goal.rs"]
mod goal;
mod guest;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, ensure};
use clap::{Parser, ValueEnum};
use image_prep::ByteSize;
use imgbench::{
    accel::{Chosen, choose},
    appliance::Accelerator,
    cli::WORKER,
    config::{Accel, Kind},
    plan::Machine,
    supervise::Interrupts,
    worker,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use guest::{CHUNK, Guest, Kitchen};

/// The same writes in two guests, by turns
#[derive(Debug, Parser)]
#[command(name = "duet", max_term_width = 100)]
struct Args {
    /// What sets the candidate apart from a guest that writes as soon as it is booted
    question: Question,
    /// Pairs of boots
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    pairs: u32,
    /// What each guest writes, a multiple of 256K that fits an ext2 on 300M
    #[arg(long, value_name = "SIZE", default_value = "256M", value_parser = bytes)]
    bytes: ByteSize,
    /// The appliance of both, unless it is what the question is about
    #[arg(long, value_name = "KIND", default_value = "lean", value_parser = ["lean", "stock"])]
    appliance: String,
    /// Where the images are made
    #[arg(long, value_name = "DIR", default_value = "/var/tmp")]
    directory: PathBuf,
    /// Seed of order and data [default: a new one, printed]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=u64::from(u32::MAX)))]
    seed: Option<u64>,
    /// cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

/// What sets the candidate apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Question {
    /// It was stopped in the middle of its boot, and while the other booted: --boot-ahead
    Waiting,
    /// It carried a run before, on another disk: boot = "per-block"
    Shared,
    /// Its appliance is the lean one, the other's libguestfs' own
    Lean,
}

fn bytes(text: &str) -> Result<ByteSize, String> {
    let bytes: ByteSize = text.parse().map_err(|error| format!("{error}"))?;
    match bytes.0 > 0 && bytes.0.is_multiple_of(CHUNK) {
        true => Ok(bytes),
        false => Err("it is not a multiple of 256K above 0".to_owned()),
    }
}

fn main() -> ExitCode {
    // The proof of an accelerator is a worker's, and a worker is the program that asks for one.
    let words: Vec<String> = std::env::args().collect();
    if let [_, WORKER, parent] = words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        let done = parent.parse().map_err(anyhow::Error::from).and_then(worker::main);
        return if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    ended::code(compare(&Args::parse()))
}

fn compare(args: &Args) -> anyhow::Result<()> {
    let interrupts = Interrupts::catch()?;
    let seed = args.seed.unwrap_or_else(|| rand::random::<u32>().into());
    let both = if args.appliance == "lean" { Kind::Lean } else { Kind::Stock };
    let kinds = match args.question {
        Question::Lean => [Kind::Stock, Kind::Lean],
        Question::Waiting | Question::Shared => [both, both],
    };
    let kitchen = Kitchen::new(&args.directory, args.bytes.0, kinds, &interrupts)?;
    let machine = Machine { qemu: None, memory: guest::MEMORY, cpus: 1 };
    let launch = Duration::from_secs(300);
    let chosen = choose(Accel::Auto, &[machine], None, launch, &interrupts)?;
    let Chosen { accelerator, reason } = chosen;
    println!(
        "{} pairs of {}, {}, accel {} ({reason}), seed {seed}",
        args.pairs,
        args.bytes,
        what(args.question, both),
        accelerator.as_str()
    );
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut pairs = Vec::new();
    for pair in 1..=args.pairs {
        let candidate_first = args.question == Question::Waiting || random.random();
        let times = play(&kitchen, args.question, accelerator, candidate_first, seed)
            .with_context(|| format!("pair {pair}"))?;
        println!(
            "pair {pair} of {}: baseline {:.3} s, candidate {:.3} s, ratio {:.4}",
            args.pairs,
            times.0,
            times.1,
            times.1 / times.0
        );
        pairs.push(times);
    }
    print(&pairs)
}

fn what(question: Question, both: Kind) -> String {
    let appliance = both.as_str();
    match question {
        Question::Waiting => format!("{appliance}: booted ahead / at once"),
        Question::Shared => format!("{appliance}: second run of a boot / first"),
        Question::Lean => "lean / stock".to_owned(),
    }
}

/// One pair: seconds of baseline and candidate.
fn play(
    kitchen: &Kitchen<'_>,
    question: Question,
    accelerator: Accelerator,
    candidate_first: bool,
    seed: u64,
) -> anyhow::Result<(f64, f64)> {
    let boot = |candidate: bool| -> anyhow::Result<Guest> {
        let before = u32::from(candidate && question == Question::Shared);
        let held = candidate && question == Question::Waiting;
        kitchen.boot(usize::from(candidate), before, held, accelerator, seed)
    };
    let first = boot(candidate_first)?;
    let second = boot(!candidate_first)?;
    let (mut baseline, mut candidate) =
        if candidate_first { (second, first) } else { (first, second) };
    let (mut of_baseline, mut of_candidate) = (Duration::ZERO, Duration::ZERO);
    for chunk in 0..kitchen.chunks() {
        // Neither is always the one that comes second.
        if chunk % 2 == 0 {
            of_baseline += baseline.write(kitchen, chunk)?;
            of_candidate += candidate.write(kitchen, chunk)?;
        } else {
            of_candidate += candidate.write(kitchen, chunk)?;
            of_baseline += baseline.write(kitchen, chunk)?;
        }
    }
    baseline.end()?;
    candidate.end()?;
    let times = (of_baseline.as_secs_f64(), of_candidate.as_secs_f64());
    ensure!(times.0 > 0.0 && times.1 > 0.0, "a guest took no time");
    Ok(times)
}

fn print(pairs: &[(f64, f64)]) -> anyhow::Result<()> {
    let compared = goal::decided(pairs)?;
    let estimate = &compared.estimate;
    println!(
        "\ncandidate / baseline, paired: {:.4} [{:.4}, {:.4}] ({:.1} %, {}), n = {}",
        estimate.ratio,
        estimate.interval.low,
        estimate.interval.high,
        estimate.interval.level * 100.0,
        estimate.interval.method,
        pairs.len()
    );
    if let Some(interval) = estimate.equivalence_interval {
        println!("90 % interval {:.4} to {:.4}", interval.low, interval.high);
    }
    let why = compared.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    println!("{} within {:.0} %{why}", compared.verdict, goal::GOAL * 100.0);
    Ok(())
}
