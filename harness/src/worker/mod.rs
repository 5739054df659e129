//! The worker process: the runs that one boot carries, a run without a guest, or a proof of an
//! accelerator, and then its end.
//!
//! It takes a [`Job`] on standard input and yields [`Event`]s on standard output, a line of JSON
//! each. It has no deadlines and may hang; its parent (`supervise`) has them and may kill it.

mod host;
mod run;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    os::fd::AsFd,
    path::Path,
    time::Duration,
};

use image_prep::ImageSpec;
use nix::sys::stat::Mode;
use reports::record::Measurement;
use serde::{Deserialize, Serialize};

use crate::{
    appliance::{self, Accelerator, Counters, Disk, GuestFilesystem, Launched, Setup},
    config::State,
    workload::Workload,
};

/// What a worker is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Job {
    /// Boot an appliance and end it.
    Prove(Setup),
    /// Measure runs, one after the other.
    Measure(Runs),
}

impl Job {
    /// The private directory of its sockets.
    #[must_use]
    pub fn scratch(&self) -> &Path {
        match self {
            Job::Prove(setup) => &setup.scratch,
            Job::Measure(runs) => &runs.setup.scratch,
        }
    }

    /// How long QEMU may run before it has booted the guest, beside what the whole launch may take.
    #[must_use]
    pub fn boot_deadline(&self) -> Option<Duration> {
        match self {
            Job::Prove(setup) => (setup.accelerator == Accelerator::Kvm)
                .then(|| KVM_BOOT + Duration::from_secs(setup.memory / PREALLOCATED)),
            Job::Measure(_) => None,
        }
    }
}

/// KVM boots the appliance in 2 to 4 s, or, where it only seems to work, never.
const KVM_BOOT: Duration = Duration::from_secs(30);

/// Of the guest's memory QEMU takes so much a second at the least before it boots, bytes.
const PREALLOCATED: u64 = 1 << 30;

/// Runs that are done on one boot; one that needs no guest is alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Runs {
    /// How the appliance is started.
    pub setup: Setup,
    /// The runs, in their order; there is one at least.
    pub runs: Vec<RunJob>,
}

/// One run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunJob {
    /// The image to be made.
    pub image: ImageSpec,
    /// Where it is made, nothing being there yet, and how QEMU opens it.
    pub disk: Disk,
    /// What the guest makes on it.
    pub filesystem: GuestFilesystem,
    /// Whether the workload is done once before the clock.
    pub state: State,
    /// What is measured.
    pub workload: Workload,
    /// Seed of this run's data.
    pub seed: u64,
    /// Times given in advance.
    #[cfg(feature = "simulated-appliance")]
    pub simulated: Option<appliance::simulated::Script>,
}

/// The parts of a run, in their order. Each is timed apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Making the image.
    Prepare,
    /// Booting.
    Launch,
    /// Making the filesystem and the empty file.
    Format,
    /// What is measured.
    Workload,
    /// Having it on the disk.
    Sync,
    /// Reading back.
    Verify,
    /// Ending the appliance, or, where it carries another run, taking the disk from it.
    Shutdown,
}

impl Phase {
    /// All of them, in order.
    pub const ALL: [Phase; 7] = [
        Phase::Prepare,
        Phase::Launch,
        Phase::Format,
        Phase::Workload,
        Phase::Sync,
        Phase::Verify,
        Phase::Shutdown,
    ];

    /// The word in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Prepare => "prepare",
            Phase::Launch => "launch",
            Phase::Format => "format",
            Phase::Workload => "workload",
            Phase::Sync => "sync",
            Phase::Verify => "verify",
            Phase::Shutdown => "shutdown",
        }
    }
}

/// What a worker does not begin by itself, since others may be at work: it waits until it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Turn {
    /// Booting, once the images are made.
    Boot,
    /// The clock of a run, once everything before it is done, and all that comes after it, up to the
    /// next run's clock.
    Clock,
}

