//! A guest of a duet: booted, its disk formatted, then stopped but for its turns.

use std::{
    cell::RefCell,
    fs::File,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use imgbench::{
    Interrupted,
    appliance::{Accelerator, Appliance, Brake, Disk, GuestFilesystem, Real, Setup, Target},
    appliance_lean, appliance_packages,
    config::{Drive, Filesystem, Kind},
    supervise::Interrupts,
};
use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    unistd::Pid,
};
use procfs::process::{Process, Task};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

/// Bytes of one write.
pub const CHUNK: u64 = 256 << 10;

/// Memory of a guest, bytes.
pub const MEMORY: u64 = 512 << 20;

const IMAGE_SIZE: u64 = 300 << 20;
const PATH: &str = "/test";

/// What is the same for all guests.
pub struct Kitchen<'a> {
    directory: &'a Path,
    bytes: u64,
    /// Directories of the appliances of baseline and candidate.
    appliances: [Option<PathBuf>; 2],
    buffer: RefCell<Vec<u8>>,
    interrupts: &'a Interrupts,
}

impl<'a> Kitchen<'a> {
    /// Builds the appliances, where they are not there yet.
    pub fn new(
        directory: &'a Path,
        bytes: u64,
        kinds: [Kind; 2],
        interrupts: &'a Interrupts,
    ) -> anyhow::Result<Kitchen<'a>> {
        let mut appliances = [None, None];
        for (appliance, kind) in appliances.iter_mut().zip(kinds) {
            *appliance = appliance_packages::directory(kind, &Default::default())?;
            if let (Kind::Lean, Some(directory)) = (kind, &appliance) {
                appliance_lean::build(directory, interrupts)?;
            }
        }
        let buffer = RefCell::new(vec![0; usize::try_from(CHUNK)?]);
        Ok(Kitchen { directory, bytes, appliances, buffer, interrupts })
    }

    /// How many chunks each guest writes.
    pub fn chunks(&self) -> u64 {
        self.bytes / CHUNK
    }

    /// A guest that has carried as many runs before, stopped; and that was in the middle of its boot, if it
    /// is to be held.
    pub fn boot(
        &self,
        appliance: usize,
        before: u32,
        held: bool,
        accelerator: Accelerator,
        seed: u64,
    ) -> anyhow::Result<Guest> {
        let scratch = tempfile::Builder::new().prefix("imgbench-").tempdir_in(self.directory)?;
        let mut disks = Vec::new();
        for number in 0..=before {
            let image = scratch.path().join(format!("{number}.img"));
            File::create_new(&image)?.set_len(IMAGE_SIZE)?;
            let (driver, drive) = ("raw".to_owned(), Drive::default());
            disks.push(Disk { image, driver, drive, objects: Vec::new(), source: None });
        }
        let setup = Setup {
            accelerator,
            memory: MEMORY,
            cpus: 1,
            qemu: None,
            appliance: self.appliances[appliance].clone(),
            // As lean guests are where only files are written; libguestfs' own has it.
            without_udev: true,
            scratch: scratch.path().to_owned(),
        };
        ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut self.buffer.borrow_mut());
        let mut guest = Guest { real: Real::new(&setup, disks)?, _scratch: scratch };
        thread::scope(|scope| {
            let holding = held.then(|| scope.spawn(|| hold(&setup.scratch)));
            guest.real.launch()?;
            match holding.map(thread::ScopedJoinHandle::join) {
                Some(Ok(held)) => held,
                Some(Err(_)) => bail!("the thread that holds the guest panicked"),
                None => Ok(()),
            }
        })?;
        let launched = guest.real.launched()?;
        pin(launched.qemu_pid.context("no QEMU")?)?;
        for number in 0..=before {
            guest.real.turn_to(usize::try_from(number)?);
            guest.format()?;
            guest.real.pause()?;
            if number < before {
                for chunk in 0..self.chunks() {
                    guest.write(self, chunk)?;
                }
                guest.real.resume()?;
                guest.real.sync()?;
                guest.real.drop_caches()?;
                guest.real.detach()?;
            }
        }
        Ok(guest)
    }
}

/// Stops a guest a second after its QEMU is there, for two seconds.
fn hold(scratch: &Path) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut brake = loop {
        match Brake::connect(scratch) {
            Ok(brake) => break brake,
            Err(error) if begun.elapsed() > Duration::from_secs(60) => bail!(error),
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    };
    thread::sleep(Duration::from_secs(1));
    brake.stop()?;
    thread::sleep(Duration::from_secs(2));
    Ok(brake.release()?)
}

/// One guest.
pub struct Guest {
    real: Real,
    _scratch: TempDir,
}

impl Guest {
    fn format(&mut self) -> anyhow::Result<()> {
        let filesystem = GuestFilesystem { kind: Filesystem::Ext2, mount_options: String::new() };
        self.real.format(&filesystem)?;
        self.real.mount(&filesystem)?;
        self.real.touch(PATH)?;
        Ok(self.real.write_back(&Target::File(PATH.to_owned()))?)
    }

    /// Writes a chunk while it goes on, and yields the time of the call alone.
    pub fn write(&mut self, of: &Kitchen<'_>, chunk: u64) -> anyhow::Result<Duration> {
        if of.interrupts.came() {
            bail!(Interrupted);
        }
        let mut buffer = of.buffer.borrow_mut();
        // No two blocks of the file alike.
        for (block, bytes) in (0u64..).zip(buffer.chunks_mut(4096)) {
            bytes[..8].copy_from_slice(&(chunk << 32 | block).to_le_bytes());
        }
        self.real.resume()?;
        let begun = self.real.now();
        let taken = self.real.pwrite(&Target::File(PATH.to_owned()), &buffer, chunk * CHUNK);
        let took = self.real.now() - begun;
        self.real.pause()?;
        let taken = taken.context("a write")?;
        anyhow::ensure!(taken == buffer.len(), "a write took {taken} bytes of chunk {chunk}");
        Ok(took)
    }

    /// Ends it.
    pub fn end(mut self) -> anyhow::Result<()> {
        self.real.resume()?;
        Ok(self.real.shutdown()?)
    }
}

/// Holds a QEMU's guest to one CPU of the host, the same for all, whose speeds differ from moment to
/// moment: neighbours of this machine's. QEMU's other threads go where they like.
fn pin(qemu: i32) -> anyhow::Result<()> {
    let threads = Process::new(qemu)?.tasks()?.flatten();
    let used = |task: &Task| task.stat().map(|stat| stat.utime + stat.stime).unwrap_or_default();
    // QEMU names its threads only where it is asked to; a guest that has booted has used the most.
    let guest = threads.max_by_key(used).context("QEMU has no threads")?;
    let ours = sched_getaffinity(Pid::from_raw(0))?;
    let last = (0..CpuSet::count()).rfind(|&cpu| ours.is_set(cpu) == Ok(true));
    let mut only = CpuSet::new();
    only.set(last.context("no CPU is ours")?)?;
    Ok(sched_setaffinity(Pid::from_raw(guest.tid), &only)?)
}
