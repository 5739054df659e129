//! The history: every experiment in one database, night after night.
//!
//! Takes experiments read back from their files ([`Experiment`]); yields [`Night`]s and [`Series`], a
//! cell over time, for gate, trends and change points. SQLite by default, PostgreSQL for several
//! machines; the tables are the same.
//!
//! An import is one transaction: all of an experiment is in the history, or nothing. Importing twice
//! changes nothing; an experiment that was resumed since takes the place of its lesser self. The
//! experiment's own files stay what they are: a history can be made again from them at any time, save
//! for the annotations.
//!
//! Refuses ([`HistoryError`]) databases of something else and of newer schemas, before writing to
//! them. Runs of different accelerators, CPUs or host filesystems are of different environments, and
//! never in one series.

mod annotate;
mod columns;
mod database;
mod entry;
mod error;
mod export;
mod filter;
mod import;
mod night;
mod points;
mod render;
mod schema;
mod series;
mod server;
mod sqlite;
mod target;
mod value;

pub use annotate::{Annotation, Kind, NewAnnotation};
pub use error::HistoryError;
pub use export::ExportFormat;
pub use filter::{Filter, Which};
pub use import::{Imported, Outcome};
pub use night::Night;
pub use render::{Format, annotations, nights, series};
pub use series::{Point, Series};

#[cfg(doc)]
use crate::record::Experiment;
use database::Database;
use target::Target;

/// What a history is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// What is there is read; nothing is begun.
    Read,
    /// Experiments or annotations are added; a history that is missing is begun.
    Write,
}

/// An open history.
pub struct History {
    database: Box<dyn Database>,
    target: String,
}

impl History {
    /// Opens a file of SQLite or, with a URL `postgres://…`, a schema of PostgreSQL.
    ///
    /// # Errors
    /// It cannot be reached, is not ours, or of a schema that this version does not know.
    pub fn open(target: &str, access: Access) -> Result<Self, HistoryError> {
        let (mut database, target): (Box<dyn Database>, String) = match Target::parse(target)? {
            Target::File(path) => {
                (Box::new(sqlite::Sqlite::open(&path, access)?), path.display().to_string())
            }
            Target::Server(config, printed) => {
                (Box::new(server::Server::open(&config, &printed, access)?), printed)
            }
        };
        schema::bring_up_to_date(database.as_mut(), &target, access)?;
        Ok(History { database, target })
    }

    /// Where it is, without a password.
    pub fn target(&self) -> &str {
        &self.target
    }
}
