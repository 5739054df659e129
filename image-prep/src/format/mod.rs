//! The formats: what each permits, how it is made, and how it is told from what was not asked for.

mod qcow2;
mod raw;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{ByteSize, Error, Facts};

/// An image to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageSpec {
    /// The format.
    pub format: Format,
    /// Virtual size in bytes, a multiple of 512.
    pub size: u64,
    /// What is allocated beforehand; one of [`Format::preallocations`].
    pub preallocation: Preallocation,
}

/// The formats, in QEMU's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// The guest's bytes and nothing else.
    Raw,
    /// QEMU's own, see `docs/interop/qcow2.txt` in QEMU.
    Qcow2,
}

/// What is allocated when the image is made, in QEMU's words (`-o preallocation=`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preallocation {
    /// Nothing: a sparse file.
    Off,
    /// The format's metadata; the data stays sparse.
    Metadata,
    /// All blocks, by fallocate(2): reserved, not written.
    Falloc,
    /// All blocks, by writing zeros.
    Full,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 2] = [Format::Raw, Format::Qcow2];

    /// QEMU's name of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Raw => "raw",
            Format::Qcow2 => "qcow2",
        }
    }

    /// The preallocations that it permits.
    pub fn preallocations(self) -> &'static [Preallocation] {
        match self {
            Format::Raw => raw::PREALLOCATIONS,
            Format::Qcow2 => qcow2::PREALLOCATIONS,
        }
    }

    /// Whether `qemu-img check` knows the format.
    pub(crate) fn has_check(self) -> bool {
        match self {
            Format::Raw => false,
            Format::Qcow2 => true,
        }
    }
}

impl Preallocation {
    /// Every preallocation.
    pub const ALL: [Preallocation; 4] =
        [Preallocation::Off, Preallocation::Metadata, Preallocation::Falloc, Preallocation::Full];

    /// QEMU's name of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Preallocation::Off => "off",
            Preallocation::Metadata => "metadata",
            Preallocation::Falloc => "falloc",
            Preallocation::Full => "full",
        }
    }
}

impl ImageSpec {
    /// What it is, in a few words: "A sparse raw file".
    pub fn description(&self) -> String {
        match self.format {
            Format::Raw => raw::description(self),
            Format::Qcow2 => qcow2::description(self),
        }
    }

    /// The command that makes such an image, as one would type it, for a file named `test.img`.
    pub fn command(&self) -> String {
        match self.format {
            Format::Raw => raw::command(self),
            Format::Qcow2 => qcow2::command(self),
        }
    }

    /// Bytes on the host that the image may come to take when the guest writes all of it: its
    /// virtual size and a bound on the format's metadata.
    pub fn largest_allocation(&self) -> u64 {
        match self.format {
            Format::Raw => self.size,
            Format::Qcow2 => qcow2::largest_allocation(self.size),
        }
    }

    /// Makes the file, which must not exist.
    pub(crate) fn create(&self, path: &Path) -> Result<(), Error> {
        match self.format {
            Format::Raw => raw::create(self, path),
            Format::Qcow2 => qcow2::create(self, path),
        }
    }

    /// What speaks against the file being of this preallocation, if anything does.
    pub(crate) fn objection(&self, facts: &Facts) -> Option<String> {
        match self.format {
            Format::Raw => raw::objection(self, facts),
            Format::Qcow2 => qcow2::objection(self, facts),
        }
    }

    fn size_text(&self) -> String {
        ByteSize(self.size).to_string()
    }
}

/// Says that less is allocated than was asked for: a filesystem may accept fallocate(2) and
/// reserve nothing, and the measurement would then be of another case than its label says.
fn too_little(facts: &Facts, wanted: u64, preallocation: Preallocation) -> Option<String> {
    (facts.allocated < wanted).then(|| {
        format!(
            "preallocation={} should allocate at least {wanted} bytes, the filesystem allocated {}",
            preallocation.as_str(),
            facts.allocated
        )
    })
}
