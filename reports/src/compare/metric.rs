//! The times that can be compared: the phases of a run, as columns of `runs.csv`.

use std::{fmt, str::FromStr, time::Duration};

use crate::record::Record;

/// A time of a run, in seconds; a higher one is worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Metric {
    /// The measured workload.
    #[default]
    Workload,
    /// Syncing the guest after the workload.
    Sync,
    /// Workload and sync together.
    WorkloadAndSync,
    /// Creating the image.
    Prepare,
    /// Booting the appliance.
    Launch,
    /// Making and mounting the filesystem.
    Format,
    /// Reading back and comparing.
    Verify,
}

impl Metric {
    /// Every metric there is.
    pub const ALL: [Metric; 7] = [
        Metric::Workload,
        Metric::Sync,
        Metric::WorkloadAndSync,
        Metric::Prepare,
        Metric::Launch,
        Metric::Format,
        Metric::Verify,
    ];

    /// The column, or the sum of columns, of `runs.csv`.
    pub fn as_str(self) -> &'static str {
        match self {
            Metric::Workload => "workload_s",
            Metric::Sync => "sync_s",
            Metric::WorkloadAndSync => "workload_s+sync_s",
            Metric::Prepare => "prepare_s",
            Metric::Launch => "launch_s",
            Metric::Format => "format_s",
            Metric::Verify => "verify_s",
        }
    }

    /// The seconds of a run. `None` where the run has none, or 0, of which there is no ratio.
    pub(super) fn of(self, run: &Record) -> Option<f64> {
        let time = match self {
            Metric::Workload => run.workload_s,
            Metric::Sync => run.sync_s,
            Metric::WorkloadAndSync => {
                run.workload_s.zip(run.sync_s).and_then(|(work, sync)| work.checked_add(sync))
            }
            Metric::Prepare => run.prepare_s,
            Metric::Launch => run.launch_s,
            Metric::Format => run.format_s,
            Metric::Verify => run.verify_s,
        };
        time.filter(|time| !time.is_zero()).as_ref().map(Duration::as_secs_f64)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Metric {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let permitted = || Metric::ALL.map(Metric::as_str).join(", ");
        let found = Metric::ALL.into_iter().find(|metric| metric.as_str() == text);
        found.ok_or_else(|| format!("no such metric; permitted are {}", permitted()))
    }
}
