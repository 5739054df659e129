//! How many appliances are booted while one that is booted waits to be measured.
//!
//! Refuses what would have the machine swap, or fill the disk.

use anyhow::{Context, ensure};
use procfs::{Current, Meminfo};

use crate::{
    host::{self, megabytes},
    plan::Plan,
    workload::Work,
};

/// The number for a plan, of which this many were asked for: none where no guest is booted.
///
/// # Errors
/// There is not memory or disk for so many.
pub fn ahead(plan: &Plan, asked: u32) -> anyhow::Result<u32> {
    let guests = || plan.cells.iter().filter(|cell| cell.workload.work.place().in_guest());
    let Some(each) = guests().map(|cell| cell.memory.saturating_add(cell.disk_needed())).max()
    else {
        return Ok(0);
    };
    if asked == 0 {
        return Ok(0);
    }
    let available = Meminfo::current().context("reading /proc/meminfo")?.mem_available;
    let available = available.context("the kernel does not tell how much memory is available")?;
    // Each with its image in the host's cache.
    let in_memory = available / each.max(1);
    let mut on_disk = u64::MAX;
    for (directory, needed) in plan.disk_needed(false) {
        on_disk = on_disk.min(host::free(&directory)? / needed.max(1));
    }
    let most = in_memory.min(on_disk).saturating_sub(1);
    ensure!(
        u64::from(asked) <= most,
        "--boot-ahead {asked} is too many: {} appliances with their images take {} of memory, and {} are available; free disk is there for {on_disk} images. Permitted here: 0 to {most}",
        u64::from(asked) + 1,
        megabytes(each.saturating_mul(u64::from(asked) + 1)),
        megabytes(available),
    );
    Ok(asked)
}
