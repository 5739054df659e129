//! The setup: a reviewer's standing questions, answered before they are asked.
//!
//! What is not known is left out or said to be unknown, never invented.

use std::collections::BTreeSet;

use super::{accelerator, count, listed, size};
use crate::{
    accelerator::NONE,
    plain::plain,
    record::{Cell, Experiment, Metric, Provenance, Status},
    summary::Summary,
};

/// What was measured, in a sentence.
pub(super) fn measured(experiment: &Experiment) -> String {
    let cells = &experiment.manifest.cells;
    let runs = count(experiment.manifest.runs as usize, "run");
    let shared = !experiment.manifest.provenance.shared_boots().is_empty();
    let on = if shared { " on a boot that carries its block" } else { "" };
    if cells.iter().all(|cell| cell.through_channel() && cell.metric == Metric::default()) {
        let boot = if shared { on } else { ", one boot" };
        return format!(
            "Median of {runs} a cell; a run is a fresh image{boot} and one measured write."
        );
    }
    let mut workloads: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    for cell in cells {
        let (kind, level) = (cell.kind(), cell.level("workload").unwrap_or_default());
        if seen.insert((kind, level, cell.metric.name.as_str())) {
            let name = match level {
                "" => plain(kind),
                level if level == kind => plain(kind),
                level => plain(&format!("{kind} {level}")),
            };
            workloads.push(match cell.metric == Metric::default() {
                true => format!("{name} in seconds"),
                false => format!("{name} by {}", plain(&cell.metric.name)),
            });
        }
    }
    format!(
        "Median of {runs} a cell; a run is a fresh image{on} and one measured workload ({}).",
        listed(&workloads)
    )
}

/// Every question with its answer.
pub(super) fn answers(experiment: &Experiment) -> Vec<(String, String)> {
    let manifest = &experiment.manifest;
    let of = &manifest.provenance;
    let mut answers = Vec::new();
    let mut answer = |label: &str, parts: &[String]| {
        let known: Vec<_> =
            parts.iter().filter(|part| !part.is_empty()).map(|part| plain(part)).collect();
        let text = if known.is_empty() { "unknown".to_owned() } else { known.join(", ") };
        answers.push((label.to_owned(), text));
    };
    let text = |text: &str| text.trim().to_owned();
    let labelled = |label: &str, value: &str| match value {
        "" => String::new(),
        value => format!("{label}{value}"),
    };
    let bytes = |label: &str, bytes: u64| match bytes {
        0 => String::new(),
        bytes => format!("{label}{}", size(bytes)),
    };
    answer("Accelerator", &[accelerator::statement(experiment)]);
    answer(
        "CPU",
        &[
            text(&of.cpu),
            if of.cpus == 0 { String::new() } else { count(of.cpus as usize, "CPU") },
            labelled("governor ", &of.governor),
        ],
    );
    answer("Memory", &[bytes("host ", of.memory), bytes("appliance ", of.appliance_memory)]);
    answer("QEMU", &[text(&of.qemu), text(&of.qemu_img)]);
    answer("libguestfs", &[text(&of.libguestfs)]);
    answer("Host", &[text(&of.host_os), labelled("kernel ", &of.host_kernel)]);
    answer("Guest", &guest(experiment));
    answer(
        "Images",
        &[
            sizes(&manifest.cells),
            labelled("in ", &of.directory),
            labelled("on ", &of.filesystem),
            labelled("mounted ", &of.mount_options),
        ],
    );
    answer("Cache mode", &[cache(experiment)]);
    answer("Writes", &[writes(experiment)]);
    answer(
        "Order",
        &[format!(
            "{} of every cell once, shuffled; seed {}",
            count(manifest.order.len(), "block"),
            manifest.seed
        )],
    );
    if !of.other_appliance().is_empty() {
        answer("Appliance", &[text(of.other_appliance())]);
    }
    if let Some(boots) = boots(of) {
        answer("Boots", &[boots]);
    }
    answer("Control", &[controls(experiment)]);
    answer("imgbench", &[text(&of.imgbench), labelled("revision ", &of.revision)]);
    answer("Config", &[text(&manifest.name), labelled("SHA-256 ", &manifest.config_sha256)]);
    answer("Started", &[text(&manifest.started)]);
    answer("Command", &[text(&manifest.command)]);
    answer(
        "Again",
        &[format!(
            "the same config with --seed {}; QEMU's command lines and qemu-img info are in \
         experiment.toml",
            manifest.seed
        )],
    );
    answers
}

/// The caption of a figure: enough to know, when the picture travels alone, where it is from.
pub(super) fn caption(
    experiment: &Experiment,
    summaries: &[Summary],
    banner: Option<&str>,
) -> String {
    let of = &experiment.manifest.provenance;
    let n: BTreeSet<usize> = summaries.iter().map(Summary::n).collect();
    let n = match (n.first(), n.last()) {
        (Some(least), Some(most)) if least != most => format!("n = {least} to {most} runs a cell"),
        (Some(n), _) => format!("n = {} a cell", count(*n, "run")),
        _ => "no cells".to_owned(),
    };
    let cpus = if of.cpus == 0 { String::new() } else { count(of.cpus as usize, "CPU") };
    let accel = if of.accel == NONE { "no guest" } else { &of.accel };
    let host = [of.cpu.trim(), &cpus, accel].map(str::to_owned);
    let host: Vec<_> = host.into_iter().filter(|part| !part.is_empty()).collect();
    let hash: String = experiment.manifest.config_sha256.chars().take(12).collect();
    let config = format!("Config: {} ({hash})", experiment.manifest.name);
    let host = if host.is_empty() { String::new() } else { format!("Host: {}. ", host.join(", ")) };
    let banner = banner.map(|_| "SIMULATED - not a measurement. ").unwrap_or_default();
    plain(&format!("{banner}{n}, in shuffled blocks. {host}{config}. imgbench {}.", of.imgbench))
}

