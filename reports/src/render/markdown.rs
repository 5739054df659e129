//! `report.md`: Markdown as GitHub and GitLab show it in an issue or a merge request.
//!
//! Whatever comes from the files is escaped: a name can neither break a table, nor become markup, nor
//! call anybody, nor link an issue. The pictures are those beside it, `plots/*.png`.

use crate::{
    plain::plain,
    report::{Report, Table},
};

/// The whole document.
pub fn markdown(report: &Report) -> String {
    let mut text = format!("## {}\n\n", escape(&report.mail.question));
    if let Some(banner) = &report.banner {
        text += &format!("> **{}**\n\n", escape(banner));
    }
    text += &format!("**{}**\n\n", escape(&report.mail.headline));
    for warning in &report.warnings {
        text += &format!("> **Warning:** {}\n\n", escape(warning));
    }
    text += &cases(report);
    text += &format!("\n{}\n\n{}", escape(&report.measured), table(&report.values));
    if !report.comparisons.table.rows.is_empty() {
        text += &format!("\n### {}\n\n", report.comparisons.title);
        text += &table(&report.comparisons.table);
        text += &list(&report.comparisons.verdicts);
    }
    text += "\n### What these numbers can say\n";
    text += &paragraphs(&report.reading);
    if !report.failures.is_empty() {
        text += "\n### Runs that failed\n";
        text += &list(&report.failures);
    }
    for (name, title) in super::figures(report) {
        text += &format!("\n![{}](plots/{name}.png)\n", escape(title));
    }
    if !report.disk.reading.is_empty() {
        let found = [&report.disk.table, &report.disk.bytes, &report.disk.clock];
        let shown = tables(found.into_iter().filter(|table| !table.rows.is_empty()));
        text += &details("The disk", &(shown + &paragraphs(&report.disk.reading)));
    }
    if !report.metrics.is_empty() {
        text += &details("Other numbers (medians)", &tables(&report.metrics));
    }
    text += &details("Setup", &answers(&report.mail.setup));
    text += &details("How to reproduce", &answers(&report.mail.reproduce));
    text += &details("Config", &fenced(&report.origin.config, "toml"));
    if !report.time.sentence.is_empty() {
        let time = format!("{}\n\n{}", escape(&report.time.sentence), table(&report.time.table));
        text += &details("Where the time went", &time);
    }
    text
}

/// The cells as the message of 2010 showed them, with the command of each.
fn cases(report: &Report) -> String {
    let mut text = String::from("| | image | median | made by |\n| ---: | --- | ---: | --- |\n");
    for case in &report.cases {
        text += &format!(
            "| {} | {} | {} | {} |\n",
            case.number,
            escape(&case.description),
            escape(&case.result),
            code(&case.command)
        );
    }
    text
}

fn table(table: &Table) -> String {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = row(table.columns.iter().map(|column| escape(&column.title)).collect());
    let rule = |numeric| if numeric { "---:" } else { "---" }.to_owned();
    text += &row(table.columns.iter().map(|column| rule(column.numeric)).collect());
    for cells in &table.rows {
        text += &row(cells.iter().map(|cell| escape(cell)).collect());
    }
    text
}

/// One table below the other.
fn tables<'a>(all: impl IntoIterator<Item = &'a Table>) -> String {
    all.into_iter().map(|one| format!("\n{}", table(one))).collect()
}

fn answers(answers: &[(String, String)]) -> String {
    let mut text = String::from("| | |\n| --- | --- |\n");
    for (label, answer) in answers {
        text += &format!("| {} | {} |\n", escape(label), escape(answer));
    }
    text
}

fn list(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| format!("- {}\n", escape(item))).collect();
    format!("\n{}", items.concat())
}

fn paragraphs(paragraphs: &[String]) -> String {
    paragraphs.iter().map(|paragraph| format!("\n{}\n", escape(paragraph))).collect()
}

/// What is shown when asked for. The empty lines are what makes its inside Markdown.
fn details(summary: &str, inside: &str) -> String {
    let inside = inside.trim_start_matches('\n').trim_end();
    format!("\n<details>\n<summary>{summary}</summary>\n\n{inside}\n\n</details>\n")
}

/// A block of several lines that is shown as it is.
fn fenced(block: &str, language: &str) -> String {
    let fence = "`".repeat(longest_run(block).max(2) + 1);
    let mut text = format!("{fence}{language}\n");
    for line in block.lines() {
        let safe: Vec<String> = line.split('\t').map(plain).collect();
        text += &format!("{}\n", safe.join("\t"));
    }
    text + &fence
}

/// A command on one line of a table, shown as it is.
fn code(command: &str) -> String {
    if command.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(command) + 1);
    // A space on both sides is not shown, and keeps a backtick from the fence.
    let space = if command.contains('`') { " " } else { "" };
    format!("{fence}{space}{}{space}{fence}", plain(command).replace('|', r"\|"))
}

/// Length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|of| of != '`').map(str::len).max().unwrap_or(0)
}

/// One line in which nothing is markup, and nothing becomes a link.
fn escape(text: &str) -> String {
    let text = plain(text);
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut number = true;
    while let Some(character) = rest.next() {
        let first = escaped.is_empty();
        // At the start of a line "-", "+" and "1." begin a list.
        let ends_word = rest.peek().is_none_or(|next| *next == ' ');
        let begins_list = (first && "-+".contains(character))
            || (number && !first && ends_word && ".)".contains(character));
        number &= character.is_ascii_digit();
        if begins_list || r"\`*_{}[]<>#|~&!$".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
        // References are found after Markdown was read, so that a backslash does not stop them.
        let named = rest.peek().is_some_and(|next| next.is_alphanumeric() || *next == '"');
        if named && "@#!~%$&".contains(character) {
            escaped += "<!-- -->";
        }
    }
    escaped.replace("://", r"\://").replace("www.", "www<!-- -->.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        assert_eq!(escape("a|b\n<i>`x`*_[y](z)"), r"a\|b\\n\<i\>\`x\`\*\_\[y\](z)");
        assert_eq!(escape("sparse-raw, 95.9 % (1.2)"), "sparse-raw, 95.9 % (1.2)");
        assert_eq!(escape("1. one"), r"1\. one");
        assert_eq!(escape("15.3 seconds"), "15.3 seconds");
        assert_eq!(escape("- one"), r"\- one");
    }

    #[test]
    fn nobody_is_called_and_nothing_linked() {
        assert_eq!(
            escape("@user #123 !4 ~bug"),
            r"@<!-- -->user \#<!-- -->123 \!<!-- -->4 \~<!-- -->bug"
        );
        assert_eq!(escape("http://x: www.y"), r"http\://x: www<!-- -->.y");
    }

    #[test]
    fn commands_and_configs_are_shown_as_they_are() {
        assert_eq!(code("a | b"), r"`a \| b`");
        assert_eq!(code("a `b`"), "`` a `b` ``");
        assert_eq!(code(""), "");
        assert_eq!(fenced("x = 1\n```\n", "toml"), "````toml\nx = 1\n```\n````");
    }
}
