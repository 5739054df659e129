//! What the disk did, cell by cell, and the warning where the clock hardly saw it: the transport
//! floor, at which all images tie whatever their format.

use std::collections::BTreeSet;

use super::{Table, level, listed, percent, size};
use crate::{
    disk::{Disk, LEAST_REACHED, LEAST_SHARE},
    plain::plain,
    record::{Experiment, Status},
    summary::Summary,
};

/// From this share of the bytes on, the disk was inside the clock, and `sync` would add nothing.
const ALL: f64 = 0.9;

/// What the disk did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DiskUse {
    /// A row a cell, medians over the ok runs; no rows where nothing was recorded.
    pub table: Table,
    /// What the columns are, and whether the cells sit at the transport floor, a paragraph each.
    pub reading: Vec<String>,
}

impl DiskUse {
    /// Lays out the disk of every cell.
    pub(super) fn of(experiment: &Experiment, summaries: &[Summary]) -> Self {
        let columns = ["disk share", "reached", "writes", "flushes", "host x", "allocated MiB"];
        let mut found = DiskUse { table: Table::of_numbers("cell", &columns), reading: Vec::new() };
        let measured: Vec<&Summary> = summaries.iter().filter(|of| of.n() > 0).collect();
        if measured.is_empty() {
            return found;
        }
        if measured.iter().all(|of| of.disk.clock_share.is_none() && of.disk.reached.is_none()) {
            found.reading.push(
                "QEMU's block statistics were not recorded: whether the clock saw the disk, and so \
                 whether a tie is one of the images, is not known."
                    .to_owned(),
            );
            return found;
        }
        found.table.rows = measured.iter().map(|of| row(&of.cell, &of.disk)).collect();
        found.reading.push(
            "Disk share: how much of the clock was spent writing to the disk, at most (requests in \
             parallel add up). Reached: bytes on the disk when the clock stopped, of those that were \
             written. Writes and flushes: requests of the guest, sync included. Host x: bytes that the \
             host wrote for each byte. Allocated: the image's size on the host, before and after."
                .to_owned(),
        );
        found.reading.extend(floor(experiment, &measured));
        found
    }
}

fn row(cell: &str, disk: &Disk) -> Vec<String> {
    let or_dash =
        |value: Option<f64>, text: fn(f64) -> String| value.map_or_else(|| "-".to_owned(), text);
    let whole = |value: f64| format!("{value:.0}");
    let mebibytes = |bytes: f64| {
        let mebibytes = bytes / f64::from(1u32 << 20);
        if mebibytes < 9.95 { format!("{mebibytes:.1}") } else { format!("{mebibytes:.0}") }
    };
    vec![
        plain(cell),
        or_dash(disk.clock_share, percent),
        or_dash(disk.reached, percent),
        or_dash(disk.writes, whole),
        or_dash(disk.flushes, whole),
        or_dash(disk.amplification, |value| format!("{value:.2}")),
        format!(
            "{} -> {}",
            or_dash(disk.allocated_before, mebibytes),
            or_dash(disk.allocated_after, mebibytes)
        ),
    ]
}

/// Which cells sit at the floor, what that means and what to run instead.
fn floor(experiment: &Experiment, measured: &[&Summary]) -> Vec<String> {
    let at: Vec<&&Summary> = measured.iter().filter(|of| of.at_floor()).collect();
    if at.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = at.iter().map(|of| plain(&of.cell)).collect();
    let which = if at.len() == measured.len() && at.len() > 1 {
        "all cells".to_owned()
    } else {
        listed(&names)
    };
    let range = |value: fn(&Disk) -> Option<f64>| {
        let values: Vec<f64> = at.iter().filter_map(|of| value(&of.disk)).collect();
        let least = values.iter().copied().reduce(f64::min).map(percent)?;
        let most = values.iter().copied().reduce(f64::max).map(percent)?;
        Some(if least == most { most } else { format!("{least} to {most}") })
    };
    let mut evidence = Vec::new();
    if let Some(share) = range(|disk| disk.clock_share) {
        evidence.push(format!("of the clock, at most {share} went into writing to the disk"));
    }
    if let Some(reached) = range(|disk| disk.reached) {
        evidence.push(format!("of the bytes, {reached} were on it when the clock stopped"));
    }
    vec![
        format!(
            "TRANSPORT FLOOR ({which}): {}. Below {} of the clock, or {} of the bytes, it times the way to the disk: \
             libguestfs's channel into the guest and the guest's page cache. A tie that the channel \
             forced is not evidence of equivalent images, and no cell at the floor is called \
             EQUIVALENT to another there. A difference that shows in spite of it stands.",
            evidence.join("; "),
            level(LEAST_SHARE),
            level(LEAST_REACHED)
        ),
        format!("To measure the images, {}.", instead(experiment, &at)),
    ]
}

/// What to run instead, as far as it is not done yet.
fn instead(experiment: &Experiment, at: &[&&Summary]) -> String {
    let ok = || experiment.runs.iter().filter(|run| run.status == Status::Ok);
    let accelerators: BTreeSet<&str> = ok().map(|run| run.accel.as_str()).collect();
    let memory = experiment.manifest.provenance.appliance_memory;
    let bytes = ok().map(|run| run.bytes).max().unwrap_or(0);
    let mut steps = Vec::new();
    if at.iter().any(|of| of.disk.reached.is_none_or(|reached| reached < ALL)) {
        steps.push(
            "set mount_options = \"sync\" in the config, so that every write waits for the disk \
             inside the clock"
                .to_owned(),
        );
        if bytes < memory {
            steps.push(format!(
                "write more than the guest's memory can cache ({} now, {} of memory)",
                size(bytes),
                size(memory)
            ));
        }
    }
    if accelerators.contains("tcg") {
        steps.push(
            "run under KVM: under tcg the virtio-serial channel itself is the limit, and takes its \
             time whatever the disk does"
                .to_owned(),
        );
    }
    if steps.is_empty() {
        steps.push("write inside the guest, past the channel".to_owned());
    }
    steps.join("; or ")
}
