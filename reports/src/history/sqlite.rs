//! SQLite: a file beside the results.
//!
//! In WAL mode readers and a writer do not wait for one another; two writers do, up to a minute. A
//! commit is on disk when it returns (`synchronous = FULL`).

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter, types::ValueRef};

use super::{
    Access, HistoryError,
    database::{Database, Purpose},
    value::{Row, Value},
};

/// "imgb": what `file` and SQLite find in the header of a database of ours.
const APPLICATION_ID: i64 = 0x696d_6762;

/// How long a writer waits for another.
const PATIENCE: Duration = Duration::from_secs(60);

/// An open file.
pub(super) struct Sqlite {
    pub(super) connection: Connection,
    target: String,
}

impl Sqlite {
    /// Opens the file; with [`Access::Write`] one that is missing or empty is begun.
    pub(super) fn open(path: &Path, access: Access) -> Result<Self, HistoryError> {
        let target = path.display().to_string();
        let is_empty = fs::metadata(path).map_or(true, |of| of.is_file() && of.len() == 0);
        match access {
            Access::Read if is_empty => return Err(HistoryError::Missing { target }),
            Access::Write if is_empty => create_directory(path, &target)?,
            Access::Read | Access::Write => {}
        }
        let mut opened = Sqlite { connection: connect(path, access, &target)?, target };
        opened.check_ours(access)?;
        if access == Access::Write {
            opened.prepare_writing(path)?;
        }
        Ok(opened)
    }

    /// Refuses a file of something else, before anything is written to it.
    fn check_ours(&mut self, access: Access) -> Result<(), HistoryError> {
        let id = self.number("PRAGMA application_id")?;
        let tables = self.number("SELECT count(*) FROM sqlite_master")?;
        if tables == 0 && access == Access::Read && (id == 0 || id == APPLICATION_ID) {
            return Err(HistoryError::Missing { target: self.target.clone() });
        }
        if id == APPLICATION_ID || (id == 0 && tables == 0) {
            return Ok(());
        }
        let mut names = Vec::new();
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name LIMIT 4";
        self.each(sql, &[], &mut |row| {
            names.push(crate::plain::plain(row.text(0)));
            Ok(())
        })?;
        let found = format!("it has the tables {}", names.join(", "));
        Err(HistoryError::NotOurs { target: self.target.clone(), found })
    }

    /// WAL mode and our mark. Two that begin a file at once get in each other's way here, where
    /// SQLite does not wait by itself.
    fn prepare_writing(&mut self, path: &Path) -> Result<(), HistoryError> {
        if self.connection.is_readonly("main").map_err(|error| self.failed(&error))? {
            return Err(HistoryError::ReadOnly { target: path.display().to_string() });
        }
        let started = Instant::now();
        let mark = format!("PRAGMA application_id = {APPLICATION_ID}");
        loop {
            let marked = self
                .number("PRAGMA application_id")
                .and_then(|id| if id == APPLICATION_ID { Ok(()) } else { self.batch(&mark) });
            match marked.and_then(|()| self.batch("PRAGMA journal_mode = WAL")) {
                Err(HistoryError::Busy { .. }) if started.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(20));
                }
                done => return done,
            }
        }
    }

    fn number(&mut self, sql: &str) -> Result<i64, HistoryError> {
        self.connection
            .query_row(sql, [], |row| row.get(0))
            .map_err(|error| failed(&self.target, &error))
    }

    fn failed(&self, error: &rusqlite::Error) -> HistoryError {
        failed(&self.target, error)
    }
}

fn create_directory(path: &Path, target: &str) -> Result<(), HistoryError> {
    let Some(parent) = path.parent() else { return Ok(()) };
    fs::create_dir_all(parent).map_err(|error| HistoryError::Database {
        target: target.to_owned(),
        why: format!("cannot create its directory: {error}"),
    })
}

/// A reader opens the file for writing too where it may, since a WAL is shared memory beside it.
/// Where it may not, and no writer has left a WAL, the file alone is the whole truth.
fn connect(path: &Path, access: Access, target: &str) -> Result<Connection, HistoryError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let flags = match access {
        Access::Read => flags,
        Access::Write => flags | OpenFlags::SQLITE_OPEN_CREATE,
    };
    let failed = |error: rusqlite::Error| failed(target, &error);
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(PATIENCE).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(64);
    match connection.query_row("PRAGMA schema_version", [], |_| Ok(())) {
        Err(error) if access == Access::Read && wants_wal(&error) && !has_wal(path) => {
            return unchanging(path).map_err(failed);
        }
        readable => readable.map_err(failed)?,
    }
    let durable = "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL";
    connection.execute_batch(durable).map_err(failed)?;
    Ok(connection)
}

