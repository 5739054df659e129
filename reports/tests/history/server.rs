//! A PostgreSQL server of the test's own, from the distribution's programs: in a directory of its own,
//! on a socket there and on no port. As root it runs as `nobody`, since the programs refuse root.

use std::{
    fs,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicU32, Ordering},
    },
};

use nix::unistd::{User, geteuid};
use tempfile::TempDir;

/// A running server; it is stopped, and all of it removed, when this is dropped.
pub struct Server {
    directory: TempDir,
}

static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// An empty database, on a server that tests which run at the same time share.
pub struct Database {
    pub target: String,
    _server: Arc<Server>,
}

impl Database {
    pub fn create() -> Database {
        let mut shared = SHARED.lock().unwrap();
        let server = shared.upgrade().unwrap_or_else(|| Arc::new(Server::start()));
        *shared = Arc::downgrade(&server);
        drop(shared);
        let target = server.create_database();
        Database { target, _server: server }
    }
}

impl Server {
    pub fn start() -> Server {
        let directory = tempfile::Builder::new().prefix("imgbench-pg-").tempdir().unwrap();
        if let Some(user) = other_user() {
            chown(directory.path(), Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();
        }
        let server = Server { directory };
        let data = server.data();
        run(program("initdb")
            .args(["-A", "trust", "-U", "bench", "-E", "UTF8", "--locale=C"])
            .args(["--no-sync", "-D", data.to_str().unwrap()]));
        server.resume();
        server
    }

    /// Starts it again after [`Server::stop`].
    pub fn resume(&self) {
        let place = self.directory.path().display();
        let options =
            format!("-k {place} -c listen_addresses= -c fsync=off -c shared_buffers=16MB");
        let log = self.directory.path().join("log");
        run(self.control("start").arg("-l").arg(log).args(["-w", "-o", &options]));
    }

    /// Breaks every connection.
    pub fn stop(&self) {
        run(self.control("stop").args(["-m", "immediate", "-w"]));
    }

    /// An empty database of a new name.
    pub fn create_database(&self) -> String {
        let name = format!("t{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        execute(&self.url("postgres"), &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        let place = self.directory.path().display().to_string().replace('/', "%2F");
        format!("postgres://bench:secret@{place}/{database}")
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn control(&self, what: &str) -> Command {
        let mut command = program("pg_ctl");
        command.arg(what).arg("-s").arg("-D").arg(self.data());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test may have stopped it already.
        let _ = self.control("stop").args(["-m", "immediate", "-w"]).output();
    }
}

/// Executes statements on a database, past the history.
pub fn execute(target: &str, sql: &str) {
    postgres::Client::connect(target, postgres::NoTls).unwrap().batch_execute(sql).unwrap();
}

fn other_user() -> Option<User> {
    geteuid().is_root().then(|| User::from_name("nobody").unwrap().unwrap())
}

/// One of PostgreSQL's programs, as a user that it accepts. Debian keeps them out of the path.
fn program(name: &str) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> =
        versions.map(|version| version.path().join("bin").join(name)).collect();
    paths.retain(|path| path.exists());
    paths.sort();
    let path = paths.pop().unwrap_or_else(|| PathBuf::from(name));
    let mut command = match other_user() {
        Some(user) => {
            let mut command = Command::new("setpriv");
            command.args(["--clear-groups", "--reuid", &user.uid.to_string()]);
            command.args(["--regid", &user.gid.to_string()]).arg(path);
            command
        }
        None => Command::new(path),
    };
    command.current_dir(Path::new("/"));
    command
}

fn run(command: &mut Command) {
    let output = command.output();
    let output = output.expect("PostgreSQL's programs: `make setup` installs them");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
