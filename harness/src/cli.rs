//! The command line.

use std::path::PathBuf;

use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use reports::{
    compare::{Format, threshold},
    stats::Margin,
};

/// The hidden command that makes this program a worker.
pub const WORKER: &str = "worker";

const EXIT_CODES: &str = "\
Exit codes:
  0    all as asked
  1    something failed; what was measured is kept
  2    usage or config error; nothing was written
  3    compare: a cell is worse, by at least the threshold
  4    compare --fail-on inconclusive: of a cell it cannot be told
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
    /// Certify a machine: its noise, its false alarms, and the smallest slowdown it can show
    Calibrate(Calibrate),
    /// Render the report of an experiment again, from its files alone
    Report(Report),
    /// Set a candidate against a baseline, cell by cell: REGRESSED, IMPROVED, EQUIVALENT or INCONCLUSIVE
    Compare(Compare),
    /// Print the completion script of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, in roff
    Man,
    /// Do one run for the imgbench that started this one
    #[command(name = WORKER, hide = true)]
    Worker {
        /// The pid of that imgbench
        parent: i32,
    },
}

/// `imgbench run`.
#[derive(Debug, Args)]
pub struct Run {
    /// The experiment, such as configs/default.toml; with --resume it may be left out
    #[arg(required_unless_present = "resume")]
    pub config: Option<PathBuf>,
    /// Where its files go [default: results/TIME-CONFIG]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    pub out: Option<PathBuf>,
    /// What of the config is to be run.
    #[command(flatten)]
    pub selection: Selection,
    /// Go on with an experiment that was stopped, in its order
    #[arg(long, value_name = "DIR", conflicts_with_all = ["runs", "only", "seed"])]
    pub resume: Option<PathBuf>,
    /// Keep each run's image in the directory of the images, and say where
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

/// `imgbench calibrate`.
#[derive(Debug, Args)]
pub struct Calibrate {
    /// Its first image and its workload are used, such as configs/calibrate.toml
    pub config: PathBuf,
    /// Where its files go [default: results/TIME-CONFIG]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Blocks; each is three runs
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub runs: u32,
    /// The slowdown that is injected, percent
    #[arg(long, value_name = "PERCENT", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=900))]
    pub slowdown: u32,
    /// Seed of order and data [default: a new one, recorded]
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

const BISECT: &str = "\
Under --bisect, for 'git bisect run':
  0    good: every cell is EQUIVALENT or IMPROVED
  1    bad: some cell is REGRESSED
  125  cannot tell: INCONCLUSIVE, failed runs, an experiment that cannot be read or compared";

/// `imgbench compare`.
///
/// Two experiments are compared cell by cell; one experiment by a factor, each level with the
/// control's.
#[derive(Debug, Args)]
#[command(after_help = BISECT)]
pub struct Compare {
    /// The directory of the experiment to compare with; with --by the only one
    pub baseline: PathBuf,
    /// The directory of the experiment to judge
    #[arg(required_unless_present = "by", conflicts_with = "by")]
    pub candidate: Option<PathBuf>,
    /// Compare the levels of a factor, such as image, with the control's level, block by block
    #[arg(long, value_name = "FACTOR")]
    pub by: Option<String>,
    /// What to compare: a time such as sync_s or workload_s+sync_s, or a metric of metrics.csv
    /// [default: each cell's own]
    #[arg(long, value_name = "NAME")]
    pub metric: Option<String>,
    /// The smallest change that counts: 5% or 0.05
    #[arg(long, value_name = "SHARE", default_value = "5%", value_parser = threshold, allow_hyphen_values = true)]
    pub threshold: Margin,
    /// What to print
    #[arg(long, default_value_t, value_parser = PossibleValuesParser::new(Format::ALL.map(Format::as_str)).try_map(|name| name.parse::<Format>()))]
    pub format: Format,
    /// Exit with 4 if of some cell it cannot be told
    #[arg(long, value_name = "VERDICT", conflicts_with = "bisect")]
    pub fail_on: Option<FailOn>,
    /// Exit as 'git bisect run' wants it
    #[arg(long)]
    pub bisect: bool,
    /// Compare although accelerator, CPU or host filesystem differ; each verdict names the difference
    #[arg(long)]
    pub across_environments: bool,
}

/// What fails beside a regression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// A cell of which it cannot be told
    Inconclusive,
}
