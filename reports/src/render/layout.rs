//! Setting text: paragraphs, tables, lists and commands on a page of so many columns.
//!
//! No line is longer than the page, save for single words of a command or a name that are longer
//! themselves and would be ruined by a break.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, TableStyle};
use textwrap::WordSplitter;
use unicode_width::UnicodeWidthStr;

use crate::{
    paragraph::lines,
    report::{Case, Report, Table},
};

/// A page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// Columns of a line.
    pub(super) width: usize,
}

impl Page {
    /// The cells in the shape of the message of 2010.
    pub(super) fn cases(self, report: &Report) -> String {
        let mut text = String::new();
        if let Some(banner) = &report.banner {
            let rule = "!".repeat(self.width);
            text += &format!("{rule}\n");
            self.push_wrapped(&mut text, banner);
            text += &format!("{rule}\n\n");
        }
        let results = report.cases.iter().map(|case| case.result.width()).max().unwrap_or(0);
        let room = self.width - 1 - results.min(self.width / 2);
        let headings: Vec<_> = report.cases.iter().map(|case| heading(case, room)).collect();
        // 2010's column of numbers, moved right where a description is longer.
        let longest = headings.iter().flatten().map(|line| line.width()).max().unwrap_or(0);
        let end = (longest + 1 + results).max(61);
        for (case, heading) in report.cases.iter().zip(&headings) {
            let (last, before) =
                heading.split_last().map_or(("", &[][..]), |(l, b)| (l.as_str(), b));
            for line in before {
                text += &format!("{line}\n");
            }
            let gap = end.saturating_sub(last.width() + case.result.width()).max(1);
            text += &format!("{last}{}{}\n", " ".repeat(gap), case.result);
            for line in self.command(&case.command) {
                text += &format!("{line}\n");
            }
        }
        text
    }

    /// A command that can be pasted into a shell: broken only at spaces outside quotes, each line but
    /// the last with a backslash.
    pub(super) fn command(self, command: &str) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::from("   ");
        for word in shell_words(command) {
            if line.width() + 1 + word.width() + 2 > self.width && !line.trim().is_empty() {
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

    /// A table: only the columns of words give way when it is too wide.
    pub(super) fn table(self, table: &Table) -> String {
        let mut laid_out = comfy_table::Table::new();
        laid_out.load_style(
            TableStyle::new().header_separator(LineStyle::none().fill('-').junction('-')),
        );
        laid_out
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(self.width).unwrap_or(u16::MAX));
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

    pub(super) fn paragraphs(self, text: &mut String, paragraphs: &[String]) {
        for (at, paragraph) in paragraphs.iter().enumerate() {
            if at > 0 {
                *text += "\n";
            }
            self.push_wrapped(text, paragraph);
        }
    }

    pub(super) fn items(self, text: &mut String, items: &[String]) {
        for item in items {
            self.push(text, item, "- ", "  ");
        }
    }

    pub(super) fn push_wrapped(self, text: &mut String, words: &str) {
        self.push(text, words, "", "");
    }

    pub(super) fn push(self, text: &mut String, words: &str, first: &str, others: &str) {
        let options = lines(self.width).initial_indent(first).subsequent_indent(others);
        // No line begins with the unit of a number before it.
        let words = words.replace(" %", "\u{a0}%");
        for line in textwrap::wrap(&words, options) {
            *text += &line.trim_end().replace("\u{a0}%", " %");
            *text += "\n";
        }
    }
}

/// `1. A sparse raw file:`, in several lines if it must.
fn heading(case: &Case, room: usize) -> Vec<String> {
    let options = lines(room).subsequent_indent("   ").word_splitter(WordSplitter::HyphenSplitter);
    let line = format!("{}. {}:", case.number, case.description);
    textwrap::wrap(&line, options).into_iter().map(|line| line.into_owned()).collect()
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

/// A title and what stands under it.
pub(super) fn section(text: &mut String, title: &str, body: impl FnOnce(&mut String)) {
    *text += &format!("\n{title}\n{}\n", "-".repeat(title.len()));
    body(text);
}
