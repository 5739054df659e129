//! qed, of 2010: the enhanced disk format that lost to qcow2. See `docs/interop/qed_spec.txt` in
//! QEMU.

use super::{Definition, Format, Fresh};
use crate::{Error, ImageSpec, OptionDefinition, Permitted, SpecError, bounds};

/// The QEMU enhanced disk.
pub(super) struct Qed;

/// QEMU's default.
const CLUSTER: u64 = 64 << 10;

/// Clusters of a table: QEMU's default.
const TABLE: u64 = 4;

impl Definition for Qed {
    fn driver(&self) -> &'static str {
        "qed"
    }

    /// Larger clusters are documented, but QEMU's largest size overflows with them.
    fn options(&self) -> &'static [OptionDefinition] {
        &[OptionDefinition {
            name: "cluster_size",
            permitted: Permitted::Sizes { min: 4 << 10, max: 2 << 20 },
            reported: Some("cluster-size"),
        }]
    }

    fn bases(&self) -> &'static [Format] {
        &[Format::Raw, Format::Qcow2]
    }

    /// Two levels of tables of fixed size are all there is.
    fn check(&self, spec: &ImageSpec) -> Result<(), SpecError> {
        let cluster = spec.sized("cluster_size", CLUSTER);
        let entries = TABLE * cluster / 8;
        let most = u128::from(entries) * u128::from(entries) * u128::from(cluster);
        match u128::from(spec.size) > most {
            true => Err(SpecError::new(
                "size",
                format!("qed with clusters of {cluster} bytes holds at most {most} bytes"),
                "give it larger clusters, or a smaller disk",
            )),
            false => Ok(()),
        }
    }

    fn description(&self, _: &ImageSpec) -> String {
        "A sparse qed file".to_owned()
    }

    fn allocation(&self, spec: &ImageSpec, mapped: u64) -> u64 {
        let cluster = spec.sized("cluster_size", CLUSTER);
        let covered = TABLE * cluster / 8 * cluster;
        let tables = bounds::touched(spec.size, mapped, covered).div_ceil(covered) + 1;
        let data = bounds::touched(spec.size, mapped, cluster);
        data + tables * TABLE * cluster + cluster + bounds::SLACK
    }

    /// There is one kind only, and `qemu-img info` tells its clusters.
    fn objection(&self, _: &Fresh<'_>) -> Result<Option<String>, Error> {
        Ok(None)
    }
}
