//! `runs.csv`: a row per run, appended and fsynced as the run ends.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    time::Duration,
};

use serde::Serialize;

use super::{
    LoadError,
    checksum::{self, Checksum},
    cut, seconds,
    table::Row,
};

/// The columns that the first version wrote; a file without one of them is not ours.
pub(super) const NEEDED: &str = "run,block,position,cell,image,workload,status,error,accel,bytes,\
    prepare_s,launch_s,format_s,workload_s,sync_s,verify_s,shutdown_s,\
    allocated_before,allocated_after,block_write_ops,block_write_bytes,block_write_s,flush_ops,\
    host_write_bytes";

/// The columns that came later; where they are missing they are empty.
const LATER: &str = "started,clock_block_write_s,clock_block_write_bytes,client_cpu_s,qemu_cpu_s,\
    check_s,verified_chunks,load_1m,steal_percent,other_cpu_percent,cpu_pressure_percent,\
    io_pressure_percent,disturbed_by,boot,chunks_crc32,metrics_crc32";

/// The columns of `runs.csv`. A test holds them to the fields of [`Record`].
fn columns() -> String {
    format!("{NEEDED},{LATER}")
}

/// The first line of `runs.csv`: the checksum of each row is its last column.
fn header() -> String {
    format!("{},{}\n", columns(), checksum::COLUMN)
}

/// A row with its checksum, which is of the columns' names too: a value under another name is
/// another value.
fn row(record: &Record) -> io::Result<Vec<u8>> {
    let mut row = super::csv_row(record)?;
    let mut checksum = Checksum::default();
    checksum.add(columns().split(','));
    checksum.add_rows(&row)?;
    row.pop();
    row.extend(format!(",{}\n", checksum.value()).bytes());
    Ok(row)
}

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Measured, and what was written was proved to be there.
    Ok,
    /// Something answered with an error, or died; `error` says what.
    Failed,
    /// A deadline passed; `error` says which.
    Timeout,
    /// Stopped by a signal; also what a run is until it has ended. The run is done again on resume, so a later row may replace this one.
    #[default]
    Interrupted,
}

impl Status {
    /// Every status there is.
    pub const ALL: [Status; 4] = [Status::Ok, Status::Failed, Status::Timeout, Status::Interrupted];

    /// The word in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Failed => "failed",
            Status::Timeout => "timeout",
            Status::Interrupted => "interrupted",
        }
    }
}

/// One run of one cell. Times are of the monotonic clock; a phase that was not reached is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Record {
    /// Number of the run in the plan, from 1.
    pub run: u32,
    /// Block of the run, from 1.
    pub block: u32,
    /// Position inside the block, from 1.
    pub position: u32,
    /// Levels of the factors, joined by `/`.
    pub cell: String,
    /// Name of the image in the config.
    pub image: String,
    /// Name of the workload in the config.
    pub workload: String,
    /// How the run ended.
    pub status: Status,
    /// Why it is not `ok`; empty otherwise.
    pub error: String,
    /// Accelerator of the appliance: `kvm`, `tcg` (or `simulated`, in tests of the pipeline); `none`
    /// where no guest was booted.
    pub accel: String,
    /// Bytes that the workload wrote.
    pub bytes: u64,
    /// Creating the image.
    #[serde(with = "seconds")]
    pub prepare_s: Option<Duration>,
    /// Booting the appliance; empty where an earlier run's boot was used.
    #[serde(with = "seconds")]
    pub launch_s: Option<Duration>,
    /// Making and mounting the filesystem, up to the empty file.
    #[serde(with = "seconds")]
    pub format_s: Option<Duration>,
    /// The measured workload, and nothing else.
    #[serde(with = "seconds")]
    pub workload_s: Option<Duration>,
    /// Syncing the guest after the workload.
    #[serde(with = "seconds")]
    pub sync_s: Option<Duration>,
    /// Reading back and comparing.
    #[serde(with = "seconds")]
    pub verify_s: Option<Duration>,
    /// Unmounting and shutting the appliance down, or, where it goes on to another run, taking the disk
    /// from it.
    #[serde(with = "seconds")]
    pub shutdown_s: Option<Duration>,
    /// Bytes that the image took on the host after it was made.
    pub allocated_before: Option<u64>,
    /// Bytes that the image took on the host after the appliance was gone.
    pub allocated_after: Option<u64>,
    /// Write requests of the guest's device, from the start of the workload to the end of sync.
    pub block_write_ops: Option<u64>,
    /// Bytes of those requests.
    pub block_write_bytes: Option<u64>,
    /// Time that those requests took, as QEMU accounts it (requests in parallel add up).
    #[serde(with = "seconds")]
    pub block_write_s: Option<Duration>,
    /// Flush requests of the guest's device in the same stretch.
    pub flush_ops: Option<u64>,
    /// Bytes that QEMU's process caused to be written to storage in the same stretch
    /// (`write_bytes` of `/proc/PID/io`).
    pub host_write_bytes: Option<u64>,
    /// Start of the run, UTC, RFC 3339.
    pub started: String,
    /// The part of `block_write_s` that fell inside the clock, before sync.
    #[serde(with = "seconds")]
    pub clock_block_write_s: Option<Duration>,
    /// The part of `block_write_bytes` that fell inside the clock, before sync.
    pub clock_block_write_bytes: Option<u64>,
    /// CPU time of our own process (the libguestfs client) inside the clock.
    #[serde(with = "seconds")]
    pub client_cpu_s: Option<Duration>,
    /// CPU time of QEMU inside the clock.
    #[serde(with = "seconds")]
    pub qemu_cpu_s: Option<Duration>,
    /// `qemu-img check` on the image after the run.
    #[serde(with = "seconds")]
    pub check_s: Option<Duration>,
    /// Chunks that were read back and compared.
    pub verified_chunks: Option<u32>,
    /// Load average over a minute when the run began, our own appliance not yet started.
    pub load_1m: Option<f64>,
    /// Share of CPU time stolen by the hypervisor above us inside the clock, percent.
    pub steal_percent: Option<f64>,
    /// Share of CPU time, of all cores, spent by others than QEMU and us inside the clock, percent.
    pub other_cpu_percent: Option<f64>,
    /// Share of the clock in which some task waited for a CPU (`/proc/pressure/cpu`), percent.
    pub cpu_pressure_percent: Option<f64>,
    /// Share of the clock in which some task waited for storage (`/proc/pressure/io`), percent.
    pub io_pressure_percent: Option<f64>,
    /// Other imgbenches that measured on this host at the time, by process and command; empty where
    /// there was none.
    pub disturbed_by: String,
    /// Number of the run with which its boot began: its own, unless a boot carried several runs. Empty
    /// where no guest was booted, and in files of before.
    pub boot: Option<u32>,
    /// Checksum of the run's rows in `chunks.csv`, if it has any.
    pub chunks_crc32: Option<u32>,
    /// Checksum of the run's rows in `metrics.csv`, if it has any.
    pub metrics_crc32: Option<u32>,
}

