//! What was measured, as Markdown and as a figure, and the limits that it is held to.

use std::fmt::Write as _;

use reports::{
    nightly::REPLAYED,
    plot::{Figure, Line, LinesFigure, LinesPanel, Measure, Scale, Unit, svg},
};
use serde::{Deserialize, Serialize};

use crate::nights;

/// Seconds that the gate may take at any size.
const GATE_S: f64 = 0.5;
/// Seconds that looking for change points everywhere may take.
const DETECT_S: f64 = 10.0;
/// Bytes that an import may hold at any size.
const IMPORT_BYTES: u64 = 128 << 20;
/// How many times as long as at the smallest size a run may take at the largest.
const GROWTH: f64 = 1.5;

/// Taking in the nights since the size before.
#[derive(Serialize, Deserialize)]
pub struct Imported {
    pub seconds: f64,
    pub rss: u64,
}

/// Tonight.
#[derive(Serialize, Deserialize)]
pub struct Judged {
    pub seconds: f64,
    pub rss: u64,
    pub alarms: Vec<String>,
    /// Of verdict and pages, after the gate.
    pub files_s: f64,
    pub files_rss: u64,
}

/// Looking for change points everywhere.
#[derive(Serialize, Deserialize)]
pub struct Detected {
    pub seconds: f64,
    pub rss: u64,
    pub found: Found,
}

/// Changes relative to the control.
#[derive(Serialize, Deserialize)]
pub struct Found {
    /// True ones.
    pub changes: usize,
    /// Of these, found.
    pub found: usize,
    /// Found, and not true.
    pub others: usize,
}

/// A size.
pub struct Row {
    pub nights: u32,
    /// Of all nights so far.
    pub import_s: f64,
    pub imported: Imported,
    pub judged: Judged,
    pub detected: Detected,
    pub bytes: u64,
}

impl Row {
    fn runs(&self) -> f64 {
        f64::from(self.nights) * f64::from(nights::CELLS * nights::RUNS)
    }

    fn is_kept(&self) -> bool {
        self.judged.seconds < GATE_S
            && nights::are_right(&self.judged.alarms, self.nights - 1)
            && self.detected.seconds < DETECT_S
            && self.imported.rss < IMPORT_BYTES
    }
}

/// Whether every limit is.
pub fn are_kept(rows: &[Row]) -> bool {
    let steady = |seconds: fn(&Row) -> f64| growth(rows, seconds).is_none_or(|by| by < GROWTH);
    rows.iter().all(Row::is_kept) && steady(import_s) && steady(detect_s)
}

/// Seconds a run at the largest size over those at the smallest; `None` of a single size.
fn growth(rows: &[Row], seconds: fn(&Row) -> f64) -> Option<f64> {
    let [first, .., last] = rows else { return None };
    Some(seconds(last) / last.runs() / (seconds(first) / first.runs()))
}

fn import_s(row: &Row) -> f64 {
    row.import_s
}

fn detect_s(row: &Row) -> f64 {
    row.detected.seconds
}

/// The page.
pub fn markdown(rows: &[Row], command: &str) -> String {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let mut text = format!(
        "# How the history grows\n\n\
         Made by `{command}`,\nwhich draws `history_scale.svg` too. A night has {} cells with {} runs \
         each; SQLite in /var/tmp,\n{processors} processors, each step in a process of its own: \
         seconds, and the most memory that it held (MiB).\n\n\
         - Import: reading the files of every night up to here and taking them in, as `imgbench \
         history import`\n  does; the memory is of the nights since the row before. Limit: {} MiB.\n\
         - Gate: from the measured night to the cells that alarm, as `imgbench nightly` does, its import\n  \
         included. Limit: {GATE_S} s. One cell is {:.0} % slower tonight and must alarm; of the others only \
         those may\n  that have become slower within the {} nights that are judged again.\n\
         - Pages: what `imgbench nightly` writes then, with the change points of every cell.\n\
         - Detect: `imgbench history detect` over everything. Limit: {DETECT_S} s. Each cell but the control \
         changes\n  by {:.0} % every {} nights; of those changes, which were found relative to the control \
         within\n  {} nights, and what else was.\n\n",
        nights::CELLS,
        nights::RUNS,
        IMPORT_BYTES >> 20,
        (nights::SLOWER.1 - 1.0) * 100.0,
        REPLAYED,
        (nights::CHANGE - 1.0) * 100.0,
        nights::PERIOD,
        nights::TOLERANCE,
    );
    text += "| nights | runs | database | import | MiB | gate | MiB | pages | MiB | detect | MiB | \
             changes found | others | limits |\n|";
    text += &" ---: |".repeat(13);
    text += " --- |\n";
    for row in rows {
        let Row { nights, imported, judged, detected, bytes, .. } = row;
        let (found, mib) = (&detected.found, |bytes: u64| bytes >> 20);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {nights} | {:.0} | {} | {:.1} | {} | {:.3} | {} | {:.2} | {} | {:.2} | {} | {} of {} | {} | {} |",
            row.runs(),
            mib(*bytes),
            row.import_s,
            mib(imported.rss),
            judged.seconds,
            mib(judged.rss),
            judged.files_s,
            mib(judged.files_rss),
            detected.seconds,
            mib(detected.rss),
            found.found,
            found.changes,
            found.others,
            if row.is_kept() { "kept" } else { "BROKEN" },
        );
    }
    if let (Some(import), Some(detect)) = (growth(rows, import_s), growth(rows, detect_s)) {
        let kept = if import.max(detect) < GROWTH { "kept" } else { "BROKEN" };
        let _ = writeln!(
            text,
            "\nSeconds a run at the largest size over those at the smallest (1: in proportion): import \
             {import:.2}, detect\n{detect:.2}. Limit: {GROWTH}: {kept}."
        );
    }
    text
}

/// Seconds by runs, each step beside what is in proportion to its first size.
pub fn figure(rows: &[Row], command: &str) -> anyhow::Result<Vec<u8>> {
    let line = |look, name: &str, seconds: fn(&Row) -> f64| {
        let points = rows.iter().map(|row| (row.runs(), seconds(row))).collect();
        Line { look, name: name.to_owned(), points, ..Line::default() }
    };
    let mut lines = vec![
        line(0, "import of all nights", import_s),
        line(1, "history detect over everything", detect_s),
        line(2, "tonight's gate", |row| row.judged.seconds),
    ];
    let measure =
        |title: &str, unit| Measure { title: title.to_owned(), scale: Scale::Logarithmic, unit };
    let straight = |(look, line): (usize, &Line)| {
        let &[(x, y), .., (end, _)] = &line.points[..] else { return None };
        let name = format!("in proportion to the runs ({})", line.name);
        Some(Line { look, name, points: vec![(x, y), (end, y * end / x)], ..Line::default() })
    };
    let proportional: Vec<Line> = lines.iter().take(2).enumerate().filter_map(straight).collect();
    for (line, mut of) in (3..).zip(proportional) {
        of.look = line;
        lines.push(of);
    }
    let figure = Figure::Creation(LinesFigure {
        title: "How the history grows: seconds by runs".to_owned(),
        caption: format!("Made by: {command}"),
        panels: vec![LinesPanel {
            across: measure("runs in the history", Unit::Number),
            up: measure("time", Unit::Time),
            lines,
        }],
    });
    Ok(svg(&figure.draw())?)
}
