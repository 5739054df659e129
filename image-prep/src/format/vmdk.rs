//! vmdk, VMware's: one file or, by `subformat`, a descriptor and extents beside it.

use std::path::{Path, PathBuf};

use super::{Definition, Format, Fresh};
use crate::{Error, ImageSpec, OptionDefinition, Permitted, SpecError, bounds};

/// VMware's virtual machine disk.
pub(super) struct Vmdk;

/// Bytes of a grain, the unit that is allocated.
const GRAIN: u64 = 64 << 10;

/// Bytes that one grain table tells of, by 512 entries, and what it takes; there are two copies.
const TABLE_COVERS: u64 = 512 * GRAIN;
const TABLE: u64 = 2 * 2048;

/// `VMDK_EXTENT_SIZE_LIMIT` of `block/vmdk.c`.
const EXTENT: u64 = 2 << 30;

impl Definition for Vmdk {
    fn driver(&self) -> &'static str {
        "vmdk"
    }

    /// Not `streamOptimized`: what was written once to such an image cannot be written again.
    fn options(&self) -> &'static [OptionDefinition] {
        &[OptionDefinition {
            name: "subformat",
            permitted: Permitted::Words(&[
                "monolithicSparse",
                "monolithicFlat",
                "twoGbMaxExtentSparse",
                "twoGbMaxExtentFlat",
            ]),
            reported: Some("create-type"),
        }]
    }

    fn bases(&self) -> &'static [Format] {
        &[Format::Vmdk]
    }

    fn check(&self, spec: &ImageSpec) -> Result<(), SpecError> {
        match spec.backing.is_some() && flat(spec) {
            true => Err(SpecError::new(
                "subformat",
                "a flat vmdk cannot have a backing file".to_owned(),
                "set subformat to \"monolithicSparse\" or \"twoGbMaxExtentSparse\"",
            )),
            false => Ok(()),
        }
    }

    fn description(&self, spec: &ImageSpec) -> String {
        match flat(spec) {
            true => "A flat vmdk file".to_owned(),
            false => "A sparse vmdk file".to_owned(),
        }
    }

    /// Names as `vmdk_co_create` forms them, before the last dot of the image's own.
    fn files(&self, spec: &ImageSpec, path: &Path) -> Vec<PathBuf> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let (stem, dot) = name.rfind('.').map_or((&*name, ""), |at| name.split_at(at));
        let kind = match spec.option("subformat") {
            Some("monolithicFlat") => {
                return vec![path.to_owned(), path.with_file_name(format!("{stem}-flat{dot}"))];
            }
            Some("twoGbMaxExtentSparse") => 's',
            Some("twoGbMaxExtentFlat") => 'f',
            _ => return vec![path.to_owned()],
        };
        let extents = (1..=spec.size.div_ceil(EXTENT))
            .map(|number| path.with_file_name(format!("{stem}-{kind}{number:03}{dot}")));
        [path.to_owned()].into_iter().chain(extents).collect()
    }

    fn allocation(&self, spec: &ImageSpec, mapped: u64) -> u64 {
        let tables = spec.size.div_ceil(TABLE_COVERS) * TABLE;
        let extents = spec.size.div_ceil(EXTENT) * 2 * GRAIN;
        match flat(spec) {
            true => bounds::flat(spec.size, mapped),
            false => bounds::touched(spec.size, mapped, GRAIN) + tables + extents + bounds::SLACK,
        }
    }

    fn objection(&self, image: &Fresh<'_>) -> Result<Option<String>, Error> {
        let subformat = image.spec.option("subformat").unwrap_or("monolithicSparse");
        Ok(image.wrong_length(flat(image.spec), &format!("subformat={subformat}")))
    }
}

fn flat(spec: &ImageSpec) -> bool {
    matches!(spec.option("subformat"), Some("monolithicFlat" | "twoGbMaxExtentFlat"))
}
