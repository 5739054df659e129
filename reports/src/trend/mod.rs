//! The history of many nights as one value, ready to be laid out: what the trend page shows and no
//! more.
//!
//! Whoever has the history fills it in; [`crate::render::trend`] lays it out and computes nothing
//! but places on the screen.

use std::fmt;

use crate::stats::Interval;

/// All that the trend page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trend {
    /// What the history is of.
    pub title: String,
    /// When the page was made, UTC, RFC 3339.
    pub generated: String,
    /// What tonight's gate says; `None` before there was one.
    pub tonight: Option<Tonight>,
    /// Nights on which most cells moved together, newest first, a sentence each.
    pub shifts: Vec<String>,
    /// The cells, in the order in which they are shown at first.
    pub cells: Vec<CellTrend>,
}

/// The verdict of a night.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tonight {
    /// What it comes to.
    pub status: Status,
    /// The same in a sentence or two.
    pub text: String,
    /// Exit code of the gate.
    pub exit_code: u8,
    /// What is to be said of single cells: name, status, sentence. The worst first.
    pub details: Vec<(String, Status, String)>,
}

/// How a night or a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Something could not be measured.
    Failed,
    /// A regression that was confirmed.
    Regressed,
    /// Out of line for the worse, and no fresh blocks are at hand to confirm it.
    Alarm,
    /// Most cells moved together: the machine, and not what is measured.
    EnvironmentShift,
    /// Too little is known.
    Inconclusive,
    /// An improvement that was confirmed.
    Improved,
    /// As before.
    Unchanged,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Status::Failed => "FAILED",
            Status::Regressed => "REGRESSED",
            Status::Alarm => "ALARM, NOT YET CONFIRMED",
            Status::EnvironmentShift => "ENVIRONMENT SHIFT",
            Status::Inconclusive => "INCONCLUSIVE",
            Status::Improved => "IMPROVED",
            Status::Unchanged => "NO CHANGE",
        })
    }
}

/// The history of a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct CellTrend {
    /// Its name.
    pub name: String,
    /// What is measured: `workload_s`.
    pub metric: String,
    /// Unit of the metric: `s`.
    pub unit: String,
    /// Which way is better, in words: `lower is better`.
    pub direction: String,
    /// How it stands tonight.
    pub status: Status,
    /// Its nights, oldest first.
    pub nights: Vec<Night>,
    /// Where its level changed, oldest first.
    pub changes: Vec<ChangePoint>,
    /// Where a new baseline begins: index of the night, and why.
    pub epochs: Vec<(usize, String)>,
    /// What people wrote, oldest first.
    pub annotations: Vec<Annotation>,
}

/// A cell in a night.
#[derive(Clone, Debug, PartialEq)]
pub struct Night {
    /// When, UTC, RFC 3339.
    pub date: String,
    /// Median of its runs, in the unit of the metric.
    pub median: f64,
    /// The median over that of the same night's control.
    pub to_control: Option<f64>,
    /// Number of runs.
    pub runs: u32,
    /// What was measured.
    pub subject: Subject,
    /// Why the night does not count; `None` if it does.
    pub excluded: Option<String>,
}

/// The versions under test. What is unknown is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Of QEMU.
    pub qemu: String,
    /// Of the host's kernel.
    pub kernel: String,
    /// Git revision of what is under test.
    pub revision: String,
}

/// A night from which on a cell is at another level.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangePoint {
    /// Its index: the first night of the new level.
    pub night: usize,
    /// Whether the new level is worse; `None` where neither way is.
    pub worse: Option<bool>,
    /// The new level over the old.
    pub ratio: f64,
    /// The interval for the ratio.
    pub interval: Interval,
    /// Of the permutation test.
    pub p: f64,
    /// What changed with it: `QEMU 9.1.0 → 9.2.0`. Empty if nothing did.
    pub versions: String,
    /// Whether the second method has it too.
    pub confirmed: bool,
}

/// What someone wrote about a night.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// The night that it is about, UTC, RFC 3339.
    pub date: String,
    /// What it says.
    pub text: String,
    /// Who says so.
    pub author: String,
}
