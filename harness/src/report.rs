//! `imgbench report --format`: takes the directory of an experiment, yields one rendering of it.
//!
//! Refuses what [`reports::record`] refuses, and a format that can hold no cell of the experiment.

use std::path::Path;

use reports::{
    export,
    record::Experiment,
    render::{self, eml::Letter},
    report::Report,
};

/// What a report is rendered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Plain text of 78 columns, as `report.txt`.
    Text,
    /// One page for a browser, as `report.html`.
    Html,
    /// Markdown for GitHub and GitLab, as `report.md`.
    Markdown,
    /// One object with every number unrounded.
    Json,
    /// A row a cell, as `summary.csv`.
    Csv,
    /// A message, as `report.eml`.
    Eml,
    /// The format of another program.
    Export(export::Format),
}

impl Format {
    /// Every format there is.
    pub fn all() -> impl Iterator<Item = Format> {
        let own =
            [Format::Text, Format::Html, Format::Markdown, Format::Json, Format::Csv, Format::Eml];
        own.into_iter().chain(export::Format::ALL.map(Format::Export))
    }

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Html => "html",
            Format::Markdown => "markdown",
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Eml => "eml",
            Format::Export(format) => format.as_str(),
        }
    }

    /// Whether people see in it that nothing was measured, and what makes it doubtful.
    fn is_for_people(self) -> bool {
        match self {
            Format::Text | Format::Html | Format::Markdown | Format::Eml => true,
            Format::Json | Format::Csv | Format::Export(_) => false,
        }
    }
}

/// A rendering, and what is to be said beside it.
#[derive(Debug)]
pub struct Rendered {
    /// The file.
    pub bytes: Vec<u8>,
    /// For standard error, a line each.
    pub said: Vec<String>,
}

/// Renders the experiment of a directory.
///
/// # Errors
/// The experiment cannot be read, or nothing of it can be rendered so.
pub fn rendered(directory: &Path, format: Format) -> anyhow::Result<Rendered> {
    let experiment = Experiment::load(directory)?;
    let report = Report::new(&experiment);
    let mut said: Vec<String> = warned(&experiment.warnings);
    if !format.is_for_people() {
        said.extend(report.banner.clone());
        said.extend(warned(&report.warnings));
    }
    let bytes = match format {
        Format::Text => render::text(&report).into_bytes(),
        Format::Html => render::html(&report)?.into_bytes(),
        Format::Markdown => render::markdown(&report).into_bytes(),
        Format::Json => render::json(&report).into_bytes(),
        Format::Csv => render::csv(&report)?.into_bytes(),
        Format::Eml => render::mail(directory, &report, &Letter::default())?,
        Format::Export(format) => {
            let export = export::export(&report, format)?;
            said.extend(export.left_out);
            export.text.into_bytes()
        }
    };
    Ok(Rendered { bytes, said })
}

pub(crate) fn warned(warnings: &[String]) -> Vec<String> {
    warnings.iter().map(|warning| format!("warning: {warning}")).collect()
}
