//! What both databases do: statements with `$1`, `$2`, … in the order of their values, which
//! SQLite and PostgreSQL read alike, and transactions.

use super::{
    HistoryError,
    value::{Row, Value},
};

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Several statements see one state.
    Reading,
    /// One writer at a time; others wait.
    Writing,
}

/// An open database.
pub(super) trait Database: Send {
    /// Executes statements without values, separated by `;`.
    fn batch(&mut self, sql: &str) -> Result<(), HistoryError>;

    /// Executes one statement.
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<(), HistoryError>;

    /// Hands each row to `take` as it comes, so that memory does not grow with their number.
    fn each(
        &mut self,
        sql: &str,
        values: &[Value],
        take: &mut dyn FnMut(&Row) -> Result<(), HistoryError>,
    ) -> Result<(), HistoryError>;

    /// Begins a transaction. `BEGIN` is all that differs between the databases.
    fn begin(&mut self, purpose: Purpose) -> Result<(), HistoryError>;
}

/// Runs `body` in a transaction: all of it is kept, or none.
pub(super) fn transaction<T>(
    database: &mut dyn Database,
    purpose: Purpose,
    body: impl FnOnce(&mut dyn Database) -> Result<T, HistoryError>,
) -> Result<T, HistoryError> {
    database.begin(purpose)?;
    let done = body(database).and_then(|value| database.batch("COMMIT").map(|()| value));
    if done.is_err() {
        // Where the connection is gone the server has rolled back already.
        let _ = database.batch("ROLLBACK");
    }
    done
}

/// The first row, if there is any.
pub(super) fn first(
    database: &mut dyn Database,
    sql: &str,
    values: &[Value],
) -> Result<Option<Row>, HistoryError> {
    let mut found = None;
    database.each(sql, values, &mut |row| {
        found.get_or_insert_with(|| Row(row.0.clone()));
        Ok(())
    })?;
    Ok(found)
}

/// Inserts many rows, several a statement: a statement a row would be a journey a row to a server
/// elsewhere.
pub(super) fn insert(
    database: &mut dyn Database,
    table: &str,
    columns: &str,
    mut rows: impl Iterator<Item = Vec<Value>>,
) -> Result<(), HistoryError> {
    const ROWS: usize = 50;
    let width = columns.split(',').count();
    loop {
        let values: Vec<Value> = rows.by_ref().take(ROWS).flatten().collect();
        if values.is_empty() {
            return Ok(());
        }
        let fields = |row: usize| -> Vec<String> {
            (1..=width).map(|field| format!("${}", row * width + field)).collect()
        };
        let tuples: Vec<String> =
            (0..values.len() / width).map(|row| format!("({})", fields(row).join(","))).collect();
        let sql = format!("INSERT INTO {table} ({columns}) VALUES {}", tuples.join(","));
        database.execute(&sql, &values)?;
    }
}
