//! PostgreSQL that is not there, or not any more.

use reports::history::{Access, Filter, History, HistoryError, Outcome};

use super::{
    experiments::{night, read, write},
    server::{Database, Server, execute},
};

fn refused(target: &str, access: Access) -> String {
    History::open(target, access).err().unwrap().to_string()
}

#[test]
fn a_server_that_is_down_is_told_without_the_password() {
    let server = Server::start();
    let target = server.create_database();
    server.stop();
    let said = refused(&target, Access::Write);
    assert!(!said.contains("secret"), "{said}");
    let (place, rest) = said.split_once(": ").unwrap();
    assert_eq!(place, target.replace("secret", "***"));
    assert_eq!(
        rest,
        "cannot connect: error connecting to server: No such file or directory (os error 2); is the \
         server running? Experiments keep their own files: import them when it is"
    );
}

/// Nothing of the night that met the outage is there, and it is imported when the server is back.
#[test]
fn a_server_that_stops_loses_nothing() {
    let server = Server::start();
    let target = server.create_database();
    let mut history = write(&target);
    history.import(&night(1)).unwrap();
    server.stop();
    let said = history.import(&night(2)).unwrap_err();
    assert!(matches!(said, HistoryError::Unreachable { .. }), "{said}");
    assert!(!said.to_string().contains("secret"), "{said}");
    server.resume();
    assert_eq!(history.nights(&Filter::default()).unwrap().len(), 1);
    assert_eq!(history.import(&night(2)).unwrap().outcome, Outcome::New);
    assert_eq!(history.nights(&Filter::default()).unwrap().len(), 2);
}

/// The connection ends inside the transaction: the tables are locked until the server is stopped.
#[test]
fn an_import_that_is_cut_off_leaves_nothing() {
    let server = Server::start();
    let target = server.create_database();
    let mut history = write(&target);
    history.import(&night(1)).unwrap();
    let mut locking = postgres::Client::connect(&target, postgres::NoTls).unwrap();
    locking.batch_execute("BEGIN; LOCK TABLE imgbench.points").unwrap();
    let said = std::thread::scope(|scope| {
        let importing = scope.spawn(|| history.import(&night(2)).unwrap_err());
        let mut looking = postgres::Client::connect(&target, postgres::NoTls).unwrap();
        let waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
        while looking.query(waiting, &[]).unwrap().is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        server.stop();
        importing.join().unwrap()
    });
    assert!(matches!(said, HistoryError::Lost { .. }), "{said}");
    let said = said.to_string();
    assert!(
        said.ends_with("; what was being imported is not in the history: import it again"),
        "{said}"
    );
    server.resume();
    assert_eq!(history.nights(&Filter::default()).unwrap().len(), 1);
    assert_eq!(history.import(&night(2)).unwrap().outcome, Outcome::New);
}

#[test]
fn a_schema_of_somebody_else_is_left_alone() {
    let database = Database::create();
    execute(&database.target, "CREATE SCHEMA imgbench; CREATE TABLE imgbench.pictures (x TEXT)");
    let place = database.target.replace("secret", "***");
    for access in [Access::Read, Access::Write] {
        assert_eq!(
            refused(&database.target, access),
            format!(
                "{place}: not a history of imgbench: its schema 'imgbench' has the tables pictures; \
                 nothing was changed; give another database with --history"
            )
        );
    }
    execute(
        &database.target,
        "SELECT x FROM imgbench.pictures; CREATE TABLE imgbench.runs (y TEXT)",
    );
}

#[test]
fn tables_beside_ours_are_left_alone() {
    let database = Database::create();
    execute(&database.target, "CREATE TABLE runs (x TEXT); INSERT INTO runs VALUES ('theirs')");
    write(&database.target).import(&night(1)).unwrap();
    execute(&database.target, "DO $$ BEGIN ASSERT (SELECT x FROM public.runs) = 'theirs'; END $$");
    assert_eq!(read(&database.target).nights(&Filter::default()).unwrap().len(), 1);
}

#[test]
fn a_newer_schema_on_a_server_is_refused() {
    let database = Database::create();
    write(&database.target).import(&night(1)).unwrap();
    execute(&database.target, "INSERT INTO imgbench.schema_version VALUES (4, 0)");
    let place = database.target.replace("secret", "***");
    for access in [Access::Read, Access::Write] {
        assert_eq!(
            refused(&database.target, access),
            format!(
                "{place}: written by a newer imgbench: schema 4, this one knows up to 3; use that \
                 imgbench"
            )
        );
    }
}

#[test]
fn who_may_only_read_is_told_when_writing() {
    let database = Database::create();
    write(&database.target).import(&night(1)).unwrap();
    let target = format!("{}?options=-c%20default_transaction_read_only%3Don", database.target);
    assert_eq!(read(&target).nights(&Filter::default()).unwrap().len(), 1);
    let said = refused(&target, Access::Write);
    assert!(
        said.ends_with(": may be read but not written; nothing was changed; check its permissions"),
        "{said}"
    );
}

#[test]
fn a_database_without_a_history_is_told_when_reading() {
    let database = Database::create();
    let place = database.target.replace("secret", "***");
    assert_eq!(
        refused(&database.target, Access::Read),
        format!("{place}: no history here yet; begin one with `imgbench history import DIR`")
    );
}
