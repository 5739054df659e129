//! Private directories of a run: one for its image, one for its sockets.
//!
//! Both are readable by their owner only and are gone when the run is. Each is locked as long as its
//! imgbench lives, so that what a killed one left is told from what is in use, by any later one.

use std::{
    ffi::OsStr,
    fs::{self, File, Permissions, TryLockError},
    io,
    os::unix::{
        ffi::OsStrExt,
        fs::{MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

use anyhow::Context;
use tempfile::TempDir;

use crate::supervise::end_orphans;

/// A UNIX socket's path may have 107 bytes; the rest is for our own names.
const MAX_SOCKET_DIRECTORY: usize = 60;

/// How the names of these directories begin.
const PREFIX: &str = "imgbench-scratch-";

/// Readable by their owner only.
const MODE: u32 = 0o700;

/// A private directory, removed when dropped.
pub struct Scratch {
    directory: TempDir,
    /// Dropped last: what is unlocked may be swept away.
    _lock: File,
}

impl Scratch {
    /// A directory for sockets and temporary files, in the system's place for them.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn sockets() -> anyhow::Result<Scratch> {
        Scratch::under(&socket_root())
    }

    /// A directory for an image.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn under(directory: &Path) -> anyhow::Result<Scratch> {
        // The error's own text has the random name that was tried.
        Scratch::make(directory)
            .map_err(|error| io::Error::from(error.kind()))
            .with_context(|| format!("no directory can be made in {}", directory.display()))
    }

    fn make(parent: &Path) -> io::Result<Scratch> {
        loop {
            let directory = tempfile::Builder::new()
                .prefix(PREFIX)
                .permissions(Permissions::from_mode(MODE))
                .tempdir_in(parent)?;
            let lock = match File::open(directory.path()) {
                // Swept by another imgbench before it was locked.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => opened?,
            };
            match lock.try_lock() {
                Err(TryLockError::WouldBlock) => {}
                // A filesystem without locks: then nobody sweeps there either.
                Err(TryLockError::Error(_)) | Ok(()) if directory.path().is_dir() => {
                    return Ok(Scratch { directory, _lock: lock });
                }
                _ => {}
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}

/// File in a directory of sockets that names libguestfs' own.
pub const SOCKETS: &str = "libguestfs-sockets";

/// How the names of libguestfs' directories begin.
pub const LIBGUESTFS: &str = "libguestfs";

/// Ends what a killed imgbench left running, and removes what it left of images and sockets.
///
/// # Errors
/// A directory of it cannot be removed, or a process does not end.
pub fn sweep(images: &Path) -> anyhow::Result<()> {
    let sockets = socket_root();
    // What still runs has images open. The directory of its sockets is its mark.
    sweep_root(&sockets)?;
    if images != sockets {
        sweep_root(images)?;
    }
    Ok(())
}

fn sweep_root(root: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(root).with_context(|| root.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with(PREFIX) {
            continue;
        }
        // It may be gone by now: its imgbench ended in its own time.
        let Ok(found) = fs::symlink_metadata(&path) else { continue };
        let ours = found.uid() == nix::unistd::geteuid().as_raw();
        if !ours || !found.is_dir() || found.mode() & 0o777 != MODE {
            continue;
        }
        let Ok(lock) = File::open(&path) else { continue };
        if lock.try_lock().is_ok() {
            end_orphans(&path)?;
            let swept = sweep_libguestfs(&path).and_then(|()| remove(&path));
            swept.with_context(|| format!("removing {}", path.display()))?;
        }
    }
    Ok(())
}

/// Removes the directory that libguestfs had for the run of these sockets.
fn sweep_libguestfs(sockets: &Path) -> io::Result<()> {
    let Ok(named) = fs::read(sockets.join(SOCKETS)) else { return Ok(()) };
    let directory = Path::new(OsStr::from_bytes(&named));
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    let there = fs::symlink_metadata(directory).is_ok_and(|found| found.is_dir());
    match there && name.starts_with(LIBGUESTFS) {
        true => remove(directory),
        false => Ok(()),
    }
}

/// libguestfs' recovery process, killed as late as we are, may be removing the same.
fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn socket_root() -> PathBuf {
    let usual = std::env::temp_dir();
    match usual.as_os_str().len() <= MAX_SOCKET_DIRECTORY {
        true => usual,
        false => PathBuf::from("/tmp"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_what_is_ours_and_unlocked_is_swept() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        let used = Scratch::under(root.path()).unwrap();
        fs::write(used.path().join("test.img"), "in use").unwrap();
        for (name, mode) in [
            ("imgbench-scratch-dead", 0o700),
            ("imgbench-scratch-public", 0o755),
            ("imgbench-results", 0o700),
        ] {
            fs::create_dir(path(name)).unwrap();
            fs::set_permissions(path(name), Permissions::from_mode(mode)).unwrap();
            fs::write(path(name).join("test.img"), "x").unwrap();
        }
        fs::write(path("imgbench-scratch-file"), "x").unwrap();

        sweep_root(root.path()).unwrap();
        assert!(!path("imgbench-scratch-dead").exists());
        for name in ["imgbench-scratch-public", "imgbench-results", "imgbench-scratch-file"] {
            assert!(path(name).exists(), "{name}");
        }
        let name = used.path().to_owned();
        assert!(name.join("test.img").exists());
        drop(used);
        assert!(!name.exists());
    }
}
