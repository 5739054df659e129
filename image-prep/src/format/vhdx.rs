//! vhdx, Hyper-V's, with a log of 1M that QEMU writes zeros to when it makes the image.

use super::{Definition, Fresh};
use crate::{Error, ImageSpec, OptionDefinition, Permitted, bounds};

/// Hyper-V's virtual hard disk, the second.
pub(super) struct Vhdx;

/// Header, log and metadata region, each a multiple of 1M, and the start of the block map.
const HEADERS: u64 = 8 << 20;

impl Definition for Vhdx {
    fn driver(&self) -> &'static str {
        "vhdx"
    }

    fn options(&self) -> &'static [OptionDefinition] {
        &[
            OptionDefinition {
                name: "block_size",
                permitted: Permitted::Sizes { min: 1 << 20, max: 256 << 20 },
                reported: Some("cluster-size"),
            },
            // Not in what qemu-img info says: the file's length tells.
            OptionDefinition {
                name: "subformat",
                permitted: Permitted::Words(&["dynamic", "fixed"]),
                reported: None,
            },
        ]
    }

    fn description(&self, spec: &ImageSpec) -> String {
        match fixed(spec) {
            true => "A fixed vhdx file".to_owned(),
            false => "A sparse vhdx file".to_owned(),
        }
    }

    /// A new block makes the file longer and leaves a hole.
    fn allocation(&self, spec: &ImageSpec, mapped: u64) -> u64 {
        // The smallest block is 1M.
        let map = (spec.size.div_ceil(1 << 20) * 8).next_multiple_of(1 << 20);
        bounds::flat(spec.size, mapped) + map + HEADERS
    }

    fn objection(&self, image: &Fresh<'_>) -> Result<Option<String>, Error> {
        let long = image.facts.apparent > image.spec.size + (1 << 20);
        let wanted = fixed(image.spec);
        let unlike = match wanted {
            true => !long,
            false => long && image.facts.apparent > HEADERS && image.spec.filled() == 0,
        };
        Ok(unlike.then(|| {
            format!(
                "subformat={} does not make a file of {} bytes",
                if wanted { "fixed" } else { "dynamic" },
                image.facts.apparent
            )
        }))
    }
}

fn fixed(spec: &ImageSpec) -> bool {
    spec.option("subformat") == Some("fixed")
}
