//! What the history knows an experiment by.
//!
//! Takes an experiment; yields its identity, the environment that it was measured in, and what it
//! holds. Refuses a start that is no time.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::HistoryError;
use crate::{
    compare,
    record::{Experiment, Status},
};

/// An experiment on its way into the history.
pub(super) struct Entry<'a> {
    pub(super) experiment: &'a Experiment,
    /// SHA-256 over what was fixed when it started; the same for every copy of its files, and before
    /// and after a resume.
    pub(super) identity: String,
    pub(super) started: Timestamp,
    /// What keeps times from being compared with those of other experiments, in words.
    pub(super) environment: String,
    /// SHA-256 over what was measured.
    pub(super) content: String,
    pub(super) planned: u32,
    /// Runs that need not be done again.
    pub(super) done: u32,
    pub(super) ok: u32,
}

impl<'a> Entry<'a> {
    pub(super) fn new(experiment: &'a Experiment) -> Result<Self, HistoryError> {
        let manifest = &experiment.manifest;
        let started = manifest.started.parse().map_err(|_| HistoryError::Started {
            directory: experiment.directory.display().to_string(),
            value: manifest.started.clone(),
        })?;
        let is_ok = |status| status == Status::Ok;
        Ok(Entry {
            experiment,
            identity: identity(experiment),
            started,
            environment: environment(experiment),
            content: content(experiment),
            planned: manifest.order.iter().map(|block| block.len() as u32).sum(),
            done: experiment.completed_runs().len() as u32,
            ok: experiment.runs.iter().filter(|run| is_ok(run.status)).count() as u32,
        })
    }
}

/// A resume is refused on another machine, so what is named of the machine here cannot change under
/// an experiment; the guest's kernel is learnt on the way and is not named.
fn identity(experiment: &Experiment) -> String {
    let manifest = &experiment.manifest;
    let of = &manifest.provenance;
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    add(&manifest.started);
    add(&manifest.seed.to_string());
    add(&manifest.name);
    add(&manifest.config_sha256);
    add(&of.cpu);
    add(&of.cpus.to_string());
    add(&of.memory.to_string());
    add(&of.host_os);
    add(&of.host_kernel);
    add(&of.directory);
    manifest.order.iter().flatten().for_each(|cell| add(cell));
    hexadecimal(hash)
}

fn content(experiment: &Experiment) -> String {
    let mut hash = Sha256::new();
    // An interrupted run is done again, and says nothing until then.
    for run in experiment.runs.iter().filter(|run| run.status != Status::Interrupted) {
        hash.update(run.run.to_le_bytes());
        hash.update(run.status.as_str());
        hash.update(run.workload_s.map_or(0, |time| time.as_nanos()).to_le_bytes());
    }
    for of in &experiment.metrics {
        hash.update(of.run.to_le_bytes());
        hash.update((of.metric.name.len() as u64).to_le_bytes());
        hash.update(&of.metric.name);
        hash.update(of.value.to_bits().to_le_bytes());
    }
    hexadecimal(hash)
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `accelerator tcg, CPU …, number of CPUs 2, host filesystem ext4`.
fn environment(experiment: &Experiment) -> String {
    let part = |(what, value): (&str, String)| match value.trim() {
        "" => format!("{what} unknown"),
        value => format!("{what} {}", crate::plain::plain(value)),
    };
    compare::barring(experiment).into_iter().map(part).collect::<Vec<_>>().join(", ")
}
