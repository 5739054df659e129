//! The checks that start no appliance.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    thread,
};

use procfs::Current;

use super::Finding;
use crate::{appliance_cache, experiment::provenance, host, plan::Plan};

/// How much of a machine's cores others may use before measuring is disturbed.
const QUIET_LOAD: f64 = 0.25;

/// What to do about a program or a library.
pub(super) const INSTALL: &str = "run 'make setup'; where it is too old, install a newer one";

pub(super) fn temporary_files() -> Finding {
    let found = host::check_environment().map(|()| std::env::temp_dir().display().to_string());
    Finding::of("temporary files", found, "make the directory, or unset the variable")
}

/// An image made by one version and run by another is no measurement of either.
pub(super) fn versions_agree() -> Finding {
    const WHAT: &str = "QEMU and qemu-img";
    let number = |line: String| {
        let found =
            line.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        found.map(str::to_owned)
    };
    let qemu = provenance::qemu_version().ok().and_then(number);
    let qemu_img = image_prep::version().ok().and_then(|(line, _)| number(line));
    match (qemu, qemu_img) {
        (Some(qemu), Some(qemu_img)) if qemu == qemu_img => Finding::ok(WHAT, "are one version"),
        (Some(qemu), Some(qemu_img)) => Finding::warning(
            WHAT,
            format!("are {qemu} and {qemu_img}"),
            "install both from one source",
        ),
        _ => Finding::warning(WHAT, "cannot be compared", "see above"),
    }
}

/// supermin builds the appliance from a kernel of the host, which it must be able to read (Ubuntu
/// gives its kernels to root only).
pub(super) fn kernel() -> Finding {
    const WHAT: &str = "kernel for the appliance";
    let kernels = kernels();
    let (readable, others): (Vec<_>, Vec<_>) =
        kernels.iter().partition(|kernel| File::open(kernel).is_ok());
    let listed = |kernels: &[&PathBuf]| {
        kernels.iter().map(|kernel| kernel.display().to_string()).collect::<Vec<_>>().join(" ")
    };
    let remedy =
        format!("as root: chmod +r {}  # on Ubuntu again after each new kernel", listed(&others));
    match (&readable[..], &others[..]) {
        ([], []) => Finding::bad(WHAT, "none in /boot", "run 'make setup'"),
        ([], others) => Finding::bad(WHAT, format!("{} cannot be read", listed(others)), remedy),
        (readable, []) => Finding::ok(WHAT, listed(readable)),
        // supermin takes the newest, whether it can read it or not.
        (_, others) => Finding::warning(WHAT, format!("{} cannot be read", listed(others)), remedy),
    }
}

/// Those that supermin chooses from: the one that the environment names, else Fedora's place, else
/// those of `/boot` that have modules.
fn kernels() -> Vec<PathBuf> {
    if let Some(kernel) = std::env::var_os("SUPERMIN_KERNEL") {
        return vec![PathBuf::from(kernel)];
    }
    let inside = |directory: &str| -> Vec<PathBuf> {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let modules: Vec<PathBuf> = inside("/lib/modules");
    let beside = modules.iter().map(|directory| directory.join("vmlinuz"));
    let beside: Vec<PathBuf> = beside.filter(|kernel| kernel.exists()).collect();
    if !beside.is_empty() {
        return beside;
    }
    let has_modules = |kernel: &PathBuf| {
        let name = kernel.file_name().unwrap_or_default().to_string_lossy();
        let version = name.strip_prefix("vmlinuz-");
        version.is_some_and(|version| modules.iter().any(|modules| modules.ends_with(version)))
    };
    inside("/boot").into_iter().filter(has_modules).collect()
}

/// The appliance that was built before: the next boot takes it as it is.
pub(super) fn cached_appliance(cachedir: &Path) -> Finding {
    const WHAT: &str = "built appliance";
    let appliance = appliance_cache::appliance(cachedir);
    let shown = appliance.display();
    match appliance_cache::damage(&appliance) {
        _ if !appliance.exists() => {
            let room = appliance_cache::check_room(cachedir);
            let found = room.map(|()| "none yet; the first boot builds it".to_owned());
            Finding::of(WHAT, found, "make room, or set LIBGUESTFS_CACHEDIR")
        }
        None => Finding::ok(WHAT, shown.to_string()),
        Some(damage) => Finding::bad(WHAT, damage, rebuild(&appliance)),
    }
}

/// How an appliance is built anew.
pub(super) fn rebuild(appliance: &Path) -> String {
    format!("rm -r {}  # the next boot builds it anew", appliance.display())
}

pub(super) fn memory(needed: u64) -> Finding {
    let check = || -> anyhow::Result<String> {
        let available = host::check_memory(needed)?;
        let [needed, available] = [needed, available].map(host::megabytes);
        Ok(format!("{needed} for guests booted at the same time, {available} available"))
    };
    Finding::of("memory", check(), "end other programs, or set the config's key 'memory' to less")
}

pub(super) fn images(directory: &Path, plan: Option<&Plan>) -> Finding {
    let needed = plan.map(|plan| plan.disk_needed(false));
    let needed = needed.unwrap_or_else(|| [(directory.to_owned(), 1 << 30)].into());
    let check = || -> anyhow::Result<String> {
        for (directory, needed) in &needed {
            host::check_directory(directory)?;
            host::check_room(directory, *needed)?;
        }
        let (filesystem, _) = provenance::filesystem(directory)?;
        let free = host::megabytes(host::free(directory)?);
        Ok(format!("{} on {filesystem}, {free} free", directory.display()))
    };
    Finding::of("directory of the images", check(), "set the config's key 'directory'")
}

pub(super) fn load() -> Finding {
    const WHAT: &str = "load";
    let Ok(load) = procfs::LoadAverage::current() else {
        return Finding::warning(WHAT, "unknown", "mount /proc");
    };
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let found = format!("{:.2} over a minute on {cores} cores", load.one);
    match f64::from(load.one) <= QUIET_LOAD * cores as f64 {
        true => Finding::ok(WHAT, found),
        false => Finding::warning(WHAT, found, "wait until the machine is quiet"),
    }
}

pub(super) fn governor() -> Finding {
    const WHAT: &str = "frequency governor";
    match provenance::governor() {
        None => Finding::ok(WHAT, "none (a virtual machine, or a fixed frequency)"),
        Some(name) if name == "performance" => Finding::ok(WHAT, name),
        Some(name) => {
            Finding::warning(WHAT, name, "as root: cpupower frequency-set -g performance")
        }
    }
}
