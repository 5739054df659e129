//! Writing a file whole or not at all.
//!
//! Takes a path and its bytes. Whoever reads the path, at any time and after any crash, finds the
//! old contents or the new, never a part.

use std::{
    ffi::OsStr,
    fs::{self, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

/// How the temporary files are called.
const PREFIX: &str = ".imgbench-";

/// Replaces the file in one step: a temporary file beside it, on disk before it is renamed.
///
/// # Errors
/// What the operating system says; the old file is untouched then.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    // Temporary files are private by default; these are results, meant to be shared as far as the
    // user's umask allows.
    let mut file = tempfile::Builder::new()
        .prefix(PREFIX)
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    fs::File::open(directory)?.sync_all()
}

/// Whether this is the name of a temporary file, which stays where its writer was killed.
#[must_use]
pub fn is_unfinished(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(PREFIX.as_bytes())
}

/// Removes the temporary files of killed writers from the directory of an experiment, in which nobody
/// may be writing.
///
/// # Errors
/// What the operating system says.
pub fn remove_unfinished(directory: &Path) -> io::Result<()> {
    for directory in [directory.to_owned(), directory.join("plots")] {
        if !directory.is_dir() {
            continue;
        }
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            if is_unfinished(&entry.file_name()) {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

/// The same for a path that a user gave: a device or a pipe is written to, not replaced by a file, and
/// of a symbolic link it is the file that it leads to. Not for files of an experiment, whose directory
/// may be anybody's, links included.
///
/// # Errors
/// What the operating system says.
pub fn write_as_asked(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => write(&fs::canonicalize(path)?, bytes),
        Ok(found) if !found.is_dir() => {
            fs::OpenOptions::new().write(true).open(path)?.write_all(bytes)
        }
        _ => write(path, bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_was_planted_is_replaced_and_one_that_was_given_followed() -> io::Result<()> {
        let directory = tempfile::tempdir()?;
        let [file, link] = ["file", "link"].map(|name| directory.path().join(name));
        fs::write(&file, "old")?;
        std::os::unix::fs::symlink(&file, &link)?;
        write_as_asked(&link, b"asked")?;
        assert!(link.is_symlink());
        assert_eq!(fs::read(&file)?, b"asked");
        write(&link, b"planted")?;
        assert!(!link.is_symlink());
        assert_eq!(fs::read(&file)?, b"asked");
        Ok(())
    }

    #[test]
    fn a_device_stays_a_device() -> io::Result<()> {
        let directory = tempfile::tempdir()?;
        let link = directory.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &link)?;
        write_as_asked(&link, b"lost")?;
        assert!(link.is_symlink() && fs::metadata("/dev/null")?.len() == 0);
        assert!(!fs::metadata("/dev/null")?.is_file());
        Ok(())
    }

    #[test]
    fn replaces_what_is_there_and_leaves_nothing_else() -> io::Result<()> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("report.txt");
        write(&path, b"old")?;
        write(&path, b"new")?;
        assert_eq!(fs::read(&path)?, b"new");
        assert_eq!(fs::read_dir(directory.path())?.count(), 1);
        Ok(())
    }

    #[test]
    fn a_failure_leaves_the_old_file() -> io::Result<()> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("taken");
        fs::create_dir(&path)?;
        assert!(write(&path, b"new").is_err());
        assert_eq!(fs::read_dir(directory.path())?.count(), 1);
        Ok(())
    }
}
