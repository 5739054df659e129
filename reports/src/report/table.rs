//! A table of finished text, whatever it is rendered to.

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns, left to right.
    pub columns: Vec<Column>,
    /// The rows; each has a text for every column.
    pub rows: Vec<Vec<String>>,
}

/// A column of a [`Table`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its title, with the unit.
    pub title: String,
    /// Whether it holds numbers: those are set flush right and never wrapped.
    pub numeric: bool,
}

impl Table {
    /// The text in the row of this name, which the first column has, and the column of this title.
    pub(crate) fn find(&self, row: &str, column: &str) -> Option<&str> {
        let at = self.columns.iter().position(|of| of.title == column)?;
        let found = self.rows.iter().find(|of| of.first().is_some_and(|name| name == row))?;
        found.get(at).map(String::as_str)
    }

    /// A table of one column of words and then columns of numbers.
    pub(crate) fn of_numbers(words: &str, numbers: &[&str]) -> Self {
        let column = |title: &str, numeric| Column { title: title.to_owned(), numeric };
        let mut columns = vec![column(words, false)];
        columns.extend(numbers.iter().map(|title| column(title, true)));
        Table { columns, rows: Vec::new() }
    }

    /// The table without a column, if it has it.
    pub(crate) fn without(&self, title: &str) -> Self {
        let mut table = self.clone();
        if let Some(at) = table.columns.iter().position(|column| column.title == title) {
            table.columns.remove(at);
            table.rows.iter_mut().for_each(|row| drop(row.remove(at)));
        }
        table
    }
}
