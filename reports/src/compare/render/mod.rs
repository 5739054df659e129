//! A [`Comparison`] as text, Markdown, JSON or CSV: one renderer a file, each a pure function that
//! prints what is there and computes nothing.

mod csv;
mod json;
mod markdown;
mod row;
mod text;
mod words;

use std::{fmt, str::FromStr};

use super::Comparison;

/// What a comparison is rendered to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Plain text of 78 columns.
    #[default]
    Text,
    /// GitHub's Markdown.
    Markdown,
    /// One object; what does not exist is `null`.
    Json,
    /// One row a cell; what does not exist is empty.
    Csv,
}

impl Format {
    /// Every format there is.
    pub const ALL: [Format; 4] = [Format::Text, Format::Markdown, Format::Json, Format::Csv];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Markdown => "markdown",
            Format::Json => "json",
            Format::Csv => "csv",
        }
    }

    /// Whether banner and warnings are in what people see of it: nobody reads those in JSON and
    /// CSV, so they must be said elsewhere too.
    pub fn is_for_people(self) -> bool {
        matches!(self, Format::Text | Format::Markdown)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let permitted = || Format::ALL.map(Format::as_str).join(", ");
        let found = Format::ALL.into_iter().find(|format| format.as_str() == text);
        found.ok_or_else(|| format!("no such format; permitted are {}", permitted()))
    }
}

/// Renders a comparison; the text ends with a line feed.
pub fn render(comparison: &Comparison, format: Format) -> String {
    match format {
        Format::Text => text::text(comparison),
        Format::Markdown => markdown::markdown(comparison),
        Format::Json => json::json(comparison),
        Format::Csv => csv::csv(comparison),
    }
}