fn wants_wal(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied)
    )
}

fn has_wal(path: &Path) -> bool {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    fs::metadata(PathBuf::from(wal)).is_ok_and(|of| of.len() > 0)
}

/// Opens a file on a medium that nobody can write.
fn unchanging(path: &Path) -> rusqlite::Result<Connection> {
    let escaped = path.display().to_string().replace('%', "%25").replace('?', "%3f");
    let uri = format!("file:{}?immutable=1", escaped.replace('#', "%23"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags)
}

impl Database for Sqlite {
    fn batch(&mut self, sql: &str) -> Result<(), HistoryError> {
        // Its surrogate keys are the row numbers already; other tables are their primary keys.
        let sql = sql.replace("/* clustered */", "WITHOUT ROWID");
        self.connection.execute_batch(&sql).map_err(|error| self.failed(&error))
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<(), HistoryError> {
        let mut statement =
            self.connection.prepare_cached(sql).map_err(|error| self.failed(&error))?;
        let done = statement.execute(params_from_iter(values));
        done.map(drop).map_err(|error| failed(&self.target, &error))
    }

    fn each(
        &mut self,
        sql: &str,
        values: &[Value],
        take: &mut dyn FnMut(&Row) -> Result<(), HistoryError>,
    ) -> Result<(), HistoryError> {
        let failed = |error: rusqlite::Error| failed(&self.target, &error);
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(values)).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let field = |at| Ok(value(row.get_ref(at)?));
            let fields: rusqlite::Result<Vec<Value>> = (0..columns).map(field).collect();
            take(&Row(fields.map_err(failed)?))?;
        }
        Ok(())
    }

    fn begin(&mut self, purpose: Purpose) -> Result<(), HistoryError> {
        self.batch(match purpose {
            Purpose::Reading => "BEGIN",
            Purpose::Writing => "BEGIN IMMEDIATE",
        })
    }
}

fn value(field: ValueRef<'_>) -> Value {
    match field {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Value::Text(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}

fn failed(target: &str, error: &rusqlite::Error) -> HistoryError {
    let target = target.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => HistoryError::NotADatabase { target },
        Some(ErrorCode::DatabaseCorrupt) => {
            HistoryError::Damaged { target, why: error.to_string() }
        }
        Some(ErrorCode::ReadOnly) => HistoryError::ReadOnly { target },
        Some(ErrorCode::DiskFull) => HistoryError::Full { target },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => HistoryError::Busy { target },
        _ => HistoryError::Database { target, why: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::history::database::transaction;

    /// SQLite's own limit of pages meets what a full disk meets, in the middle of a transaction.
    #[test]
    fn a_full_disk_leaves_what_was_there() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("history.db");
        let mut database = Sqlite::open(&path, Access::Write).unwrap();
        database.batch("CREATE TABLE a (x TEXT); INSERT INTO a VALUES ('before')").unwrap();
        let pages = database.number("PRAGMA page_count").unwrap();
        let full = format!("PRAGMA max_page_count = {}", pages + 2);
        database.connection.query_row(&full, [], |_| Ok(())).unwrap();
        let fill = |database: &mut dyn Database| {
            (0..100).try_for_each(|_| {
                database
                    .execute("INSERT INTO a VALUES ($1)", &[Value::from("x".repeat(4000).as_str())])
            })
        };
        let said = transaction(&mut database, Purpose::Writing, fill).unwrap_err().to_string();
        assert_eq!(
            said,
            format!(
                "{}: the disk is full; the history is as it was and the experiment's files are \
                 untouched; make room and import it again",
                path.display()
            )
        );
        assert_eq!(database.number("SELECT count(*) FROM a").unwrap(), 1);
        database.connection.query_row("PRAGMA max_page_count = 1000", [], |_| Ok(())).unwrap();
        transaction(&mut database, Purpose::Writing, fill).unwrap();
        assert_eq!(database.number("SELECT count(*) FROM a").unwrap(), 101);
    }
}
