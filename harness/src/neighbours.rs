//! Other imgbenches that measure on this host: two at once would measure each other.
//!
//! Whoever measures holds a shared lock on one file of the host. The kernel tells who else does, and
//! lets go of a lock when its holder ends, however that is, so that nothing needs to be cleaned up.

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use anyhow::Context;
use nix::{
    fcntl::{FcntlArg, fcntl},
    libc,
};
use procfs::process::Process;

use crate::nightly::lock;

const NAME: &str = "imgbench-measuring.lock";

/// How often it is looked: an experiment that is over in less disturbs little.
const TICK: Duration = Duration::from_millis(250);

/// Most of a command that is told.
const LONGEST: usize = 300;

/// Who was there: of each process its command, as far as it could be told.
pub type Seen = BTreeMap<i32, String>;

/// Looks out for others from now on, and is seen by them, until it is dropped.
pub struct Neighbours {
    file: Arc<File>,
    seen: Arc<Mutex<Seen>>,
    /// Its end ends the thread that looks.
    _looking: mpsc::Sender<()>,
}

impl Neighbours {
    /// Begins to look out. A process has one at a time, or the first that is dropped lets go of the
    /// lock of all.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn watch() -> anyhow::Result<Neighbours> {
        Neighbours::watch_at(&place())
    }

    fn watch_at(path: &Path) -> anyhow::Result<Neighbours> {
        let hold = || -> anyhow::Result<File> {
            let file = lock::open(path)?;
            fcntl(&file, FcntlArg::F_SETLK(&first_byte(libc::F_RDLCK)))?;
            Ok(file)
        };
        let file = Arc::new(hold().with_context(|| path.display().to_string())?);
        let seen = Arc::new(Mutex::new(Seen::new()));
        let (_looking, ended) = mpsc::channel::<()>();
        thread::spawn({
            let (file, seen) = (Arc::clone(&file), Arc::clone(&seen));
            move || {
                while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    look(&file, &seen);
                }
            }
        });
        Ok(Neighbours { file, seen, _looking })
    }

    /// Who was there since the last time that this was asked.
    #[must_use]
    pub fn take(&self) -> Seen {
        look(&self.file, &self.seen);
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// `imgbench run monday.toml (pid 4321); pid 4322`, or nothing.
#[must_use]
pub fn told(seen: &Seen) -> String {
    seen.values().map(String::as_str).collect::<Vec<_>>().join("; ")
}

/// Beside the script of simulated appliances, or tests would see each other.
fn place() -> PathBuf {
    #[cfg(feature = "simulated-appliance")]
    if let Some(script) = std::env::var_os(crate::appliance::simulated::VARIABLE) {
        return Path::new(&script).with_file_name(NAME);
    }
    lock::place(NAME)
}

fn look(file: &File, seen: &Mutex<Seen>) {
    // Whose lock would keep us from having it alone?
    let mut lock = first_byte(libc::F_WRLCK);
    let asked = fcntl(file, FcntlArg::F_GETLK(&mut lock)).is_ok();
    if asked && i32::from(lock.l_type) != libc::F_UNLCK {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry(lock.l_pid).or_insert_with(|| named(lock.l_pid));
    }
}

/// `imgbench run monday.toml (pid 4321)`.
fn named(process: i32) -> String {
    let pid = format!("pid {process}");
    let command = Process::new(process).and_then(|of| of.cmdline()).unwrap_or_default();
    let program = command.first().map(|path| path.rsplit('/').next().unwrap_or_default());
    // The target of a history may hold a password.
    let words = command.iter().skip(1).map(String::as_str);
    let words = words.take_while(|word| !word.starts_with("--history"));
    let words: Vec<&str> = program.into_iter().chain(words).collect();
    let text = words.join(" ");
    let text: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    match text.is_empty() {
        true => pid,
        false => format!("{text} ({pid})"),
    }
}

fn first_byte(kind: i32) -> libc::flock {
    libc::flock {
        l_type: kind as i16,
        l_whence: libc::SEEK_SET as i16,
        l_start: 0,
        l_len: 1,
        l_pid: 0,
    }
}
