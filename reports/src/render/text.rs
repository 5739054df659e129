//! `report.txt`: plain text that survives a terminal and a mailing list.
//!
//! Our own words are ASCII, and no line is longer than 78 columns, save for single words of a
//! command or a name that are longer themselves and would be ruined by a break.

use super::layout::{Page, section};
use crate::report::Report;

/// The page that all of it is set on.
const PAGE: Page = Page { width: 78 };

/// The whole report.
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    let question = if report.question.is_empty() { "" } else { ": " };
    PAGE.push_wrapped(&mut text, &format!("{}{question}{}", report.name, report.question));
    text += "\n";
    text += &PAGE.cases(report);
    text += "\n";
    PAGE.push_wrapped(&mut text, &report.measured);
    text += "\n";
    text += &PAGE.table(&report.values);
    if !report.comparisons.table.rows.is_empty() {
        section(&mut text, report.comparisons.title, |text| {
            *text += &PAGE.table(&report.comparisons.table);
            *text += "\n";
            PAGE.items(text, &report.comparisons.verdicts);
        });
    }
    section(&mut text, "What these numbers can say", |text| PAGE.paragraphs(text, &report.reading));
    if !report.warnings.is_empty() {
        section(&mut text, "Warnings", |text| PAGE.items(text, &report.warnings));
    }
    if !report.failures.is_empty() {
        section(&mut text, "Runs that failed", |text| PAGE.items(text, &report.failures));
    }
    if !report.metrics.is_empty() {
        section(&mut text, "Other numbers (medians)", |text| {
            for (at, metrics) in report.metrics.iter().enumerate() {
                *text += if at > 0 { "\n" } else { "" };
                *text += &PAGE.table(metrics);
            }
        });
    }
    if !report.disk.reading.is_empty() {
        section(&mut text, "The disk", |text| {
            for found in [&report.disk.table, &report.disk.bytes, &report.disk.clock] {
                if !found.rows.is_empty() {
                    *text += &PAGE.table(found);
                    *text += "\n";
                }
            }
            PAGE.paragraphs(text, &report.disk.reading);
        });
    }
    section(&mut text, "Setup", |text| {
        for (label, answer) in &report.setup {
            PAGE.push(text, answer, &format!("{label:<13} "), &" ".repeat(14));
        }
    });
    if !report.time.sentence.is_empty() {
        section(&mut text, "Where the time went", |text| {
            PAGE.push_wrapped(text, &report.time.sentence);
            *text += "\n";
            *text += &PAGE.table(&report.time.table);
        });
    }
    text
}

/// What the command line prints at the end: the cells in the shape of the message of 2010, and the
/// statistics in two tables.
pub fn terminal_table(report: &Report) -> String {
    let mut text = PAGE.cases(report);
    for statistics in [&report.values, &report.comparisons.table] {
        if !statistics.rows.is_empty() {
            text += "\n";
            text += &PAGE.table(statistics);
        }
    }
    text
}
