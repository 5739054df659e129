//! `chunks.csv`: the seconds of each chunk of each run.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::Arc,
    time::Duration,
};

use super::{checksum, cut, seconds};

/// The columns of `chunks.csv`; a file must have them all.
pub(super) const NEEDED: &str = "run,cell,chunk,offset,seconds";

/// One chunk of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct ChunkRecord {
    /// Number of the run in the plan.
    pub run: u32,
    /// Cell of the run; one text for all its chunks, of which there may be a million.
    pub cell: Arc<str>,
    /// Number of the chunk in the file, from 0.
    pub chunk: u32,
    /// Offset of the chunk in the file, bytes.
    pub offset: u64,
    /// Time that writing it took.
    pub seconds: Option<Duration>,
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
    /// which readers pass over, and never a row without its chunks. Yields their checksum, for that
    /// row.
    ///
    /// # Errors
    /// What the operating system says, a full disk above all.
    pub fn append(
        &mut self,
        run: u32,
        cell: &str,
        chunk_bytes: u64,
        times: &[Duration],
    ) -> io::Result<Option<u32>> {
        let mut rows = Vec::new();
        for (chunk, &duration) in (0u32..).zip(times) {
            let offset = u64::from(chunk) * chunk_bytes;
            let row = (run, cell, chunk, offset, seconds::text(duration));
            rows.extend(super::csv_row(&row)?);
        }
        self.file.write_all(&rows)?;
        self.file.sync_data()?;
        checksum::of_rows(&rows)
    }
}
