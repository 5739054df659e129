//! The cells in the shape of the message of 2010.

use super::{Units, count};
use crate::{
    plain::plain,
    record::{Cell, Manifest, Metric},
    summary::Summary,
};

/// One cell as the message of 2010 showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Number in the report, from 1.
    pub number: usize,
    /// What it is: `A sparse raw file`.
    pub description: String,
    /// `15.3 seconds`, `7512 IOPS`, or what happened instead.
    pub result: String,
    /// The command that makes its image.
    pub command: String,
}

/// All cells, in the plan's order.
pub(super) fn cases(manifest: &Manifest, summaries: &[Summary], units: &Units) -> Vec<Case> {
    let cells = manifest.cells.iter().zip(summaries);
    cells.enumerate().map(|(at, (cell, summary))| case(at + 1, cell, summary, units)).collect()
}

fn case(number: usize, cell: &Cell, summary: &Summary, units: &Units) -> Case {
    let result = match summary.median() {
        Some(median) if summary.metric == Metric::default() => {
            format!("{} seconds", units.get(summary).text(median))
        }
        Some(median) => units.get(summary).with_unit(median),
        None if summary.failed > 0 => format!("no ok run, {} failed", summary.failed),
        None => "no run yet".to_owned(),
    };
    let description = if cell.description.is_empty() { &cell.name } else { &cell.description };
    Case { number, description: plain(description), result, command: plain(&cell.command) }
}

/// The runs of a cell in words: `3 runs`, `2 runs, 1 failed`.
pub(super) fn runs_in_words(summary: &Summary) -> String {
    let runs = count(summary.n(), "run");
    if summary.failed > 0 { format!("{runs}, {} failed", summary.failed) } else { runs }
}
