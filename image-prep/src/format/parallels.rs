//! parallels, of Parallels Desktop: an expandable image. See `docs/interop/parallels.txt` in QEMU.

use std::{fs::File, io::Read, path::Path};

use super::{Definition, Fresh};
use crate::{Error, ImageSpec, OptionDefinition, Permitted, SpecError, bounds};

/// An expandable image of Parallels Desktop.
pub(super) struct Parallels;

/// QEMU's default.
const CLUSTER: u64 = 1 << 20;

/// Bytes before the block map.
const HEADER: u64 = 64;

/// What QEMU keeps allocated at the file's end while it is open (`prealloc-size`).
const AHEAD: u64 = 128 << 20;

/// Where the header says how many sectors a cluster has (`tracks`), and of how many bytes.
const TRACKS: usize = 28;
const SECTOR: u64 = 512;

impl Definition for Parallels {
    fn driver(&self) -> &'static str {
        "parallels"
    }

    // QEMU 7.2 does not report it: the header tells.
    fn options(&self) -> &'static [OptionDefinition] {
        &[OptionDefinition {
            name: "cluster_size",
            permitted: Permitted::Sizes { min: 64 << 10, max: 64 << 20 },
            reported: None,
        }]
    }

    /// `qemu-img check` takes all of the block map but its first cluster for a leak.
    fn check(&self, spec: &ImageSpec) -> Result<(), SpecError> {
        let cluster = spec.sized("cluster_size", CLUSTER);
        match spec.size.div_ceil(cluster) * 4 + HEADER > cluster {
            true => Err(SpecError::new(
                "cluster_size",
                format!(
                    "parallels with clusters of {cluster} bytes cannot be checked at this size"
                ),
                "give it larger clusters, or a smaller disk",
            )),
            false => Ok(()),
        }
    }

    fn description(&self, _: &ImageSpec) -> String {
        "A sparse parallels file".to_owned()
    }

    fn allocation(&self, spec: &ImageSpec, mapped: u64) -> u64 {
        let cluster = spec.sized("cluster_size", CLUSTER);
        let map = (spec.size.div_ceil(cluster) * 4 + HEADER).next_multiple_of(cluster);
        let ahead = if mapped > 0 { AHEAD } else { 0 };
        bounds::touched(spec.size, mapped, cluster) + map + ahead + bounds::SLACK
    }

    fn objection(&self, image: &Fresh<'_>) -> Result<Option<String>, Error> {
        let wanted = image.spec.sized("cluster_size", CLUSTER);
        let found = cluster(image.path)?;
        Ok((found != wanted)
            .then(|| format!("cluster_size={wanted} was asked for, it has {found}")))
    }
}

fn cluster(path: &Path) -> Result<u64, Error> {
    let mut header = [0; TRACKS + 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.map_err(|source| Error::Io { what: "reading", path: path.to_owned(), source })?;
    let tracks = header[TRACKS..].iter().rev().fold(0, |all, &byte| all << 8 | u64::from(byte));
    Ok(tracks * SECTOR)
}
