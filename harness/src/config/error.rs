//! One clear message for anything wrong in a config.

use std::{cell::RefCell, io::IsTerminal, ops::Range, path::Path, sync::Arc};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, NamedSource, SourceSpan};

/// What is wrong, where, and what to do about it.
#[derive(Debug, Diagnostic, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    message: String,
    #[source_code]
    source_code: Option<Arc<NamedSource<String>>>,
    #[label("here")]
    span: Option<SourceSpan>,
    #[help]
    help: String,
}

/// Reads a file that a config names.
pub(super) type Attached<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// A config's text while it is checked.
pub struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    /// Reads a file that the config names.
    pub(super) read: Attached<'a>,
    /// What was read so, by name.
    pub(super) attachments: RefCell<Vec<(String, String)>>,
}

impl Source<'_> {
    /// The text of a file that the config names.
    pub(crate) fn attached(&self, name: &str) -> Result<String, String> {
        let text = (self.read)(name)?;
        self.attachments.borrow_mut().push((name.to_owned(), text.clone()));
        Ok(text)
    }

    /// An error at a place of the text: what is wrong, and what is permitted or to be done.
    pub(crate) fn error(&self, span: Range<usize>, wrong: &str, help: &str) -> ConfigError {
        let (line, column) = self.place(span.start);
        ConfigError {
            message: format!("{}:{line}:{column}: {wrong}", self.file),
            source_code: Some(Arc::new(NamedSource::new(self.file, self.text.to_owned()))),
            span: Some(span.into()),
            help: help.to_owned(),
        }
    }

    /// A value that is none of the permitted ones.
    pub(crate) fn not_permitted<'b>(
        &self,
        span: Range<usize>,
        wrong: &str,
        permitted: impl IntoIterator<Item = &'b str>,
    ) -> ConfigError {
        let permitted: Vec<_> = permitted.into_iter().collect();
        self.error(span, wrong, &format!("permitted: {}", permitted.join(", ")))
    }

    /// What the TOML reader refuses: syntax, types, unknown and missing keys.
    pub(super) fn toml_error(&self, error: &toml::de::Error) -> ConfigError {
        self.toml_error_in(error, 0..0)
    }

    /// The same of a table that is read apart; what has no place of its own is in that table.
    pub(super) fn toml_error_in(
        &self,
        error: &toml::de::Error,
        table: Range<usize>,
    ) -> ConfigError {
        let said = error
            .message()
            .replace("field", "key")
            .replace("u32", "a whole number from 0 to 4294967295");
        let said = said.replace("u64", "a whole number from 0 to 18446744073709551615");
        let help = match said.as_str() {
            said if said.starts_with("unknown key") => "remove the key, or correct its name",
            said if said.starts_with("missing key") => {
                "add the key; configs/default.toml is an example"
            }
            _ => "correct the value; configs/default.toml is an example",
        };
        // A missing key has no place of its own: the table that lacks it is marked by its first
        // line, or the file by its first character.
        self.error_at_line(error.span().unwrap_or(table), said.trim_end(), help)
    }

    /// An error about a table, which is marked by its first line.
    pub(super) fn error_at_line(&self, span: Range<usize>, wrong: &str, help: &str) -> ConfigError {
        let first_line = self.text[span.clone()].find('\n').map_or(span.end, |at| span.start + at);
        self.error(span.start..first_line, wrong, help)
    }

    /// Line and column of a byte, both from 1, the column in characters.
    fn place(&self, byte: usize) -> (usize, usize) {
        let before = &self.text[..byte];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

impl ConfigError {
    /// The message with the lines of the file that it is about.
    #[must_use]
    pub fn render(&self) -> String {
        let theme = match std::io::stderr().is_terminal() {
            true => GraphicalTheme::unicode(),
            false => GraphicalTheme::none(),
        };
        let mut text = String::new();
        let handler = GraphicalReportHandler::new_themed(theme).with_width(100);
        match handler.render_report(&mut text, self) {
            // The handler's own mark of severity is a symbol; ours is a word.
            Ok(()) => format!("error: {}", text.trim().trim_start_matches(['x', '×']).trim_start()),
            Err(_) => format!("error: {self}\n{}", self.help),
        }
    }

    /// The file as a whole cannot be used.
    pub(super) fn unreadable(path: &Path, why: &str) -> ConfigError {
        ConfigError {
            message: format!("{}: {why}", path.display()),
            source_code: None,
            span: None,
            help: "name a config file; configs/default.toml is an example".to_owned(),
        }
    }
}
