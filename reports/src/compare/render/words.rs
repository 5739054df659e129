//! The words that text and Markdown share: how numbers are written, and what is said of a cell. All
//! of it is one line and safe to print.

use super::super::{ComparedCell, Comparison, Side};
use crate::{
    plain::plain,
    stats::{Adjustment, POWER, Verdict},
};

/// What is compared with what, in a sentence.
pub(super) fn title(comparison: &Comparison) -> String {
    let what = match &comparison.by {
        None => "candidate over baseline".to_owned(),
        Some(by) => format!("by {}, over {}, paired by block", plain(&by.factor), plain(&by.level)),
    };
    match &comparison.metric {
        Some(metric) => {
            format!("{} compared: {what}; a {} ratio is worse", plain(&metric.name), metric.worse)
        }
        None => format!("each cell's own metric compared: {what}"),
    }
}

/// The experiments, each with its label.
pub(super) fn sides(comparison: &Comparison) -> Vec<(&'static str, String)> {
    match comparison.by {
        Some(_) => vec![("experiment", side(&comparison.baseline))],
        None => vec![
            ("baseline", side(&comparison.baseline)),
            ("candidate", side(&comparison.candidate)),
        ],
    }
}

/// What stands below the cells: a title and its items, not yet safe to print.
pub(super) fn lists(comparison: &Comparison) -> [(&'static str, Vec<String>); 3] {
    let not_compared = comparison.not_compared.iter();
    let not_compared = not_compared.map(|of| format!("{}: {}", of.cell, of.reason)).collect();
    let differences = comparison.differences.iter().map(|of| of.sentence()).collect();
    [
        ("Not compared", not_compared),
        ("What differs", differences),
        ("Warnings", comparison.warnings.clone()),
    ]
}

/// An experiment, and what to trace it by.
fn side(side: &Side) -> String {
    let failed = match side.runs_failed {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    let short = |sha: &str| sha.chars().take(12).collect::<String>();
    plain(&format!(
        "{}: {}, config {}; {} of {} runs ok{failed}; {}, {}; imgbench {} ({})",
        side.directory,
        known(&side.name),
        known(&short(&side.config_sha256)),
        side.runs_ok,
        side.runs_planned,
        known(&side.qemu),
        known(&side.accel),
        known(&side.imgbench),
        known(&side.revision)
    ))
}

fn known(text: &str) -> &str {
    if text.is_empty() { "unknown" } else { text }
}

/// `1 REGRESSED, 2 EQUIVALENT; …`, and by which rules.
pub(super) fn tally(comparison: &Comparison) -> String {
    let all = [Verdict::Regressed, Verdict::Improved, Verdict::Equivalent, Verdict::Inconclusive];
    let counts = all.map(|verdict| (comparison.count(verdict), verdict));
    let mut parts: Vec<_> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, verdict)| format!("{count} {verdict}"))
        .collect();
    match comparison.not_compared.len() {
        0 => {}
        count => parts.push(format!("{count} not compared")),
    }
    format!(
        "{}. A change counts if it is at least {} and p < {} ({}). Detectable means with {} power.",
        parts.join(", "),
        percent(comparison.policy.margin.get()),
        comparison.policy.alpha.get(),
        match comparison.cells.iter().filter(|cell| cell.ratio.is_some()).count() {
            0 => "nothing to test".to_owned(),
            1 => "one comparison, no adjustment".to_owned(),
            family => format!("{} over {family} comparisons", adjustment(comparison)),
        },
        percent(POWER)
    )
}

/// The verdict, with what of the environment differs.
pub(super) fn verdict(comparison: &Comparison, cell: &ComparedCell) -> String {
    match comparison.across() {
        across if across.is_empty() => cell.verdict.to_string(),
        across => format!("{} (across {})", cell.verdict, plain(&across)),
    }
}

/// The name of the cell; of both, where they differ; and its metric, where the title has none.
pub(super) fn name(comparison: &Comparison, cell: &ComparedCell) -> String {
    let mut name = plain(&cell.cell);
    if cell.cell != cell.baseline_cell {
        name += &format!(" over {}", plain(&cell.baseline_cell));
    }
    if comparison.metric.is_none() {
        name += &format!(", by {} ({} is worse)", plain(&cell.metric.name), cell.metric.worse);
    }
    name
}

/// `6 v 6`, or `6 blocks`.
pub(super) fn runs(comparison: &Comparison, cell: &ComparedCell) -> String {
    match comparison.by {
        Some(_) => format!("{} blocks", cell.n_candidate),
        None => format!("{} v {}", cell.n_baseline, cell.n_candidate),
    }
}

/// Why the verdict is inconclusive, and what became of runs that do not enter.
pub(super) fn notes(cell: &ComparedCell) -> Vec<String> {
    let mut notes: Vec<String> = cell.reason.iter().map(|reason| plain(reason)).collect();
    if cell.at_floor && cell.verdict == Verdict::Equivalent {
        let note = "at the transport floor: the clock saw too little of the disk for a change of the \
                    image's own to show";
        notes.push(note.to_owned());
    }
    for (whose, of) in [("baseline", &cell.baseline), ("candidate", &cell.candidate)] {
        let parts = [
            (of.failed, "failed"),
            (of.not_done, "not done"),
            (
                of.without_metric,
                if cell.metric.is_time() {
                    "ok without a time above 0"
                } else {
                    "ok without a value above 0"
                },
            ),
        ];
        let parts: Vec<_> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if !parts.is_empty() {
            notes.push(format!("of {} runs of the {whose} {}", of.planned, parts.join(", ")));
        }
    }
    if cell.incomplete_blocks > 0 {
        let count = cell.incomplete_blocks;
        let blocks = if count == 1 { "block" } else { "blocks" };
        notes.push(format!("{count} {blocks} left out: only one run of the pair can be used"));
    }
    notes
}

/// How p is adjusted.
pub(super) fn adjustment(comparison: &Comparison) -> &'static str {
    match comparison.policy.adjustment {
        Adjustment::Holm => "Holm",
        Adjustment::BenjaminiHochberg => "Benjamini-Hochberg",
    }
}

/// A ratio: three decimals round 1, never fewer than three digits.
pub(super) fn ratio(value: f64) -> String {
    match value {
        0.1..10.0 => format!("{value:.3}"),
        10.0..1000.0 => format!("{value:.1}"),
        0.001..0.1 => format!("{value:.5}"),
        _ => format!("{value:.2e}"),
    }
}

/// `[0.981, 1.012]`.
pub(super) fn interval(cell: &ComparedCell) -> Option<String> {
    cell.interval.map(|ends| format!("[{}, {}]", ratio(ends.low), ratio(ends.high)))
}

/// Two significant digits.
pub(super) fn p(p: f64) -> String {
    if p < 0.0001 {
        return format!("{p:.1e}");
    }
    let places = (1.0 - p.log10().floor()).clamp(1.0, 12.0) as usize;
    format!("{p:.places$}")
}

/// `5 %`, `95.9 %`.
pub(super) fn percent(fraction: f64) -> String {
    let text = format!("{:.1}", fraction * 100.0);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(
            [1e-5, 0.0123, 0.95, 1.0, 15.07, 120.4, 12345.6].map(ratio),
            ["1.00e-5", "0.01230", "0.950", "1.000", "15.1", "120.4", "1.23e4"]
        );
        assert_eq!([1.0, 0.048, 0.0087, 0.00001].map(p), ["1.0", "0.048", "0.0087", "1.0e-5"]);
        assert_eq!([0.05, 0.959, 0.9995].map(percent), ["5 %", "95.9 %", "100 %"]);
    }
}
