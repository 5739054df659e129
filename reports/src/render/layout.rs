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
        let mut comment = false;
        for word in shell_words(command) {
            let begins = word == "#" && !comment;
            let full = line.width() + 1 + word.width() + 2 > self.width;
            // No backslash goes on in a comment: it has lines of its own, each with its mark.
            if begins || (comment && full) {
                lines.push(std::mem::replace(&mut line, String::from("    #")));
            } else if full && !line.trim().is_empty() {
                lines.push(format!("{line} \\"));
                line = String::from("       ");
            }
            comment |= begins;
            if !begins {
                line += &format!(" {word}");
            }
        }
        if !line.trim().is_empty() {
            lines.push(line);
        }
        lines
    }

    /// A table. Where it is too wide, titles of columns are broken at their spaces; and where that is
    /// not enough, the names in the first column, after a slash or a space and only then a hyphen.
    pub(super) fn table(self, table: &Table) -> String {
        let table = &fitted(table, self.width);
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

/// The table with titles and names broken as far as the width asks for it.
fn fitted(table: &Table, width: usize) -> Table {
    let mut fitted = table.clone();
    let mut room = room_for_names(&fitted, width);
    let names = || table.rows.iter().filter_map(|row| row.first());
    let longest = names().map(|name| name.width()).max().unwrap_or(0);
    if longest <= room {
        return fitted;
    }
    for column in &mut fitted.columns {
        column.title = column.title.replace(' ', "\n");
    }
    room = room_for_names(&fitted, width).max(1);
    // What has room beside its values stays on one line.
    for (at, column) in fitted.columns.iter_mut().enumerate() {
        let values = table.rows.iter().filter_map(|row| row.get(at));
        let widest = values.map(|value| value.width()).max().unwrap_or(0);
        if at == 0 || table.columns[at].title.width() <= widest {
            column.title = table.columns[at].title.clone();
        }
    }
    for row in &mut fitted.rows {
        if let Some(name) = row.first_mut() {
            *name = broken(name, room);
        }
    }
    fitted
}

/// Columns that the others leave to the first one; each has a space before it, and one between two.
fn room_for_names(table: &Table, width: usize) -> usize {
    let width_of = |(at, title): (usize, &str)| {
        let values = table.rows.iter().filter_map(|row| row.get(at)).map(|value| value.width());
        values.chain(title.lines().map(|line| line.width())).max().unwrap_or(0) + 2
    };
    let columns = table.columns.iter().map(|column| column.title.as_str()).enumerate();
    width.saturating_sub(1 + columns.skip(1).map(width_of).sum::<usize>())
}

/// A name in lines of at most so many columns, but for what has no place to break at.
fn broken(name: &str, room: usize) -> String {
    let mut lines = vec![String::new()];
    for part in name.split_inclusive(['/', ' ']) {
        let smaller = part.trim_end().width() > room;
        let pieces: Vec<&str> =
            if smaller { part.split_inclusive('-').collect() } else { vec![part] };
        for piece in pieces {
            let line = lines.last().map_or(0, |line| line.width());
            match lines.last_mut() {
                Some(last) if line == 0 || line + piece.trim_end().width() <= room => {
                    last.push_str(piece);
                }
                _ => lines.push(piece.to_owned()),
            }
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_broken_where_they_may_be() {
        assert_eq!(broken("metadata-qcow2/300M", 19), "metadata-qcow2/300M");
        assert_eq!(broken("metadata-qcow2/300M", 16), "metadata-qcow2/\n300M");
        assert_eq!(broken("metadata-qcow2/300M", 12), "metadata-\nqcow2/300M");
        assert_eq!(broken("a b c", 3), "a b\nc");
        assert_eq!(broken("nowhere", 3), "nowhere", "left to the table");
    }

    #[test]
    fn titles_give_way_before_names() {
        let mut table = Table::of_numbers("cell", &["ratio [interval]", "by chance", "adj. p"]);
        let row = ["metadata-qcow2/300M", "469.6 [328.3, 832.4]", "48 %", "-"];
        table.rows.push(row.map(str::to_owned).to_vec());
        let at = |width| Page { width }.table(&table);
        assert_eq!(
            at(64).lines().next(),
            Some(" cell                     ratio [interval]  by chance  adj. p")
        );
        assert_eq!(
            at(58),
            " cell                     ratio [interval]      by  adj.\n                                            chance     p\n--------------------------------------------------------\n metadata-qcow2/300M  469.6 [328.3, 832.4]    48 %     -\n"
        );
        assert_eq!(
            at(52),
            " cell                 ratio [interval]      by  adj.\n                                        chance     p\n----------------------------------------------------\n metadata-qcow2/  469.6 [328.3, 832.4]    48 %     -\n 300M\n"
        );
    }

    /// Pasted into a shell, nothing of a comment is run.
    #[test]
    fn a_comment_has_lines_of_its_own() {
        let lines = Page { width: 40 }.command(
            "qemu-img create -f qcow2 test.img 160M # -drive cache.direct=on,aio=native and more",
        );
        assert_eq!(
            lines,
            [
                "    qemu-img create -f qcow2 test.img \\",
                "        160M",
                "    # -drive",
                "    # cache.direct=on,aio=native and",
                "    # more",
            ]
        );
    }
}
