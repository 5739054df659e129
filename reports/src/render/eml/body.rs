//! The text of a message: the report's sections in the order in which a list asks for them.

use super::{Attachment, Template, template::Part};
use crate::{
    render::layout::{Page, section},
    report::Report,
};

/// A message's lines have 72 columns, so that they can be quoted twice without a break.
const PAGE: Page = Page { width: 72 };

/// The whole text.
pub(super) fn body(
    report: &Report,
    template: Option<&Template>,
    attached: &[Attachment],
    left_out: &[(String, usize)],
) -> String {
    let part = |part: Part| match part {
        Part::Question => paragraph(&report.mail.question),
        Part::Headline => paragraph(&report.mail.headline),
        Part::Table => tables(report),
        Part::Verdicts => items(&report.mail.verdicts),
        Part::Limits => limits(report),
        Part::Disk => disk(report),
        Part::Setup => answers(&report.mail.setup),
        Part::Reproduce => answers(&report.mail.reproduce),
        Part::Attachments => attachments(report, attached, left_out),
        Part::Config => report.origin.config.clone(),
    };
    if let Some(template) = template {
        return template.filled(part);
    }
    let mut text = String::new();
    for opening in [Part::Question, Part::Headline, Part::Table] {
        if !text.is_empty() {
            text += "\n";
        }
        text += &part(opening);
    }
    for (title, of) in [
        ("Verdicts", Part::Verdicts),
        ("What cannot be concluded", Part::Limits),
        ("The disk", Part::Disk),
        ("Setup", Part::Setup),
        ("How to reproduce", Part::Reproduce),
        ("Attached", Part::Attachments),
    ] {
        let words = part(of);
        if !words.is_empty() {
            section(&mut text, title, |text| *text += &words);
        }
    }
    text
}

/// The cells in the shape of the message of 2010, their values, and how they compare.
fn tables(report: &Report) -> String {
    let mut text = PAGE.cases(report);
    text += "\n";
    PAGE.push_wrapped(&mut text, &report.measured);
    for table in [&report.values, &report.mail.comparisons] {
        if !table.rows.is_empty() {
            text += "\n";
            text += &PAGE.table(table);
        }
    }
    text
}

fn limits(report: &Report) -> String {
    let mut text = String::new();
    PAGE.paragraphs(&mut text, &report.mail.limits);
    for more in [&report.warnings, &report.failures] {
        if !more.is_empty() {
            text += "\n";
            PAGE.items(&mut text, more);
        }
    }
    text
}

fn disk(report: &Report) -> String {
    let mut text = String::new();
    for found in [&report.disk.table, &report.disk.bytes, &report.disk.clock] {
        if !found.rows.is_empty() {
            text += &PAGE.table(found);
            text += "\n";
        }
    }
    PAGE.paragraphs(&mut text, &report.disk.reading);
    text
}

fn attachments(report: &Report, attached: &[Attachment], left_out: &[(String, usize)]) -> String {
    let names = attached.iter().map(|file| file.name.as_str()).collect::<Vec<_>>();
    let mut text = paragraph(&report.mail.attached(&names));
    text += &items(&report.mail.left_out(left_out));
    text
}

fn answers(answers: &[(String, String)]) -> String {
    let mut text = String::new();
    for (label, answer) in answers {
        PAGE.push(&mut text, answer, &format!("{label}: "), "    ");
    }
    text
}

fn items(items: &[String]) -> String {
    let mut text = String::new();
    PAGE.items(&mut text, items);
    text
}

fn paragraph(words: &str) -> String {
    let mut text = String::new();
    if !words.is_empty() {
        PAGE.push_wrapped(&mut text, words);
    }
    text
}
