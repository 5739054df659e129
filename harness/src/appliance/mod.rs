//! The guest of one run, as far as a run needs it: launched, formatted, written to, read back, shut
//! down.
//!
//! [`Real`] is a libguestfs appliance. The simulated one, of which no released binary knows, serves
//! tests of the pipeline and names itself in every row.

mod brake;
mod qmp;
mod real;
#[cfg(feature = "simulated-appliance")]
pub mod simulated;

use std::{fmt, path::PathBuf, time::Duration};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::config::{Drive, Filesystem};
pub use brake::Brake;
pub use real::{Real, prove_accelerator};

/// What executes the guest's instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Accelerator {
    /// The host's CPU.
    Kvm,
    /// QEMU's emulation.
    Tcg,
    /// No guest is booted.
    None,
    /// Nothing: times were given in advance.
    #[cfg(feature = "simulated-appliance")]
    Simulated,
}

impl Accelerator {
    /// The word in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Accelerator::Kvm => "kvm",
            Accelerator::Tcg => "tcg",
            Accelerator::None => "none",
            #[cfg(feature = "simulated-appliance")]
            Accelerator::Simulated => "simulated",
        }
    }
}

/// How an appliance is started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setup {
    /// The accelerator, proved beforehand.
    pub accelerator: Accelerator,
    /// Memory, bytes.
    pub memory: u64,
    /// Virtual CPUs.
    pub cpus: u32,
    /// The QEMU that runs the guest, where it is not libguestfs' own.
    pub qemu: Option<PathBuf>,
    /// Directory of the appliance, where it is not libguestfs' own; see `appliance_packages`.
    pub appliance: Option<PathBuf>,
    /// Whether a lean appliance does without udev.
    pub without_udev: bool,
    /// A private directory for sockets and temporary files.
    pub scratch: PathBuf,
}

/// An image that the guest has as a disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Disk {
    /// The image; it need not be there before launch.
    pub image: PathBuf,
    /// QEMU's driver of its format.
    pub driver: String,
    /// How it is opened.
    pub drive: Drive,
    /// Values of `-object` that its format needs: the key of luks.
    pub objects: Vec<String>,
    /// A raw file that the guest has as a disk beside it, to be copied from.
    pub source: Option<PathBuf>,
}

/// What the guest makes on the image, and how it mounts it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GuestFilesystem {
    /// Its kind.
    pub kind: Filesystem,
    /// As for `mount -o`; empty for the kernel's defaults.
    pub mount_options: String,
}

/// What can be told of an appliance that is up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launched {
    /// QEMU's process.
    pub qemu_pid: Option<i32>,
    /// QEMU's command line.
    pub qemu_command: String,
    /// The guest's kernel.
    pub guest_kernel: String,
    /// The cache mode in effect for the image, read back from QEMU.
    pub cache: String,
    /// Version of QEMU, as it says itself.
    pub qemu: String,
}

/// QEMU's account of the image's device since the appliance was launched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Write requests.
    pub write_ops: u64,
    /// Bytes of them.
    pub write_bytes: u64,
    /// Time that they took, added up.
    pub write_time: Duration,
    /// Read requests.
    pub read_ops: u64,
    /// Bytes of them.
    pub read_bytes: u64,
    /// Time that they took, added up.
    pub read_time: Duration,
    /// Flush requests.
    pub flush_ops: u64,
    /// Time that they took, added up.
    pub flush_time: Duration,
    /// `write_bytes` of QEMU's `/proc/PID/io`.
    pub host_write_bytes: u64,
    /// `read_bytes` of QEMU's `/proc/PID/io`.
    pub host_read_bytes: u64,
    /// `syscw` of QEMU's `/proc/PID/io`: the calls by which it wrote, to the image and to its own
    /// event counters and sockets. 0 with native AIO and io_uring, whose writes are no such calls.
    pub host_write_calls: u64,
    /// CPU time of QEMU.
    pub qemu_cpu: Duration,
}

/// Where the appliance has the guest's filesystem.
const SYSROOT: &str = "/sysroot";

/// What a workload in the guest works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file of the guest's filesystem.
    File(String),
    /// The image's block device.
    Device,
}

impl Target {
    /// Whether it is the device.
    #[must_use]
    pub fn is_device(&self) -> bool {
        *self == Target::Device
    }
}

