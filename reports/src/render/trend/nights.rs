//! The nights of the cells as compact JSON, for the readout: dates and versions are numbers of a list
//! that all cells share, and what stays the same for many nights is said once.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, PreEscaped, html};
use serde_json::json;

use crate::{
    plain::plain,
    trend::{CellTrend, Night, Subject, Trend},
};

/// What all cells share.
pub(super) struct Shared<'a> {
    dates: BTreeMap<&'a str, usize>,
    subjects: BTreeMap<&'a Subject, usize>,
}

impl<'a> Shared<'a> {
    /// Collects dates and versions.
    pub fn of(trend: &'a Trend) -> Self {
        let nights = || trend.cells.iter().flat_map(|cell| &cell.nights);
        let dates: BTreeSet<&str> = nights().map(|night| day(&night.date)).collect();
        let subjects: BTreeSet<&Subject> = nights().map(|night| &night.subject).collect();
        Shared {
            dates: dates.into_iter().zip(0..).collect(),
            subjects: subjects.into_iter().zip(0..).collect(),
        }
    }

    /// The lists, for the script.
    pub fn script(&self) -> Markup {
        let dates: Vec<String> = self.dates.keys().map(|date| plain(date)).collect();
        let subjects: Vec<String> = self.subjects.keys().map(|of| versions(of)).collect();
        data("shared", &json!({ "dates": dates, "subjects": subjects }).to_string())
    }
}

/// A night in a line; the script says the same of the one that is pointed at.
pub(super) fn words(cell: &CellTrend, night: &Night) -> String {
    let ratio = night.to_control.map(|of| format!("ratio to control {of:.3}"));
    let parts = [
        Some(format!("{}: {} {}", day(&night.date), value(night.median), cell.unit)),
        ratio,
        Some(format!("n={}", night.runs)),
        Some(versions(&night.subject)).filter(|of| !of.is_empty()),
        night.excluded.as_ref().map(|why| format!("excluded: {why}")),
    ];
    plain(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn versions(of: &Subject) -> String {
    let parts = [("QEMU", &of.qemu), ("kernel", &of.kernel), ("revision", &of.revision)];
    let known = parts.into_iter().filter(|(_, version)| !version.is_empty());
    let known: Vec<String> = known.map(|(what, of)| format!("{what} {of}")).collect();
    plain(&known.join(", "))
}

/// The nights of a cell, for the script.
pub(super) fn script(cell: &CellTrend, shared: &Shared<'_>) -> Markup {
    let date = |night: &Night| shared.dates.get(day(&night.date)).copied().unwrap_or_default();
    let subject = |night: &Night| shared.subjects.get(&night.subject).copied().unwrap_or_default();
    let excluded: BTreeMap<usize, String> = (0..)
        .zip(&cell.nights)
        .filter_map(|(at, night)| Some((at, plain(night.excluded.as_ref()?))))
        .collect();
    let listed =
        |text: fn(&Night) -> String| cell.nights.iter().map(text).collect::<Vec<_>>().join(",");
    let text = format!(
        r#"{{"unit":{},"dates":{},"subjects":{},"runs":{},"excluded":{},"medians":[{}],"ratios":[{}]}}"#,
        json!(plain(&cell.unit)),
        json!(stretches(cell.nights.iter().map(date), 1)),
        json!(stretches(cell.nights.iter().map(subject), 0)),
        json!(stretches(cell.nights.iter().map(|night| night.runs as usize), 0)),
        json!(excluded),
        listed(|night| value(night.median)),
        listed(|night| night.to_control.map_or("0".to_owned(), |of| format!("{of:.3}"))),
    );
    data("nights", &text)
}

/// Numbers that grow by `step` each time, as first number and length.
fn stretches(numbers: impl Iterator<Item = usize>, step: usize) -> Vec<[usize; 2]> {
    let mut found: Vec<[usize; 2]> = Vec::new();
    for number in numbers {
        match found.last_mut() {
            Some([first, length]) if *first + *length * step == number => *length += 1,
            _ => found.push([number, 1]),
        }
    }
    found
}

/// JSON that no text in it can end early; a browser does not run it.
fn data(class: &str, json: &str) -> Markup {
    let json = json.replace('<', "\\u003c");
    html! { script class=(class) type="application/json" { (PreEscaped(json)) } }
}

/// A value with 4 significant digits, as JSON takes it.
pub(super) fn value(value: f64) -> String {
    if !value.is_finite() {
        return "null".to_owned();
    }
    let digits = value.abs().log10().floor();
    let decimals = if digits.is_finite() { (3.0 - digits).clamp(0.0, 9.0) as usize } else { 0 };
    format!("{value:.decimals$}")
}

/// The day of a date.
pub(super) fn day(date: &str) -> &str {
    date.split_once('T').map_or(date, |(day, _)| day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_four_digits() {
        let texts = [11.3456, 0.0123456, 123_456.7, 0.0, f64::NAN].map(value);
        assert_eq!(texts, ["11.35", "0.01235", "123457", "0", "null"]);
    }

    #[test]
    fn what_stays_the_same_is_said_once() {
        assert_eq!(stretches([4, 5, 6, 9, 10].into_iter(), 1), [[4, 3], [9, 2]]);
        assert_eq!(stretches([6, 6, 5].into_iter(), 0), [[6, 2], [5, 1]]);
    }
}
