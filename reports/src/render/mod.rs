//! What an experiment's directory holds beside the records: one renderer a file, each a pure
//! function of the [`Report`], and [`write()`], which puts them all in place.

pub mod calibration;
mod layout;
mod text;

pub use text::{terminal_table, text};

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{plot, report::Report, summary, whole_file};

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A file cannot be written.
    #[error("{}: cannot write: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A plot cannot be drawn.
    #[error("{}: cannot draw: {source}", path.display())]
    Draw {
        /// The file.
        path: PathBuf,
        /// Why.
        source: plot::DrawError,
    },
}

/// Renders everything that is derived from an experiment's records into a directory, and answers
/// with the files. Each is replaced in one step, so that a reader never sees half of one.
///
/// # Errors
/// The directory cannot be written; files that came before the one named are new, the others as
/// they were.
pub fn write(directory: &Path, report: &Report) -> Result<Vec<PathBuf>, WriteError> {
    let plots = directory.join("plots");
    std::fs::create_dir_all(&plots)
        .map_err(|source| WriteError::Write { path: plots.clone(), source })?;
    let mut written = Vec::new();
    let mut put = |path: PathBuf, bytes: &[u8]| match whole_file::write(&path, bytes) {
        Ok(()) => {
            written.push(path);
            Ok(())
        }
        Err(source) => Err(WriteError::Write { path, source }),
    };

    put(directory.join("report.txt"), text(report).as_bytes())?;
    let path = directory.join("summary.csv");
    let csv = summary::to_csv(&report.summaries, &report.ranking).map_err(|failed| {
        WriteError::Write { path: path.clone(), source: io::Error::other(failed) }
    })?;
    put(path, csv.as_bytes())?;

    for figure in &report.figures {
        let drawing = figure.draw();
        for (extension, painter) in plot::FORMATS {
            let path = plots.join(format!("{}.{extension}", figure.name()));
            let bytes = painter(&drawing)
                .map_err(|source| WriteError::Draw { path: path.clone(), source })?;
            put(path, &bytes)?;
        }
    }
    remove_old(&plots, report)?;
    Ok(written)
}

/// Removes the figures of another rendering that were not made again: they would mislead.
fn remove_old(plots: &Path, report: &Report) -> Result<(), WriteError> {
    let made = |name: &&str| report.figures.iter().any(|figure| figure.name() == *name);
    for name in plot::Figure::NAMES.iter().filter(|name| !made(name)) {
        for (extension, _) in plot::FORMATS {
            let path = plots.join(format!("{name}.{extension}"));
            match std::fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(WriteError::Write { path, source });
                }
                _ => {}
            }
        }
    }
    Ok(())
}
