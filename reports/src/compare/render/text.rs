//! Plain text that survives a terminal and a mailing list: our own words are ASCII, and no line is
//! longer than 78 columns.

use super::{
    super::{ComparedCell, Comparison},
    words,
};
use crate::{paragraph::lines, plain::plain};

/// Columns of a line.
const WIDTH: usize = 78;

/// The whole text.
pub(super) fn text(comparison: &Comparison) -> String {
    let mut text = String::new();
    if let Some(banner) = &comparison.banner {
        let rule = "!".repeat(WIDTH);
        text += &format!("{rule}\n");
        push(&mut text, banner, "", "");
        text += &format!("{rule}\n\n");
    }
    push(&mut text, &words::title(comparison), "", "");
    text += "\n";
    for (label, side) in words::sides(comparison) {
        push(&mut text, &side, &format!("{label:<11}"), &" ".repeat(11));
    }
    text += "\n";
    push(&mut text, &words::tally(comparison), "", "");
    for of in &comparison.cells {
        text += "\n";
        cell(&mut text, comparison, of);
    }
    for (title, items) in words::lists(comparison) {
        section(&mut text, title, &items);
    }
    text
}

fn cell(text: &mut String, comparison: &Comparison, cell: &ComparedCell) {
    const INDENT: &str = "    ";
    let line =
        format!("{:<13} {}", words::verdict(comparison, cell), words::name(comparison, cell));
    push(text, &line, "", INDENT);
    let mut parts = Vec::new();
    if let Some(ratio) = cell.ratio {
        parts.push(format!("ratio {}", words::ratio(ratio)));
    }
    if let (Some(ends), Some(interval)) = (words::interval(cell), cell.interval) {
        parts.push(format!("{ends} at {} ({})", words::percent(interval.level), interval.method));
    }
    push(text, &parts.join(" "), INDENT, INDENT);
    let mut parts = Vec::new();
    match (cell.p, cell.p_method) {
        (Some(p), Some(method)) => parts.push(format!("p = {} ({method})", words::p(p))),
        _ if cell.ratio.is_some() => parts.push("p out of reach".to_owned()),
        _ => {}
    }
    parts.push(format!("n = {}", words::runs(comparison, cell)));
    if let Some(mde) = cell.mde {
        parts.push(format!("detectable {}", words::percent(mde - 1.0)));
    }
    push(text, &parts.join("; "), INDENT, INDENT);
    for note in words::notes(cell) {
        push(text, &note, "    - ", "      ");
    }
}

/// A title and its items; nothing without items.
fn section(text: &mut String, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    *text += &format!("\n{title}\n{}\n", "-".repeat(title.len()));
    for item in items {
        push(text, &plain(item), "- ", "  ");
    }
}

fn push(text: &mut String, words: &str, first: &str, others: &str) {
    if words.is_empty() {
        return;
    }
    // Lines are broken at spaces; a number stays with its sign.
    let words = words.replace(" %", "\u{a0}%").replace(" < ", "\u{a0}<\u{a0}");
    let options = lines(WIDTH).initial_indent(first).subsequent_indent(others);
    for line in textwrap::wrap(&words, options) {
        *text += &line.trim_end().replace('\u{a0}', " ");
        *text += "\n";
    }
}
