//! Where a report is from: what is needed to name it and to make it again.

use crate::record::Experiment;

/// The origin, as in `experiment.toml`; unknown is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Start of the experiment, UTC, RFC 3339.
    pub started: String,
    /// The command that started it.
    pub command: String,
    /// Seed of order and data.
    pub seed: u64,
    /// The config, whole, with its line feeds.
    pub config: String,
    /// SHA-256 of the config, hexadecimal.
    pub config_sha256: String,
    /// Version of imgbench.
    pub imgbench: String,
    /// Git revision that it was built from.
    pub revision: String,
    /// QEMU's version line.
    pub qemu: String,
    /// `kvm`, `tcg` or `simulated`.
    pub accel: String,
}

impl Origin {
    /// Of an experiment.
    pub(super) fn of(experiment: &Experiment) -> Self {
        let manifest = &experiment.manifest;
        let of = &manifest.provenance;
        Origin {
            started: manifest.started.clone(),
            command: manifest.command.clone(),
            seed: manifest.seed,
            config: manifest.config.clone(),
            config_sha256: manifest.config_sha256.clone(),
            imgbench: of.imgbench.clone(),
            revision: of.revision.clone(),
            qemu: of.qemu.clone(),
            accel: of.accel.clone(),
        }
    }

    /// When the experiment began, seconds since 1970; `None` where the file does not tell.
    pub fn started_unix(&self) -> Option<i64> {
        self.started.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
    }
}
