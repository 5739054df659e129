//! vdi, VirtualBox's. QEMU's word for a vdi with all its blocks mapped is `static` on the command
//! line and `preallocation: metadata` in QMP (`BlockdevCreateOptionsVdi`); here it is the latter.

use super::{Definition, Fresh, Preallocation, created};
use crate::{Error, ImageSpec, bounds};

/// VirtualBox's virtual disk image.
pub(super) struct Vdi;

/// Bytes of a block; QEMU writes no others.
const BLOCK: u64 = 1 << 20;

impl Definition for Vdi {
    fn driver(&self) -> &'static str {
        "vdi"
    }

    fn preallocations(&self) -> &'static [Preallocation] {
        &[Preallocation::Off, Preallocation::Metadata]
    }

    /// The header is written outside the driver's lock (`vdi_co_pwritev`): of two requests that
    /// allocate, the earlier one's count of blocks may land last.
    fn allocates_at_once(&self) -> bool {
        false
    }

    fn description(&self, spec: &ImageSpec) -> String {
        match spec.preallocation {
            Preallocation::Off => "A sparse vdi file".to_owned(),
            _ => "A static vdi file".to_owned(),
        }
    }

    fn create_options(&self, spec: &ImageSpec, _: &str) -> Vec<(String, String)> {
        let mut options = created::given(spec);
        if spec.preallocation != Preallocation::Off {
            options.push(("static".to_owned(), "on".to_owned()));
        }
        options
    }

    fn allocation(&self, spec: &ImageSpec, mapped: u64) -> u64 {
        let map = spec.size.div_ceil(BLOCK) * 4;
        bounds::touched(spec.size, mapped, BLOCK) + map + bounds::SLACK
    }

    fn objection(&self, image: &Fresh<'_>) -> Result<Option<String>, Error> {
        Ok(match image.spec.preallocation {
            Preallocation::Off => image.wrong_length(false, "static=off"),
            _ => image.wrong_length(true, "static=on"),
        })
    }
}
