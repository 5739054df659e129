//! What the accelerator means for the numbers: the first thing that a reader must know.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    accelerator::{NONE, SIMULATED, used},
    plain::plain,
    record::Experiment,
    summary::Summary,
};

/// Accelerator, and why KVM was not used.
pub(super) fn statement(experiment: &Experiment) -> String {
    let provenance = &experiment.manifest.provenance;
    let reason = plain(provenance.accel_reason.trim().trim_end_matches('.'));
    let mut used = used(experiment);
    let unbooted = used.remove(NONE);
    if used.is_empty() {
        return "none: no guest was booted.".to_owned();
    }
    let names: Vec<_> = used.iter().map(|name| plain(name)).collect();
    let mut text = format!("{}.", names.join(", "));
    match names.as_slice() {
        [one] if one == "kvm" => {}
        [one] if one == SIMULATED => return text,
        _ if reason.is_empty() => text += " KVM was not used.",
        _ => text += &format!(" KVM was not used: {reason}."),
    }
    if used.contains("tcg") {
        text +=
            " tcg emulates the CPU in software: do not compare these times with times under KVM.";
    }
    if unbooted {
        text += " For some cells no guest was booted.";
    }
    text
}

/// A warning where rows of different accelerators are compared.
pub(super) fn mixed(experiment: &Experiment, summaries: &[Summary]) -> Option<String> {
    let mut by_cell: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for run in experiment.runs.iter().filter(|run| !run.accel.is_empty()) {
        by_cell.entry(&run.cell).or_default().insert(&run.accel);
    }
    let of = |cell: &str| by_cell.get(cell).into_iter().flatten().copied();
    let mut mixed: BTreeSet<&str> = BTreeSet::new();
    for summary in summaries {
        let compared: BTreeSet<&str> = of(&summary.cell).chain(of(&summary.control)).collect();
        if compared.len() > 1 {
            mixed.extend(compared);
        }
    }
    let names: Vec<_> = mixed.into_iter().map(plain).collect();
    (!names.is_empty()).then(|| {
        format!(
            "The runs used different accelerators ({}): their times must not be compared.",
            names.join(", ")
        )
    })
}
