//! The guest of one run, as far as a run needs it: launched, formatted, written to, read back, shut
//! down.
//!
//! [`Real`] is a libguestfs appliance. The simulated one, of which no released binary knows, serves
//! tests of the pipeline and names itself in every row.

mod qmp;
mod real;
#[cfg(feature = "simulated-appliance")]
pub mod simulated;

use std::{fmt, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use crate::config::Filesystem;
pub use real::{Real, prove_accelerator};

/// What executes the guest's instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Accelerator {
    /// The host's CPU.
    Kvm,
    /// QEMU's emulation.
    Tcg,
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
    /// Options of the image's drive, in QEMU's words: `throttling.bps-write` and its value.
    pub drive: Vec<(String, String)>,
    /// A private directory for sockets and temporary files.
    pub scratch: PathBuf,
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
    /// Flush requests.
    pub flush_ops: u64,
    /// `write_bytes` of QEMU's `/proc/PID/io`.
    pub host_write_bytes: u64,
    /// CPU time of QEMU.
    pub qemu_cpu: Duration,
}

/// QEMU's drive option that limits writes, in bytes a second.
pub const WRITE_LIMIT: &str = "throttling.bps-write";

/// Where the guest has the image.
pub const DEVICE: &str = "/dev/sda";

/// Something that a run can be done on. The calls come in the order in which they stand here.
pub trait Appliance {
    /// The monotonic clock of this appliance's world.
    fn now(&self) -> Duration;
    /// Boots.
    ///
    /// # Errors
    /// It does not come up, or comes up with something else than was asked for.
    fn launch(&mut self) -> Result<(), Failure>;
    /// What came up; not in the clock of any phase.
    ///
    /// # Errors
    /// The facts cannot be read, or are not what was asked for.
    fn launched(&mut self) -> Result<Launched, Failure>;
    /// Makes the filesystem, mounts it, makes the empty file, and has all of it on the disk.
    ///
    /// # Errors
    /// The guest refuses.
    fn format(&mut self, filesystem: &GuestFilesystem, path: &str) -> Result<(), Failure>;
    /// QEMU's account up to now.
    ///
    /// # Errors
    /// QEMU does not answer.
    fn counters(&mut self) -> Result<Counters, Failure>;
    /// Writes to the file; yields how many bytes were taken.
    ///
    /// # Errors
    /// The guest refuses, a full filesystem above all.
    fn pwrite(&mut self, path: &str, data: &[u8], offset: u64) -> Result<usize, Failure>;
    /// Has all that was written on the disk.
    ///
    /// # Errors
    /// The guest refuses.
    fn sync(&mut self) -> Result<(), Failure>;
    /// Empties the guest's caches.
    ///
    /// # Errors
    /// The guest refuses.
    fn drop_caches(&mut self) -> Result<(), Failure>;
    /// Whether the file at an offset holds exactly these bytes.
    ///
    /// # Errors
    /// The guest refuses.
    fn holds(&mut self, path: &str, expected: &[u8], offset: u64) -> Result<bool, Failure>;
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
