//! `experiment.toml`: what was planned, by which config, on what machine.
//!
//! Refuses, on reading, a newer schema and a plan that contradicts itself; passes over keys that it
//! does not know.

use std::{collections::HashSet, fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::{LoadError, Metric};
use crate::whole_file;

/// The whole of `experiment.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the schema of all files of the experiment, [`super::SCHEMA`].
    pub schema: u32,
    /// Name of the config.
    pub name: String,
    /// The question that the config's header asks, its first comment.
    #[serde(default)]
    pub question: String,
    /// Start of the experiment, UTC, RFC 3339.
    pub started: String,
    /// The command that started it, as typed.
    pub command: String,
    /// Seed of the order and of the data.
    pub seed: u64,
    /// Runs of each cell.
    pub runs: u32,
    /// SHA-256 of the config's bytes, hexadecimal.
    pub config_sha256: String,
    /// The config, whole.
    pub config: String,
    /// The planned order: a block a row, the names of the cells in the order of measuring.
    pub order: Vec<Vec<String>>,
    /// Name of the cell that the others are compared with.
    pub control: String,
    /// The machine and the programs.
    pub provenance: Provenance,
    /// The files that the config names, whole: fio's jobs.
    #[serde(rename = "file", default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// The cells, in the config's order.
    #[serde(rename = "cell")]
    pub cells: Vec<Cell>,
}

/// What the first line says before its number.
const CHECKSUM: &str = "# crc32 of the lines below: ";

/// The workload of 2010: a file written from outside, through libguestfs's channel.
const FILE_WRITE: &str = "file-write";

/// The one key that is read before the others.
#[derive(Deserialize)]
struct Schema {
    schema: u32,
}

impl Manifest {
    /// Name of the cell that a cell is compared with.
    pub fn control_of<'a>(&'a self, cell: &'a Cell) -> &'a str {
        if cell.control.is_empty() { &self.control } else { &cell.control }
    }
}

impl Cell {
    /// The level of a factor, if the cell has it.
    pub fn level(&self, factor: &str) -> Option<&str> {
        let found = self.factors.iter().find(|of| of.factor == factor);
        found.map(|of| of.level.as_str())
    }

    /// Kind of its workload.
    pub fn kind(&self) -> &str {
        if self.workload_kind.is_empty() { FILE_WRITE } else { &self.workload_kind }
    }

    /// Whether libguestfs's channel carries what its workload writes into the guest, so that the
    /// channel may set its times.
    pub fn through_channel(&self) -> bool {
        matches!(self.kind(), FILE_WRITE | "device-write")
    }
}

/// One cell of the plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The levels joined by `/`.
    pub name: String,
    /// What it is, in a few words: "A sparse raw file".
    pub description: String,
    /// The command that makes its image, as one would type it.
    pub command: String,
    /// Virtual size of the image, bytes.
    pub size: u64,
    /// Name of the cell that it is compared with: its own where it is the one that others are
    /// compared with. Empty (in files of schema 1) for [`Manifest::control`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub control: String,
    /// What its runs are compared by.
    #[serde(default)]
    pub metric: Metric,
    /// Kind of its workload: `file-write`, `device-write`, `fio`, `create`, `convert`, `read`, …
    /// Empty, as in files that know no other, for `file-write`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub workload_kind: String,
    /// All that is done in a run beside the image, in a form of which only equality matters. Empty in
    /// files that do not know it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub work: String,
    /// Every factor with the level of this cell.
    #[serde(rename = "factor", default)]
    pub factors: Vec<Factor>,
    /// `qemu-img info --output=json` of the fresh image of the first run.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub image_info: String,
    /// The command line of QEMU in the first run, from `/proc/PID/cmdline`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub qemu_command: String,
    /// The cache mode that QEMU reported over QMP in the first run, in QEMU's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cache: String,
    /// What else was read back or told in the first run: the version of QEMU, that of fio.
    #[serde(rename = "fact", default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Factor>,
}

/// A file that the config names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name, as the config has it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A factor and its level, as text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Factor {
    /// `image`, `workload`, …
    pub factor: String,
    /// The level of the cell.
    pub level: String,
}

/// What a reviewer asks about the machine. Unknown is empty, never invented.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// Version of imgbench.
    pub imgbench: String,
    /// Git revision that it was built from.
    pub revision: String,
    /// First line of `qemu-system-x86_64 --version`.
    pub qemu: String,
    /// First line of `qemu-img --version`.
    pub qemu_img: String,
    /// Version of libguestfs.
    pub libguestfs: String,
    /// Kernel of the host (`uname -r -v`).
    pub host_kernel: String,
    /// Kernel of the appliance, as the guest says.
    pub guest_kernel: String,
    /// Distribution of the host.
    pub host_os: String,
    /// Model of the CPU.
    pub cpu: String,
    /// CPUs online.
    pub cpus: u32,
    /// Memory of the host, bytes.
    pub memory: u64,
    /// Frequency governor of CPU 0.
    pub governor: String,
    /// `kvm`, `tcg`, `simulated`, or `none` where no guest is booted.
    pub accel: String,
    /// Why that accelerator, in particular why KVM was not used.
    pub accel_reason: String,
    /// Appliances that were booted beside the one that was measured next, and waited for their turn.
    pub boot_ahead: u32,
    /// `per-block` where one boot carried the runs of a block; else `per-run`, or empty in files that know
    /// of nothing else, and where no guest is booted.
    pub boot: String,
    /// The appliance that was booted: `stock` is libguestfs' own, `lean` imgbench's; empty where none
    /// was, and in files that know of no other than libguestfs' own.
    pub appliance: String,
    /// Directory of the images.
    pub directory: String,
    /// Filesystem under the images.
    pub filesystem: String,
    /// Mount options of that filesystem.
    pub mount_options: String,
    /// Environment variables that libguestfs and supermin obey, `NAME=value` each.
    pub environment: Vec<String>,
    /// Memory of the appliance, bytes.
    pub appliance_memory: u64,
    /// Filesystem that the guest made on the image.
    pub guest_filesystem: String,
}

