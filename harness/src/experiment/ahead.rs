//! How many appliances are booted while one that is booted waits to be measured.
//!
//! Refuses what would have the machine swap, or fill the disk.

use std::thread;

use anyhow::ensure;

use crate::{
    host::{self, megabytes},
    plan::Plan,
};

/// What QEMU takes beside its guest's memory, bytes: under TCG some 200 MB of translated code.
const QEMU: u64 = 256 << 20;

/// The number that was asked for.
///
/// # Errors
/// There is not memory or disk for so many.
pub fn ahead(plan: &Plan, asked: Option<u32>) -> anyhow::Result<u32> {
    match asked {
        None => by_processors(plan),
        Some(0) => Ok(0),
        Some(asked) => {
            let room = Room::of(plan)?;
            let at_once = u64::from(asked) + 1;
            ensure!(
                u64::from(asked) <= room.most(),
                "--boot-ahead {asked} is too many: {at_once} appliances with their images take {} of memory, and {} are available; free disk is there for the images of {}. Permitted here: 0 to {}",
                megabytes(room.each.saturating_mul(at_once)),
                megabytes(room.memory),
                room.on_disk,
                room.most(),
            );
            Ok(asked)
        }
    }
}

/// As many as boot at once on the processors, and have room: none where no guest is booted.
fn by_processors(plan: &Plan) -> anyhow::Result<u32> {
    let boots: usize = plan.at_once().iter().map(|(_, boots)| boots).sum();
    if boots == 0 {
        return Ok(0);
    }
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let in_all = plan.boots_in_all();
    // Of fewer than two rounds the last would leave processors idle.
    let at_once = if in_all < 2 * processors { in_all } else { processors };
    let rounds = (at_once / boots).max(1) as u64;
    Ok(u32::try_from(Room::of(plan)?.most().min(rounds - 1))?)
}

/// What the machine has for appliances and images.
struct Room {
    /// Memory of what is booted at once where none is booted ahead, with its images in the host's cache.
    each: u64,
    /// Memory that is available.
    memory: u64,
    /// For the images of how many there is free disk.
    on_disk: u64,
}

impl Room {
    fn of(plan: &Plan) -> anyhow::Result<Room> {
        let memory = host::memory()?;
        let mut each = plan.memory_needed(QEMU);
        let mut on_disk = u64::MAX;
        for (directory, needed) in plan.disk_needed(false) {
            each = each.saturating_add(needed);
            on_disk = on_disk.min(host::free(&directory)? / needed.max(1));
        }
        Ok(Room { each, memory, on_disk })
    }

    /// Most that may be booted ahead.
    fn most(&self) -> u64 {
        (self.memory / self.each.max(1)).min(self.on_disk).saturating_sub(1)
    }
}
