//! What the disk under the guest did in the runs of a cell, and whether the clock saw it.
//!
//! Takes the runs of a cell; yields a [`Disk`], medians over the ok runs of what QEMU's block
//! statistics and the host's filesystem say. What no run recorded is `None`.
//!
//! A guest's write passes a channel, the guest's page cache and only then the disk. Where the disk
//! is a small part of the clock, all images tie, whatever their format: that is the transport floor.

use std::time::Duration;

use crate::record::{ByCell, Record, Status};

/// Below this share of the clock spent writing to the disk, a cell is at the floor: a change of 5 %
/// in its time would need one of more than a quarter in the disk's.
pub const LEAST_SHARE: f64 = 0.20;

/// Below this share of the bytes on the disk when the clock stopped, a cell is at the floor: most of
/// what was written was still in the guest's memory.
pub const LEAST_REACHED: f64 = 0.50;

/// The disk in the runs of one cell: medians.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Disk {
    /// Share of the clock that was spent writing to the disk, at most: requests in parallel add up,
    /// so that it can exceed 1.
    pub clock_share: Option<f64>,
    /// Bytes that reached the disk while the clock ran, over the bytes that the workload wrote. The
    /// filesystem's own writes count, so that it can exceed 1.
    pub reached: Option<f64>,
    /// Write requests of the guest's device, sync included.
    pub writes: Option<f64>,
    /// Flush requests of the same stretch.
    pub flushes: Option<f64>,
    /// Calls by which QEMU wrote in the same stretch, to the image and to its own event counters.
    pub host_calls: Option<f64>,
    /// Bytes that the workload wrote.
    pub bytes: Option<f64>,
    /// Bytes that the guest's device was told to write, sync and the filesystem's own included.
    pub guest_bytes: Option<f64>,
    /// Bytes that QEMU had the host write in the same stretch.
    pub host_bytes: Option<f64>,
    /// Bytes that the host wrote for each byte of the guest: the write amplification of the format.
    pub amplification: Option<f64>,
    /// The clock, seconds.
    pub clock_s: Option<f64>,
    /// Seconds of it that were spent writing to the disk, at most: see `clock_share`.
    pub clock_write_s: Option<f64>,
    /// Seconds of it that were spent reading from the disk, at most.
    pub clock_read_s: Option<f64>,
    /// Seconds of it that were spent flushing the disk, at most.
    pub clock_flush_s: Option<f64>,
    /// Bytes that the image took on the host before the run.
    pub allocated_before: Option<f64>,
    /// And after it.
    pub allocated_after: Option<f64>,
}

impl Disk {
    /// The medians over the ok runs of a cell.
    pub fn of(cell: &str, by_cell: &ByCell<'_>) -> Self {
        let ok = || by_cell.runs(cell).iter().filter(|run| run.status == Status::Ok);
        let over =
            |value: fn(&Record) -> Option<f64>| median(ok().filter_map(|run| value(run)).collect());
        let metric = |name| median(ok().filter_map(|run| by_cell.value(run, name)).collect());
        Disk {
            clock_share: over(|run| share(run.clock_block_write_s, run.workload_s)),
            reached: over(|run| per_byte(run.clock_block_write_bytes, run)),
            writes: over(|run| Some(run.block_write_ops? as f64)),
            flushes: over(|run| Some(run.flush_ops? as f64)),
            host_calls: metric("host_write_calls"),
            bytes: over(|run| (run.bytes > 0).then_some(run.bytes as f64)),
            guest_bytes: over(|run| Some(run.block_write_bytes? as f64)),
            host_bytes: over(|run| Some(run.host_write_bytes? as f64)),
            amplification: over(|run| {
                let guest = run.block_write_bytes.filter(|&bytes| bytes > 0)?;
                Some(run.host_write_bytes? as f64 / guest as f64)
            }),
            clock_s: over(|run| Some(run.workload_s?.as_secs_f64())),
            clock_write_s: over(|run| Some(run.clock_block_write_s?.as_secs_f64())),
            clock_read_s: metric("clock_block_read_s"),
            clock_flush_s: metric("clock_flush_s"),
            allocated_before: over(|run| Some(run.allocated_before? as f64)),
            allocated_after: over(|run| Some(run.allocated_after? as f64)),
        }
    }

    /// Whether the clock saw too little of the disk to tell images apart. Not known is not so.
    pub fn at_floor(&self) -> bool {
        self.clock_share.is_some_and(|share| share < LEAST_SHARE)
            || self.reached.is_some_and(|reached| reached < LEAST_REACHED)
    }
}

fn share(part: Option<Duration>, whole: Option<Duration>) -> Option<f64> {
    Some(part?.as_secs_f64() / whole.filter(|whole| !whole.is_zero())?.as_secs_f64())
}

fn per_byte(bytes: Option<u64>, run: &Record) -> Option<f64> {
    (run.bytes > 0).then_some(bytes? as f64 / run.bytes as f64)
}

/// The median of values that, unlike a sample's, may be 0.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    Some(f64::midpoint(values[(values.len() - 1) / 2], upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_value_or_the_mean_of_two() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![0.0]), Some(0.0));
        assert_eq!(median(vec![3.0, 0.0, 1.0]), Some(1.0));
        assert_eq!(median(vec![4.0, 1.0, 0.0, 2.0]), Some(1.5));
    }

    #[test]
    fn a_small_share_or_few_bytes_are_the_floor() {
        let disk = |clock_share, reached| Disk { clock_share, reached, ..Disk::default() };
        assert!(disk(Some(0.1), Some(2.0)).at_floor(), "the channel takes the time");
        assert!(disk(Some(0.9), Some(0.1)).at_floor(), "the bytes are in the guest's memory");
        assert!(disk(Some(0.0), None).at_floor());
        assert!(!disk(Some(0.2), Some(0.5)).at_floor());
        assert!(!disk(None, None).at_floor(), "unknown");
    }
}
