//! The tables, the same in SQLite and PostgreSQL, and their versions.
//!
//! A version is a migration: a batch of statements that begins where the one before ended. They are
//! never changed once released; a new one is added at the end.

use super::{
    Access, HistoryError,
    database::{Database, Purpose, first, transaction},
    value::Value,
};

/// The first table of all, which the migrations themselves need.
pub(super) const VERSIONS: &str =
    "schema_version (version INTEGER NOT NULL PRIMARY KEY, applied BIGINT NOT NULL)";

/// Every version there was. Times are microseconds since 1970 in UTC; seeds are text, because they
/// fill 64 bits without a sign.
///
/// `points` is what gate and trends read, a row a night of a cell and metric, made when the night is
/// imported. It lies in the order in which it is read: a series, by time.
const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE experiments (
    id INTEGER NOT NULL PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL,
    config TEXT NOT NULL,
    config_sha256 TEXT NOT NULL,
    started BIGINT NOT NULL,
    seed TEXT NOT NULL,
    environment TEXT NOT NULL,
    planned INTEGER NOT NULL,
    done INTEGER NOT NULL,
    ok INTEGER NOT NULL,
    cells INTEGER NOT NULL,
    imgbench TEXT NOT NULL,
    revision TEXT NOT NULL,
    qemu TEXT NOT NULL,
    qemu_img TEXT NOT NULL,
    libguestfs TEXT NOT NULL,
    host_kernel TEXT NOT NULL,
    guest_kernel TEXT NOT NULL,
    provenance TEXT NOT NULL,
    config_text TEXT NOT NULL,
    imported BIGINT NOT NULL
);
CREATE INDEX experiments_by_time ON experiments (config, environment, started);
CREATE TABLE cells (
    experiment INTEGER NOT NULL REFERENCES experiments (id),
    cell INTEGER NOT NULL,
    name TEXT NOT NULL,
    control TEXT NOT NULL,
    metric TEXT NOT NULL,
    unit TEXT NOT NULL,
    worse TEXT NOT NULL,
    description TEXT NOT NULL,
    command TEXT NOT NULL,
    size BIGINT NOT NULL,
    cache TEXT NOT NULL,
    factors TEXT NOT NULL,
    PRIMARY KEY (experiment, cell)
)/* clustered */;
CREATE TABLE runs (
    experiment INTEGER NOT NULL REFERENCES experiments (id),
    run INTEGER NOT NULL,
    block INTEGER NOT NULL,
    position INTEGER NOT NULL,
    cell INTEGER NOT NULL,
    status TEXT NOT NULL,
    error TEXT NOT NULL,
    started TEXT NOT NULL,
    image TEXT NOT NULL,
    workload TEXT NOT NULL,
    accel TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    prepare_s DOUBLE PRECISION,
    launch_s DOUBLE PRECISION,
    format_s DOUBLE PRECISION,
    workload_s DOUBLE PRECISION,
    sync_s DOUBLE PRECISION,
    verify_s DOUBLE PRECISION,
    shutdown_s DOUBLE PRECISION,
    allocated_before BIGINT,
    allocated_after BIGINT,
    block_write_ops BIGINT,
    block_write_bytes BIGINT,
    block_write_s DOUBLE PRECISION,
    flush_ops BIGINT,
    host_write_bytes BIGINT,
    clock_block_write_s DOUBLE PRECISION,
    clock_block_write_bytes BIGINT,
    client_cpu_s DOUBLE PRECISION,
    qemu_cpu_s DOUBLE PRECISION,
    check_s DOUBLE PRECISION,
    verified_chunks BIGINT,
    load_1m DOUBLE PRECISION,
    steal_percent DOUBLE PRECISION,
    other_cpu_percent DOUBLE PRECISION,
    cpu_pressure_percent DOUBLE PRECISION,
    io_pressure_percent DOUBLE PRECISION,
    PRIMARY KEY (experiment, run)
)/* clustered */;
CREATE TABLE metrics (
    experiment INTEGER NOT NULL REFERENCES experiments (id),
    run INTEGER NOT NULL,
    metric TEXT NOT NULL,
    unit TEXT NOT NULL,
    worse TEXT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (experiment, run, metric)
)/* clustered */;
CREATE TABLE series (
    id INTEGER NOT NULL PRIMARY KEY,
    config TEXT NOT NULL,
    environment TEXT NOT NULL,
    cell TEXT NOT NULL,
    metric TEXT NOT NULL,
    unit TEXT NOT NULL,
    worse TEXT NOT NULL,
    judged INTEGER NOT NULL,
    UNIQUE (config, environment, cell, metric, unit, worse)
);
CREATE TABLE points (
    series INTEGER NOT NULL REFERENCES series (id),
    started BIGINT NOT NULL,
    experiment INTEGER NOT NULL REFERENCES experiments (id),
    n INTEGER NOT NULL,
    median DOUBLE PRECISION NOT NULL,
    control_median DOUBLE PRECISION,
    PRIMARY KEY (series, started, experiment)
)/* clustered */;
CREATE TABLE annotations (
    id INTEGER NOT NULL PRIMARY KEY,
    night TEXT NOT NULL,
    cell TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    made BIGINT NOT NULL
);
",
    "
