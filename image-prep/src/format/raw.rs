//! raw: truncate(2), fallocate(2), or zeros.

use std::{fs::OpenOptions, io, path::Path};

use nix::fcntl::{FallocateFlags, fallocate};

use super::{Definition, Format, Fresh, Preallocation};
use crate::{Error, ImageSpec, bounds, created};

/// The guest's bytes and nothing else.
pub(super) struct Raw;

impl Definition for Raw {
    fn driver(&self) -> &'static str {
        "raw"
    }

    fn preallocations(&self) -> &'static [Preallocation] {
        &[Preallocation::Off, Preallocation::Falloc, Preallocation::Full]
    }

    fn has_check(&self) -> bool {
        false
    }

    fn description(&self, spec: &ImageSpec) -> String {
        match spec.preallocation {
            Preallocation::Off => "A sparse raw file".to_owned(),
            Preallocation::Falloc => "A preallocated raw file".to_owned(),
            other => format!("A raw file, preallocation={}", other.as_str()),
        }
    }

    fn command(&self, spec: &ImageSpec, name: &str, backing: Option<(&str, Format)>) -> String {
        let size = spec.size_text();
        match spec.preallocation {
            Preallocation::Off => format!("truncate --size {size} {name}"),
            Preallocation::Falloc => format!("fallocate -l {size} {name}"),
            Preallocation::Metadata | Preallocation::Full => created::command(spec, name, backing),
        }
    }

    /// With the system calls of truncate(1) and fallocate(1), so that the printed command tells
    /// all.
    fn create(
        &self,
        spec: &ImageSpec,
        path: &Path,
        backing: Option<(&str, Format)>,
    ) -> Result<(), Error> {
        match spec.preallocation {
            Preallocation::Off => truncate(spec, path),
            Preallocation::Falloc => reserve(spec, path),
            Preallocation::Metadata | Preallocation::Full => created::create(spec, path, backing),
        }
    }

    fn allocation(&self, spec: &ImageSpec, mapped: u64) -> u64 {
        match spec.preallocation {
            Preallocation::Off | Preallocation::Metadata => bounds::flat(spec.size, mapped),
            Preallocation::Falloc | Preallocation::Full => spec.size,
        }
    }

    fn objection(&self, image: &Fresh<'_>) -> Result<Option<String>, Error> {
        Ok(match image.spec.preallocation {
            Preallocation::Off => not_sparse(image),
            _ => image.too_little(),
        })
    }
}

/// A new file, all hole.
pub(super) fn truncate(spec: &ImageSpec, path: &Path) -> Result<(), Error> {
    new(path)?.set_len(spec.size).map_err(|source| failed("truncating", path, source))
}

fn reserve(spec: &ImageSpec, path: &Path) -> Result<(), Error> {
    let size = i64::try_from(spec.size)
        .map_err(|_| failed("preallocating", path, io::ErrorKind::FileTooLarge.into()))?;
    fallocate(new(path)?, FallocateFlags::empty(), 0, size)
        .map_err(|errno| failed("preallocating", path, errno.into()))
}

fn new(path: &Path) -> Result<std::fs::File, Error> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.map_err(|source| failed("creating", path, source))
}

fn failed(what: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Io { what, path: path.to_owned(), source }
}

/// Says that a file that should be sparse has all its blocks.
pub(super) fn not_sparse(image: &Fresh<'_>) -> Option<String> {
    let allocated = image.facts.allocated;
    (image.spec.filled() == 0 && allocated >= image.spec.size)
        .then(|| format!("a sparse file was asked for, but all {allocated} bytes are allocated"))
}
