//! vpc, Virtual PC's .vhd. Always with `force_size=on`: otherwise QEMU rounds the disk up to whole
//! cylinders, and it is not of the size that was asked for.

use super::{Definition, Fresh, created};
use crate::{Error, ImageSpec, OptionDefinition, Permitted, SpecError, bounds};

/// Virtual PC's virtual hard disk.
pub(super) struct Vpc;

/// Bytes of a block; QEMU writes no others.
const BLOCK: u64 = 2 << 20;

/// `VHD_MAX_SECTORS` of `block/vpc.c`, 2040 GiB.
const LARGEST: u64 = 2040 << 30;

impl Definition for Vpc {
    fn driver(&self) -> &'static str {
        "vpc"
    }

    fn has_check(&self) -> bool {
        false
    }

    // Not in what qemu-img info says: the file's length tells.
    fn options(&self) -> &'static [OptionDefinition] {
        &[OptionDefinition {
            name: "subformat",
            permitted: Permitted::Words(&["dynamic", "fixed"]),
            reported: None,
        }]
    }

    fn check(&self, spec: &ImageSpec) -> Result<(), SpecError> {
        match spec.size > LARGEST {
            true => Err(SpecError::new(
                "size",
                "vpc holds at most 2040G".to_owned(),
                "give it a smaller disk, or take vhdx",
            )),
            false => Ok(()),
        }
    }

    fn description(&self, spec: &ImageSpec) -> String {
        match fixed(spec) {
            true => "A fixed vpc file".to_owned(),
            false => "A sparse vpc file".to_owned(),
        }
    }

    fn create_options(&self, spec: &ImageSpec, _: &str) -> Vec<(String, String)> {
        let mut options = created::given(spec);
        options.push(("force_size".to_owned(), "on".to_owned()));
        options
    }

    /// A block has a bitmap of a sector, and is a hole where it was not written.
    fn allocation(&self, spec: &ImageSpec, mapped: u64) -> u64 {
        let bitmaps = bounds::touched(spec.size, mapped, BLOCK) / BLOCK * 4096;
        let map = spec.size.div_ceil(BLOCK) * 4;
        bounds::flat(spec.size, mapped) + bitmaps + map
    }

    fn objection(&self, image: &Fresh<'_>) -> Result<Option<String>, Error> {
        Ok(match fixed(image.spec) {
            true => image.wrong_length(true, "subformat=fixed"),
            false => (image.info.at("cluster-size").is_none())
                .then(|| "subformat=dynamic was asked for, but it has no blocks".to_owned()),
        })
    }
}

fn fixed(spec: &ImageSpec) -> bool {
    spec.option("subformat") == Some("fixed")
}
