//! The command line.

use std::path::PathBuf;

use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use jiff::{Timestamp, civil, tz::TimeZone};
use reports::{
    compare::{Format, threshold},
    history,
    render::eml::{self, Address},
    stats::Margin,
};

use crate::report;

/// The hidden command that makes this program a worker.
pub const WORKER: &str = "worker";

/// The hidden command that makes this program look which libguestfs there is.
pub const LIBGUESTFS: &str = "libguestfs";

const EXIT_CODES: &str = "\
Exit codes:
  0    all as asked
  1    something failed; what was measured is kept
  2    usage or config error; nothing was written
  3    compare: a cell is worse, by at least the threshold; nightly: the same, confirmed
  4    compare --fail-on inconclusive, nightly: of a cell it cannot be told
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
    /// Put the report into a message to a mailing list; it is not sent
    Mail(Mail),
    /// Set a candidate against a baseline, cell by cell: REGRESSED, IMPROVED, EQUIVALENT or INCONCLUSIVE
    Compare(Compare),
    /// Measure, add to the history, and say whether anything is slower than on the nights before
    Nightly(Nightly),
    /// Keep experiments in one database, night after night, and see what is there
    History(History),
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
    /// Tell the imgbench that started this one which libguestfs there is
    #[command(name = LIBGUESTFS, hide = true)]
    Libguestfs,
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
    /// How guests are booted.
    #[command(flatten)]
    pub booting: Booting,
}

/// How guests are booted.
#[derive(Clone, Copy, Debug, Args)]
pub struct Booting {
    /// Appliances that are up or boot beside the one that is measured next; each is then measured
    /// alone, in the plan's order, while the others stand still. 0 boots one after the other [default:
    /// so many that as many boot as there are CPUs, or all where they are fewer than twice as many, if
    /// memory permits; of a resumed experiment what it began with]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=1_000))]
    pub boot_ahead: Option<u32>,
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
    /// How guests are booted.
    #[command(flatten)]
    pub booting: Booting,
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
    /// Print this one rendering, in place of writing all files into the directory
    #[arg(long, value_parser = PossibleValuesParser::new(report::Format::all().map(report::Format::as_str)).map(|name| report_format(&name)))]
    pub format: Option<report::Format>,
    /// Where the rendering goes, replaced in one step; - is standard output
    #[arg(long, value_name = "FILE", requires = "format")]
    pub out: Option<PathBuf>,
}

const MAIL: &str = "\
The message is plain text of 72 columns with the charts and the CSV files attached. Open it as a draft
by 'mutt -H FILE', or send it by 'git send-email FILE'.

A template is text with these placeholders; a brace is written twice:
  {question}     name of the experiment, and what it asks
  {headline}     what it came to, in a sentence
  {table}        the cells, their values, and how they compare
  {verdicts}     each verdict with what it rests on
  {limits}       what cannot be concluded, warnings and failed runs
  {disk}         whether the clock saw the disk
  {setup}        QEMU, kernels, cache mode, O_DIRECT, aio, filesystem, preallocation
  {reproduce}    config hash, command, revision, seed
  {attachments}  the files that are attached
  {config}       the config, whole";

