//! Private directories of a run: one for its image, one for its sockets.
//!
//! Both are readable by their owner only and are gone when the run is. Their names carry the
//! experiment's id, so that a resume finds what a killed imgbench left.

use std::{
    ffi::OsStr,
    fs::{self, Permissions},
    io,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;
use tempfile::TempDir;

/// A UNIX socket's path may have 107 bytes; the rest is for our own names.
const MAX_SOCKET_DIRECTORY: usize = 60;

/// A private directory, removed when dropped.
pub struct Scratch(TempDir);

impl Scratch {
    /// A directory for sockets and temporary files, in the system's place for them.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn sockets(id: &str) -> anyhow::Result<Scratch> {
        Scratch::under(&socket_root(), id)
    }

    /// A directory for an image.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn under(directory: &Path, id: &str) -> anyhow::Result<Scratch> {
        let ours_alone = Permissions::from_mode(0o700);
        let made = tempfile::Builder::new()
            .prefix(&prefix(id))
            .permissions(ours_alone)
            .tempdir_in(directory);
        // The error's own text has the random name that was tried.
        made.map(Scratch)
            .map_err(|error| io::Error::from(error.kind()))
            .with_context(|| format!("no directory can be made in {}", directory.display()))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// File in a directory of sockets that names libguestfs' own.
pub const SOCKETS: &str = "libguestfs-sockets";

/// How the names of libguestfs' directories begin.
pub const LIBGUESTFS: &str = "libguestfs";

/// Removes what an earlier, killed imgbench left of the experiment with this id.
///
/// # Errors
/// A directory of it cannot be removed.
pub fn sweep(images: &Path, id: &str) -> io::Result<()> {
    for root in [images.to_owned(), socket_root()] {
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            let ours = entry.file_name().to_string_lossy().starts_with(&prefix(id));
            if ours && entry.file_type()?.is_dir() {
                sweep_libguestfs(&entry.path())?;
                fs::remove_dir_all(entry.path())?;
            }
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
        true => fs::remove_dir_all(directory),
        false => Ok(()),
    }
}

fn prefix(id: &str) -> String {
    format!("imgbench-{id}-")
}

fn socket_root() -> PathBuf {
    let usual = std::env::temp_dir();
    match usual.as_os_str().len() <= MAX_SOCKET_DIRECTORY {
        true => usual,
        false => PathBuf::from("/tmp"),
    }
}
