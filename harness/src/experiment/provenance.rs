//! The machine and the programs: what a reviewer asks about before the numbers.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use anyhow::Context;
use procfs::{Current, process::Process};
use reports::record::Provenance;

use super::Boot;
use crate::{
    accel::Chosen,
    config::{Config, Filesystem},
    libguestfs::Libguestfs,
    plan::Plan,
    workload::Work,
};

/// Everything that is known before the first run.
///
/// # Errors
/// QEMU, qemu-img or libguestfs does not tell its version.
pub fn gather(
    config: &Config,
    plan: &Plan,
    boot: &Boot,
    chosen: &Chosen,
) -> anyhow::Result<Provenance> {
    let directories: BTreeSet<&Path> =
        plan.cells.iter().map(|cell| cell.directory.as_path()).collect();
    let mounts = directories.iter().map(|directory| filesystem(directory));
    let mounts = mounts.collect::<anyhow::Result<Vec<_>>>()?;
    let guests = || plan.cells.iter().filter(|cell| cell.workload.work.place().in_guest());
    let memory: BTreeSet<u64> = guests().map(|cell| cell.memory).collect();
    let host = nix::sys::utsname::uname().context("uname")?;
    let text = |part: &std::ffi::OsStr| part.to_string_lossy().into_owned();
    Ok(Provenance {
        imgbench: env!("CARGO_PKG_VERSION").to_owned(),
        revision: env!("IMGBENCH_REVISION").to_owned(),
        qemu: every(guests().map(|cell| cell.qemu.as_deref()), |qemu| match qemu {
            Some(qemu) => version_of(qemu),
            None => qemu_version(),
        })?,
        qemu_img: image_prep::version()?.0,
        libguestfs: Libguestfs::find()?.version.clone(),
        host_kernel: format!("{} {}", text(host.release()), text(host.version())),
        guest_kernel: String::new(),
        host_os: operating_system(),
        cpu: cpu_model(),
        cpus: std::thread::available_parallelism().map_or(0, |count| count.get() as u32),
        memory: procfs::Meminfo::current().map_or(0, |memory| memory.mem_total),
        governor: governor().unwrap_or_default(),
        accel: chosen.accelerator.as_str().to_owned(),
        accel_reason: chosen.reason.clone(),
        boot_ahead: boot.ahead,
        boot: match guests().next() {
            Some(_) => config.boots.as_str().to_owned(),
            None => String::new(),
        },
        appliance: match guests().next() {
            Some(_) => config.appliance.kind.as_str().to_owned(),
            None => String::new(),
        },
        directory: listed(directories.iter().map(|path| path.display().to_string())),
        filesystem: listed(mounts.iter().map(|(kind, _)| kind.clone())),
        mount_options: listed(mounts.iter().map(|(_, options)| options.clone())),
        environment: environment(),
        // Where cells differ in it, it is a factor, and in their names.
        appliance_memory: match memory.len() {
            1 => memory.into_iter().next().unwrap_or(0),
            _ => 0,
        },
        guest_filesystem: listed(
            guests().map(|cell| guest_filesystem(cell.filesystem, &config.appliance.mount_options)),
        ),
    })
}

/// What in our environment changes what libguestfs and supermin do.
fn environment() -> Vec<String> {
    let mut found: Vec<String> = std::env::vars_os()
        .map(|(name, value)| format!("{}={}", name.to_string_lossy(), value.to_string_lossy()))
        .filter(|variable| variable.starts_with("LIBGUESTFS_") || variable.starts_with("SUPERMIN_"))
        .collect();
    found.sort();
    found
}

fn guest_filesystem(filesystem: Filesystem, mount_options: &str) -> String {
    match (filesystem, mount_options) {
        (Filesystem::None, _) => "none (the bare device)".to_owned(),
        (filesystem, "") => filesystem.as_str().to_owned(),
        (filesystem, options) => format!("{}, mounted with -o {options}", filesystem.as_str()),
    }
}

/// Each of them once, in the order in which they come first.
fn listed(of: impl Iterator<Item = String>) -> String {
    let mut seen = BTreeSet::new();
    let once: Vec<String> = of.filter(|text| seen.insert(text.clone())).collect();
    once.join("; ")
}

