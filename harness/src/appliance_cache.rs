//! What a killed supermin leaves in libguestfs' cache: the appliance that it was building, some
//! hundred megabytes.
//!
//! supermin holds a lock on the cache's lock file while it builds, under a name of its own beside
//! the finished `appliance.d`. Who has that lock knows that nobody builds now, and that whatever is
//! half built there is dead.

use std::{
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
};

use nix::{
    fcntl::{FcntlArg, fcntl},
    libc,
};

use crate::appliance_packages;

/// How half-built appliances are named.
const HALF_BUILT: &str = "appliance.d.";

/// Removes half-built appliances, unless somebody builds one. What cannot be removed stays: it is
/// only room.
pub fn sweep() {
    for cachedir in std::iter::once(base()).chain(appliance_packages::all()) {
        sweep_cache(&cachedir.join(format!(".guestfs-{}", nix::unistd::geteuid())));
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

/// The directory that caches are kept under: guestfs(3), `guestfs_get_cachedir`.
#[must_use]
pub fn base() -> PathBuf {
    let named = ["LIBGUESTFS_CACHEDIR", "TMPDIR"].into_iter().find_map(std::env::var_os);
    named.map_or_else(|| PathBuf::from("/var/tmp"), PathBuf::from)
}
