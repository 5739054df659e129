//! A CSV file with a header, read with messages that name file, line, column and value.
//!
//! Takes a path; yields its rows, each column by name. Refuses what is not UTF-8, a header without
//! a column that is needed, or with one name twice, rows of another width, and rows that are not
//! what their checksum says. Columns that are not asked for do not matter, and an optional column that is missing reads as empty, so that files of older and newer
//! versions stay readable.

use std::{collections::HashSet, fs, path::Path, str::FromStr, time::Duration};

use super::{
    LoadError,
    checksum::{self, Checksum},
    cut, seconds,
};

/// A whole file.
pub(super) struct Table {
    path: std::path::PathBuf,
    text: String,
    /// What follows the last row that is whole.
    rest: Vec<u8>,
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
        let rest = bytes.split_off(whole);
        let text = String::from_utf8(bytes).map_err(|failed| {
            let line = lines(&failed.as_bytes()[..failed.utf8_error().valid_up_to()]) as u64 + 1;
            LoadError::NotUtf8 { path: path.to_owned(), line }
        })?;
        Ok(Table { path: path.to_owned(), text, rest, warning })
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
        let invalid = |line, message| self.error(line, message);
        let columns = reader.headers().map_err(|error| invalid(1, error.to_string()))?.clone();
        let place = |name: &str| {
            columns.iter().position(|column| column == name).ok_or_else(|| {
                LoadError::MissingColumn { path: self.path.clone(), column: name.to_owned() }
            })
        };
        let mut names = HashSet::new();
        if let Some(name) = columns.iter().find(|name| name.is_empty() || !names.insert(*name)) {
            let message =
                format!("column {name:?}: every column has a name of its own; restore the header");
            return Err(invalid(1, message));
        }
        let checked = columns.iter().position(|name| name == checksum::COLUMN);
        if let Some(checked) = checked {
            self.refuse_hidden_rows(&columns, checked)?;
        }
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
            if checked.is_some_and(|at| !is_intact(&columns, &fields, at)) {
                let message = format!(
                    "the row is not what its '{}' says: it, or the header, was changed or damaged \
                     since it was written; restore the file, remove the line, or empty that field \
                     if what was changed is to count",
                    checksum::COLUMN
                );
                return Err(invalid(line, message));
            }
        }
        Ok(())
    }

    /// An error about a line.
    pub(super) fn error(&self, line: u64, message: String) -> LoadError {
        LoadError::Row { path: self.path.clone(), line, message }
    }

    /// A quotation mark that does not belong swallows the rows after it, which then look like one
    /// that was cut short. It is not: rows that are whole follow.
    fn refuse_hidden_rows(
        &self,
        columns: &csv::StringRecord,
        checked: usize,
    ) -> Result<(), LoadError> {
        for row in self.rest.split_inclusive(|&byte| byte == b'\n').skip(1) {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(row);
            let mut fields = csv::StringRecord::new();
            let read = reader.read_record(&mut fields).unwrap_or(false);
            let filled = fields.get(checked).is_some_and(|sum| !sum.is_empty());
            if read && filled && is_intact(columns, &fields, checked) {
                let line = self.text.bytes().filter(|&byte| byte == b'\n').count() as u64 + 1;
                let message =
                    "the line is damaged: its quotation marks swallow the rows after it; \
                               restore the file, or remove the line"
                        .to_owned();
                return Err(self.error(line, message));
            }
        }
        Ok(())
    }
}

/// Whether a row is what its checksum says. One without is taken as it is: somebody emptied it.
fn is_intact(columns: &csv::StringRecord, fields: &csv::StringRecord, checked: usize) -> bool {
    let Some(sum) = fields.get(checked).filter(|sum| !sum.is_empty()) else { return true };
    let mut checksum = Checksum::default();
    checksum.add(columns.iter().take(checked));
    checksum.add(fields.iter().take(checked));
    sum.parse() == Ok(checksum.value())
}

impl Row<'_> {
    /// The text of a column; empty where the file has no such column.
    pub(super) fn text(&self, column: &str) -> &str {
        let at = self.columns.iter().position(|name| name == column);
        at.and_then(|at| self.fields.get(at)).unwrap_or("")
    }

    /// The values of the needed columns, in their order: what a checksum of the row is of.
    pub(super) fn needed(&self) -> impl Iterator<Item = &str> {
        (0..self.places.len()).map(|number| self.nth(number))
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
