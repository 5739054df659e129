//! A CSV file with a header, read with messages that name file, line, column and value.
//!
//! Takes a path; yields its rows, each column by name. Refuses what is not UTF-8, a header without
//! a column that is needed, and rows of another width. Columns that are not asked for do not
//! matter, and an optional column that is missing reads as empty, so that files of older and newer
//! versions stay readable.

use std::{fs, path::Path, str::FromStr, time::Duration};

use super::{LoadError, cut, seconds};

/// A whole file.
pub(super) struct Table {
    path: std::path::PathBuf,
    text: String,
    /// What was passed over, in a whole sentence.
    pub(super) warning: Option<String>,
}

/// One row of a table.
pub(super) struct Row<'a> {
    path: &'a Path,
    columns: &'a csv::StringRecord,
    fields: &'a csv::StringRecord,
    /// Where the columns are that are needed, in their order.
    places: &'a [usize],
    /// Line in the file, from 1.
    pub(super) line: u64,
}

impl Table {
    /// Reads the file; a last line that was cut short is passed over with a warning.
    pub(super) fn read(path: &Path) -> Result<Self, LoadError> {
        let mut bytes =
            fs::read(path).map_err(|source| LoadError::Read { path: path.to_owned(), source })?;
        let whole = cut::whole_rows(&bytes);
        let lines = |part: &[u8]| part.iter().filter(|&&byte| byte == b'\n').count();
        let warning = (whole < bytes.len() || whole == 0).then(|| {
            format!(
                "{}:{}: the last line is cut short, as by a crash while it was written, and was \
                 passed over.",
                path.display(),
                lines(&bytes[..whole]) + 1
            )
        });
        bytes.truncate(whole);
        let text = String::from_utf8(bytes).map_err(|failed| {
            let line = lines(&failed.as_bytes()[..failed.utf8_error().valid_up_to()]) as u64 + 1;
            LoadError::NotUtf8 { path: path.to_owned(), line }
        })?;
        Ok(Table { path: path.to_owned(), text, warning })
    }

    /// Hands every row to `take`, after the header was found to hold the columns needed (joined by
    /// commas).
    pub(super) fn each_row(
        &self,
        needed: &str,
        mut take: impl FnMut(&Row<'_>) -> Result<(), LoadError>,
    ) -> Result<(), LoadError> {
        if self.text.is_empty() {
            // Not even the header got to the disk.
            return Ok(());
        }
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(self.text.as_bytes());
        let invalid = |line, message| LoadError::Row { path: self.path.clone(), line, message };
        let columns = reader.headers().map_err(|error| invalid(1, error.to_string()))?.clone();
        let place = |name: &str| {
            columns.iter().position(|column| column == name).ok_or_else(|| {
                LoadError::MissingColumn { path: self.path.clone(), column: name.to_owned() }
            })
        };
        let places = needed.split(',').map(place).collect::<Result<Vec<usize>, _>>()?;
        let mut fields = csv::StringRecord::new();
        while reader.read_record(&mut fields).map_err(|error| invalid(1, error.to_string()))? {
            let line = fields.position().map_or(0, csv::Position::line);
            if fields.len() != columns.len() {
                let (found, expected) = (fields.len(), columns.len());
                let message = format!(
                    "{found} fields where the header has {expected}; mend or remove the line"
                );
                return Err(invalid(line, message));
            }
            take(&Row {
                path: &self.path,
                columns: &columns,
                fields: &fields,
                places: &places,
                line,
            })?;
        }
        Ok(())
    }
}

impl Row<'_> {
    /// The text of a column; empty where the file has no such column.
    pub(super) fn text(&self, column: &str) -> &str {
        let at = self.columns.iter().position(|name| name == column);
        at.and_then(|at| self.fields.get(at)).unwrap_or("")
    }

    /// The text of a needed column by its number among them, from 0: for files of a million rows,
    /// in which looking names up takes longer than reading.
    pub(super) fn nth(&self, number: usize) -> &str {
        self.places.get(number).and_then(|&at| self.fields.get(at)).unwrap_or("")
    }

    /// A whole number.
    pub(super) fn number<T: FromStr>(&self, column: &str) -> Result<T, LoadError> {
        let text = self.text(column);
        text.parse().map_err(|_| self.refuse(column, "a whole number, 0 or more, is permitted"))
    }

    /// A whole number, or nothing.
    pub(super) fn optional_number<T: FromStr>(&self, column: &str) -> Result<Option<T>, LoadError> {
        if self.text(column).is_empty() { Ok(None) } else { self.number(column).map(Some) }
    }

    /// Seconds, or nothing.
    pub(super) fn time(&self, column: &str) -> Result<Option<Duration>, LoadError> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        seconds::parse(text)
            .map(Some)
            .ok_or_else(|| self.refuse(column, "seconds are permitted: finite, 0 or more"))
    }

    /// A finite number that is not negative, or nothing.
    pub(super) fn measure(&self, column: &str) -> Result<Option<f64>, LoadError> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() && value >= 0.0 => Ok(Some(value)),
            _ => Err(self.refuse(column, "a finite number, 0 or more, is permitted")),
        }
    }

    /// An error about one value of this row.
    pub(super) fn refuse(&self, column: &str, permitted: &str) -> LoadError {
        self.error(format!("column '{column}': {:?}: {permitted}", self.text(column)))
    }

    /// An error about this row.
    pub(super) fn error(&self, message: String) -> LoadError {
        LoadError::Row { path: self.path.to_owned(), line: self.line, message }
    }
}
