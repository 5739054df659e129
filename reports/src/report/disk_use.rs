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
    /// How much was written by whom, and what the image grew by; no rows where nothing was recorded.
    pub bytes: Table,
    /// Where the clock's time went; no rows where nothing was recorded.
    pub clock: Table,
    /// What the columns are, and whether the cells sit at the transport floor, a paragraph each.
    pub reading: Vec<String>,
}

impl DiskUse {
    /// Lays out the disk of every cell that has one.
    pub(super) fn of(experiment: &Experiment, summaries: &[Summary]) -> Self {
        let mut found = DiskUse {
            table: Table::default(),
            bytes: Table::of_numbers(
                "MiB",
                &["workload", "guest", "host", "host/guest", "allocated"],
            ),
            clock: Table::of_numbers("clock, s", &["write", "read", "flush", "the rest"]),
            reading: Vec::new(),
        };
        let measured: Vec<&Summary> = summaries.iter().filter(|of| of.n() > 0).collect();
        let watched: Vec<&Summary> = measured
            .iter()
            .copied()
            .filter(|of| of.disk.clock_share.is_some() || of.disk.reached.is_some())
            .collect();
        // What only an image takes is among the other numbers.
        let written = |disk: &Disk| disk.guest_bytes.is_some() || disk.host_bytes.is_some();
        if measured.iter().any(|of| written(&of.disk)) {
            found.bytes.rows = measured.iter().filter_map(|of| bytes(&of.cell, &of.disk)).collect();
        }
        if watched.is_empty() {
            // Only a guest has a device whose statistics could have been recorded.
            if measured.iter().any(|of| of.through_channel) {
                found.reading.push(
                    "QEMU's block statistics were not recorded: whether the clock saw the disk, and \
                     so whether a tie is one of the images, is not known."
                        .to_owned(),
                );
            }
            found.reading.extend((!found.bytes.rows.is_empty()).then(|| BYTES.to_owned()));
            return found;
        }
        let calls = watched.iter().any(|of| of.disk.host_calls.is_some());
        found.table = requests(&watched, calls);
        found.clock.rows = watched.iter().filter_map(|of| clock(&of.cell, &of.disk)).collect();
        found.reading.push(
            "Disk share: how much of the clock was spent writing to the disk, at most (requests in \
             parallel add up). Reached: bytes on the disk when the clock stopped, of those that were \
             written. Writes and flushes: requests of the guest, sync included."
                .to_owned(),
        );
        found.reading.extend(calls.then(|| CALLS.to_owned()));
        found.reading.extend((!found.bytes.rows.is_empty()).then(|| BYTES.to_owned()));
        found.reading.extend((!found.clock.rows.is_empty()).then(|| CLOCK.to_owned()));
        found.reading.extend(floor(experiment, &watched));
        found
    }
}

/// What the column of the host's calls is.
const CALLS: &str = "Host calls: those by which QEMU wrote, to the image and to its own event \
    counters. The metadata of small clusters shows here, as many small writes, where it hardly shows \
    in bytes.";

/// What the columns of `bytes` are.
const BYTES: &str = "MiB: what the workload wrote; what the guest's device was told to write, sync \
    and the filesystem's own included; what the host wrote for that. Host/guest: the write \
    amplification. Allocated: the image's size on the host, before and after.";

/// What the columns of `clock` are.
const CLOCK: &str = "Clock: its seconds that the disk took to write, read and flush, at most, and \
    the rest, which is the guest's and, where libguestfs carries the bytes, the channel's.";

fn or_dash(value: Option<f64>, text: fn(f64) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), text)
}

/// What the guest asked of the disk and, if known of any cell, by how many `calls` QEMU wrote.
fn requests(watched: &[&Summary], calls: bool) -> Table {
    let mut columns = vec!["disk share", "reached", "writes", "flushes"];
    if calls {
        columns.insert(3, "host calls");
    }
    let mut table = Table::of_numbers("cell", &columns);
    table.rows = watched.iter().map(|of| row(&of.cell, &of.disk, calls)).collect();
    table
}

fn row(cell: &str, disk: &Disk, calls: bool) -> Vec<String> {
    let whole = |value: Option<f64>| or_dash(value, |value| format!("{value:.0}"));
    let mut cells = vec![
        plain(cell),
        or_dash(disk.clock_share, percent),
        or_dash(disk.reached, percent),
        whole(disk.writes),
    ];
    cells.extend(calls.then(|| whole(disk.host_calls)));
    cells.push(whole(disk.flushes));
    cells
}

/// Bytes on their way to the host; none where nothing is known of them.
fn bytes(cell: &str, disk: &Disk) -> Option<Vec<String>> {
    let all = [disk.guest_bytes, disk.host_bytes, disk.allocated_before, disk.allocated_after];
    let mebibytes = |bytes: f64| {
        let mebibytes = bytes / f64::from(1u32 << 20);
        if mebibytes < 9.95 { format!("{mebibytes:.1}") } else { format!("{mebibytes:.0}") }
    };
    all.iter().any(Option::is_some).then(|| {
        vec![
            plain(cell),
            or_dash(disk.bytes, mebibytes),
            or_dash(disk.guest_bytes, mebibytes),
            or_dash(disk.host_bytes, mebibytes),
            or_dash(disk.amplification, |value| format!("{value:.2}")),
            format!(
                "{} -> {}",
                or_dash(disk.allocated_before, mebibytes),
                or_dash(disk.allocated_after, mebibytes)
            ),
        ]
    })
}

/// How the clock's seconds split; none where the disk's part is not known.
fn clock(cell: &str, disk: &Disk) -> Option<Vec<String>> {
    let (clock, write) = (disk.clock_s?, disk.clock_write_s?);
    let of_disk = write + disk.clock_read_s.unwrap_or(0.0) + disk.clock_flush_s.unwrap_or(0.0);
    let part = |seconds: f64| format!("{seconds:.2} ({})", percent(seconds / clock));
    let or_dash = |seconds: Option<f64>| seconds.map_or_else(|| "-".to_owned(), part);
    Some(vec![
        plain(cell),
        part(write),
        or_dash(disk.clock_read_s),
        or_dash(disk.clock_flush_s),
        // Requests in parallel add up to more than the clock: then nothing is known of the rest.
        or_dash(Some(clock - of_disk).filter(|&rest| rest >= 0.0)),
    ])
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
