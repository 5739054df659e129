//! Other imgbenches that measure on this host: two at once would measure each other.
//!
//! Whoever measures holds a shared lock on one file of the host, and says in it that it came. The kernel
//! tells who else holds the lock, and lets go of it when its holder ends, however that is, so that nothing
//! needs to be cleaned up; of those who came and went between two looks the last is in the file. So no look
//! is needed while a clock runs: it would take CPU time from what is measured.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::Context;
use nix::{
    fcntl::{FcntlArg, fcntl},
    libc,
};
use procfs::process::Process;

use crate::nightly::lock;

const NAME: &str = "imgbench-measuring.lock";

/// Most of a command that is told.
const LONGEST: usize = 300;

/// What ` (pid 4194304)` takes, and the number before it.
const OF_PID: usize = 24;

/// Somebody who came and could not say so, because the disk is full, say.
const UNNAMED: &str = "one that did not say its name";

/// Who was there: of each process its command, as far as it could be told.
pub type Seen = BTreeMap<i32, String>;

/// Looks out for others from now on, and is seen by them, until it is dropped.
pub struct Neighbours {
    file: File,
    last: RefCell<Look>,
}

/// What a look saw.
struct Look {
    there: Seen,
    /// When somebody last said that it came.
    came: Option<SystemTime>,
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
        let file = hold().with_context(|| path.display().to_string())?;
        say_that_we_came(&file);
        let last = Look { there: Seen::new(), came: last_written(&file) };
        Ok(Neighbours { file, last: RefCell::new(last) })
    }

    /// Who was there since the last time that this was asked.
    #[must_use]
    pub fn take(&self) -> Seen {
        let there: Seen = holder(&self.file).into_iter().map(|pid| (pid, named(pid))).collect();
        let came = last_written(&self.file);
        let last = self.last.replace(Look { there: there.clone(), came });
        let mut seen = last.there;
        seen.extend(there);
        if came != last.came {
            let (pid, name) = who_came(&self.file).unwrap_or((0, UNNAMED.to_owned()));
            seen.entry(pid).or_insert(name);
        }
        seen
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

/// Whose lock would keep us from having it alone.
fn holder(file: &File) -> Option<i32> {
    let mut lock = first_byte(libc::F_WRLCK);
    fcntl(file, FcntlArg::F_GETLK(&mut lock)).ok()?;
    (i32::from(lock.l_type) != libc::F_UNLCK).then_some(lock.l_pid)
}

/// Another user's file may be ours to lock only: then we are seen while we are there.
fn say_that_we_came(file: &File) {
    let Ok(pid) = i32::try_from(std::process::id()) else { return };
    let said = format!("{pid} {}", named(pid));
    let _ = file.write_all_at(said.as_bytes(), 0);
    let _ = file.set_len(said.len() as u64);
}

fn last_written(file: &File) -> Option<SystemTime> {
    file.metadata().ok()?.modified().ok()
}

/// Who last said that it came, if it was another. Any user may write there.
fn who_came(file: &File) -> Option<(i32, String)> {
    let mut said = [0; 4 * (LONGEST + OF_PID)];
    let length = file.read_at(&mut said, 0).ok()?;
    let said = String::from_utf8_lossy(&said[..length]);
    let (pid, name) = said.split_once(' ')?;
    let pid = pid.parse().ok().filter(|&pid| u32::try_from(pid) != Ok(std::process::id()))?;
    Some((pid, plain(name, LONGEST + OF_PID)))
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
    match plain(&text, LONGEST) {
        text if text.is_empty() => pid,
        text => format!("{text} ({pid})"),
    }
}

fn plain(text: &str, longest: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(longest).collect()
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    /// A lock is not seen by the process that has it, so this is all about who is gone again.
    #[test]
    fn who_came_and_went_is_seen_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let neighbours = Neighbours::watch_at(&path).unwrap();
        assert_eq!(neighbours.take(), Seen::new());
        let long = "x".repeat(LONGEST);
        for (said, seen) in [
            (format!("4194304 {long} (pid 4194304)"), (4194304, format!("{long} (pid 4194304)"))),
            (
                "7 imgbench run\n a.toml (pid 7)".to_owned(),
                (7, "imgbench run a.toml (pid 7)".into()),
            ),
            (String::new(), (0, UNNAMED.to_owned())),
        ] {
            // So that it is written at another time than what was written last.
            let came = last_written(&neighbours.file).unwrap() + std::time::Duration::from_secs(1);
            fs::write(&path, &said).unwrap();
            File::open(&path).unwrap().set_modified(came).unwrap();
            assert_eq!(neighbours.take(), Seen::from([seen]), "{said}");
            assert_eq!(neighbours.take(), Seen::new(), "{said}");
        }
    }
}
