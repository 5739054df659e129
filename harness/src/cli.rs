//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The hidden command that makes this program a worker.
pub const WORKER: &str = "worker";

const EXIT_CODES: &str = "\
Exit codes:
  0    all as asked
  1    something failed; what was measured is kept
  2    usage or config error; nothing was written
  130  interrupted, nothing lost: 'imgbench run --resume DIR' goes on";

/// The benchmark for guest disk-image formats.
///
/// Prepares images (raw, qcow2, preallocated in every way), boots a libguestfs appliance on each,
/// times what the guest writes, and says what the numbers support.
#[derive(Debug, Parser)]
#[command(name = "imgbench", version = VERSION, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("IMGBENCH_REVISION"), ")");

/// What imgbench can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure an experiment, and render its report
    Run(Run),
    /// Show cells, order, disk needed and estimated time, and start nothing
    Plan(Plan),
    /// Check each thing that measuring needs, and say what to do about it
    Doctor(Doctor),
    /// Render the report of an experiment again, from its files alone
    Report(Report),
    /// Print the completion script of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, in roff
    Man,
    /// Do one run for the imgbench that started this one
    #[command(name = WORKER, hide = true)]
    Worker,
}

/// `imgbench run`.
#[derive(Debug, Args)]
pub struct Run {
    /// The experiment, such as configs/default.toml; with --resume it may be left out
    #[arg(required_unless_present = "resume")]
    pub config: Option<PathBuf>,
    /// Where its files go [default: results/<UTC time>-<config name>]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    pub out: Option<PathBuf>,
    /// What of the config is to be run.
    #[command(flatten)]
    pub selection: Selection,
    /// Go on with an experiment that was stopped, in its order
    #[arg(long, value_name = "DIR", conflicts_with_all = ["runs", "only", "seed"])]
    pub resume: Option<PathBuf>,
    /// Leave each run's image where it was made, and say where
    #[arg(long)]
    pub keep_images: bool,
}

/// What of a config is to be run.
#[derive(Debug, Args)]
pub struct Selection {
    /// Runs of each cell, in place of the config's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub runs: Option<u32>,
    /// Only the cells whose name matches, such as '*-qcow2'; the first of them is the control
    #[arg(long, value_name = "GLOB")]
    pub only: Option<String>,
    /// Seed of order and data, in place of the config's [default: a new one, recorded]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

/// `imgbench plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// The experiment, such as configs/default.toml
    pub config: PathBuf,
    /// What of the config is to be run.
    #[command(flatten)]
    pub selection: Selection,
}

/// `imgbench doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Check for this experiment: its directory of images, its disk space, its appliance
    pub config: Option<PathBuf>,
}

/// `imgbench report`.
#[derive(Debug, Args)]
pub struct Report {
    /// The directory of an experiment
    pub directory: PathBuf,
}
