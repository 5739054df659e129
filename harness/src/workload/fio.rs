//! `fio`: a job of fio(1) inside the appliance, on a file or on the image's device.
//!
//! The appliance is libguestfs' own with one package more. The job is given as keys (`[workload.job]`)
//! or as an fio job file; fio's own numbers become the run's metrics.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, anyhow, ensure};
use reports::record::Metric;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{
    GuestSteps, Place, Steps, Timed, Work,
    fio_job::{Direction, Job},
    fio_output,
};
use crate::{
    appliance::{Appliance, Target},
    config::{ConfigError, Keys},
};

/// Where the job is put in the appliance.
const JOB_FILE: &str = "/tmp/imgbench.fio";

/// The file, where there is a filesystem.
const PATH: &str = "/test";

/// A job of fio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fio {
    job: Job,
    metric: Metric,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    job: Option<Spanned<BTreeMap<String, toml::Value>>>,
    job_file: Option<Spanned<String>>,
    metric: Option<Spanned<String>>,
}

impl Fio {
    pub(super) const KIND: &str = "fio";

    pub(super) fn check(keys: Keys<'_>) -> Result<Fio, ConfigError> {
        let place = keys.span();
        let (source, table) = keys.read::<Table>()?;
        let (job, span) = match (table.job, table.job_file) {
            (Some(keys), None) => (Job::of_options(&options(keys.get_ref())), keys.span()),
            (None, Some(file)) => {
                let text = source.attached(file.get_ref()).map_err(|error| {
                    let wrong = format!("job_file = \"{}\": {error}", file.get_ref());
                    let help = "name an fio job file, relative to this config";
                    source.error(file.span(), &wrong, help)
                })?;
                (Job::of_text(&text), file.span())
            }
            _ => {
                return Err(source.error(
                    place,
                    "fio needs a job",
                    "give its options in [workload.job], or an fio job file as job_file: one of the two",
                ));
            }
        };
        let job = job.map_err(|wrong| {
            source.error(span, &wrong, "see fio(1); configs/preallocation-4k.toml is an example")
        })?;
        let metric = match table.metric {
            None => default_metric(&job),
            Some(name) => fio_output::metric(name.get_ref()).ok_or_else(|| {
                let wrong = format!("a job of fio has no metric '{}'", name.get_ref());
                let help = "permitted: iops, runtime_s; read_, write_ or trim_ followed by iops, bandwidth, lat_mean_s, lat_p50_s, lat_p95_s, lat_p99_s or lat_p99_9_s";
                source.error(name.span(), &wrong, help)
            })?,
        };
        Ok(Fio { job, metric })
    }
}

/// What a job is judged by: one that runs by the clock by what it got done, another by the time that
/// it took.
fn default_metric(job: &Job) -> Metric {
    let name = match (job.runtime, job.direction) {
        (None, _) => "runtime_s",
        (Some(_), Direction::Mixed) => "iops",
        (Some(_), Direction::Read) => "read_iops",
        (Some(_), Direction::Write) => "write_iops",
        (Some(_), Direction::Trim) => "trim_iops",
    };
    fio_output::metric(name).unwrap_or_default()
}

/// Options in fio's words: true is 1.
fn options(keys: &BTreeMap<String, toml::Value>) -> BTreeMap<String, String> {
    // A list or a table reads as what fio does not know, and fio says so.
    let text = |value: &toml::Value| match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Boolean(on) => u8::from(*on).to_string(),
        other => other.to_string(),
    };
    keys.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

impl Work for Fio {
    fn place(&self) -> Place {
        Place::FileOrDevice
    }
    fn bytes(&self) -> u64 {
        match self.job.runtime {
            None => self.job.moves,
            Some(_) => 0,
        }
    }
    fn written(&self) -> u64 {
        self.job.size
    }
    fn metric(&self) -> Metric {
        self.metric.clone()
    }
    fn packages(&self) -> &'static [&'static str] {
        &["fio"]
    }
    fn lasts(&self) -> Option<Duration> {
        self.job.runtime
    }
    fn steps(&self, _: u64) -> Steps<'_> {
        Steps::Guest(Box::new(Running(self)))
    }
}

struct Running<'a>(&'a Fio);

impl GuestSteps for Running<'_> {
    /// fio lays the file out before the clock starts: for a job that reads with its data, for one that
    /// writes at its length, so that the guest's filesystem allocates inside the clock unless the job
    /// says `overwrite=1`.
    fn prepare(&mut self, guest: &mut dyn Appliance, on: &Target) -> anyhow::Result<()> {
        guest.sh("command -v fio >/dev/null").map_err(|_| {
            anyhow!("there is no fio in the appliance: install fio on this host, by 'make setup'")
        })?;
        let on = if on.is_device() { on.clone() } else { Target::File(PATH.to_owned()) };
        let text = self.0.job.text_on(&guest.path(&on)?).replace('\'', "'\\''");
        guest.sh(&format!("printf %s '{text}' > {JOB_FILE}"))?;
        if !on.is_device() {
            guest.sh(&format!("fio --create_only=1 {JOB_FILE} >/dev/null")).context("layout")?;
        }
        Ok(())
    }

    fn measure(&mut self, guest: &mut dyn Appliance, _: &Target) -> anyhow::Result<Timed> {
        let before = guest.counters()?;
        let begun = guest.now();
        let said = guest.sh(&format!("fio --output-format=json {JOB_FILE}"))?;
        let passed = guest.now() - begun;
        let after = guest.counters()?;
        let report = fio_output::read(&said).map_err(|error| anyhow!(error))?;
        if self.0.job.direct {
            let [read, written] = [
                after.read_bytes.saturating_sub(before.read_bytes),
                after.write_bytes.saturating_sub(before.write_bytes),
            ];
            ensure!(
                read >= report.read && written >= report.written,
                "fio says that it read {} and wrote {} bytes past the guest's cache, QEMU's account has {read} and {written}",
                report.read,
                report.written
            );
        }
        let facts = vec![("fio".to_owned(), report.version)];
        Ok(Timed { passed, chunks: Vec::new(), metrics: report.metrics, facts })
    }

    /// fio's bytes are its own. That they reached the device is held against QEMU's account, for
    /// direct I/O; what the image is worth after the run is held by `qemu-img check`.
    fn verify(&mut self, _: &mut dyn Appliance, _: &Target) -> anyhow::Result<u32> {
        Ok(0)
    }
}
