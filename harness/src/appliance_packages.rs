//! An appliance with more packages than libguestfs' own: fio, mkfs.xfs, mkfs.btrfs.
//!
//! supermin builds an appliance from the packages that the files of `supermin.d` name, as they are
//! installed on this host. A copy of libguestfs' `supermin.d` with one file more, which names ours, is
//! all that it takes. It lies beside libguestfs' cache, in a directory of the user's own.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};

use crate::{appliance_cache, appliance_lean, config::Kind};

/// The file that names our packages; supermin takes the files in the order of their names.
const OURS: &str = "zz-imgbench-packages";

/// The file that has their init, which the lean appliance has in its place.
const INIT: &str = "init.tar.gz";

/// Where distributions have libguestfs' files: those of its `guestfs_get_path`.
const PLACES: [&str; 4] = ["/usr/lib64", "/usr/lib", "/usr/local/lib64", "/usr/local/lib"];

/// The directory for libguestfs' `path` and `cachedir` of an appliance of this kind with these
/// packages; `None` where libguestfs' own appliance will do.
///
/// # Errors
/// libguestfs' files are not found, or the directory cannot be made or is not ours.
pub fn directory(kind: Kind, packages: &BTreeSet<&str>) -> anyhow::Result<Option<PathBuf>> {
    if packages.is_empty() && kind == Kind::Stock {
        return Ok(None);
    }
    let lean = (kind == Kind::Lean).then_some(kind.as_str());
    let name = lean.into_iter().chain(packages.iter().copied()).collect::<Vec<_>>().join("+");
    let directory = base().join(name);
    private(&base())?;
    let inside = directory.join("supermin.d");
    fs::create_dir_all(&inside).with_context(|| format!("making {}", inside.display()))?;
    let theirs = theirs()?;
    let mut expected = BTreeSet::from([OURS.into()]);
    for entry in fs::read_dir(&theirs).with_context(|| theirs.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_owned();
        let bytes = match kind == Kind::Lean && name == INIT {
            true => appliance_lean::init()?,
            false => fs::read(&path).with_context(|| path.display().to_string())?,
        };
        keep(&inside.join(&name), &bytes)?;
        expected.insert(name);
    }
    let lines: String = packages.iter().map(|package| format!("{package}\n")).collect();
    keep(&inside.join(OURS), lines.as_bytes())?;
    for entry in fs::read_dir(&inside)? {
        let entry = entry?;
        if !expected.contains(&entry.file_name()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(Some(directory))
}

/// Every directory of such appliances that there is.
pub(crate) fn all() -> Vec<PathBuf> {
    let entries = fs::read_dir(base()).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

fn base() -> PathBuf {
    appliance_cache::base().join(format!(".imgbench-{}", nix::unistd::geteuid()))
}

/// Makes a directory that only we can write, or finds that it is one: it lies where everybody may
/// make directories.
fn private(directory: &Path) -> anyhow::Result<()> {
    let shown = directory.display();
    match fs::DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(error).with_context(|| format!("making {shown}"));
        }
        _ => {}
    }
    let found = fs::symlink_metadata(directory).with_context(|| shown.to_string())?;
    ensure!(
        found.is_dir()
            && found.uid() == nix::unistd::geteuid().as_raw()
            && found.permissions().mode() & 0o022 == 0,
        "{shown} is not a directory that only we can write: remove it"
    );
    Ok(())
}

/// libguestfs' own `supermin.d`.
fn theirs() -> anyhow::Result<PathBuf> {
    let named = std::env::var_os("LIBGUESTFS_PATH");
    let named = named.iter().flat_map(std::env::split_paths).collect::<Vec<_>>();
    if let Some(fixed) = named.iter().find(|place| place.join(appliance_lean::MARK).exists()) {
        bail!(
            "LIBGUESTFS_PATH={} is a fixed appliance, which is booted as it is: write [appliance] kind = \"stock\" for that, or unset LIBGUESTFS_PATH",
            fixed.display()
        );
    }
    let usual = PLACES.into_iter().flat_map(|place| {
        // Debian has it below the name of the architecture.
        let below = fs::read_dir(place).into_iter().flatten().flatten();
        let below = below.map(|entry| entry.path().join("guestfs"));
        std::iter::once(Path::new(place).join("guestfs")).chain(below).collect::<Vec<_>>()
    });
    let found =
        named.into_iter().chain(usual).map(|place| place.join("supermin.d")).find(|d| d.is_dir());
    match found {
        Some(found) => Ok(found),
        None => bail!(
            "libguestfs' supermin.d is not found: set LIBGUESTFS_PATH to the directory that has it, or have libguestfs' own appliance booted: [appliance] kind = \"stock\""
        ),
    }
}

/// Writes a file unless it is as it should be: what is newer than the appliance has it built again.
fn keep(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    reports::replace_file(path, bytes).with_context(|| format!("writing {}", path.display()))
}
