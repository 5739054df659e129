//! floor: a raw file in memory, for the cost of everything but the image.
//!
//! Refuses a directory that is not on tmpfs: a disk would be in the measurement.

use std::path::Path;

use nix::sys::statfs::{TMPFS_MAGIC, statfs};

use super::{Definition, Format, Fresh, raw};
use crate::{Error, ImageSpec, bounds};

/// A raw file on tmpfs.
pub(super) struct Floor;

impl Definition for Floor {
    fn driver(&self) -> &'static str {
        "raw"
    }

    /// Where every Linux has a tmpfs (shm_overview(7)).
    fn directory(&self) -> Option<&'static str> {
        Some("/dev/shm")
    }

    fn has_check(&self) -> bool {
        false
    }

    fn description(&self, _: &ImageSpec) -> String {
        "A sparse raw file in memory".to_owned()
    }

    fn command(&self, spec: &ImageSpec, name: &str, _: Option<(&str, Format)>) -> String {
        format!("truncate --size {} {name}", spec.size_text())
    }

    fn create(
        &self,
        spec: &ImageSpec,
        path: &Path,
        _: Option<(&str, Format)>,
    ) -> Result<(), Error> {
        let directory = path.parent().unwrap_or(Path::new("/"));
        let found = statfs(directory).map_err(|errno| Error::Io {
            what: "examining the filesystem of",
            path: directory.to_owned(),
            source: errno.into(),
        })?;
        if found.filesystem_type() != TMPFS_MAGIC {
            return Err(Error::NotInMemory(directory.to_owned()));
        }
        raw::truncate(spec, path)
    }

    fn allocation(&self, spec: &ImageSpec, mapped: u64) -> u64 {
        bounds::flat(spec.size, mapped)
    }

    fn objection(&self, image: &Fresh<'_>) -> Result<Option<String>, Error> {
        Ok(raw::not_sparse(image))
    }
}