/// What is told of each of them, where they differ; of nothing what is told of the default.
fn every<T: Copy + Ord>(
    of: impl Iterator<Item = Option<T>>,
    tell: impl Fn(Option<T>) -> anyhow::Result<String>,
) -> anyhow::Result<String> {
    let mut different: BTreeSet<Option<T>> = of.collect();
    if different.is_empty() {
        different.insert(None);
    }
    let told = different.into_iter().map(tell).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(listed(told.into_iter()))
}

/// The fields that must not have changed for an experiment to go on, with their old and new values
/// where they have.
pub(super) fn changes(old: &Provenance, new: &Provenance) -> Vec<String> {
    let fields = [
        ("imgbench", &old.imgbench, &new.imgbench),
        ("imgbench revision", &old.revision, &new.revision),
        ("QEMU", &old.qemu, &new.qemu),
        ("qemu-img", &old.qemu_img, &new.qemu_img),
        ("libguestfs", &old.libguestfs, &new.libguestfs),
        ("host kernel", &old.host_kernel, &new.host_kernel),
        ("CPU", &old.cpu, &new.cpu),
        ("governor", &old.governor, &new.governor),
        ("accelerator", &old.accel, &new.accel),
        ("appliance", &old.appliance, &new.appliance),
        ("directory of the images", &old.directory, &new.directory),
        ("filesystem under the images", &old.filesystem, &new.filesystem),
        ("its mount options", &old.mount_options, &new.mount_options),
    ];
    let mut changes: Vec<_> = fields
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(name, old, new)| format!("{name}: '{old}' then, '{new}' now"))
        .collect();
    let numbers = [
        ("CPUs", u64::from(old.cpus), u64::from(new.cpus)),
        ("memory", old.memory, new.memory),
        ("memory of the appliance", old.appliance_memory, new.appliance_memory),
    ];
    for (name, old, new) in numbers.into_iter().filter(|(_, old, new)| old != new) {
        changes.push(format!("{name}: {old} then, {new} now"));
    }
    if old.environment != new.environment {
        let [old, new] = [&old.environment, &new.environment].map(|list| list.join(" "));
        changes.push(format!("environment: '{old}' then, '{new}' now"));
    }
    changes
}

/// First line of the version of the QEMU that libguestfs starts.
pub fn qemu_version() -> anyhow::Result<String> {
    version_of(Libguestfs::find()?.qemu()?)
}

/// The same of another QEMU.
fn version_of(qemu: &Path) -> anyhow::Result<String> {
    let said = Command::new(qemu).arg("--version").output().with_context(|| {
        format!("QEMU ({}) cannot be started: install it with 'make setup'", qemu.display())
    })?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    said.lines().next().map(str::to_owned).context("QEMU does not tell its version")
}

/// Type and options of the filesystem that a directory is on.
pub fn filesystem(directory: &Path) -> anyhow::Result<(String, String)> {
    let path = directory
        .canonicalize()
        .with_context(|| format!("directory of the images {}", directory.display()))?;
    let mounts = Process::myself()?.mountinfo()?;
    let deepest = mounts
        .into_iter()
        .filter(|mount| path.starts_with(&mount.mount_point))
        .max_by_key(|mount| mount.mount_point.as_os_str().len());
    let Some(mount) = deepest else { return Ok(Default::default()) };
    let mut options: Vec<_> = mount
        .mount_options
        .into_iter()
        .chain(mount.super_options)
        .map(|(name, value)| match value {
            Some(value) => format!("{name}={value}"),
            None => name,
        })
        .collect();
    options.sort();
    options.dedup();
    Ok((mount.fs_type, options.join(",")))
}

/// Frequency governor of the first CPU.
pub fn governor() -> Option<String> {
    let path = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

fn cpu_model() -> String {
    let info = procfs::CpuInfo::current().ok();
    info.and_then(|info| info.model_name(0).map(str::to_owned)).unwrap_or_default()
}

fn operating_system() -> String {
    let text = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    name.unwrap_or_default().trim_matches('"').to_owned()
}
