//! An experiment in a directory of its own, and what can be seen of its processes from outside.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Mutex, MutexGuard},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use procfs::process::{Process, all_processes};
use reports::record::Experiment;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The default experiment with other sizes, in a directory of its own.
pub struct Bench {
    pub directory: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Bench {
    pub fn new(size: &str, bytes: &str, more: &str) -> Bench {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let directory = tempfile::tempdir_in("/var/tmp").unwrap();
        let images = directory.path().join("images");
        fs::create_dir(&images).unwrap();
        let config = include_str!("../../../configs/default.toml")
            .replace("300M", size)
            .replace("256M", bytes)
            .replace("runs = 3", &format!("runs = 1\ndirectory = \"{}\"", images.display()));
        fs::write(directory.path().join("real.toml"), format!("{config}\n{more}")).unwrap();
        fs::create_dir(directory.path().join("tmp")).unwrap();
        Bench { directory, _turn: turn }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgbench"));
        command
            .args(["run", "real.toml", "--out", "out", "--seed", "1"])
            .args(arguments)
            .current_dir(self.directory.path())
            .env("TMPDIR", self.path("tmp"))
            // The appliance that is there already; without this it would be built under TMPDIR.
            .env("LIBGUESTFS_CACHEDIR", "/var/tmp")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn experiment(&self) -> Experiment {
        Experiment::load(&self.path("out")).unwrap()
    }

    /// No image, no socket, no process of the experiment is left.
    pub fn assert_nothing_left(&self) {
        for directory in ["images", "tmp"] {
            let left: Vec<_> = fs::read_dir(self.path(directory)).unwrap().collect();
            assert!(left.is_empty(), "{left:?}");
        }
        let manifest = fs::read_to_string(self.path("out/experiment.toml")).unwrap_or_default();
        for directory in socket_directories(&manifest) {
            assert!(!directory.exists(), "{}", directory.display());
        }
        assert_eq!(self.qemu(), None);
    }

    /// The QEMU that has an image of this bench, by its command line.
    pub fn qemu(&self) -> Option<i32> {
        let images = self.path("images").display().to_string();
        all_processes().unwrap().flatten().find_map(|process| {
            let command = process.cmdline().ok()?;
            let qemu = command.first()?.contains("qemu-system");
            (qemu && command.iter().any(|word| word.contains(&images))).then(|| process.pid())
        })
    }
}

/// What supermin builds in a cache, or half built left there.
pub fn half_built(cache: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.to_string_lossy().contains("/appliance.d.") {
            found.push(path);
        } else if entry.file_type().is_ok_and(|of| of.is_dir()) {
            found.extend(half_built(&path));
        }
    }
    found
}

/// Where libguestfs has the sockets of this QEMU, by its command line.
pub fn socket_directory(qemu: i32) -> PathBuf {
    let command = Process::new(qemu).unwrap().cmdline().unwrap().join(" ");
    socket_directories(&command).remove(0)
}

/// Every such directory that a text of command lines names.
fn socket_directories(text: &str) -> Vec<PathBuf> {
    let paths = text.split("socket,path=").skip(1);
    paths.map(|rest| PathBuf::from(rest.split("/guestfsd.sock").next().unwrap())).collect()
}

pub fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(600), "waited in vain for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

pub fn children_of(pid: i32) -> Vec<i32> {
    let all = all_processes().unwrap().flatten().filter_map(|process| process.stat().ok());
    all.filter(|stat| stat.ppid == pid).map(|stat| stat.pid).collect()
}

/// The worker that has written some chunks but not all; others may wait for their turn.
pub fn worker_in_mid_write(imgbench: &Child) -> i32 {
    worker_that_wrote(imgbench, 6 << 20)
}

/// The worker, once it has sent so many bytes.
pub fn worker_that_wrote(imgbench: &Child, bytes: u64) -> i32 {
    let imgbench = i32::try_from(imgbench.id()).unwrap();
    let wrote = |worker: &i32| {
        let io = Process::new(*worker).and_then(|worker| worker.io());
        io.is_ok_and(|io| io.wchar > bytes)
    };
    wait_for("a worker that writes", || children_of(imgbench).into_iter().find(wrote))
}

/// The QEMU that a worker started.
pub fn qemu_of(worker: i32) -> i32 {
    let is_qemu = |pid: &i32| {
        let stat = Process::new(*pid).and_then(|process| process.stat());
        stat.is_ok_and(|stat| stat.comm.starts_with("qemu-system"))
    };
    children_of(worker).into_iter().find(is_qemu).unwrap()
}

pub fn send(pid: i32, signal: Signal) {
    kill(Pid::from_raw(pid), signal).unwrap();
}

pub fn rows(path: &Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count().saturating_sub(1))
}
