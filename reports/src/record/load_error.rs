//! Why a directory cannot be read as an experiment, in messages that say what to do next.

use std::{io, path::PathBuf};

/// Why a directory cannot be read as an experiment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The directory is not one of ours.
    #[error(
        "{}: no experiment.toml here; give the directory that `imgbench run` wrote",
        directory.display()
    )]
    NoExperiment {
        /// The directory.
        directory: PathBuf,
    },
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file is not text.
    #[error("{}:{line}: not UTF-8; restore the file from where it was copied", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
    /// The files are of a version that this one does not know.
    #[error(
        "{}: written by a newer imgbench: schema {found}, this one reads up to {}; \
         read it with that imgbench",
        path.display(),
        super::SCHEMA
    )]
    NewerSchema {
        /// `experiment.toml`.
        path: PathBuf,
        /// Its schema.
        found: u32,
    },
    /// `experiment.toml` is not what imgbench writes.
    #[error("{}:{line}: {message}", path.display())]
    Manifest {
        /// `experiment.toml`.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// `experiment.toml` contradicts itself.
    #[error("{}: {message}", path.display())]
    Plan {
        /// `experiment.toml`.
        path: PathBuf,
        /// What contradicts what.
        message: String,
    },
    /// A CSV file lacks a column that is needed.
    #[error(
        "{}:1: no column '{column}' in the header; is this a file that imgbench wrote?",
        path.display()
    )]
    MissingColumn {
        /// The CSV file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// A row of a CSV file holds what cannot be.
    #[error("{}:{line}: {message}", path.display())]
    Row {
        /// The CSV file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong, with column and value.
        message: String,
    },
}
