//! qcow2, made by `qemu-img create`: the library call guestfs_disk_create says `full` and does
//! `falloc`.
//!
//! Combinations and limits are those of `block/qcow2.c`; sizes of tables are those of
//! `docs/interop/qcow2.txt` in QEMU.

use std::path::{Path, PathBuf};

use super::{Definition, Format, Fresh, Preallocation, qemu_img};
use crate::{
    Error, ImageSpec, OptionDefinition, Permitted, SpecError, bounds, created, image::beside,
};

/// QEMU's own.
pub(super) struct Qcow2;

/// QEMU's default.
const CLUSTER: u64 = 64 << 10;

/// The smallest cluster with subclusters (`extended_l2`).
const SMALLEST_EXTENDED: u64 = 16 << 10;

/// Options that the older on-disk format does not have, and the value that does no harm.
const NEEDS_1_1: [(&str, &str); 5] = [
    ("lazy_refcounts", "off"),
    ("extended_l2", "off"),
    ("refcount_bits", "16"),
    ("compression_type", "zlib"),
    ("data_file", "off"),
];

const OPTIONS: &[OptionDefinition] = &[
    OptionDefinition {
        name: "cluster_size",
        permitted: Permitted::Sizes { min: 512, max: 2 << 20 },
        reported: Some("cluster-size"),
    },
    OptionDefinition {
        name: "compat",
        permitted: Permitted::Words(&["0.10", "1.1"]),
        reported: Some("compat"),
    },
    OptionDefinition {
        name: "lazy_refcounts",
        permitted: Permitted::Switch,
        reported: Some("lazy-refcounts"),
    },
    OptionDefinition {
        name: "extended_l2",
        permitted: Permitted::Switch,
        reported: Some("extended-l2"),
    },
    OptionDefinition {
        name: "refcount_bits",
        permitted: Permitted::Words(&["1", "2", "4", "8", "16", "32", "64"]),
        reported: Some("refcount-bits"),
    },
    OptionDefinition {
        name: "compression_type",
        permitted: Permitted::Words(&["zlib", "zstd"]),
        reported: Some("compression-type"),
    },
    // QEMU's value is a file's name; here it is a switch, for a file beside the image.
    OptionDefinition {
        name: "data_file",
        permitted: Permitted::Switch,
        reported: Some("data-file"),
    },
    OptionDefinition {
        name: "data_file_raw",
        permitted: Permitted::Switch,
        reported: Some("data-file-raw"),
    },
];