/// How guests were booted, where it was not one after the other, each for one run.
fn boots(of: &Provenance) -> Option<String> {
    let together = format!(
        "up to {} up or under way together; each run was then measured alone, while the others stood still",
        u64::from(of.boot_ahead) + 1
    );
    match (of.shared_boots(), of.boot_ahead) {
        ("", 0) => None,
        ("", _) => Some(format!("one a run, {together}")),
        (_, 0) => Some("one a block, each run with a disk of its own".to_owned()),
        (_, _) => Some(format!("one a block, each run with a disk of its own, {together}")),
    }
}

/// Kernel and filesystem of the guest, if there was one.
fn guest(experiment: &Experiment) -> [String; 2] {
    let of = &experiment.manifest.provenance;
    let mut runs = experiment.runs.iter().peekable();
    if runs.peek().is_some() && runs.all(|run| run.accel == NONE) {
        return ["none: no guest was booted".to_owned(), String::new()];
    }
    let kernel = match of.guest_kernel.as_str() {
        "" => String::new(),
        kernel => format!("kernel {kernel}"),
    };
    let filesystem = match of.guest_filesystem.as_str() {
        "" => String::new(),
        "none" => "no filesystem: the workload has the device to itself".to_owned(),
        name => format!("filesystem {name}"),
    };
    [kernel, filesystem]
}

/// Virtual sizes: one, or from least to most.
fn sizes(cells: &[Cell]) -> String {
    let sizes = cells.iter().map(|cell| cell.size);
    match (sizes.clone().min(), sizes.max()) {
        (Some(least), Some(most)) if least == most => format!("{} each", size(least)),
        (Some(least), Some(most)) => format!("{} to {}", size(least), size(most)),
        _ => String::new(),
    }
}

/// The cache modes in effect, each with the cells that had it and what it means for the host.
fn cache(experiment: &Experiment) -> String {
    let booted: BTreeSet<&str> = experiment
        .runs
        .iter()
        .filter(|run| run.accel != NONE)
        .map(|run| run.cell.as_str())
        .collect();
    let unbooted = |cell: &&Cell| !booted.contains(cell.name.as_str()) && cell.cache.is_empty();
    let cells = &experiment.manifest.cells;
    // Without a guest there is no cache to have a mode.
    let any = experiment.runs.iter().any(|run| run.accel == NONE);
    let cells: Vec<&Cell> = cells.iter().filter(|cell| !(any && unbooted(cell))).collect();
    if cells.is_empty() {
        return "no guest was booted, and no cache mode was set".to_owned();
    }
    let modes: BTreeSet<&str> = cells.iter().map(|cell| cell.cache.as_str()).collect();
    let in_words = |mode: &str| {
        let direct = match mode {
            "" => return "unknown (QEMU was not asked)".to_owned(),
            "none" | "directsync" => "O_DIRECT, past the host's page cache",
            "writeback" | "writethrough" | "unsafe" => "no O_DIRECT, through the host's page cache",
            _ => "O_DIRECT unknown",
        };
        format!("{mode} ({direct})")
    };
    if modes.len() == 1 {
        return modes.into_iter().map(in_words).collect();
    }
    let parts = modes.into_iter().map(|mode| {
        let named = cells.iter().filter(|cell| cell.cache == mode).map(|cell| cell.name.clone());
        format!("{}: {}", in_words(mode), listed(&named.collect::<Vec<_>>()))
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// The cells that others are compared with.
fn controls(experiment: &Experiment) -> String {
    let manifest = &experiment.manifest;
    let mut seen = BTreeSet::new();
    let controls = manifest.cells.iter().map(|cell| manifest.control_of(cell));
    let controls: Vec<String> =
        controls.filter(|of| seen.insert(*of)).map(|of| of.trim().to_owned()).collect();
    listed(&controls)
}

/// How much was written, and in chunks of what size.
fn writes(experiment: &Experiment) -> String {
    let ok = experiment.runs.iter().filter(|run| run.status == Status::Ok);
    let bytes: BTreeSet<u64> = ok.clone().map(|run| run.bytes).filter(|&bytes| bytes > 0).collect();
    if bytes.is_empty() && ok.clone().count() > 0 {
        // A workload that ends by the clock writes as much as it can until then.
        let guest = ok.filter_map(|run| run.block_write_bytes).filter(|&bytes| bytes > 0);
        return match (guest.clone().min(), guest.max()) {
            (Some(least), Some(most)) if least == most => format!("{} a run", size(most)),
            (Some(least), Some(most)) => {
                format!("{} to {} a run, as QEMU counted them", size(least), size(most))
            }
            _ => "nothing is written".to_owned(),
        };
    }
    let chunk = experiment.chunks.iter().find(|chunk| chunk.chunk == 1).map(|chunk| chunk.offset);
    let amount = match (bytes.first(), bytes.last()) {
        (Some(least), Some(most)) if least == most => format!("{} a run", size(*least)),
        (Some(least), Some(most)) => format!("{} to {} a run", size(*least), size(*most)),
        _ => return String::new(),
    };
    chunk.map_or(amount.clone(), |chunk| format!("{amount}, in chunks of {}", size(chunk)))
}
