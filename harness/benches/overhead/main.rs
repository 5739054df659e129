//! What imgbench adds to what it measures: its measured part beside the same loop in C and in Perl
//! on libguestfs, in one experiment of randomised complete blocks.
//!
//! `make bench`, or `cargo bench -p imgbench --bench overhead -- --blocks 6`. One appliance at a time;
//! a run takes about 25 s under TCG. Timing never makes it fail. With `--modes` it asks what a whole
//! experiment costs, in each way of booting.

mod args;
mod ended;
mod goal;
mod inside;
mod modes;
mod process;
mod program;
mod table;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use imgbench::supervise::Interrupts;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use reports::record::Provenance;

use args::Args;
use program::{Bench, Program};
use table::Block;

/// Bytes of one write.
const CHUNK: u64 = 2 << 20;

fn main() -> ExitCode {
    ended::code(compare(&Args::parse()))
}

fn compare(args: &Args) -> anyhow::Result<()> {
    let interrupts = Interrupts::catch()?;
    let build = tempfile::tempdir()?;
    let bench = Bench {
        bytes: args.bytes,
        directory: &args.directory,
        build: build.path(),
        interrupts: &interrupts,
    };
    bench.compile()?;

    let seed = args.seed.unwrap_or_else(|| rand::random::<u32>().into());
    match args.modes {
        true => println!("configs/default.toml in {}, seed {seed}", bench.directory.display()),
        false => println!(
            "{} blocks of {} in {}, seed {seed}",
            args.blocks,
            args.bytes,
            bench.directory.display()
        ),
    }
    println!(
        "One run of imgbench that does not count: it finds the accelerator and warms the machine."
    );
    let provenance = bench.explore(seed)?;
    println!("Accelerator: {}: {}\n", provenance.accel, provenance.accel_reason);

    if args.modes {
        modes::compare(&bench, &provenance.accel, seed)?;
        println!("{}", environment(&provenance));
        return Ok(());
    }
    let blocks = measure(&bench, args.blocks, &provenance.accel, seed)?;
    println!("\n{}", table::render(&blocks)?);
    println!("{}", environment(&provenance));
    Ok(())
}

/// Every run, one after the other; each block in an order of its own.
fn measure(bench: &Bench<'_>, blocks: u32, accel: &str, seed: u64) -> anyhow::Result<Vec<Block>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut left = blocks as usize * Program::ALL.len();
    let mut block = |number: u32| -> anyhow::Result<Block> {
        let mut order = Program::ALL;
        order.shuffle(&mut random);
        let mut measured = [None; 3];
        for program in order {
            let run = bench.measure(program, accel, seed + u64::from(number))?;
            left -= 1;
            println!(
                "block {number} of {blocks}: {:<8} {:7.3} s, client CPU {:.4} s, {:.4} s of it outside the call [{left} left]",
                program.name(),
                run.workload_s,
                run.client_cpu_s,
                run.own_cpu_s
            );
            measured[program as usize] = Some(run);
        }
        let [Some(ours), Some(c), Some(perl)] = measured else {
            anyhow::bail!("block {number} lacks a run");
        };
        Ok([ours, c, perl])
    };
    (1..=blocks).map(|number| block(number).with_context(|| format!("block {number}"))).collect()
}

/// Versions and accelerator.
fn environment(found: &Provenance) -> String {
    let Provenance { qemu, libguestfs, accel, directory, filesystem, .. } = found;
    format!("{qemu}; libguestfs {libguestfs}; accel {accel}; images in {directory} ({filesystem})")
}
