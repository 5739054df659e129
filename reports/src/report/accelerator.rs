//! What the accelerator means for the numbers: the first thing that a reader must know.

use std::collections::BTreeSet;

use crate::{plain::plain, record::Experiment};

/// The accelerators of all rows, or the planned one where there is no row.
fn used(experiment: &Experiment) -> BTreeSet<&str> {
    let mut used: BTreeSet<&str> = experiment.runs.iter().map(|run| run.accel.as_str()).collect();
    // A run that died before its appliance came up may not know.
    used.remove("");
    if used.is_empty() {
        used.insert(&experiment.manifest.provenance.accel);
    }
    used
}

/// The statement that nothing was measured, if any row says so.
pub(super) fn banner(experiment: &Experiment) -> Option<String> {
    used(experiment).contains("simulated").then(|| {
        "SIMULATED - not a measurement. The times below come from a test's script, not from a \
         machine."
            .to_owned()
    })
}

/// Accelerator, and why KVM was not used.
pub(super) fn statement(experiment: &Experiment) -> String {
    let provenance = &experiment.manifest.provenance;
    let reason = plain(provenance.accel_reason.trim().trim_end_matches('.'));
    let used: Vec<_> = used(experiment).into_iter().map(plain).collect();
    let mut text = format!("{}.", used.join(", "));
    match used.as_slice() {
        [one] if one == "kvm" => {}
        [one] if one == "simulated" => return text,
        _ if reason.is_empty() => text += " KVM was not used.",
        _ => text += &format!(" KVM was not used: {reason}."),
    }
    if used.iter().any(|one| one == "tcg") {
        text +=
            " tcg emulates the CPU in software: do not compare these times with times under KVM.";
    }
    text
}

/// A warning where rows of different accelerators stand side by side.
pub(super) fn mixed(experiment: &Experiment) -> Option<String> {
    let used = used(experiment);
    let names: Vec<_> = used.iter().map(|name| plain(name)).collect();
    (used.len() > 1).then(|| {
        format!(
            "The runs used different accelerators ({}): their times must not be compared.",
            names.join(", ")
        )
    })
}
