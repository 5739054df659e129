//! raw: truncate(2), fallocate(2), or zeros.

use std::{fs::OpenOptions, io, path::Path};

use nix::fcntl::{FallocateFlags, fallocate};

use super::{Format, ImageSpec, Preallocation, too_little};
use crate::{Error, Facts, qemu_img};

pub(super) const PREALLOCATIONS: &[Preallocation] =
    &[Preallocation::Off, Preallocation::Falloc, Preallocation::Full];

pub(super) fn description(spec: &ImageSpec) -> String {
    match spec.preallocation {
        Preallocation::Off => "A sparse raw file".to_owned(),
        Preallocation::Falloc => "A preallocated raw file".to_owned(),
        other => format!("A raw file, preallocation={}", other.as_str()),
    }
}

pub(super) fn command(spec: &ImageSpec) -> String {
    let size = spec.size_text();
    match spec.preallocation {
        Preallocation::Off => format!("truncate --size {size} test.img"),
        Preallocation::Falloc => format!("fallocate -l {size} test.img"),
        other => {
            format!("qemu-img create -f raw -o preallocation={} test.img {size}", other.as_str())
        }
    }
}

/// With the system calls of truncate(1) and fallocate(1), so that the printed command tells all.
pub(super) fn create(spec: &ImageSpec, path: &Path) -> Result<(), Error> {
    let failed = |what, source: io::Error| Error::Io { what, path: path.to_owned(), source };
    let new = || {
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(|source| failed("creating", source))
    };
    match spec.preallocation {
        Preallocation::Off => {
            new()?.set_len(spec.size).map_err(|source| failed("truncating", source))
        }
        Preallocation::Falloc => {
            let size = i64::try_from(spec.size)
                .map_err(|_| failed("preallocating", io::ErrorKind::FileTooLarge.into()))?;
            fallocate(new()?, FallocateFlags::empty(), 0, size)
                .map_err(|errno| failed("preallocating", errno.into()))
        }
        other => {
            let options = format!("preallocation={}", other.as_str());
            qemu_img::create(Format::Raw, &options, path, spec.size)
        }
    }
}

pub(super) fn objection(spec: &ImageSpec, facts: &Facts) -> Option<String> {
    match spec.preallocation {
        Preallocation::Off => (facts.allocated >= spec.size).then(|| {
            format!("a sparse file was asked for, but all {} bytes are allocated", facts.allocated)
        }),
        other => too_little(facts, spec.size, other),
    }
}
