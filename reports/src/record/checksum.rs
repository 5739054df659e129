//! CRC-32 of the values of rows, by which a flipped bit is told from a measurement.
//!
//! It is of the values and not of the file's bytes: a program that quotes fields otherwise changes
//! nothing that counts.

use std::io;

/// What the last column of `runs.csv` is called.
pub(super) const COLUMN: &str = "crc32";

/// The checksum of the rows that were added.
#[derive(Clone, Default)]
pub(super) struct Checksum(crc32fast::Hasher);

impl Checksum {
    /// Adds the values of a row. Each is ended by a byte that no text holds, so that none can move
    /// into its neighbour.
    pub(super) fn add<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) {
        for value in values {
            self.0.update(value.as_bytes());
            self.0.update(&[0xff]);
        }
    }

    /// Adds rows as they are in a file.
    pub(super) fn add_rows(&mut self, rows: &[u8]) -> io::Result<()> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(rows);
        let mut fields = csv::StringRecord::new();
        while reader.read_record(&mut fields).map_err(io::Error::other)? {
            self.add(&fields);
        }
        Ok(())
    }

    /// Its value so far.
    pub(super) fn value(&self) -> u32 {
        self.0.clone().finalize()
    }
}

/// The checksum of rows that are about to be written; nothing of no rows.
pub(super) fn of_rows(rows: &[u8]) -> io::Result<Option<u32>> {
    let mut checksum = Checksum::default();
    checksum.add_rows(rows)?;
    Ok((!rows.is_empty()).then(|| checksum.value()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_count_and_quotes_do_not() -> io::Result<()> {
        let plain = of_rows(b"1,raw,0.5\n")?;
        assert_eq!(of_rows(b"\"1\",raw,\"0.5\"\r\n")?, plain);
        for other in ["1,raw,0.6\n", "1,ra,w0.5\n", "1,raw,0.5,\n", "1,raw,0.5\n1,raw,0.5\n"] {
            assert_ne!(of_rows(other.as_bytes())?, plain, "{other:?}");
        }
        assert_eq!(of_rows(b"")?, None);
        Ok(())
    }
}
