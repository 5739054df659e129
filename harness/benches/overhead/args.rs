//! The command line of the benchmark, which `cargo bench -p imgbench --bench overhead -- …` hands on.

use std::path::PathBuf;

use clap::Parser;
use image_prep::ByteSize;

use crate::CHUNK;

/// imgbench beside the same loop in C and in Perl, interleaved in one experiment
#[derive(Debug, Parser)]
#[command(name = "overhead", max_term_width = 100)]
pub struct Args {
    /// Blocks; each runs every program once
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..))]
    pub blocks: u32,
    /// What each run writes, a multiple of 2M that fits an ext2 on 300M
    #[arg(long, value_name = "SIZE", default_value = "256M", value_parser = bytes)]
    pub bytes: ByteSize,
    /// Where the images are made
    #[arg(long, value_name = "DIR", default_value = "/var/tmp", value_parser = directory)]
    pub directory: PathBuf,
    /// In place of one cell's runs: the whole of configs/default.toml, by the Perl loop and by imgbench in
    /// each way of booting
    #[arg(long, conflicts_with_all = ["blocks", "bytes"])]
    pub modes: bool,
    /// Seed of order and data [default: a new one, printed]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=u64::from(u32::MAX)))]
    pub seed: Option<u64>,
    /// cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

fn bytes(text: &str) -> Result<ByteSize, String> {
    let bytes: ByteSize = text.parse().map_err(|error| format!("{error}"))?;
    match bytes.0 > 0 && bytes.0.is_multiple_of(CHUNK) {
        true => Ok(bytes),
        false => Err("it is not a multiple of 2M above 0".to_owned()),
    }
}

fn directory(text: &str) -> Result<PathBuf, String> {
    PathBuf::from(text).canonicalize().map_err(|error| error.to_string())
}
