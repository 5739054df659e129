//! By which accelerators an experiment was measured: what decides whether its times mean anything,
//! and whether they may stand beside others.

use std::collections::BTreeSet;

use crate::record::Experiment;

/// The accelerator of a run that a test's script made up.
pub(crate) const SIMULATED: &str = "simulated";

/// The accelerator of a run for which no guest was booted.
pub(crate) const NONE: &str = "none";

/// The accelerators of all rows, or the planned one where no row names any.
pub(crate) fn used(experiment: &Experiment) -> BTreeSet<&str> {
    let mut used: BTreeSet<&str> = experiment.runs.iter().map(|run| run.accel.as_str()).collect();
    // A run that died before its appliance came up may not know.
    used.remove("");
    if used.is_empty() {
        used.insert(&experiment.manifest.provenance.accel);
    }
    used
}

/// The statement that nothing was measured, if any row says so.
pub(crate) fn banner(experiment: &Experiment) -> Option<String> {
    used(experiment).contains(SIMULATED).then(|| {
        "SIMULATED - not a measurement. The times come from a test's script, not from a machine."
            .to_owned()
    })
}