impl Record {
    /// Reads a row of `runs.csv`; [`NEEDED`] were found in its header.
    pub(super) fn from_row(row: &Row<'_>) -> Result<Self, LoadError> {
        let word = row.text("status");
        let status = Status::ALL.into_iter().find(|status| status.as_str() == word);
        let status = status.ok_or_else(|| {
            let permitted = Status::ALL.map(Status::as_str).join(", ");
            row.refuse("status", &format!("permitted are {permitted}"))
        })?;
        let record = Record {
            run: row.number("run")?,
            block: row.number("block")?,
            position: row.number("position")?,
            cell: row.text("cell").to_owned(),
            image: row.text("image").to_owned(),
            workload: row.text("workload").to_owned(),
            status,
            error: row.text("error").to_owned(),
            accel: row.text("accel").to_owned(),
            bytes: row.number("bytes")?,
            prepare_s: row.time("prepare_s")?,
            launch_s: row.time("launch_s")?,
            format_s: row.time("format_s")?,
            workload_s: row.time("workload_s")?,
            sync_s: row.time("sync_s")?,
            verify_s: row.time("verify_s")?,
            shutdown_s: row.time("shutdown_s")?,
            allocated_before: row.optional_number("allocated_before")?,
            allocated_after: row.optional_number("allocated_after")?,
            block_write_ops: row.optional_number("block_write_ops")?,
            block_write_bytes: row.optional_number("block_write_bytes")?,
            block_write_s: row.time("block_write_s")?,
            flush_ops: row.optional_number("flush_ops")?,
            host_write_bytes: row.optional_number("host_write_bytes")?,
            started: row.text("started").to_owned(),
            clock_block_write_s: row.time("clock_block_write_s")?,
            clock_block_write_bytes: row.optional_number("clock_block_write_bytes")?,
            client_cpu_s: row.time("client_cpu_s")?,
            qemu_cpu_s: row.time("qemu_cpu_s")?,
            check_s: row.time("check_s")?,
            verified_chunks: row.optional_number("verified_chunks")?,
            load_1m: row.measure("load_1m")?,
            steal_percent: row.measure("steal_percent")?,
            other_cpu_percent: row.measure("other_cpu_percent")?,
            cpu_pressure_percent: row.measure("cpu_pressure_percent")?,
            io_pressure_percent: row.measure("io_pressure_percent")?,
            disturbed_by: row.text("disturbed_by").to_owned(),
            boot: row.optional_number("boot")?,
            chunks_crc32: row.optional_number("chunks_crc32")?,
            metrics_crc32: row.optional_number("metrics_crc32")?,
        };
        // A run that was measured took time; ratios and logarithms rest on it.
        if record.status == Status::Ok && record.workload_s.is_none_or(|time| time.is_zero()) {
            return Err(row.refuse("workload_s", "an ok run needs a time above 0"));
        }
        Ok(record)
    }
}

/// Appends to `runs.csv`.
pub struct RunsWriter {
    file: File,
}

impl RunsWriter {
    /// Creates the file with its header, which must not exist yet.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().append(true).create_new(true).open(path)?;
        file.write_all(header().as_bytes())?;
        file.sync_all()?;
        Ok(RunsWriter { file })
    }

    /// Opens the file of an earlier invocation to go on. A last line that a crash cut short is
    /// removed first.
    ///
    /// # Errors
    /// What the operating system says; `InvalidData` if another version with other columns began
    /// the file.
    pub fn append_to(path: &Path) -> io::Result<Self> {
        Ok(RunsWriter { file: cut::open_to_append(path, &header())? })
    }

    /// Adds a row and has it on disk when it returns.
    ///
    /// # Errors
    /// What the operating system says, a full disk above all.
    pub fn append(&mut self, record: &Record) -> io::Result<()> {
        self.file.write_all(&row(record)?)?;
        self.file.sync_data()
    }
}