/// The line that tells a worker that it is its turn.
pub const GO: &str = "go\n";

/// What a worker tells while it works.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// What follows is of this of its runs, counted from 0.
    Of(usize),
    /// It waits for its turn, and does nothing until then.
    Waits(Turn),
    /// What was to be written to the disk of the images before the clock is written.
    Settled,
    /// A phase begins.
    Begin(Phase),
    /// A phase ended well.
    End(Phase, Duration),
    /// The image is made: `qemu-img info`'s JSON and the bytes allocated.
    Made {
        /// `qemu-img info --output=json`.
        info: String,
        /// Bytes on the host.
        allocated: u64,
    },
    /// The appliance is up.
    Launched(Launched),
    /// The workload was done, and how.
    Measured(Box<Measured>),
    /// The sync is done: QEMU's account from the start of the workload to here.
    Synced(Counters),
    /// Chunks that were read back and found right.
    Verified(u32),
    /// The image after the run: bytes allocated, and what checking it took.
    Checked {
        /// Bytes on the host.
        allocated: u64,
        /// Time of `qemu-img check`.
        took: Duration,
    },
    /// That run is over, and was done as it should; another follows.
    Over,
    /// It cannot go on, and why.
    Failed(String),
    /// All is done.
    Done,
}

/// What was measured beside the time of the phase.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Time of each chunk, in order, where chunks were timed.
    pub chunks: Vec<Duration>,
    /// The workload's own numbers.
    pub metrics: Vec<Measurement>,
    /// What the workload says of itself, by name.
    pub facts: Vec<(String, String)>,
    /// QEMU's account of the clock's stretch; of a workload on the host there is none.
    pub counters: Option<Counters>,
    /// CPU time inside the clock of this process, and of the programs that it ran on the host.
    pub client_cpu: Duration,
    /// The machine inside the clock.
    pub host: host::Busy,
}

/// The worker's whole life: a job in, events out, and a word from the parent when it is its turn. It
/// does not outlive its parent, of this pid.
///
/// # Errors
/// Standard input holds no job, or the parent is gone.
pub fn main(parent: i32) -> anyhow::Result<()> {
    die_with(parent)?;
    // Images and libguestfs' socket are nobody else's: its directory is open to all.
    nix::sys::stat::umask(Mode::S_IRWXG | Mode::S_IRWXO);
    let mut orders = orders()?;
    let mut line = String::new();
    orders.read_line(&mut line)?;
    let job: Job = serde_json::from_str(&line)?;
    let mut out = io::stdout().lock();
    let mut emit = |event: Event| -> io::Result<()> {
        let mut line = serde_json::to_vec(&event)?;
        line.push(b'\n');
        out.write_all(&line)?;
        out.flush()
    };
    let mut go = || -> io::Result<()> {
        line.clear();
        orders.read_line(&mut line)?;
        match line.as_str() {
            GO => Ok(()),
            _ => Err(io::Error::other("the parent said neither to go on nor to stop")),
        }
    };
    let outcome = match job {
        Job::Prove(setup) => appliance::prove_accelerator(&setup).map_err(anyhow::Error::from),
        Job::Measure(runs) => run::measure(&runs, &mut emit, &mut go),
    };
    emit(match outcome {
        Ok(()) => Event::Done,
        Err(error) => Event::Failed(format!("{error:#}")),
    })?;
    Ok(())
}

/// Standard input, kept from the programs that are started here: none of them may read what is for
/// us.
fn orders() -> anyhow::Result<BufReader<File>> {
    let ours = io::stdin().as_fd().try_clone_to_owned()?;
    nix::unistd::dup2_stdin(File::open("/dev/null")?)?;
    Ok(BufReader::new(File::from(ours)))
}

/// A worker whose parent was killed must not go on.
fn die_with(parent: i32) -> anyhow::Result<()> {
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
    // The parent may have died before the line above.
    anyhow::ensure!(nix::unistd::getppid().as_raw() == parent, "the parent is gone");
    Ok(())
}
