//! Why nothing is compared, in messages that say what to do next.

use std::path::PathBuf;

use super::{Difference, NotCompared};
use crate::plain::plain;

/// Why two experiments, or the levels of a factor, are not compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Baseline and candidate are one.
    #[error(
        "{} and {} hold the same runs: to compare the cells of one experiment, give it once with \
         --by image",
        plain(&baseline.display().to_string()),
        plain(&candidate.display().to_string())
    )]
    SameRuns {
        /// Directory of the baseline.
        baseline: PathBuf,
        /// Directory of the candidate.
        candidate: PathBuf,
    },
    /// The machines differ in what times depend on most.
    #[error(
        "not measured in the same environment:\n{}measure both on one machine, or give \
         --across-environments: each verdict then names the difference",
        lines(differences.iter().map(Difference::sentence))
    )]
    Environments {
        /// In what they differ.
        differences: Vec<Difference>,
    },
    /// Times from a test's script beside times from a machine.
    #[error(
        "simulated times are no measurement and are not compared with measured ones \
         (accelerator: '{baseline}' in the baseline, '{candidate}' in the candidate); compare two \
         real experiments"
    )]
    SimulatedBesideReal {
        /// Accelerators of the baseline.
        baseline: String,
        /// Accelerators of the candidate.
        candidate: String,
    },
    /// No name of a cell is in both.
    #[error(
        "no cell is in both experiments; the baseline's are: {}; the candidate's are: {}; measure \
         both with one config",
        list(baseline),
        list(candidate)
    )]
    NoCommonCell {
        /// Cells of the baseline.
        baseline: Vec<String>,
        /// Cells of the candidate.
        candidate: Vec<String>,
    },
    /// There are candidates for a comparison, and none can be compared.
    #[error(
        "no two cells can be compared:\n{}measure both with one config",
        lines(cells.iter().map(|cell| format!("{}: {}", plain(&cell.cell), plain(&cell.reason.to_string()))))
    )]
    NothingComparable {
        /// The cells with their reasons.
        cells: Vec<NotCompared>,
    },
    /// No run has such a metric.
    #[error("--metric {}: no run has it; theirs are: {}", plain(metric), list(metrics))]
    NoMetric {
        /// What was asked for.
        metric: String,
        /// Those that can be compared.
        metrics: Vec<String>,
    },
    /// The metric explains others, and is not judged itself.
    #[error(
        "--metric {}: neither way of it is better or worse, so there is no verdict; choose another",
        plain(metric)
    )]
    NoDirection {
        /// What was asked for.
        metric: String,
    },
    /// The control has no such factor.
    #[error("--by {}: the cells have no such factor; theirs are: {}", plain(factor), list(factors))]
    NoFactor {
        /// What was asked for.
        factor: String,
        /// The factors that there are.
        factors: Vec<String>,
    },
    /// All cells have one level.
    #[error(
        "--by {}: every cell has the level '{}', so there is nothing to compare it with; choose \
         another factor",
        plain(factor),
        plain(level)
    )]
    OneLevel {
        /// The factor.
        factor: String,
        /// Its only level.
        level: String,
    },
}

impl Difference {
    /// `CPU: 'one' in the baseline, 'other' in the candidate`, safe to print.
    pub fn sentence(&self) -> String {
        let value = |text: &str| match text.trim() {
            "" => "unknown".to_owned(),
            text => format!("'{}'", plain(text)),
        };
        format!(
            "{}: {} in the baseline, {} in the candidate",
            plain(&self.what),
            value(&self.baseline),
            value(&self.candidate)
        )
    }
}

fn lines(items: impl Iterator<Item = String>) -> String {
    items.map(|item| format!("  {item}\n")).collect()
}

fn list(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.iter().map(|name| plain(name)).collect::<Vec<_>>().join(", "),
    }
}