/// What [`Provenance::boot`] is where one boot carried the runs of a block.
pub const SHARED: &str = "per-block";

/// What [`Provenance::appliance`] is where libguestfs' own was booted.
pub(crate) const STOCK: &str = "stock";

impl Provenance {
    /// How boots were shared; empty where each run had one of its own.
    #[must_use]
    pub fn shared_boots(&self) -> &str {
        match self.boot.as_str() {
            SHARED => SHARED,
            _ => "",
        }
    }

    /// The appliance that was booted in place of libguestfs' own; empty if none was.
    #[must_use]
    pub fn other_appliance(&self) -> &str {
        match self.appliance.as_str() {
            STOCK => "",
            other => other,
        }
    }
}

impl Manifest {
    /// Reads `experiment.toml` of a directory. Keys that this version does not know are passed over.
    pub(super) fn read(directory: &Path) -> Result<Self, LoadError> {
        let path = directory.join("experiment.toml");
        let bytes = fs::read(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => LoadError::NoExperiment { directory: directory.to_owned() },
            _ => LoadError::Read { path: path.clone(), source },
        })?;
        let line = |before: &[u8]| before.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1;
        let text = str::from_utf8(&bytes).map_err(|error| LoadError::NotUtf8 {
            path: path.clone(),
            line: line(&bytes[..error.valid_up_to()]),
        })?;
        let invalid = |error: toml::de::Error| LoadError::Manifest {
            path: path.clone(),
            line: line(&bytes[..error.span().map_or(0, |span| span.start)]),
            message: format!("{}; is this a file that imgbench wrote?", error.message()),
        };
        // The schema comes first: what else is there is only known when it is.
        let Schema { schema } = toml::from_str(text).map_err(invalid)?;
        if schema > super::SCHEMA {
            return Err(LoadError::NewerSchema { path, found: schema });
        }
        let manifest: Manifest = toml::from_str(text).map_err(invalid)?;
        if !is_intact(text) {
            let message =
                "the lines below are not those of this checksum: the file was changed or \
                           damaged since it was written; restore it, or remove this line if what \
                           was changed is to count"
                    .to_owned();
            return Err(LoadError::Manifest { path, line: 1, message });
        }
        manifest.check().map_err(|message| LoadError::Plan { path, message })?;
        Ok(manifest)
    }

    /// Refuses a plan that contradicts itself.
    fn check(&self) -> Result<(), String> {
        let mut names = HashSet::new();
        if let Some(twice) = self.cells.iter().find(|cell| !names.insert(cell.name.as_str())) {
            return Err(format!("two cells are named {:?}; names must differ", twice.name));
        }
        if !names.contains(self.control.as_str()) {
            return Err(format!("control: no cell is named {:?}", self.control));
        }
        if let Some(cell) = self.order.iter().flatten().find(|cell| !names.contains(cell.as_str()))
        {
            return Err(format!("order: no cell is named {cell:?}"));
        }
        for cell in &self.cells {
            let control = self.control_of(cell);
            if !names.contains(control) {
                return Err(format!("cell {:?}: its control {control:?} is no cell", cell.name));
            }
        }
        Ok(())
    }

    /// Block, position (both from 1) and cell of every planned run, in order: run 1 is the first.
    pub fn planned_runs(&self) -> Vec<(u32, u32, &str)> {
        let blocks = (1u32..).zip(&self.order);
        blocks
            .flat_map(|(block, cells)| {
                (1u32..).zip(cells).map(move |(position, cell)| (block, position, cell.as_str()))
            })
            .collect()
    }

    /// Writes the file in one step: a crash leaves the old one or the new one, whole.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let text = toml::to_string(self).map_err(io::Error::other)?;
        let sum = crc32fast::hash(text.as_bytes());
        whole_file::write(path, format!("{CHECKSUM}{sum}\n{text}").as_bytes())
    }
}

/// Whether the text is what its first line says. It is first so that a file that lost its end still
/// has it; files of older versions have none.
fn is_intact(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(CHECKSUM) else { return true };
    let Some((sum, text)) = rest.split_once('\n') else { return false };
    sum.parse() == Ok(crc32fast::hash(text.as_bytes()))
}
