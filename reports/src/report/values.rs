//! The cells as a table of values: median, its interval and what that covers.

use super::{Table, Unit, Units, level, percent};
use crate::{plain::plain, ranking::Ranking, summary::Summary};

/// A row a cell, in the plan's order; letters only where there are any. The unit is in the title
/// where all cells share it; otherwise it is with each value.
pub(super) fn table(summaries: &[Summary], ranking: &Ranking, units: &Units) -> Table {
    let lettered = ranking.pairs.in_reach > 0;
    let shared = shared(summaries, units);
    let title =
        shared.map_or("median [interval]".to_owned(), |of| format!("median [interval] {of}"));
    let mut columns = vec!["n", title.trim_end(), "covers", "CV", "failed"];
    if lettered {
        columns.push("letters");
    }
    let mut table = Table::of_numbers("cell", &columns);
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    for (summary, standing) in summaries.iter().zip(&ranking.standings) {
        let unit = units.get(summary);
        let mut row = vec![plain(&summary.cell)];
        row.extend([
            summary.n().to_string(),
            or_dash(value(summary, &unit, shared.is_some())),
            or_dash(summary.interval().map(|of| level(of.level))),
            or_dash(summary.cv().map(percent)),
            summary.failed.to_string(),
        ]);
        if lettered {
            row.push(or_dash(standing.letters.clone()));
        }
        table.rows.push(row);
    }
    table
}

/// The unit of all cells, if they have one metric.
fn shared<'a>(summaries: &[Summary], units: &'a Units) -> Option<&'a str> {
    let first = summaries.first()?;
    let unit = units.name(first)?;
    let same = |of: &Summary| of.metric == first.metric && units.name(of) == Some(unit);
    summaries.iter().all(same).then_some(unit)
}

fn value(summary: &Summary, unit: &Unit, unit_in_title: bool) -> Option<String> {
    let median = unit.text(summary.median()?);
    let text = match summary.interval() {
        Some(of) => format!("{median} [{}, {}]", unit.text(of.low), unit.text(of.high)),
        None => median,
    };
    Some(if unit_in_title || unit.name.is_empty() { text } else { format!("{text} {}", unit.name) })
}
