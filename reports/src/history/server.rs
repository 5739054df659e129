//! PostgreSQL: one place for several machines.
//!
//! Everything is in a schema of our own, `imgbench`, so that a database may hold other things too.
//! Writers wait for one another on an advisory lock. A connection that was lost is made again when
//! the next transaction begins, never inside one.

use std::{collections::HashMap, error::Error, time::Duration};

use postgres::{
    Client, Config, NoTls, Statement,
    error::SqlState,
    fallible_iterator::FallibleIterator,
    types::{ToSql, Type},
};

use super::{
    Access, HistoryError,
    database::{Database, Purpose, first},
    value::{Row, Value},
};

/// The key of the advisory lock: "imgb".
const LOCK: i64 = 0x696d_6762;

/// An open connection.
pub(super) struct Server {
    client: Client,
    prepared: HashMap<String, Statement>,
    config: Config,
    target: String,
}

impl Server {
    /// Connects; with [`Access::Write`] our schema is begun where it is missing.
    pub(super) fn open(
        config: &Config,
        target: &str,
        access: Access,
    ) -> Result<Self, HistoryError> {
        let mut config = config.clone();
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        config.application_name("imgbench");
        let client = connect(&config, target)?;
        let target = target.to_owned();
        let mut server = Server { client, prepared: HashMap::new(), config, target };
        if !server.is_ours()? {
            match access {
                Access::Read => return Err(HistoryError::Missing { target: server.target }),
                Access::Write => server.begin_schema()?,
            }
        }
        Ok(server)
    }

    /// Whether our schema is there; refuses one of that name that is not ours.
    fn is_ours(&mut self) -> Result<bool, HistoryError> {
        let mut tables = Vec::new();
        let sql = "SELECT c.relname::text FROM pg_namespace n LEFT JOIN pg_class c \
                   ON c.relnamespace = n.oid AND c.relkind = 'r' WHERE n.nspname = 'imgbench' \
                   ORDER BY c.relname LIMIT 100";
        self.each(sql, &[], &mut |row| {
            tables.push(crate::plain::plain(row.text(0)));
            Ok(())
        })?;
        if tables.is_empty() || tables.iter().any(|table| table == "schema_version") {
            return Ok(!tables.is_empty());
        }
        tables.truncate(4);
        let found = match tables.iter().all(String::is_empty) {
            true => "its schema 'imgbench' is empty, and was not made by imgbench".to_owned(),
            false => format!("its schema 'imgbench' has the tables {}", tables.join(", ")),
        };
        Err(HistoryError::NotOurs { target: self.target.clone(), found })
    }

    /// Schema and first table in one transaction, so that nobody ever sees the one without the
    /// other.
    fn begin_schema(&mut self) -> Result<(), HistoryError> {
        let sql = format!(
            "BEGIN; SELECT pg_advisory_xact_lock({LOCK}); CREATE SCHEMA IF NOT EXISTS imgbench; \
             CREATE TABLE IF NOT EXISTS imgbench.{}; COMMIT",
            super::schema::VERSIONS
        );
        let done = self.batch(&sql);
        if done.is_err() {
            let _ = self.batch("ROLLBACK");
        }
        done
    }

    fn statement(&mut self, sql: &str) -> Result<Statement, HistoryError> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        let prepared = self.client.prepare(sql);
        let statement = prepared.map_err(|error| failed(&self.target, &error))?;
        self.prepared.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

fn connect(config: &Config, target: &str) -> Result<Client, HistoryError> {
    let connected = config.connect(NoTls).and_then(|mut client| {
        client.batch_execute("SET search_path = imgbench; SET lock_timeout = '60s'")?;
        Ok(client)
    });
    connected
        .map_err(|error| HistoryError::Unreachable { target: target.to_owned(), why: said(&error) })
}

impl Database for Server {
    fn batch(&mut self, sql: &str) -> Result<(), HistoryError> {
        self.client.batch_execute(sql).map_err(|error| failed(&self.target, &error))
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<(), HistoryError> {
        let statement = self.statement(sql)?;
        let values: Vec<&(dyn ToSql + Sync)> =
            values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        let done = self.client.execute(&statement, &values);
        done.map(drop).map_err(|error| failed(&self.target, &error))
    }

    fn each(
        &mut self,
        sql: &str,
        values: &[Value],
        take: &mut dyn FnMut(&Row) -> Result<(), HistoryError>,
    ) -> Result<(), HistoryError> {
        let statement = self.statement(sql)?;
        let failed = |error: postgres::Error| failed(&self.target, &error);
        let mut rows = self.client.query_raw(&statement, values).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let fields: Result<Vec<Value>, postgres::Error> =
                (0..row.len()).map(|at| value(&row, at)).collect();
            take(&Row(fields.map_err(failed)?))?;
        }
        Ok(())
    }

    fn begin(&mut self, purpose: Purpose) -> Result<(), HistoryError> {
        // A server that was stopped shows only when it is spoken to.
        let probe = self.client.batch_execute("SELECT 1");
        if probe.is_err() && self.client.is_closed() {
            self.client = connect(&self.config, &self.target)?;
            self.prepared.clear();
        }
        match purpose {
            Purpose::Reading => self.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
            Purpose::Writing => {
                self.batch("BEGIN")?;
                let locked =
                    first(self, &format!("SELECT 1 FROM pg_advisory_xact_lock({LOCK})"), &[]);
                if locked.is_err() {
                    let _ = self.batch("ROLLBACK");
                }
                locked.map(drop)
            }
        }
    }
}

fn value(row: &postgres::Row, at: usize) -> Result<Value, postgres::Error> {
    let kind = row.columns()[at].type_();
    Ok(if *kind == Type::INT4 {
        row.try_get::<_, Option<i32>>(at)?.map(i64::from).into()
    } else if *kind == Type::INT8 {
        row.try_get::<_, Option<i64>>(at)?.into()
    } else if *kind == Type::FLOAT8 {
        row.try_get::<_, Option<f64>>(at)?.into()
    } else {
        row.try_get::<_, Option<&str>>(at)?.into()
    })
}

fn failed(target: &str, error: &postgres::Error) -> HistoryError {
    let (target, why) = (target.to_owned(), said(error));
    match error.code() {
        Some(code) if *code == SqlState::READ_ONLY_SQL_TRANSACTION => {
            HistoryError::ReadOnly { target }
        }
        Some(code) if *code == SqlState::DISK_FULL => HistoryError::Full { target },
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => HistoryError::Busy { target },
        Some(code)
            if *code == SqlState::ADMIN_SHUTDOWN
                || *code == SqlState::CRASH_SHUTDOWN
                || *code == SqlState::CANNOT_CONNECT_NOW =>
        {
            HistoryError::Lost { target, why }
        }
        Some(_) => HistoryError::Database { target, why },
        None if error.is_closed()
            || error.source().is_some_and(|cause| cause.is::<std::io::Error>()) =>
        {
            HistoryError::Lost { target, why }
        }
        None => HistoryError::Database { target, why },
    }
}

/// What the server says, or why it says nothing; one line.
fn said(error: &postgres::Error) -> String {
    let text = match error.as_db_error() {
        Some(error) => error.message().to_owned(),
        None => match error.source() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    };
    crate::plain::plain(&text)
}
