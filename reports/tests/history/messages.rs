//! Files that are no history, or one that cannot be written.

use std::{fs, path::Path};

use nix::unistd::{Uid, User, geteuid, setfsuid};
use reports::history::{Access, Filter, History};

use super::experiments::{filled, night, read};

fn refused(path: &Path, access: Access) -> String {
    let said = History::open(path.to_str().unwrap(), access).err().unwrap().to_string();
    said.strip_prefix(path.to_str().unwrap()).unwrap().to_owned()
}

/// Refused for both accesses, and left as it was.
fn left_alone(path: &Path, message: &str) {
    let before = fs::read(path).unwrap();
    for access in [Access::Read, Access::Write] {
        assert_eq!(refused(path, access), message);
    }
    assert_eq!(fs::read(path).unwrap(), before);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_file_of_something_else_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("history.db");
    fs::write(&path, "run,block,position,cell\n".repeat(50)).unwrap();
    left_alone(&path, ": not an SQLite database; give another file with --history");
}

#[test]
fn a_database_of_something_else_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("places.sqlite");
    let theirs = rusqlite::Connection::open(&path).unwrap();
    theirs.execute_batch("CREATE TABLE runs (x TEXT); CREATE TABLE places (x TEXT)").unwrap();
    drop(theirs);
    left_alone(
        &path,
        ": not a history of imgbench: it has the tables places, runs; nothing was changed; give \
         another database with --history",
    );
}

#[test]
fn a_newer_schema_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("history.db");
    drop(filled(path.to_str().unwrap(), [1]));
    let ours = rusqlite::Connection::open(&path).unwrap();
    ours.execute_batch("INSERT INTO schema_version VALUES (4, 0)").unwrap();
    drop(ours);
    left_alone(
        &path,
        ": written by a newer imgbench: schema 4, this one knows up to 3; use that imgbench",
    );
}

#[test]
fn what_is_not_there_is_begun_only_by_writing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("results/history.db");
    let said = refused(&path, Access::Read);
    assert_eq!(said, ": no history here yet; begin one with `imgbench history import DIR`");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    History::open(path.to_str().unwrap(), Access::Write).unwrap();
    assert!(read(path.to_str().unwrap()).nights(&Filter::default()).unwrap().is_empty());
}

#[test]
fn a_directory_is_no_database() {
    let directory = tempfile::tempdir().unwrap();
    let said = refused(directory.path(), Access::Write);
    assert!(said.starts_with(": unable to open database file"), "{said}");
}

/// Root may write everything, so that this thread becomes somebody else where files are concerned.
#[test]
fn a_file_that_may_not_be_written_is_read_all_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("history.db");
    let target = path.to_str().unwrap();
    drop(filled(target, [1]));
    let mode = |path: &Path, mode| {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&path, 0o444);
    mode(directory.path(), 0o555);
    let as_root = geteuid().is_root();
    if as_root {
        setfsuid(User::from_name("nobody").unwrap().unwrap().uid);
    }
    let before = fs::read(&path).unwrap();
    assert_eq!(
        refused(&path, Access::Write),
        ": may be read but not written; nothing was changed; check its permissions"
    );
    let mut history = read(target);
    assert_eq!(history.nights(&Filter::default()).unwrap().len(), 1);
    let said = history.import(&night(2)).unwrap_err().to_string();
    assert!(said.contains("may be read but not written"), "{said}");
    assert_eq!(fs::read(&path).unwrap(), before);
    if as_root {
        setfsuid(Uid::from_raw(0));
    }
    mode(directory.path(), 0o755);
}
