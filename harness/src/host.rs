//! What the machine must have before anything is written or started.

use std::{io, path::Path};

use anyhow::{Context, bail, ensure};
use image_prep::{ByteSize, MINIMUM_VERSION};
use procfs::{Current, Meminfo};

use crate::{appliance_cache, libguestfs::Libguestfs, plan::Plan, scratch};

/// The oldest libguestfs that imgbench was tested with. It needs the backend setting `force_kvm` (1.46)
/// and a handle that may change threads (1.38).
pub const MINIMUM_LIBGUESTFS: (i64, i64) = (1, 48);

/// Refuses a machine on which the plan cannot be measured. What a killed imgbench left is removed: it
/// would take room, and CPU time.
///
/// # Errors
/// qemu-img or libguestfs is missing or too old, the directory of the images cannot be written, or
/// has not the room, or there is not memory for the guests.
pub fn check(plan: &Plan, keep_images: bool) -> anyhow::Result<()> {
    check_environment()?;
    check_qemu_img()?;
    check_libguestfs()?;
    appliance_cache::sweep();
    for (directory, needed) in plan.disk_needed(keep_images) {
        check_directory(&directory)?;
        scratch::sweep(&directory).context("removing what a killed imgbench left")?;
        check_room(&directory, needed)?;
    }
    check_memory(plan.memory_needed(0))?;
    Ok(())
}

/// That the directories that the environment names for temporary files are there: libguestfs and
/// supermin fail without saying why.
///
/// # Errors
/// One is not.
pub fn check_environment() -> anyhow::Result<()> {
    for variable in ["TMPDIR", "XDG_RUNTIME_DIR", "LIBGUESTFS_CACHEDIR"] {
        let Some(value) = std::env::var_os(variable) else { continue };
        let path = Path::new(&value);
        ensure!(
            path.is_absolute() && path.is_dir(),
            "{variable}={} is not the whole path of a directory: make the directory, or unset {variable}",
            path.display()
        );
    }
    Ok(())
}

/// The first line of qemu-img's version, if it is new enough.
///
/// # Errors
/// It is missing or too old.
pub fn check_qemu_img() -> anyhow::Result<String> {
    let (line, version) = image_prep::version()?;
    let (major, minor) = MINIMUM_VERSION;
    ensure!(
        version >= MINIMUM_VERSION,
        "'{line}' is too old: {major}.{minor} is the oldest that will do; install a newer qemu-utils"
    );
    Ok(line)
}

/// The version of libguestfs, if it is new enough.
///
/// # Errors
/// It is missing or too old.
pub fn check_libguestfs() -> anyhow::Result<String> {
    let Libguestfs { number, version, .. } = Libguestfs::find()?;
    let (major, minor) = MINIMUM_LIBGUESTFS;
    ensure!(
        *number >= MINIMUM_LIBGUESTFS,
        "libguestfs {version} is too old: {major}.{minor} is the oldest that will do"
    );
    Ok(version.clone())
}

/// That images can be made in a directory.
///
/// # Errors
/// It is no directory, or cannot be written.
pub fn check_directory(directory: &Path) -> anyhow::Result<()> {
    let shown = directory.display();
    ensure!(
        directory.is_dir(),
        "directory of the images {shown} is not a directory: make it, or name another by the config's key 'directory'"
    );
    // A file without a name: nothing of it is left whenever we are killed.
    let made = tempfile::tempfile_in(directory).map(drop);
    made.map_err(|error| io::Error::from(error.kind())).with_context(|| {
        format!("images cannot be made in {shown}: name another by the config's key 'directory'")
    })
}

/// That so many bytes are free in a directory.
///
/// # Errors
/// They are not.
pub fn check_room(directory: &Path, needed: u64) -> anyhow::Result<()> {
    let free = free(directory)?;
    if free < needed {
        bail!(
            "not enough free disk in {}: {} needed, {} free; make room, or name another place by the config's key 'directory'",
            directory.display(),
            megabytes(needed),
            megabytes(free)
        );
    }
    Ok(())
}

/// The memory that is available, bytes, if guests that are booted at the same time may take so much of it: QEMU
/// takes all of a guest's memory as it starts.
///
/// # Errors
/// It is less.
pub fn check_memory(needed: u64) -> anyhow::Result<u64> {
    let available = memory()?;
    ensure!(
        needed <= available,
        "not enough memory for what is booted at the same time: {} needed, {} free; end other programs, give a guest less by the config's key 'memory', or have one guest at a time by boot = \"per-run\"",
        megabytes(needed),
        megabytes(available)
    );
    Ok(available)
}

/// Memory that the kernel has for new programs, bytes.
///
/// # Errors
/// It does not tell.
pub fn memory() -> anyhow::Result<u64> {
    let memory = Meminfo::current().context("reading /proc/meminfo")?.mem_available;
    memory.context("the kernel does not tell how much memory is available")
}

/// Bytes free to us in the filesystem of a directory.
///
/// # Errors
/// It cannot be examined.
pub fn free(directory: &Path) -> anyhow::Result<u64> {
    let found = nix::sys::statvfs::statvfs(directory)
        .with_context(|| format!("free disk of {}", directory.display()))?;
    Ok(found.blocks_available().saturating_mul(found.fragment_size()))
}

/// A number of bytes for people: whole megabytes, rounded up.
#[must_use]
pub fn megabytes(bytes: u64) -> String {
    ByteSize(bytes.div_ceil(1 << 20) << 20).to_string()
}