impl Definition for Qcow2 {
    fn driver(&self) -> &'static str {
        "qcow2"
    }

    fn preallocations(&self) -> &'static [Preallocation] {
        &Preallocation::ALL
    }

    fn options(&self) -> &'static [OptionDefinition] {
        OPTIONS
    }

    fn bases(&self) -> &'static [Format] {
        &[Format::Raw, Format::Qcow2]
    }

    fn check(&self, spec: &ImageSpec) -> Result<(), SpecError> {
        if spec.option("compat") == Some("0.10") {
            for (option, harmless) in NEEDS_1_1 {
                if spec.option(option).is_some_and(|value| value != harmless) {
                    return Err(SpecError::new(
                        option,
                        format!("{option} needs compat = \"1.1\""),
                        "leave compat out, or set it to \"1.1\"",
                    ));
                }
            }
        }
        if spec.switched_on("extended_l2")
            && spec.sized("cluster_size", CLUSTER) < SMALLEST_EXTENDED
        {
            return Err(SpecError::new(
                "extended_l2",
                "extended_l2 needs clusters of 16K or more".to_owned(),
                "set cluster_size to at least \"16K\", or leave it out",
            ));
        }
        if spec.switched_on("data_file_raw") && !spec.switched_on("data_file") {
            return Err(SpecError::new(
                "data_file_raw",
                "data_file_raw needs data_file".to_owned(),
                "set data_file to \"on\"",
            ));
        }
        check_backing(spec)
    }

    fn description(&self, spec: &ImageSpec) -> String {
        match spec.preallocation {
            Preallocation::Off => "A sparse qcow2 file".to_owned(),
            Preallocation::Metadata => "A metadata preallocated qcow2 file".to_owned(),
            other => format!("A qcow2 file, preallocation={}", other.as_str()),
        }
    }

    fn create_options(&self, spec: &ImageSpec, path: &str) -> Vec<(String, String)> {
        let mut options = created::given(spec);
        options.retain(|(option, value)| option != "data_file" || value == "on");
        for (option, value) in &mut options {
            if option == "data_file" {
                *value = format!("{path}.data");
            }
        }
        if spec.preallocation != Preallocation::Off {
            options.push(("preallocation".to_owned(), spec.preallocation.as_str().to_owned()));
        }
        options
    }

    fn files(&self, spec: &ImageSpec, path: &Path) -> Vec<PathBuf> {
        let mut files = vec![path.to_owned()];
        if spec.switched_on("data_file") {
            files.push(beside(path, "data"));
        }
        files
    }

    fn allocation(&self, spec: &ImageSpec, mapped: u64) -> u64 {
        let cluster = spec.sized("cluster_size", CLUSTER);
        let entry = if spec.switched_on("extended_l2") { 16 } else { 8 };
        let bits = spec.option("refcount_bits").and_then(|bits| bits.parse().ok()).unwrap_or(16);
        let all = matches!(spec.preallocation, Preallocation::Falloc | Preallocation::Full);
        let data = if all { spec.size } else { bounds::touched(spec.size, mapped, cluster) };
        // What one L2 table tells of, and so how many of them there are.
        let covered = cluster / entry * cluster;
        let tables = match spec.preallocation {
            Preallocation::Off if !spec.switched_on("data_file_raw") => {
                bounds::touched(spec.size, mapped, covered).div_ceil(covered)
            }
            _ => spec.size.div_ceil(covered),
        };
        let l1 = (spec.size.div_ceil(covered) * 8).next_multiple_of(cluster);
        // With preallocated metadata every cluster is counted, written or not.
        let counted = match spec.preallocation {
            Preallocation::Off => data,
            _ => spec.size,
        };
        let clusters = (counted + l1).div_ceil(cluster) + tables;
        let blocks = (clusters * bits).div_ceil(8 * cluster) + 1;
        // The refcount table grows by being copied to a larger one.
        let refcounts = blocks * cluster + 3 * (blocks * 8).next_multiple_of(cluster);
        data + l1 + tables * cluster + refcounts + 4 * cluster + bounds::SLACK
    }

    /// With preallocated metadata the file is as long as the virtual disk though little of it is
    /// allocated; without, it is not longer than a few clusters. Where the data is in a file of
    /// its own, which always is as long as the disk, `qemu-img check` counts the clusters.
    fn objection(&self, image: &Fresh<'_>) -> Result<Option<String>, Error> {
        let spec = image.spec;
        if image.info.at("corrupt").is_some_and(|word| word == "on") {
            return Ok(Some("it is marked corrupt".to_owned()));
        }
        Ok(match spec.preallocation {
            Preallocation::Off | Preallocation::Metadata if spec.switched_on("data_file") => {
                wrongly_mapped(spec, qemu_img::allocated_clusters(spec, image.path)?)
            }
            Preallocation::Off => {
                // Header, refcount table, its first block and L1 table, a cluster each and more.
                let metadata = 8 * spec.sized("cluster_size", CLUSTER);
                let long = image.facts.apparent > spec.size.max(1 << 20).max(metadata);
                (long && spec.filled() == 0).then(|| {
                    format!(
                        "a sparse image was asked for, but the file is {} bytes long",
                        image.facts.apparent
                    )
                })
            }
            Preallocation::Metadata => (image.facts.apparent < spec.size).then(|| {
                format!(
                    "preallocation=metadata should make a file of at least {} bytes, it has {}",
                    spec.size, image.facts.apparent
                )
            }),
            Preallocation::Falloc | Preallocation::Full => image.too_little(),
        })
    }
}

/// An image whose data is in a file of its own, by the clusters that are mapped. Those of a raw data
/// file always are: it must be valid by itself.
fn wrongly_mapped(spec: &ImageSpec, mapped: u64) -> Option<String> {
    let all = spec.size.div_ceil(spec.sized("cluster_size", CLUSTER));
    let sparse = spec.filled() == 0 && !spec.switched_on("data_file_raw");
    match spec.preallocation {
        Preallocation::Metadata if mapped < all => {
            Some(format!("preallocation=metadata should map {all} clusters, {mapped} are"))
        }
        Preallocation::Off if mapped > 0 && sparse => {
            Some(format!("a sparse image was asked for, but {mapped} clusters are mapped"))
        }
        _ => None,
    }
}

fn check_backing(spec: &ImageSpec) -> Result<(), SpecError> {
    if spec.backing.is_none() {
        return Ok(());
    }
    if spec.preallocation != Preallocation::Off && !spec.switched_on("extended_l2") {
        return Err(SpecError::new(
            "preallocation",
            "preallocation with a backing file needs extended_l2".to_owned(),
            "set extended_l2 to \"on\", or preallocation to \"off\"",
        ));
    }
    if spec.switched_on("data_file_raw") {
        return Err(SpecError::new(
            "data_file_raw",
            "data_file_raw cannot be had with a backing file".to_owned(),
            "leave one of the two out",
        ));
    }
    Ok(())
}
