//! Why the history cannot be used, in messages that say what to do next. Targets are named without
//! their passwords.

use std::io;

/// Why the history cannot be opened, read or written. After an error the history is as it was, and
/// the experiment's own files are untouched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// Neither a file nor a URL of PostgreSQL.
    #[error(
        "--history {target}: {why}; permitted are a file, such as results/history.db, and \
         postgres://USER@HOST/DATABASE"
    )]
    Target {
        /// What was given.
        target: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is nothing to read yet.
    #[error("{target}: no history here yet; begin one with `imgbench history import DIR`")]
    Missing {
        /// The database.
        target: String,
    },
    /// The file is no SQLite database.
    #[error("{target}: not an SQLite database; give another file with --history")]
    NotADatabase {
        /// The file.
        target: String,
    },
    /// The file was one of ours and is not whole any more.
    #[error(
        "{target}: damaged: {why}; nothing was written to it; the experiments' own files are not in it: \
         put a copy in its place, or move it away and import them again"
    )]
    Damaged {
        /// The file.
        target: String,
        /// What SQLite says.
        why: String,
    },
    /// The database belongs to something else.
    #[error(
        "{target}: not a history of imgbench: {found}; nothing was changed; give another database \
         with --history"
    )]
    NotOurs {
        /// The database.
        target: String,
        /// What is there instead.
        found: String,
    },
    /// The tables are of a version that this one does not know.
    #[error(
        "{target}: written by a newer imgbench: schema {found}, this one knows up to {known}; use \
         that imgbench"
    )]
    Newer {
        /// The database.
        target: String,
        /// Its schema.
        found: i64,
        /// The newest schema that is known here.
        known: i64,
    },
    /// The tables are of an older version, and this access may not change them.
    #[error(
        "{target}: written by an older imgbench: schema {found}, this one reads {known}; the next \
         `imgbench history import DIR` brings it up to date"
    )]
    Older {
        /// The database.
        target: String,
        /// Its schema.
        found: i64,
        /// The schema that is read here.
        known: i64,
    },
    /// May not be written.
    #[error("{target}: may be read but not written; nothing was changed; check its permissions")]
    ReadOnly {
        /// The database.
        target: String,
    },
    /// No room.
    #[error(
        "{target}: the disk is full; the history is as it was and the experiment's files are \
         untouched; make room and import it again"
    )]
    Full {
        /// The database.
        target: String,
    },
    /// Another writer does not end.
    #[error("{target}: another process has been writing for a minute; try again when it has ended")]
    Busy {
        /// The database.
        target: String,
    },
    /// No connection to PostgreSQL.
    #[error(
        "{target}: cannot connect: {why}; is the server running? Experiments keep their own files: \
         import them when it is"
    )]
    Unreachable {
        /// The database.
        target: String,
        /// What the client says.
        why: String,
    },
    /// The connection to PostgreSQL ended.
    #[error(
        "{target}: the connection was lost: {why}; what was being imported is not in the history: \
         import it again"
    )]
    Lost {
        /// The database.
        target: String,
        /// What the client says.
        why: String,
    },
    /// Anything else that the database refuses.
    #[error("{target}: {why}; nothing was changed")]
    Database {
        /// The database.
        target: String,
        /// What the database says.
        why: String,
    },
    /// The experiment does not say when it was.
    #[error(
        "{directory}: experiment.toml, key 'started': {value:?}: a time in UTC such as \
         2026-11-23T20:00:00Z is permitted; restore the file from where it was copied"
    )]
    Started {
        /// The directory of the experiment.
        directory: String,
        /// What it says.
        value: String,
    },
    /// Two different experiments claim to be one.
    #[error(
        "{directory}: experiment {id} is in the history with other values and as many runs; one of \
         the two was changed after it was measured; the history was left as it was"
    )]
    Differs {
        /// The directory of the experiment.
        directory: String,
        /// Its identity, the first digits.
        id: String,
    },
    /// A pattern of cells or environments.
    #[error("'{pattern}' is not a glob: {why}; an example is '*-qcow2'")]
    Glob {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// A night that is not there.
    #[error(
        "--night '{night}': {why}; permitted are a date such as 2026-11-23, and an experiment's id or \
         the first 8 digits of it or more, as `imgbench history list` prints them"
    )]
    Night {
        /// What was given.
        night: String,
        /// What is wrong with it.
        why: String,
    },
    /// A cell that is not in the night.
    #[error("--cell '{cell}' matches no cell of {night}; its cells are: {cells}")]
    NoCell {
        /// What was given.
        cell: String,
        /// Where it was looked for.
        night: String,
        /// What there is.
        cells: String,
    },
    /// An annotation without a reason.
    #[error("--reason is empty; say why, for whoever reads it in a year")]
    NoReason,
    /// What is printed cannot be.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl HistoryError {
    /// Whether what was asked is at fault, and not the database or what it is given.
    pub fn is_misuse(&self) -> bool {
        match self {
            HistoryError::Target { .. }
            | HistoryError::Missing { .. }
            | HistoryError::Glob { .. }
            | HistoryError::Night { .. }
            | HistoryError::NoCell { .. }
            | HistoryError::NoReason => true,
            HistoryError::NotADatabase { .. }
            | HistoryError::Damaged { .. }
            | HistoryError::NotOurs { .. }
            | HistoryError::Newer { .. }
            | HistoryError::Older { .. }
            | HistoryError::ReadOnly { .. }
            | HistoryError::Full { .. }
            | HistoryError::Busy { .. }
            | HistoryError::Unreachable { .. }
            | HistoryError::Lost { .. }
            | HistoryError::Database { .. }
            | HistoryError::Started { .. }
            | HistoryError::Differs { .. }
            | HistoryError::Output(_) => false,
        }
    }
}
