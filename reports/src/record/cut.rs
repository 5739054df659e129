//! A last line that a crash cut short.
//!
//! Rows are appended one at a time, so a crash or a full disk can leave a part of one row, at the
//! end of the file and nowhere else. Readers pass it over; a writer that goes on removes it first.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    path::Path,
};

/// Length of the rows that are whole: up to and with the last line feed that is not inside quotes
/// (an error message may hold line feeds of its own).
pub(super) fn whole_rows(bytes: &[u8]) -> usize {
    let mut quoted = false;
    let mut length = 0;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => length = at + 1,
            _ => {}
        }
    }
    length
}

/// Opens a file of rows for appending: a row cut short is removed, on disk before this returns,
/// and a file without its header (cut short too) gets it.
///
/// # Errors
/// What the operating system says; and `InvalidData` if the file has another header, since rows
/// with other columns do not belong under it.
pub(super) fn open_to_append(path: &Path, header: &str) -> io::Result<File> {
    let mut file = OpenOptions::new().read(true).append(true).open(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = whole_rows(&bytes);
    if whole > 0 && !bytes.starts_with(header.as_bytes()) {
        let message = format!(
            "{}: its columns are not those of this imgbench; go on with the version that began it",
            path.display()
        );
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    if whole < bytes.len() {
        file.set_len(whole as u64)?;
    }
    if whole == 0 {
        io::Write::write_all(&mut file, header.as_bytes())?;
    }
    file.sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn whole_rows_end_at_line_feeds_outside_quotes() {
        for (text, whole) in [
            ("", ""),
            ("run,cell", ""),
            ("run\n1\n", "run\n1\n"),
            ("run\n1\n2", "run\n1\n"),
            ("run\n1,\"two\nlines\"\n", "run\n1,\"two\nlines\"\n"),
            ("run\n1,\"two\nli", "run\n"),
            ("run\n1,\"a \"\"word\"\"\n\"\n2,\"x", "run\n1,\"a \"\"word\"\"\n\"\n"),
        ] {
            assert_eq!(&text[..whole_rows(text.as_bytes())], whole, "{text:?}");
        }
    }

    #[test]
    fn going_on_removes_the_part_of_a_row() -> io::Result<()> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("rows.csv");
        for (before, after) in [
            ("run\n1\n2", "run\n1\n3\n"),
            ("run\n1\n", "run\n1\n3\n"),
            ("ru", "run\n3\n"),
            ("", "run\n3\n"),
        ] {
            fs::write(&path, before)?;
            let mut file = open_to_append(&path, "run\n")?;
            io::Write::write_all(&mut file, b"3\n")?;
            assert_eq!(fs::read_to_string(&path)?, after, "{before:?}");
        }
        Ok(())
    }

    #[test]
    fn rows_with_other_columns_are_refused() -> io::Result<()> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("rows.csv");
        fs::write(&path, "run,old\n1,2\n")?;
        let refused = open_to_append(&path, "run,new\n").map(drop).map_err(|error| error.kind());
        assert_eq!(refused, Err(io::ErrorKind::InvalidData));
        assert_eq!(fs::read_to_string(&path)?, "run,old\n1,2\n", "untouched");
        Ok(())
    }
}
