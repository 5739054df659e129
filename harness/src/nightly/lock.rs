//! One nightly job measures on a host at a time: two at once would measure each other.
//!
//! An advisory lock on a file that says who holds it. The kernel lets go of it when its holder ends,
//! however that is, so that nothing needs to be cleaned up. The directory may be writable to all: links
//! are not followed, and what is there and no file of one name is refused.

use std::{
    fs::{File, OpenOptions, Permissions, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use nix::libc::{O_NOFOLLOW, O_NONBLOCK};

/// Where locks are, on Debian and Fedora; the second where the first is missing.
const PLACES: [&str; 2] = ["/var/lock", "/tmp"];

const NAME: &str = "imgbench-nightly.lock";

/// Most of what a holder says of itself.
const LONGEST: u64 = 500;

/// The lock of this host.
pub fn of_host() -> PathBuf {
    place(NAME)
}

/// Where a lock of this name is.
pub(crate) fn place(name: &str) -> PathBuf {
    let there = PLACES.iter().map(Path::new).find(|place| place.is_dir());
    there.unwrap_or(Path::new("/tmp")).join(name)
}

/// Takes the lock, and says in it who holds it.
///
/// # Errors
/// Somebody else holds it, or the file cannot be used.
pub fn take(path: &Path, holder: &str) -> anyhow::Result<File> {
    let shown = path.display();
    let mut file = open(path).with_context(|| {
        format!("{shown}: the lock of nightly jobs cannot be opened; name another file with --lock")
    })?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut said = String::new();
            let _ = (&file).take(LONGEST).read_to_string(&mut said);
            let said: String = said.trim().chars().filter(|c| !c.is_control()).collect();
            bail!(
                "another nightly job measures on this host: {}; nothing was measured: start this one when it has ended (lock: {shown})",
                if said.is_empty() { "it does not say which" } else { &said }
            );
        }
        Err(TryLockError::Error(error)) => return Err(error).context(format!("locking {shown}")),
    }
    // Of another user's file only the lock is needed.
    if file.set_len(0).and_then(|()| file.rewind()).is_ok() {
        let _ = file.write_all(holder.as_bytes());
    }
    Ok(file)
}

/// The file that is there, or a new one that every user may lock. It is going to be written over, so a
/// file that has another name as well, which somebody may have given it to lose it, is refused.
pub(crate) fn open(path: &Path) -> anyhow::Result<File> {
    let file = open_or_make(path)?;
    let found = file.metadata()?;
    ensure!(found.is_file(), "it is not a regular file");
    ensure!(found.nlink() == 1, "it has {} names (hard links) and one is permitted", found.nlink());
    Ok(file)
}

fn open_or_make(path: &Path) -> io::Result<File> {
    // Of a pipe that somebody put there the end would be waited for.
    let there =
        |options: &mut OpenOptions| options.custom_flags(O_NOFOLLOW | O_NONBLOCK).open(path);
    // Without `create`: the kernel refuses that for other users' files in directories like /tmp.
    let opened = match there(OpenOptions::new().read(true).write(true)) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            there(OpenOptions::new().read(true))
        }
        opened => opened,
    };
    match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        opened => return opened,
    }
    match there(OpenOptions::new().read(true).write(true).create_new(true)) {
        Ok(file) => {
            file.set_permissions(Permissions::from_mode(0o666))?;
            Ok(file)
        }
        // Another job was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            there(OpenOptions::new().read(true).write(true))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use nix::{sys::stat::Mode, unistd::mkfifo};

    use super::*;

    #[test]
    fn the_second_is_told_who_holds_it_and_the_lock_ends_with_its_holder() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let first = take(&path, "pid 7, nightly, since 2026-11-23T01:30:00Z").unwrap();
        let error = take(&path, "pid 8").unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "another nightly job measures on this host: pid 7, nightly, since \
                 2026-11-23T01:30:00Z; nothing was measured: start this one when it has ended \
                 (lock: {})",
                path.display()
            )
        );
        drop(first);
        drop(take(&path, "pid 8").unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "pid 8");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o666);
    }

    #[test]
    fn what_is_no_file_of_one_name_is_refused_and_left_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join("link");
        std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
        let error = format!("{:#}", take(&link, "x").unwrap_err());
        assert!(error.contains("name another file with --lock: Too many levels"), "{error}");
        let error = format!("{:#}", take(directory.path(), "x").unwrap_err());
        assert!(error.contains("Is a directory"), "{error}");
        let pipe = directory.path().join("pipe");
        mkfifo(&pipe, Mode::S_IRUSR).unwrap();
        let error = format!("{:#}", take(&pipe, "x").unwrap_err());
        assert!(error.ends_with("with --lock: it is not a regular file"), "{error}");
        let [file, other] = ["file", "other"].map(|name| directory.path().join(name));
        fs::write(&file, "precious").unwrap();
        fs::hard_link(&file, other).unwrap();
        let error = format!("{:#}", take(&file, "x").unwrap_err());
        assert!(error.ends_with("it has 2 names (hard links) and one is permitted"), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    }
}
