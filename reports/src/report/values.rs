//! The cells as a table of values: median, its interval and what that covers.

use super::{Decimals, Table, level, percent};
use crate::{plain::plain, ranking::Ranking, summary::Summary};

/// A row a cell, in the plan's order; letters only where there are any.
pub(super) fn table(summaries: &[Summary], ranking: &Ranking, decimals: Decimals) -> Table {
    let lettered = ranking.pairs.in_reach > 0;
    let mut columns = vec!["n", "median [interval] s", "covers", "CV", "failed"];
    if lettered {
        columns.push("letters");
    }
    let mut table = Table::of_numbers("cell", &columns);
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    for (summary, standing) in summaries.iter().zip(&ranking.standings) {
        let interval = summary.interval();
        let median = summary.median().map(|median| decimals.text(median));
        let value = match (median, interval) {
            (Some(median), Some(of)) => {
                Some(format!("{median} [{}, {}]", decimals.text(of.low), decimals.text(of.high)))
            }
            (median, _) => median,
        };
        let mut row = vec![
            plain(&summary.cell),
            summary.n().to_string(),
            or_dash(value),
            or_dash(interval.map(|of| level(of.level))),
            or_dash(summary.cv().map(percent)),
            summary.failed.to_string(),
        ];
        if lettered {
            row.push(or_dash(standing.letters.clone()));
        }
        table.rows.push(row);
    }
    table
}
