//! Upper bounds of what files take on a host.

/// What a filesystem may count to a file beyond its blocks: extent trees, and space kept ready at
/// its end.
pub(crate) const SLACK: u64 = 1 << 20;

/// The unit that the host's filesystem allocates in, at most.
const BLOCK: u64 = 64 << 10;

/// Shortest run of writes that the bounds hold for.
const RUN: u64 = 1 << 20;

/// Bytes of the units that `mapped` bytes of a disk of `size` lie in, when they were written in
/// runs of 1 MiB or more: each run may begin and end inside a unit.
pub(crate) fn touched(size: u64, mapped: u64, unit: u64) -> u64 {
    let runs = mapped.div_ceil(RUN);
    let units = mapped.div_ceil(unit) + runs;
    let all = size.div_ceil(unit);
    units.min(all) * unit
}

/// A file whose holes are the disk's.
pub(crate) fn flat(size: u64, mapped: u64) -> u64 {
    (touched(size, mapped, BLOCK) + SLACK).min(size.next_multiple_of(BLOCK))
}
