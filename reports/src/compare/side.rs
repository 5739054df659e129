//! Takes an experiment; yields what must stand beside its numbers for them to be traced.

use serde::Serialize;

use super::environment;
use crate::record::{Experiment, Status};

/// An experiment that is compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The directory that it was read from.
    pub directory: String,
    /// Name of its config.
    pub name: String,
    /// SHA-256 of its config.
    pub config_sha256: String,
    /// Its start, UTC, RFC 3339.
    pub started: String,
    /// Version of the imgbench that measured.
    pub imgbench: String,
    /// Git revision of that imgbench.
    pub revision: String,
    /// Version of QEMU.
    pub qemu: String,
    /// Version of qemu-img.
    pub qemu_img: String,
    /// Version of libguestfs.
    pub libguestfs: String,
    /// Kernel of the host.
    pub host_kernel: String,
    /// Accelerator of the runs.
    pub accel: String,
    /// Model of the CPU.
    pub cpu: String,
    /// CPUs online.
    pub cpus: u32,
    /// Filesystem under the images.
    pub filesystem: String,
    /// Runs that the plan has.
    pub runs_planned: usize,
    /// Runs that are ok.
    pub runs_ok: usize,
    /// Runs that failed or ran into a deadline.
    pub runs_failed: usize,
}

impl Side {
    pub(super) fn of(experiment: &Experiment) -> Self {
        let manifest = &experiment.manifest;
        let of = &manifest.provenance;
        let runs = |wanted: &[Status]| {
            experiment.runs.iter().filter(|run| wanted.contains(&run.status)).count()
        };
        Side {
            directory: experiment.directory.display().to_string(),
            name: manifest.name.clone(),
            config_sha256: manifest.config_sha256.clone(),
            started: manifest.started.clone(),
            imgbench: of.imgbench.clone(),
            revision: of.revision.clone(),
            qemu: of.qemu.clone(),
            qemu_img: of.qemu_img.clone(),
            libguestfs: of.libguestfs.clone(),
            host_kernel: of.host_kernel.clone(),
            accel: environment::accelerator(experiment),
            cpu: of.cpu.clone(),
            cpus: of.cpus,
            filesystem: of.filesystem.clone(),
            runs_planned: manifest.order.iter().map(Vec::len).sum(),
            runs_ok: runs(&[Status::Ok]),
            runs_failed: runs(&[Status::Failed, Status::Timeout]),
        }
    }
}
