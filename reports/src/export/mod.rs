//! A report in the formats of other programs: one format a file, each a pure function of the
//! [`Report`].
//!
//! Verdicts are those of the report, each cell against its control. A cell that a format cannot hold
//! is left out and named; an experiment of which nothing is left is refused.

mod bencher;
mod github_action_benchmark;
mod hyperfine;
mod junit;
mod prometheus;

use std::{fmt, str::FromStr};

use crate::report::{CellResult, Report};

/// A format of another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The JSON of hyperfine's `--export-json`, read by its plotting scripts. Seconds only.
    Hyperfine,
    /// Bencher Metric Format, for `bencher run --adapter json`.
    Bencher,
    /// The JSON of github-action-benchmark's tool `customSmallerIsBetter`.
    GithubActionBenchmark,
    /// The same for `customBiggerIsBetter`.
    GithubActionBenchmarkBigger,
    /// JUnit XML, as CI systems show it.
    Junit,
    /// Prometheus' text format, for the textfile collector of its node exporter.
    Prometheus,
}

impl Format {
    /// Every format there is.
    pub const ALL: [Format; 6] = [
        Format::Hyperfine,
        Format::Bencher,
        Format::GithubActionBenchmark,
        Format::GithubActionBenchmarkBigger,
        Format::Junit,
        Format::Prometheus,
    ];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Hyperfine => "hyperfine",
            Format::Bencher => "bencher",
            Format::GithubActionBenchmark => "github-action-benchmark",
            Format::GithubActionBenchmarkBigger => "github-action-benchmark-bigger",
            Format::Junit => "junit",
            Format::Prometheus => "prometheus",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let permitted = || Format::ALL.map(Format::as_str).join(", ");
        let found = Format::ALL.into_iter().find(|format| format.as_str() == text);
        found.ok_or_else(|| format!("no such format; permitted are {}", permitted()))
    }
}

/// What became of a report in such a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The file.
    pub text: String,
    /// The cells that it does not hold, each with the reason, in whole sentences.
    pub left_out: Vec<String>,
}

/// No cell is left.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{format}: there is no cell to export: {}", reasons.join(" "))]
pub struct NothingToExport {
    /// The format.
    pub format: Format,
    /// Why each cell was left out.
    pub reasons: Vec<String>,
}

/// Exports a report.
///
/// # Errors
/// Not one cell can be written in this format.
pub fn export(report: &Report, format: Format) -> Result<Export, NothingToExport> {
    match format {
        Format::Hyperfine => chosen(report, format, hyperfine::why_not, hyperfine::hyperfine),
        Format::Bencher => chosen(report, format, without_value, bencher::bencher),
        Format::GithubActionBenchmark => chosen(
            report,
            format,
            github_action_benchmark::not_smaller,
            github_action_benchmark::entries,
        ),
        Format::GithubActionBenchmarkBigger => chosen(
            report,
            format,
            github_action_benchmark::not_bigger,
            github_action_benchmark::entries,
        ),
        Format::Junit => Ok(Export { text: junit::junit(report), left_out: Vec::new() }),
        Format::Prometheus => {
            Ok(Export { text: prometheus::prometheus(report), left_out: Vec::new() })
        }
    }
}

/// Writes the cells that a format can hold.
fn chosen(
    report: &Report,
    format: Format,
    why_not: fn(&CellResult) -> Option<String>,
    write: fn(&[&CellResult]) -> String,
) -> Result<Export, NothingToExport> {
    let (mut cells, mut left_out) = (Vec::new(), Vec::new());
    for cell in &report.results {
        match why_not(cell) {
            None => cells.push(cell),
            Some(why) => left_out.push(format!("{:?} is left out: {why}.", cell.cell)),
        }
    }
    if cells.is_empty() {
        return Err(NothingToExport { format, reasons: left_out });
    }
    Ok(Export { text: write(&cells), left_out })
}

/// Why a cell has no value, if it has none.
fn without_value(cell: &CellResult) -> Option<String> {
    cell.sample.is_none().then(|| "it has no ok run".to_owned())
}

/// JSON of what cannot fail to be JSON: text and finite numbers, with text as keys.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
