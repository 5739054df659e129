//! qcow2, made by `qemu-img create`: the library call guestfs_disk_create says `full` and does
//! `falloc`.

use std::path::Path;

use super::{Format, ImageSpec, Preallocation, too_little};
use crate::{Error, Facts, qemu_img};

pub(super) const PREALLOCATIONS: &[Preallocation] = &Preallocation::ALL;

/// QEMU's default.
const CLUSTER: u64 = 64 << 10;

pub(super) fn description(spec: &ImageSpec) -> String {
    match spec.preallocation {
        Preallocation::Off => "A sparse qcow2 file".to_owned(),
        Preallocation::Metadata => "A metadata preallocated qcow2 file".to_owned(),
        other => format!("A qcow2 file, preallocation={}", other.as_str()),
    }
}

pub(super) fn command(spec: &ImageSpec) -> String {
    let size = spec.size_text();
    match options(spec) {
        options if options.is_empty() => format!("qemu-img create -f qcow2 test.img {size}"),
        options => format!("qemu-img create -f qcow2 -o {options} test.img {size}"),
    }
}

fn options(spec: &ImageSpec) -> String {
    match spec.preallocation {
        Preallocation::Off => String::new(),
        other => format!("preallocation={}", other.as_str()),
    }
}

pub(super) fn create(spec: &ImageSpec, path: &Path) -> Result<(), Error> {
    qemu_img::create(Format::Qcow2, &options(spec), path, spec.size)
}

/// Per cluster of data 8 bytes of L2 table and 2 bytes of refcount, each rounded up to clusters,
/// and a header, an L1 table, a refcount table and its first block: `docs/interop/qcow2.txt`.
pub(super) fn largest_allocation(size: u64) -> u64 {
    let clusters = size.div_ceil(CLUSTER);
    let l2 = (clusters * 8).div_ceil(CLUSTER);
    let refcounts = (clusters * 2).div_ceil(CLUSTER) + 1;
    (clusters + l2 + refcounts + 4) * CLUSTER
}

/// With preallocated metadata the file is as long as the virtual disk though little of it is
/// allocated; without, it is not longer than a few clusters.
pub(super) fn objection(spec: &ImageSpec, facts: &Facts) -> Option<String> {
    match spec.preallocation {
        Preallocation::Off => (facts.apparent > spec.size.max(1 << 20)).then(|| {
            format!("a sparse image was asked for, but the file is {} bytes long", facts.apparent)
        }),
        Preallocation::Metadata => (facts.apparent < spec.size).then(|| {
            format!(
                "preallocation=metadata should make a file of at least {} bytes, it has {}",
                spec.size, facts.apparent
            )
        }),
        other => too_little(facts, spec.size, other),
    }
}
