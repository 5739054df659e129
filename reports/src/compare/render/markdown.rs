//! GitHub's Markdown, as pasted into an issue: a table, then what does not fit into one. Whatever
//! comes from the files is escaped, so that a name can neither break the table nor become markup.

use super::{super::Comparison, words};
use crate::plain::plain;

/// The whole document.
pub(super) fn markdown(comparison: &Comparison) -> String {
    let mut text = String::new();
    if let Some(banner) = &comparison.banner {
        text += &format!("> **{}**\n\n", escape(banner));
    }
    text += &format!("**{}**\n\n", escape(&words::title(comparison)));
    for (label, side) in words::sides(comparison) {
        text += &format!("- {label}: {}\n", escape(&side));
    }
    text += &format!("\n{}\n\n", escape(&words::tally(comparison)));
    text += &table(comparison);
    let notes = comparison.cells.iter().flat_map(|cell| {
        let name = words::name(comparison, cell);
        words::notes(cell).into_iter().map(move |note| format!("{name}: {note}"))
    });
    section(&mut text, "Notes", &notes.collect::<Vec<_>>());
    for (title, items) in words::lists(comparison) {
        section(&mut text, title, &items);
    }
    text
}

fn table(comparison: &Comparison) -> String {
    let mut text = String::from(
        "| cell | verdict | ratio | interval | level | p | n | detectable |\n\
         | --- | --- | ---: | :---: | ---: | ---: | ---: | ---: |\n",
    );
    for cell in &comparison.cells {
        let columns = [
            Some(escape(&words::name(comparison, cell))),
            Some(escape(&words::verdict(comparison, cell))),
            cell.ratio.map(words::ratio),
            words::interval(cell),
            cell.interval.map(|ends| words::percent(ends.level)),
            cell.p.map(words::p),
            Some(words::runs(comparison, cell)),
            cell.mde.map(|mde| words::percent(mde - 1.0)),
        ];
        let columns = columns.map(|column| column.unwrap_or("-".to_owned()));
        text += &format!("| {} |\n", columns.join(" | "));
    }
    text
}

/// A title and its items; nothing without items.
fn section(text: &mut String, title: &str, items: &[String]) {
    let items: Vec<_> = items.iter().map(|item| format!("- {}\n", escape(item))).collect();
    if !items.is_empty() {
        *text += &format!("\n{title}:\n\n{}", items.concat());
    }
}

/// One line in which nothing is markup, and no address becomes a link.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in plain(text).chars() {
        if r"\`*_{}[]<>#|~&!$".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped.replace("://", r"\://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        assert_eq!(escape("a|b\n<i>`x`*_[y](z)"), r"a\|b\\n\<i\>\`x\`\*\_\[y\](z)");
        assert_eq!(escape("http://x: y"), r"http\://x: y");
        assert_eq!(escape("sparse-raw, 95.9 % (1.2)"), "sparse-raw, 95.9 % (1.2)");
    }
}
