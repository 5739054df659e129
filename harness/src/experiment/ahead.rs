//! How many appliances are booted while one that is booted waits to be measured.
//!
//! Refuses what would have the machine swap, or fill the disk.

use std::thread;

use anyhow::{Context, ensure};
use procfs::{Current, Meminfo};

use crate::{
    host::{self, megabytes},
    plan::{Machine, Plan},
};

/// The number for a plan, of which this many were asked for, or as many as there are processors beside
/// the first: none where no guest is booted.
///
/// # Errors
/// There is not memory or disk for so many.
pub fn ahead(plan: &Plan, asked: Option<u32>) -> anyhow::Result<u32> {
    let guests = plan.cells.iter().filter_map(crate::plan::Cell::machine);
    let machines: Vec<Machine> = guests.collect();
    if machines.is_empty() || asked == Some(0) {
        return Ok(0);
    }
    let needed = plan.disk_needed(false);
    // Each with its images in the host's cache.
    let in_cache = needed.values().copied().fold(0, u64::saturating_add);
    let each = plan.memory_needed().saturating_add(in_cache);
    let available = Meminfo::current().context("reading /proc/meminfo")?.mem_available;
    let available = available.context("the kernel does not tell how much memory is available")?;
    let in_memory = available / each.max(1);
    let mut on_disk = u64::MAX;
    for (directory, needed) in needed {
        on_disk = on_disk.min(host::free(&directory)? / needed.max(1));
    }
    let most = in_memory.min(on_disk).saturating_sub(1);
    let Some(asked) = asked else {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let at_once = processors.min(plan.boots_in_all());
        return Ok(u32::try_from(most.min(at_once as u64 - 1))?);
    };
    ensure!(
        u64::from(asked) <= most,
        "--boot-ahead {asked} is too many: {} appliances with their images take {} of memory, and {} are available; free disk is there for the images of {on_disk}. Permitted here: 0 to {most}",
        u64::from(asked) + 1,
        megabytes(each.saturating_mul(u64::from(asked) + 1)),
        megabytes(available),
    );
    Ok(asked)
}
