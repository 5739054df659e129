//! `chunks.csv`: the seconds of each chunk of each run.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    time::Duration,
};

use serde::Serialize;

use super::{LoadError, cut, seconds, table::Row};

/// The columns of `chunks.csv`; a file must have them all.
pub(super) const NEEDED: &str = "run,cell,chunk,offset,seconds";

/// One chunk of one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChunkRecord {
    /// Number of the run in the plan.
    pub run: u32,
    /// Cell of the run.
    pub cell: String,
    /// Number of the chunk in the file, from 0.
    pub chunk: u32,
    /// Offset of the chunk in the file, bytes.
    pub offset: u64,
    /// Time that writing it took.
    #[serde(with = "seconds")]
    pub seconds: Option<Duration>,
}

impl ChunkRecord {
    /// Reads a row of `chunks.csv`; [`NEEDED`] were found in its header.
    pub(super) fn from_row(row: &Row<'_>) -> Result<Self, LoadError> {
        Ok(ChunkRecord {
            run: row.number("run")?,
            cell: row.text("cell").to_owned(),
            chunk: row.number("chunk")?,
            offset: row.number("offset")?,
            seconds: row.time("seconds")?,
        })
    }
}

/// Appends to `chunks.csv`.
pub struct ChunksWriter {
    file: File,
}

impl ChunksWriter {
    /// Creates the file with its header, which must not exist yet.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().append(true).create_new(true).open(path)?;
        file.write_all(format!("{NEEDED}\n").as_bytes())?;
        file.sync_all()?;
        Ok(ChunksWriter { file })
    }

    /// Opens the file of an earlier invocation to go on. A last line that a crash cut short is
    /// removed first.
    ///
    /// # Errors
    /// What the operating system says; `InvalidData` if another version with other columns began
    /// the file.
    pub fn append_to(path: &Path) -> io::Result<Self> {
        Ok(ChunksWriter { file: cut::open_to_append(path, &format!("{NEEDED}\n"))? })
    }

    /// Adds the chunks of a run and has them on disk when it returns. They are written before the
    /// run's row in `runs.csv`, so a crash between the two leaves chunks of a run without a row,
    /// which readers pass over, and never a row without its chunks.
    ///
    /// # Errors
    /// What the operating system says, a full disk above all.
    pub fn append(
        &mut self,
        run: u32,
        cell: &str,
        chunk_bytes: u64,
        seconds: &[Duration],
    ) -> io::Result<()> {
        let mut rows = Vec::new();
        for (chunk, &duration) in (0u32..).zip(seconds) {
            rows.extend(super::csv_row(&ChunkRecord {
                run,
                cell: cell.to_owned(),
                chunk,
                offset: u64::from(chunk) * chunk_bytes,
                seconds: Some(duration),
            })?);
        }
        self.file.write_all(&rows)?;
        self.file.sync_data()
    }
}
