//! `report.txt`: plain text that survives a terminal and a mailing list.
//!
//! Our own words are ASCII, and no line is longer than 78 columns, save for single words of a
//! command or a name that are longer themselves and would be ruined by a break.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, TableStyle};
use textwrap::WordSplitter;
use unicode_width::UnicodeWidthStr;

use crate::{
    paragraph::lines,
    report::{Case, Report, Table},
};

/// Columns of a line.
const WIDTH: usize = 78;

/// The whole report.
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    let question = if report.question.is_empty() { "" } else { ": " };
    push_wrapped(&mut text, &format!("{}{question}{}", report.name, report.question));
    text += "\n";
    text += &cases(report);
    text += "\n";
    push_wrapped(&mut text, &report.measured);
    text += "\n";
    text += &table(&report.values);
    if !report.comparisons.table.rows.is_empty() {
        section(&mut text, "Compared with the control", |text| {
            *text += &table(&report.comparisons.table);
            *text += "\n";
            items(text, &report.comparisons.verdicts);
        });
    }
    section(&mut text, "What these numbers can say", |text| paragraphs(text, &report.reading));
    if !report.warnings.is_empty() {
        section(&mut text, "Warnings", |text| items(text, &report.warnings));
    }
    if !report.failures.is_empty() {
        section(&mut text, "Runs that failed", |text| items(text, &report.failures));
    }
    if !report.metrics.is_empty() {
        section(&mut text, "Other numbers (medians)", |text| {
            for (at, metrics) in report.metrics.iter().enumerate() {
                *text += if at > 0 { "\n" } else { "" };
                *text += &table(metrics);
            }
        });
    }
    if !report.disk.reading.is_empty() {
        section(&mut text, "The disk", |text| {
            for found in [&report.disk.table, &report.disk.bytes, &report.disk.clock] {
                if !found.rows.is_empty() {
                    *text += &table(found);
                    *text += "\n";
                }
            }
            paragraphs(text, &report.disk.reading);
        });
    }
    section(&mut text, "Setup", |text| {
        for (label, answer) in &report.setup {
            push(text, answer, &format!("{label:<13} "), &" ".repeat(14));
        }
    });
    if !report.time.sentence.is_empty() {
        section(&mut text, "Where the time went", |text| {
            push_wrapped(text, &report.time.sentence);
            *text += "\n";
            *text += &table(&report.time.table);
        });
    }
    text
}

/// What the command line prints at the end: the cells in the shape of the message of 2010, and the
/// statistics in two tables.
pub fn terminal_table(report: &Report) -> String {
    let mut text = cases(report);
    for statistics in [&report.values, &report.comparisons.table] {
        if !statistics.rows.is_empty() {
            text += "\n";
            text += &table(statistics);
        }
    }
    text
}

/// The cells in the shape of the message of 2010.
fn cases(report: &Report) -> String {
    let mut text = String::new();
    if let Some(banner) = &report.banner {
        let rule = "!".repeat(WIDTH);
        text += &format!("{rule}\n");
        push_wrapped(&mut text, banner);
        text += &format!("{rule}\n\n");
    }
    let results = report.cases.iter().map(|case| case.result.width()).max().unwrap_or(0);
    let room = WIDTH - 1 - results.min(WIDTH / 2);
    let headings: Vec<_> = report.cases.iter().map(|case| heading(case, room)).collect();
    // 2010's column of numbers, moved right where a description is longer.
    let longest = headings.iter().flatten().map(|line| line.width()).max().unwrap_or(0);
    let end = (longest + 1 + results).max(61);
    for (case, heading) in report.cases.iter().zip(&headings) {
        let (last, before) = heading.split_last().map_or(("", &[][..]), |(l, b)| (l.as_str(), b));
        for line in before {
            text += &format!("{line}\n");
        }
        let gap = end.saturating_sub(last.width() + case.result.width()).max(1);
        text += &format!("{last}{}{}\n", " ".repeat(gap), case.result);
        for line in command(&case.command) {
            text += &format!("{line}\n");
        }
    }
    text
}

/// `1. A sparse raw file:`, in several lines if it must.
fn heading(case: &Case, room: usize) -> Vec<String> {
    let options = lines(room).subsequent_indent("   ").word_splitter(WordSplitter::HyphenSplitter);
    let line = format!("{}. {}:", case.number, case.description);
    textwrap::wrap(&line, options).into_iter().map(|line| line.into_owned()).collect()
}

/// A command that can be pasted into a shell: broken only at spaces outside quotes, each line but
/// the last with a backslash.
fn command(command: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::from("   ");
    for word in shell_words(command) {
        if line.width() + 1 + word.width() + 2 > WIDTH && !line.trim().is_empty() {
            lines.push(format!("{line} \\"));
            line = String::from("       ");
        }
        line += &format!(" {word}");
    }
    if !line.trim().is_empty() {
        lines.push(line);
    }
    lines
}

/// The command cut at spaces that are outside quotes and not escaped.
fn shell_words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut escaped = false;
    for character in command.chars() {
        if character == ' ' && quote.is_none() && !escaped {
            words.push(String::new());
            continue;
        }
        match (character, quote) {
            ('\'' | '"', None) if !escaped => quote = Some(character),
            (_, Some(open)) if open == character && !escaped => quote = None,
            _ => {}
        }
        escaped = character == '\\' && !escaped && quote != Some('\'');
        if let Some(word) = words.last_mut() {
            word.push(character);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A table: only the columns of words give way when it is too wide.
fn table(table: &Table) -> String {
    let mut laid_out = comfy_table::Table::new();
    laid_out
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('-').junction('-')));
    laid_out.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH as u16);
    laid_out.set_header(table.columns.iter().map(|column| &column.title));
    laid_out.add_rows(&table.rows);
    for (column, laid_out) in table.columns.iter().zip(laid_out.column_iter_mut()) {
        laid_out.set_padding((1, 0));
        if column.numeric {
            laid_out.set_cell_alignment(CellAlignment::Right);
            laid_out.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    laid_out.trim_fmt() + "\n"
}

/// A title and what stands under it.
fn section(text: &mut String, title: &str, body: impl FnOnce(&mut String)) {
    *text += &format!("\n{title}\n{}\n", "-".repeat(title.len()));
    body(text);
}

fn paragraphs(text: &mut String, paragraphs: &[String]) {
    for (at, paragraph) in paragraphs.iter().enumerate() {
        if at > 0 {
            *text += "\n";
        }
        push_wrapped(text, paragraph);
    }
}

fn items(text: &mut String, items: &[String]) {
    for item in items {
        push(text, item, "- ", "  ");
    }
}

fn push_wrapped(text: &mut String, words: &str) {
    push(text, words, "", "");
}

fn push(text: &mut String, words: &str, first: &str, others: &str) {
    let options = lines(WIDTH).initial_indent(first).subsequent_indent(others);
    // No line begins with the unit of a number before it.
    let words = words.replace(" %", "\u{a0}%");
    for line in textwrap::wrap(&words, options) {
        *text += &line.trim_end().replace("\u{a0}%", " %");
        *text += "\n";
    }
}