impl fmt::Display for Target {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Target::File(path) => path,
            Target::Device => "the image's device",
        })
    }
}

/// Something that runs can be done on, one after the other, each on a disk of its own: the first, until
/// it turns to another. The calls of a run come in the order in which they stand here.
pub trait Appliance {
    /// The monotonic clock of this appliance's world.
    fn now(&self) -> Duration;
    /// Boots.
    ///
    /// # Errors
    /// It does not come up, or comes up with something else than was asked for.
    fn launch(&mut self) -> Result<(), Failure>;
    /// Turns to another of its disks, by its place among those that it was given.
    fn turn_to(&mut self, disk: usize);
    /// What came up, and how the disk is opened; not in the clock of any phase.
    ///
    /// # Errors
    /// The facts cannot be read, or are not what was asked for.
    fn launched(&mut self) -> Result<Launched, Failure>;
    /// Makes the filesystem, if there is to be one.
    ///
    /// # Errors
    /// The guest refuses.
    fn format(&mut self, filesystem: &GuestFilesystem) -> Result<(), Failure>;
    /// Mounts it, if there is one.
    ///
    /// # Errors
    /// The guest refuses.
    fn mount(&mut self, filesystem: &GuestFilesystem) -> Result<(), Failure>;
    /// Makes an empty file.
    ///
    /// # Errors
    /// The guest refuses.
    fn touch(&mut self, path: &str) -> Result<(), Failure>;
    /// Path in the appliance, for programs there.
    ///
    /// # Errors
    /// There is no such device.
    fn path(&mut self, on: &Target) -> Result<String, Failure>;
    /// Path in the appliance of the raw disk that is copied from.
    ///
    /// # Errors
    /// There is no such device.
    fn source(&mut self) -> Result<String, Failure>;
    /// Has a shell in the appliance run a command, and yields its standard output.
    ///
    /// # Errors
    /// The command fails.
    fn sh(&mut self, command: &str) -> Result<String, Failure>;
    /// Stops the guest's CPUs: nothing of it happens, and no time passes for it.
    ///
    /// # Errors
    /// QEMU does not do it.
    fn pause(&mut self) -> Result<(), Failure>;
    /// Lets them go on.
    ///
    /// # Errors
    /// QEMU does not do it.
    fn resume(&mut self) -> Result<(), Failure>;
    /// QEMU's account up to now.
    ///
    /// # Errors
    /// QEMU does not answer.
    fn counters(&mut self) -> Result<Counters, Failure>;
    /// Writes; yields how many bytes were taken.
    ///
    /// # Errors
    /// The guest refuses, a full filesystem above all.
    fn pwrite(&mut self, on: &Target, data: &[u8], offset: u64) -> Result<usize, Failure>;
    /// Reads up to so many bytes; fewer are no error.
    ///
    /// # Errors
    /// The guest refuses.
    fn pread(&mut self, on: &Target, count: usize, offset: u64) -> Result<Bytes, Failure>;
    /// Has all that was written on the disk, and in its image.
    ///
    /// # Errors
    /// The guest refuses.
    fn sync(&mut self) -> Result<(), Failure>;
    /// Has all that was written on the disk, whose image QEMU may be behind with until the guest is
    /// stopped; udev has done with it, too.
    ///
    /// # Errors
    /// The guest refuses.
    fn write_back(&mut self, on: &Target) -> Result<(), Failure>;
    /// Empties the guest's caches of what is on the disk, and so of all that was synced.
    ///
    /// # Errors
    /// The guest refuses.
    fn drop_caches(&mut self) -> Result<(), Failure>;
    /// Empties the host's cache of the image's files.
    ///
    /// # Errors
    /// The host refuses.
    fn drop_host_cache(&mut self) -> Result<(), Failure>;
    /// Unmounts, and takes the disk from the guest: QEMU has its image open no more.
    ///
    /// # Errors
    /// The guest or QEMU refuses.
    fn detach(&mut self) -> Result<(), Failure>;
    /// Unmounts and ends the appliance.
    ///
    /// # Errors
    /// The guest refuses, or QEMU ended otherwise than by this.
    fn shutdown(&mut self) -> Result<(), Failure>;
}

/// Why an appliance did not do what it should: the operation and everything that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}
