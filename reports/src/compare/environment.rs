//! Takes the provenance of two experiments; yields in what they differ.
//!
//! Accelerator, CPU, host filesystem, appliance and shared boots make times incomparable: they are refused
//! unless they were asked for. Simulated times beside measured ones are always refused. Everything else,
//! versions of QEMU above all, may be just what is being compared, and is listed.

use std::collections::BTreeSet;

use super::Refusal;
use crate::{
    accelerator::{NONE, SIMULATED, used},
    record::{Experiment, Provenance, STOCK},
};

const BOOT: &str = "boots";
const APPLIANCE: &str = "appliance";

/// What every experiment had before anything else could be asked for, as it had libguestfs' appliance.
const PER_RUN: &str = "per-run";

/// One thing in which two experiments differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is.
    pub what: String,
    /// The baseline's; empty if unknown.
    pub baseline: String,
    /// The candidate's; empty if unknown.
    pub candidate: String,
    /// Whether it keeps times from being compared unless that is asked for.
    pub bars: bool,
}

impl Difference {
    /// `None` where the values are the same.
    pub(super) fn new(what: String, bars: bool, baseline: &str, candidate: &str) -> Option<Self> {
        let (baseline, candidate) = (baseline.to_owned(), candidate.to_owned());
        (baseline != candidate).then_some(Difference { what, baseline, candidate, bars })
    }
}

/// All differences, those that bar first.
pub(super) fn differences(
    baseline: &Experiment,
    candidate: &Experiment,
    permitted: bool,
) -> Result<Vec<Difference>, Refusal> {
    let (a, b) = (used(baseline), used(candidate));
    // Where no guest is booted there is none to be the same, or another, in the other experiment.
    let all: BTreeSet<_> = a.union(&b).copied().filter(|&one| one != NONE).collect();
    if all.contains(SIMULATED) && all.len() > 1 {
        return Err(Refusal::SimulatedBesideReal { baseline: mixed(&a), candidate: mixed(&b) });
    }
    let mut differences = Vec::new();
    if all.len() > 1 {
        differences.push(Difference {
            what: "accelerator".to_owned(),
            baseline: mixed(&a),
            candidate: mixed(&b),
            bars: true,
        });
    }
    let of = |experiment: &Experiment| fields(experiment).into_iter();
    differences.extend(of(baseline).zip(of(candidate)).filter_map(|(a, b)| {
        let (what, bars, value) = a;
        Difference::new(what.to_owned(), bars, &value, &b.2)
    }));
    let barring: Vec<_> = differences.iter().filter(|of| of.bars).cloned().collect();
    if !barring.is_empty() && !permitted {
        return Err(Refusal::Environments { differences: barring });
    }
    Ok(differences)
}

/// What keeps times from being compared where it differs, each with its name; empty if unknown.
pub(crate) fn barring(experiment: &Experiment) -> Vec<(&'static str, String)> {
    // What older experiments do not say is not said of later ones, either: they are one series.
    let said =
        |what: &str, value: &str| ![(BOOT, PER_RUN), (APPLIANCE, STOCK)].contains(&(what, value));
    let fields =
        fields(experiment).into_iter().filter(|(what, bars, value)| *bars && said(what, value));
    let mut accelerators = used(experiment);
    if accelerators.len() > 1 {
        accelerators.remove(NONE);
    }
    let accelerator = ("accelerator", mixed(&accelerators));
    std::iter::once(accelerator).chain(fields.map(|(what, _, value)| (what, value))).collect()
}

/// The accelerator of the runs; several, if they were mixed.
pub(super) fn accelerator(experiment: &Experiment) -> String {
    mixed(&used(experiment))
}

fn mixed(accelerators: &BTreeSet<&str>) -> String {
    accelerators.iter().copied().collect::<Vec<_>>().join(" and ")
}

/// What may differ: its name, whether it bars, its value.
fn fields(experiment: &Experiment) -> [(&'static str, bool, String); 21] {
    let of: &Provenance = &experiment.manifest.provenance;
    let or = |text: &str, usual: &str| if text.is_empty() { usual } else { text }.to_owned();
    let number = |number: u64| if number == 0 { String::new() } else { number.to_string() };
    [
        ("CPU", true, of.cpu.clone()),
        ("number of CPUs", true, number(of.cpus.into())),
        ("host filesystem", true, of.filesystem.clone()),
        ("QEMU", false, of.qemu.clone()),
        ("qemu-img", false, of.qemu_img.clone()),
        ("libguestfs", false, of.libguestfs.clone()),
        ("host kernel", false, of.host_kernel.clone()),
        ("guest kernel", false, of.guest_kernel.clone()),
        ("guest filesystem", false, of.guest_filesystem.clone()),
        ("host OS", false, of.host_os.clone()),
        ("governor", false, of.governor.clone()),
        ("mount options", false, of.mount_options.clone()),
        ("directory of the images", false, of.directory.clone()),
        ("host memory, bytes", false, number(of.memory)),
        ("appliance memory, bytes", false, number(of.appliance_memory)),
        // That waiting changes nothing is what `make bench-boots` shows, of a file's writing. Whether, and not
        // how many: as many as the machine had room for that day.
        ("appliances booted ahead", false, if of.boot_ahead > 0 { "yes" } else { "no" }.to_owned()),
        (BOOT, true, or(of.shared_boots(), PER_RUN)),
        (APPLIANCE, true, or(&of.appliance, STOCK)),
        ("imgbench", false, of.imgbench.clone()),
        ("imgbench revision", false, of.revision.clone()),
        ("config SHA-256", false, experiment.manifest.config_sha256.clone()),
    ]
}
