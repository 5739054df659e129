//! libguestfs' cache: the appliance that was built, and what a killed supermin leaves of one that it
//! was building, some hundred megabytes.
//!
//! supermin holds a lock on the cache's lock file while it builds, under a name of its own beside
//! the finished `appliance.d`. Who has that lock knows that nobody builds now, and that whatever is
//! half built there is dead.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use anyhow::ensure;
use nix::{
    fcntl::{FcntlArg, fcntl},
    libc,
};

use crate::{
    appliance_packages,
    host::{self, megabytes},
};

/// What an appliance takes while it is built, bytes: those of Debian 12 take up to 722 MiB.
const TO_BUILD: u64 = 1 << 30;

/// How half-built appliances are named.
const HALF_BUILT: &str = "appliance.d.";

/// Removes half-built appliances, unless somebody builds one. What cannot be removed stays: it is
/// only room.
pub fn sweep() {
    for cachedir in std::iter::once(base()).chain(appliance_packages::all()) {
        sweep_cache(&of_user(&cachedir));
    }
}

/// The same of one of libguestfs' caches.
fn sweep_cache(cache: &Path) {
    let Ok(lock) = OpenOptions::new().write(true).open(cache.join("lock")) else { return };
    let whole_file = libc::flock {
        l_type: libc::F_WRLCK as i16,
        l_whence: libc::SEEK_SET as i16,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    if fcntl(&lock, FcntlArg::F_SETLK(&whole_file)).is_err() {
        return;
    }
    let Ok(entries) = fs::read_dir(cache) else { return };
    for entry in entries.flatten() {
        let half_built = entry.file_name().to_string_lossy().starts_with(HALF_BUILT);
        if half_built && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn of_user(cachedir: &Path) -> PathBuf {
    cachedir.join(format!(".guestfs-{}", nix::unistd::geteuid()))
}

/// The built appliance of one of libguestfs' caches.
pub fn appliance(cachedir: &Path) -> PathBuf {
    of_user(cachedir).join("appliance.d")
}

/// That there is room for the appliance of one of libguestfs' caches, where it is yet to be built.
///
/// # Errors
/// There is not.
pub fn check_room(cachedir: &Path) -> anyhow::Result<()> {
    if appliance(cachedir).exists() {
        return Ok(());
    }
    let free = host::free(cachedir)?;
    ensure!(
        free >= TO_BUILD,
        "not enough free disk in {} to build the appliance: {} needed, {} free; make room, or name another place by the environment's LIBGUESTFS_CACHEDIR",
        cachedir.display(),
        megabytes(TO_BUILD),
        megabytes(free)
    );
    Ok(())
}

/// Whether a file of this length is whole.
type IsWhole = fn(&File, u64) -> io::Result<bool>;

/// What of a built appliance is not whole, as after a power cut or on a full disk; of one that is not
/// there nothing. Only the ends of its files are looked at: damage in the middle shows when it boots.
#[must_use]
pub fn damage(appliance: &Path) -> Option<String> {
    if !appliance.exists() {
        return None;
    }
    let parts: [(&str, IsWhole); 3] =
        [("kernel", kernel_is_whole), ("initrd", initrd_is_whole), ("root", root_is_whole)];
    parts.into_iter().find_map(|(name, is_whole)| {
        let path = appliance.join(name);
        let examined = || -> io::Result<bool> {
            let file = File::open(&path)?;
            let length = file.metadata()?.len();
            is_whole(&file, length)
        };
        match examined() {
            Ok(true) => None,
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
                Some(format!("{}: {error}", path.display()))
            }
            Ok(false) | Err(_) => Some(format!("{} is damaged: not whole", path.display())),
        }
    })
}

/// A bzImage says how long it is: Linux' Documentation/arch/x86/boot.rst. Of a kernel of another kind,
/// as `SUPERMIN_KERNEL` may name, it is only looked at whether anything is there.
fn kernel_is_whole(file: &File, length: u64) -> io::Result<bool> {
    let head: [u8; 0x206] = bytes(file, 0)?;
    let Some(setup) = setup_of_bzimage(&head) else {
        return Ok(head.iter().any(|byte| *byte != 0));
    };
    let paragraphs: [u8; 4] = bytes(file, 0x1f4)?;
    Ok(length >= u64::from(setup) + u64::from(u32::from_le_bytes(paragraphs)) * 16)
}

/// Bytes of a bzImage before its kernel, by its first 0x206 at least; `None` of a kernel of another
/// kind.
pub(crate) fn setup_of_bzimage(image: &[u8]) -> Option<u32> {
    if image.get(0x202..0x206)? != b"HdrS" {
        return None;
    }
    let sectors = match image[0x1f1] {
        0 => 4,
        sectors => u32::from(sectors),
    };
    Some((sectors + 1) * 512)
}

/// A cpio archive ends with an entry of this name, and zeros.
fn initrd_is_whole(file: &File, length: u64) -> io::Result<bool> {
    const LAST: &[u8] = b"TRAILER!!!";
    let tail: [u8; 1024] = bytes(file, length.saturating_sub(1024))?;
    Ok(tail.windows(LAST.len()).any(|window| window == LAST))
}

/// An ext2 filesystem says how long it is: blocks, and the size of one.
fn root_is_whole(file: &File, length: u64) -> io::Result<bool> {
    const SUPERBLOCK: u64 = 1024;
    let magic: [u8; 2] = bytes(file, SUPERBLOCK + 56)?;
    let blocks = u32::from_le_bytes(bytes(file, SUPERBLOCK + 4)?);
    let size = u32::from_le_bytes(bytes(file, SUPERBLOCK + 24)?);
    let needed = 1024_u64.checked_shl(size).and_then(|size| size.checked_mul(blocks.into()));
    Ok(magic == [0x53, 0xef] && needed.is_some_and(|needed| length >= needed))
}

fn bytes<const N: usize>(file: &File, at: u64) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}

/// The directory that caches are kept under: guestfs(3), `guestfs_get_cachedir`.
#[must_use]
pub fn base() -> PathBuf {
    let named = ["LIBGUESTFS_CACHEDIR", "TMPDIR"].into_iter().find_map(std::env::var_os);
    named.map_or_else(|| PathBuf::from("/var/tmp"), PathBuf::from)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// An appliance in miniature: each file is as long as its head says, and no longer.
    fn whole() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let mut kernel = vec![0; 1024 + 2 * 512];
        kernel[0x1f1] = 1;
        kernel[0x1f4] = 64;
        kernel[0x202..0x206].copy_from_slice(b"HdrS");
        let mut initrd = vec![b'x'; 2048];
        initrd[1500..1510].copy_from_slice(b"TRAILER!!!");
        let mut root = vec![0; 4096];
        root[1024 + 4] = 4;
        root[1024 + 56..1024 + 58].copy_from_slice(&[0x53, 0xef]);
        for (name, content) in [("kernel", kernel), ("initrd", initrd), ("root", root)] {
            fs::write(directory.path().join(name), content).unwrap();
        }
        directory
    }

    #[test]
    fn whole_files_are_told_from_those_that_are_cut_short_or_empty() {
        assert_eq!(damage(whole().path()), None);
        assert_eq!(damage(Path::new("/nonexistent/appliance.d")), None);
        for name in ["kernel", "initrd", "root"] {
            let length = fs::metadata(whole().path().join(name)).unwrap().len();
            for left in [length - 600, length / 2, 10, 0] {
                let directory = whole();
                let path = directory.path().join(name);
                OpenOptions::new().write(true).open(&path).unwrap().set_len(left).unwrap();
                let expected = format!("{} is damaged: not whole", path.display());
                assert_eq!(damage(directory.path()), Some(expected), "{name}, {left}");
                fs::write(&path, vec![0; usize::try_from(length).unwrap()]).unwrap();
                assert!(damage(directory.path()).is_some(), "{name} of zeros");
                fs::remove_file(&path).unwrap();
                let missing = damage(directory.path()).unwrap();
                assert!(missing.ends_with("No such file or directory (os error 2)"), "{missing}");
            }
        }
    }

    /// As `SUPERMIN_KERNEL` may name one: of its length nothing is known.
    #[test]
    fn a_kernel_of_another_kind_is_taken() {
        let directory = whole();
        fs::write(directory.path().join("kernel"), b"\x7fELF".repeat(300)).unwrap();
        assert_eq!(damage(directory.path()), None);
    }
}
