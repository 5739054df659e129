//! What is measured: a workload a file, each with its keys in a config, its steps and its metrics.
//!
//! A new workload is one file and one line in `workloads!` below: the file has a struct (its keys,
//! checked) with `KIND`, `check` and an implementation of [`Work`].

mod chunked;
mod data;
mod fio_job;
mod fio_output;
pub(crate) mod source;

use std::{path::Path, time::Duration};

use image_prep::{Image, ImageSpec};
use reports::record::{Measurement, Metric};
use serde::{Deserialize, Serialize};

use crate::{
    appliance::{Appliance, Target},
    config::{ConfigError, Drive, Keys},
};

pub use data::Data;

macro_rules! workloads {
    ($($file:ident: $Name:ident),* $(,)?) => {
        $(mod $file;)*
        $(pub use $file::$Name;)*

        /// A workload with its keys.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Workload {
            $(#[allow(missing_docs, reason = "the struct has its own")] $Name($Name),)*
        }

        impl Workload {
            /// What a config may name as `kind`.
            pub const KINDS: &[&str] = &[$($Name::KIND),*];

            /// The kind, as the config names it.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $(Workload::$Name(_) => $Name::KIND,)* }
            }

            /// Checks the keys of a kind; `None` for a kind that there is not.
            pub(crate) fn check(kind: &str, keys: Keys<'_>) -> Option<Result<Workload, ConfigError>> {
                $(if kind == $Name::KIND {
                    return Some($Name::check(keys).map(Workload::$Name));
                })*
                None
            }

            fn work(&self) -> &dyn Work {
                match self { $(Workload::$Name(work) => work,)* }
            }
        }
    };
}

workloads! {
    file_write: FileWrite,
    device_write: DeviceWrite,
    convert: Convert,
    create: Create,
    discard: Discard,
    fio: Fio,
    read: Read,
}

/// What everything else needs to know of a workload.
pub trait Work {
    /// Where it runs, and on what.
    fn place(&self) -> Place;
    /// Bytes that it moves, 0 where that is not known before.
    fn bytes(&self) -> u64;
    /// Most bytes of the guest's disk that it writes.
    fn written(&self) -> u64 {
        self.bytes()
    }
    /// What its runs are compared by.
    fn metric(&self) -> Metric {
        Metric::default()
    }
    /// Bytes of each chunk, where chunks are timed.
    fn chunk(&self) -> Option<u64> {
        None
    }
    /// Bytes of the raw disk that it copies from, and what they are, where it does.
    fn source(&self) -> Option<(u64, Data)> {
        None
    }
    /// Packages that its appliance must have beside libguestfs' own.
    fn packages(&self) -> &'static [&'static str] {
        &[]
    }
    /// Whether it can be done once before the clock and again inside it.
    fn second_pass(&self) -> bool {
        self.place().in_guest()
    }
    /// A time that passes inside the clock whatever the machine: of a job with a fixed run time.
    fn lasts(&self) -> Option<Duration> {
        None
    }
    /// Makes ready to run it, its buffers above all, with this seed of its data.
    fn steps(&self, seed: u64) -> Steps<'_>;
}

/// Where a workload runs, and on what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the guest, on a file: there must be a filesystem.
    File,
    /// In the guest, on the image's block device: there must be no filesystem.
    Device,
    /// In the guest, on a file, or on the device where there is no filesystem.
    FileOrDevice,
    /// On the host, without a guest.
    Host,
}

/// A workload that is about to run.
pub enum Steps<'a> {
    /// In the guest.
    Guest(Box<dyn GuestSteps + 'a>),
    /// On the host.
    Host(Box<dyn HostSteps + 'a>),
}

/// The steps of a workload in the guest, in their order.
pub trait GuestSteps {
    /// What comes before the clock, the filesystem being mounted; synced after.
    ///
    /// # Errors
    /// The guest refuses.
    fn prepare(&mut self, guest: &mut dyn Appliance, on: &Target) -> anyhow::Result<()>;
    /// What the clock is for. May be done twice: the first pass is then not measured.
    ///
    /// # Errors
    /// The guest refuses, or did something else than was asked for.
    fn measure(&mut self, guest: &mut dyn Appliance, on: &Target) -> anyhow::Result<Timed>;
    /// Holds what is there against what should be, after the guest's caches were emptied; yields
    /// how many chunks were read back.
    ///
    /// # Errors
    /// It differs, or the guest refuses.
    fn verify(&mut self, guest: &mut dyn Appliance, on: &Target) -> anyhow::Result<u32>;
}

/// The steps of a workload on the host, in their order.
pub trait HostSteps {
    /// What comes before the clock.
    ///
    /// # Errors
    /// The system or a program refuses.
    fn prepare(&mut self, on: &HostPlace<'_>) -> anyhow::Result<()>;
    /// What the clock is for.
    ///
    /// # Errors
    /// The system or a program refuses.
    fn measure(&mut self, on: &HostPlace<'_>) -> anyhow::Result<Timed>;
    /// The image, once it is made.
    fn image(&self) -> Option<&Image>;
}

/// Where a workload on the host finds things.
pub struct HostPlace<'a> {
    /// The image to be made.
    pub spec: &'a ImageSpec,
    /// Where it is made.
    pub image: &'a Path,
    /// The raw file that is copied from, where there is one.
    pub source: Option<&'a Path>,
    /// How QEMU opens the image.
    pub drive: &'a Drive,
    /// A clock.
    pub now: &'a dyn Fn() -> Duration,
}

/// What the clock showed, and what the workload itself says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timed {
    /// The time of the workload.
    pub passed: Duration,
    /// Time of each chunk, where chunks are timed.
    pub chunks: Vec<Duration>,
    /// The workload's own numbers.
    pub metrics: Vec<Measurement>,
    /// What the workload says of itself, by name: the version of its program.
    pub facts: Vec<(String, String)>,
}

impl Timed {
    /// The time of a workload that is its chunks and nothing else.
    fn of_chunks(chunks: Vec<Duration>) -> Timed {
        Timed { passed: chunks.iter().sum(), chunks, ..Timed::default() }
    }
}

impl Work for Workload {
    fn place(&self) -> Place {
        self.work().place()
    }
    fn bytes(&self) -> u64 {
        self.work().bytes()
    }
    fn written(&self) -> u64 {
        self.work().written()
    }
    fn metric(&self) -> Metric {
        self.work().metric()
    }
    fn chunk(&self) -> Option<u64> {
        self.work().chunk()
    }
    fn source(&self) -> Option<(u64, Data)> {
        self.work().source()
    }
    fn packages(&self) -> &'static [&'static str] {
        self.work().packages()
    }
    fn second_pass(&self) -> bool {
        self.work().second_pass()
    }
    fn lasts(&self) -> Option<Duration> {
        self.work().lasts()
    }
    fn steps(&self, seed: u64) -> Steps<'_> {
        self.work().steps(seed)
    }
}

impl Place {
    /// Whether a guest is booted for it.
    #[must_use]
    pub fn in_guest(self) -> bool {
        self != Place::Host
    }
}