ALTER TABLE runs ADD COLUMN disturbed_by TEXT NOT NULL DEFAULT '';
",
    "
ALTER TABLE runs ADD COLUMN boot BIGINT;
",
];

/// Brings the tables to the newest version, or refuses those of a newer one.
pub(super) fn bring_up_to_date(
    database: &mut dyn Database,
    target: &str,
    access: Access,
) -> Result<(), HistoryError> {
    bring_to(MIGRATIONS, database, target, access)
}

fn bring_to(
    migrations: &[&str],
    database: &mut dyn Database,
    target: &str,
    access: Access,
) -> Result<(), HistoryError> {
    let known = migrations.len() as i64;
    let target = target.to_owned();
    let found = match access {
        Access::Read => version(database)?,
        Access::Write => {
            database.batch(&format!("CREATE TABLE IF NOT EXISTS {VERSIONS}"))?;
            version(database)?
        }
    };
    if found > known {
        return Err(HistoryError::Newer { target, found, known });
    }
    match access {
        Access::Read if found < known => Err(HistoryError::Older { target, found, known }),
        Access::Write if found < known => transaction(database, Purpose::Writing, |database| {
            // Another writer may have done it, or some of it, since.
            let done = usize::try_from(version(database)?).unwrap_or(0);
            for (version, migration) in (1i64..).zip(migrations).skip(done) {
                database.batch(migration)?;
                let now = jiff::Timestamp::now().as_microsecond();
                let sql = "INSERT INTO schema_version (version, applied) VALUES ($1, $2)";
                database.execute(sql, &[Value::Int(version), Value::Int(now)])?;
            }
            Ok(())
        }),
        Access::Read | Access::Write => Ok(()),
    }
}

fn version(database: &mut dyn Database) -> Result<i64, HistoryError> {
    let found = first(database, "SELECT max(version) FROM schema_version", &[])?;
    Ok(found.map_or(0, |row| row.int(0)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{super::sqlite::Sqlite, *};

    #[test]
    fn an_older_history_is_brought_up_to_date_by_its_next_writer() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("history.db");
        let one = ["CREATE TABLE a (x INTEGER)"];
        let two = [one[0], "ALTER TABLE a ADD COLUMN y INTEGER"];
        let mut database = Sqlite::open(&path, Access::Write).unwrap();
        bring_to(&one, &mut database, "h", Access::Write).unwrap();
        database.batch("INSERT INTO a VALUES (7)").unwrap();

        let refused = bring_to(&two, &mut database, "h", Access::Read).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "h: written by an older imgbench: schema 1, this one reads 2; the next `imgbench \
             history import DIR` brings it up to date"
        );
        bring_to(&two, &mut database, "h", Access::Write).unwrap();
        bring_to(&two, &mut database, "h", Access::Write).unwrap();
        let row = first(&mut database, "SELECT x, y FROM a", &[]).unwrap().unwrap();
        assert_eq!(row.0, [Value::Int(7), Value::Null]);

        let refused = bring_to(&one, &mut database, "h", Access::Write).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "h: written by a newer imgbench: schema 2, this one knows up to 1; use that imgbench"
        );
    }

    #[test]
    fn a_migration_that_fails_leaves_the_version_before() {
        let directory = tempfile::tempdir().unwrap();
        let mut database =
            Sqlite::open(&directory.path().join("history.db"), Access::Write).unwrap();
        let broken = ["CREATE TABLE a (x INTEGER)", "CREATE TABLE b (x INTEGER); NONSENSE"];
        bring_to(&broken[..1], &mut database, "h", Access::Write).unwrap();
        assert!(bring_to(&broken, &mut database, "h", Access::Write).is_err());
        assert_eq!(version(&mut database).unwrap(), 1);
        let tables = first(&mut database, "SELECT name FROM sqlite_master WHERE name = 'b'", &[]);
        assert!(tables.unwrap().is_none());
    }
}
