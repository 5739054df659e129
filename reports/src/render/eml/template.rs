//! The text of a message in its author's order: words of the author, and placeholders for the parts
//! of the report.

/// A part of the report that a template names in braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Question,
    Headline,
    Table,
    Verdicts,
    Limits,
    Disk,
    Setup,
    Reproduce,
    Attachments,
    Config,
}

impl Part {
    const ALL: [Part; 10] = [
        Part::Question,
        Part::Headline,
        Part::Table,
        Part::Verdicts,
        Part::Limits,
        Part::Disk,
        Part::Setup,
        Part::Reproduce,
        Part::Attachments,
        Part::Config,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Part::Question => "question",
            Part::Headline => "headline",
            Part::Table => "table",
            Part::Verdicts => "verdicts",
            Part::Limits => "limits",
            Part::Disk => "disk",
            Part::Setup => "setup",
            Part::Reproduce => "reproduce",
            Part::Attachments => "attachments",
            Part::Config => "config",
        }
    }
}

/// A text with placeholders such as `{table}`; `{{` and `}}` are braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Words(String),
    Part(Part),
}

/// A placeholder that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line}: {found} is no placeholder; permitted are {}; a brace is written twice",
    Part::ALL.map(|part| format!("{{{}}}", part.as_str())).join(", ")
)]
pub struct UnknownPlaceholder {
    /// Line of the template, from 1.
    pub line: usize,
    /// What stands there.
    pub found: String,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// A brace opens or closes what is no placeholder.
    pub fn parse(text: &str) -> Result<Self, UnknownPlaceholder> {
        let mut pieces = Vec::new();
        let mut words = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            words += &rest[..at];
            let here = &rest[at..];
            if let Some(after) = here.strip_prefix("{{").or_else(|| here.strip_prefix("}}")) {
                words.push_str(&here[..1]);
                rest = after;
                continue;
            }
            let line = text[..text.len() - here.len()].matches('\n').count() + 1;
            let end = here.find(['}', '\n']).unwrap_or(here.len());
            let part = here.strip_prefix('{').and_then(|named| {
                let name = named.get(..end.checked_sub(1)?)?;
                let closed = here[end..].starts_with('}');
                Part::ALL.into_iter().find(|part| closed && part.as_str() == name)
            });
            let Some(part) = part else {
                let end =
                    here[end..].chars().next().filter(|&of| of == '}').map_or(end, |_| end + 1);
                return Err(UnknownPlaceholder { line, found: here[..end].to_owned() });
            };
            pieces.push(Piece::Words(std::mem::take(&mut words)));
            pieces.push(Piece::Part(part));
            rest = &here[end + 1..];
        }
        pieces.push(Piece::Words(words + rest));
        Ok(Template(pieces))
    }

    /// The text with each placeholder replaced. A part ends as a line does, so the line feed after
    /// the placeholder is the template's.
    pub(super) fn filled(&self, part: impl Fn(Part) -> String) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Words(words) => text += words,
                Piece::Part(of) => text += part(*of).trim_end_matches('\n'),
            }
        }
        text.trim_end().to_owned() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_and_doubled_braces_are_braces() {
        let template = Template::parse("Hi {{you}},\n\n{table}\nand {setup}.\n\n").expect("valid");
        let filled = template.filled(|part| format!("<{}>\n", part.as_str()));
        assert_eq!(filled, "Hi {you},\n\n<table>\nand <setup>.\n");
        assert_eq!(Template::parse("").expect("valid").filled(|_| String::new()), "\n");
    }

    #[test]
    fn what_is_no_placeholder_is_named_with_what_is() {
        let refused = |text: &str| Template::parse(text).expect_err("refused").to_string();
        insta::assert_snapshot!(refused("a\n\n{tabel}"), @"line 3: {tabel} is no placeholder; permitted are {question}, {headline}, {table}, {verdicts}, {limits}, {disk}, {setup}, {reproduce}, {attachments}, {config}; a brace is written twice");
        for (text, start) in [
            ("{table", "line 1: {table is no"),
            ("x }", "line 1: } is no"),
            ("{\n}", "line 1: { is no"),
            ("{ä}", "line 1: {ä} is no"),
            ("{}", "line 1: {} is no"),
        ] {
            assert!(refused(text).starts_with(start), "{}", refused(text));
        }
    }
}