/// `imgbench mail`.
#[derive(Debug, Args)]
#[command(after_help = MAIL)]
pub struct Mail {
    /// The directory of an experiment
    pub directory: PathBuf,
    /// To whom; may be given again
    #[arg(long, value_name = "ADDRESS", required = true)]
    pub to: Vec<Address>,
    /// Who gets a copy; may be given again
    #[arg(long, value_name = "ADDRESS")]
    pub cc: Vec<Address>,
    /// From whom [default: left to the mail program]
    #[arg(long, value_name = "ADDRESS")]
    pub from: Option<Address>,
    /// Its subject [default: name and headline of the experiment]
    #[arg(long, value_parser = eml::subject)]
    pub subject: Option<String>,
    /// The Message-ID that it answers
    #[arg(long, value_name = "ID", value_parser = eml::message_id)]
    pub in_reply_to: Option<String>,
    /// The text, with placeholders for the parts of the report
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// Where the message goes, replaced in one step [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// The format of a name that was found among the permitted ones.
fn report_format(name: &str) -> report::Format {
    report::Format::all().find(|format| format.as_str() == name).unwrap_or(report::Format::Text)
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

const NIGHTLY: &str = "\
Exit codes, the first that holds:
  130  interrupted; what was measured is kept
  2    usage or config error; nothing was measured
  3    a cell is slower, and fresh blocks confirmed it; also where runs failed besides
  1    a run failed, another nightly job measures, or the history cannot be used
  4    of a cell it cannot be told: fewer than 10 nights, the host moved, or fresh blocks leave it open
  0    all as asked, and no regression";

/// `imgbench nightly`.
#[derive(Debug, Args)]
#[command(after_help = NIGHTLY)]
pub struct Nightly {
    /// The experiment, such as configs/nightly.toml
    pub config: PathBuf,
    /// Where the nights are: a file of SQLite, or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "TARGET", env = "IMGBENCH_HISTORY", hide_env_values = true, default_value = HISTORY)]
    pub history: String,
    /// Where its files go [default: results/TIME-CONFIG]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Runs of each cell, in place of the config's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub runs: Option<u32>,
    /// Seed of order and data, in place of the config's [default: a new one, recorded]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The file that one nightly job of a host holds [default: /var/lock/imgbench-nightly.lock]
    #[arg(long, value_name = "FILE", env = "IMGBENCH_LOCK")]
    pub lock: Option<PathBuf>,
    /// How guests are booted.
    #[command(flatten)]
    pub booting: Booting,
}

/// `imgbench history`.
#[derive(Debug, Args)]
pub struct History {
    /// Where it is: a file of SQLite, or postgres://USER@HOST/DATABASE
    #[arg(long = "history", value_name = "TARGET", global = true, env = "IMGBENCH_HISTORY", hide_env_values = true, default_value = HISTORY)]
    pub history: String,
    /// What to do.
    #[command(subcommand)]
    pub command: HistoryCommand,
}

/// The history of this directory.
pub const HISTORY: &str = "results/history.db";

/// What can be done with a history.
#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// Add experiments; one that is there already changes nothing, or is replaced by a fuller one
    Import {
        /// The directories of the experiments
        #[arg(required = true, value_name = "DIR")]
        directories: Vec<PathBuf>,
    },
    /// List the experiments, and what people said of them
    List {
        /// Which experiments.
        #[command(flatten)]
        selection: Nights,
        /// What to print
        #[arg(long, default_value_t, value_parser = history_format())]
        format: history::Format,
    },
    /// Show cells over time
    Show {
        /// The cells, such as '*-qcow2'
        #[arg(value_name = "CELL-GLOB")]
        cell: String,
        /// The metric [default: the one that each cell is judged by]
        #[arg(long, value_name = "NAME")]
        metric: Option<String>,
        /// Which experiments.
        #[command(flatten)]
        selection: Nights,
        /// What to print
        #[arg(long, default_value_t, value_parser = history_format())]
        format: history::Format,
    },
    /// Find the nights on which cells changed for good, with the versions before and after
    Detect {
        /// The cells, such as '*-qcow2' [default: all]
        #[arg(long, value_name = "GLOB")]
        cell: Option<String>,
        /// Those of the config of this name
        #[arg(long, value_name = "NAME")]
        config: Option<String>,
        /// What to print
        #[arg(long, value_enum, default_value_t = DetectFormat::Text)]
        format: DetectFormat,
    },
    /// Draw cells over time as one page, with change points and annotations
    Trend {
        /// The page, replaced in one step
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Those of the config of this name
        #[arg(long, value_name = "NAME")]
        config: Option<String>,
    },
    /// Say of a night that it is not to be used, that an epoch begins with it, or a note
    Annotate(Annotate),
    /// Print everything there is
    Export {
        /// csv: a row a run; json: one object
        #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
        format: ExportFormat,
    },
}

fn history_format() -> impl TypedValueParser<Value = history::Format> {
    let names = history::Format::ALL.map(history::Format::as_str);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<history::Format>())
}

/// Which experiments of a history.
#[derive(Debug, Args)]
pub struct Nights {
    /// Those of the config of this name
    #[arg(long, value_name = "NAME")]
    pub config: Option<String>,
    /// Those whose environment matches, such as '*kvm*'
    #[arg(long, value_name = "GLOB")]
    pub environment: Option<String>,
    /// Those that started then or later: 2026-11-23, or with a time, 2026-11-23T20:00Z
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<Timestamp>,
    /// Those that started then or earlier; of a date, up to its end
    #[arg(long, value_name = "TIME", value_parser = until)]
    pub until: Option<Timestamp>,
    /// Of each config and environment the newest so many
    #[arg(long, value_name = "N")]
    pub last: Option<usize>,
}

fn since(text: &str) -> Result<Timestamp, String> {
    moment(text, civil::Time::midnight())
}

fn until(text: &str) -> Result<Timestamp, String> {
    moment(text, civil::Time::MAX)
}

/// A time, or a time of day on a date, in UTC.
fn moment(text: &str, of_day: civil::Time) -> Result<Timestamp, String> {
    let refused = |_| "a date or time in UTC is permitted, such as 2026-11-23".to_owned();
    match text.parse::<civil::Date>() {
        Ok(date) if text.len() <= 10 => {
            TimeZone::UTC.to_timestamp(date.to_datetime(of_day)).map_err(refused)
        }
        Ok(_) | Err(_) => text.parse().map_err(refused),
    }
}

/// `imgbench history annotate`.
#[derive(Debug, Args)]
pub struct Annotate {
    /// A date in UTC, or an experiment's id or the first 8 digits of it or more
    #[arg(long)]
    pub night: String,
    /// The cells
    #[arg(long, value_name = "GLOB", default_value = "*")]
    pub cell: String,
    /// What it does
    #[arg(long)]
    pub kind: AnnotationKind,
    /// Why
    #[arg(long)]
    pub reason: String,
    /// Who says so [default: git's user.name, or USER]
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
}

/// What an annotation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnnotationKind {
    /// The night is not used, neither as a baseline nor for change points
    Exclude,
    /// From this night on nothing is compared with nights before it
    Epoch,
    /// For people
    Note,
}

impl From<AnnotationKind> for history::Kind {
    fn from(kind: AnnotationKind) -> Self {
        match kind {
            AnnotationKind::Exclude => history::Kind::Exclude,
            AnnotationKind::Epoch => history::Kind::Epoch,
            AnnotationKind::Note => history::Kind::Note,
        }
    }
}

/// What change points are printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DetectFormat {
    /// For people
    Text,
    /// An array of objects
    Json,
}

/// What everything is printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// A row a run
    Csv,
    /// One object
    Json,
}

impl From<ExportFormat> for history::ExportFormat {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Csv => history::ExportFormat::Csv,
            ExportFormat::Json => history::ExportFormat::Json,
        }
    }
}
