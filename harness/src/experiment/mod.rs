//! An experiment: its directory, and the runs of its plan, measured one after the other.
//!
//! Each run leaves a row, whatever becomes of it; nothing that was measured is in memory only.

mod ahead;
mod outcome;
mod progress;
pub mod provenance;
mod schedule;

use std::{
    collections::{BTreeSet, VecDeque},
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use nix::{
    errno::Errno,
    unistd::{AccessFlags, access},
};
use reports::record::{
    Cell as CellRecord, ChunksWriter, Experiment as Written, Factor, File as FileRecord, Manifest,
    MetricsWriter, Provenance, RunsWriter, SCHEMA, Status,
};
use sha2::{Digest, Sha256};

use crate::{
    appliance::{Accelerator, Disk, GuestFilesystem, Setup},
    appliance_cache,
    config::Config,
    host,
    neighbours::{Neighbours, told},
    plan::{Cell, Plan, PlannedRun},
    scratch::Scratch,
    supervise::{Ending, Interrupts},
    worker::{Job, RunJob, Runs},
    workload::{Place, Work},
};
pub use ahead::ahead;
use outcome::Outcome;
use progress::Progress;
use schedule::{Orders, Round};

/// With less free than this the host's disk is full as far as QEMU is concerned.
const FULL: u64 = 1 << 20;

/// What a cell's fact of QEMU's version is called.
const QEMU: &str = "QEMU";

/// `experiment.toml` is written again for every cell of which a run told something, and, where it has been
/// for many, for one in so many more of them at once.
const AT_ONCE: usize = 64;

/// The files that get rows.
const ROWS: [&str; 3] = ["runs.csv", "chunks.csv", "metrics.csv"];

/// What an image is called in the private directory of its run.
const IMAGE: &str = "test.img";

/// What the raw disk is called there that is copied from.
const SOURCE: &str = "source.raw";

/// How guests are booted.
#[derive(Clone, Debug)]
pub struct Boot {
    /// The accelerator, proved beforehand.
    pub accelerator: Accelerator,
    /// Directory of the appliance, where it is not libguestfs' own.
    pub appliance: Option<PathBuf>,
    /// Whether lean guests do without udev; see [`Plan::without_udev`].
    pub without_udev: bool,
    /// How many are booted beside the one that is measured next, to wait for their turn.
    pub ahead: u32,
}

/// An experiment that is being measured.
pub struct Experiment {
    directory: PathBuf,
    manifest: Manifest,
    runs: RunsWriter,
    chunks: ChunksWriter,
    metrics: MetricsWriter,
    /// Runs that have their row and are not to be done again.
    done: BTreeSet<u32>,
    /// Runs that are to be booted by themselves, whatever the config says.
    alone: BTreeSet<u32>,
    /// Cells of which `experiment.toml` has what their first run told, since we opened it, and of which it
    /// has not yet.
    learned: usize,
    unlearned: usize,
    /// Held while the experiment is measured: an advisory lock on its directory.
    _lock: File,
}

impl Experiment {
    /// Refuses a directory that holds anything but the beginnings of an experiment whose imgbench was
    /// killed before its first run.
    ///
    /// # Errors
    /// It is there and not empty, or cannot be read.
    pub fn check_directory(directory: &Path) -> anyhow::Result<()> {
        let shown = directory.display();
        if fs::symlink_metadata(directory).is_err() {
            let there = directory.ancestors().skip(1).find(|above| above.exists());
            let there =
                there.filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let writable = AccessFlags::W_OK | AccessFlags::X_OK;
            let usable = if there.is_dir() { access(there, writable) } else { Err(Errno::ENOTDIR) };
            return usable.with_context(|| {
                format!("output directory {shown} cannot be made in {}", there.display())
            });
        }
        match begun_at_most(directory)
            .with_context(|| format!("output directory {shown} cannot be used"))?
        {
            true => Ok(()),
            false => bail!(
                "output directory {shown} is not empty: name another with --out, or go on with the experiment in it by --resume {shown}"
            ),
        }
    }

    /// Makes the directory of a new experiment, with everything in it that is known before the
    /// first run.
    ///
    /// # Errors
    /// The directory is there and not empty, or cannot be written.
    pub fn create(
        directory: &Path,
        config: &Config,
        plan: &Plan,
        provenance: Provenance,
    ) -> anyhow::Result<Experiment> {
        let manifest = manifest(config, plan, provenance);
        fs::create_dir_all(directory)
            .with_context(|| format!("output directory {} cannot be made", directory.display()))?;
        let lock = lock(directory)?;
        Experiment::check_directory(directory)?;
        for begun in fs::read_dir(directory)? {
            fs::remove_file(begun?.path())?;
        }
        let [runs, chunks, metrics] = ROWS.map(|name| directory.join(name));
        let runs = RunsWriter::create(&runs).context("writing runs.csv")?;
        let chunks = ChunksWriter::create(&chunks).context("writing chunks.csv")?;
        let metrics = MetricsWriter::create(&metrics).context("writing metrics.csv")?;
        // Last: an experiment that has it can be resumed.
        manifest.write(&directory.join("experiment.toml")).context("writing experiment.toml")?;
        Ok(Experiment {
            runs,
            chunks,
            metrics,
            directory: directory.to_owned(),
            manifest,
            done: BTreeSet::new(),
            alone: BTreeSet::new(),
            learned: 0,
            unlearned: 0,
            _lock: lock,
        })
    }

    /// Goes on with an experiment that was stopped, under the lock on its directory.
    ///
    /// # Errors
    /// Its files cannot be read, or the machine is not what it was.
    pub fn resume(
        directory: &Path,
        lock: File,
        provenance: &Provenance,
    ) -> anyhow::Result<Experiment> {
        let written = Written::load(directory)?;
        let done = written.completed_runs();
        let mut manifest = written.manifest;
        let changes = provenance::changes(&manifest.provenance, provenance);
        if !changes.is_empty() {
            bail!(
                "the experiment in {} cannot go on, its environment has changed:\n  {}\nStart a new experiment instead",
                directory.display(),
                changes.join("\n  ")
            );
        }
        reports::remove_unfinished(directory).context("removing what a killed imgbench left")?;
        if manifest.provenance.boot_ahead < provenance.boot_ahead {
            manifest.provenance.boot_ahead = provenance.boot_ahead;
            manifest
                .write(&directory.join("experiment.toml"))
                .context("writing experiment.toml")?;
        }
        let [runs, chunks, metrics] = ROWS.map(|name| directory.join(name));
        Ok(Experiment {
            runs: RunsWriter::append_to(&runs).context("opening runs.csv")?,
            chunks: ChunksWriter::append_to(&chunks).context("opening chunks.csv")?,
            metrics: MetricsWriter::append_to(&metrics).context("opening metrics.csv")?,
            directory: directory.to_owned(),
            done,
            alone: BTreeSet::new(),
            learned: 0,
            unlearned: 0,
            manifest,
            _lock: lock,
        })
    }

    /// Measures what is left of the plan.
    ///
    /// # Errors
    /// A row cannot be written, or a private directory not be made.
    pub fn measure(
        &mut self,
        config: &Config,
        plan: &Plan,
        boot: &Boot,
        keep_images: bool,
        interrupts: &Interrupts,
    ) -> anyhow::Result<()> {
        let mut left: VecDeque<PlannedRun> =
            plan.runs().filter(|planned| !self.done.contains(&planned.run)).collect();
        let mut progress = Progress::new(plan, left.len());
        let neighbours = Neighbours::watch()
            .inspect_err(|error| {
                progress.note(&format!(
                    "warning: it cannot be told whether another imgbench measures: {error:#}"
                ));
            })
            .ok();
        let neighbours = neighbours.as_ref();
        progress.disturbed(&neighbours.map(|of| told(&of.take())).unwrap_or_default());
        let orders = Orders { config, plan, boot, keep_images, interrupts, neighbours };
        let mut measure = || -> anyhow::Result<()> {
            while !left.is_empty() && !interrupts.came() {
                let (left_now, alone) = (left.make_contiguous(), &self.alone);
                let number = schedule::next_round(plan, left_now, alone, boot.ahead);
                let round: Vec<PlannedRun> = left.drain(..number).collect();
                let again = Round::new(self, &orders, &mut progress).measure(&round)?;
                again.into_iter().rev().for_each(|run| left.push_front(run));
            }
            Ok(())
        };
        let measured = measure();
        progress.finish();
        measured.and(self.write_learned())
    }

    /// How a run ended, with what the worker cannot know: that the machine was suspended, that its
    /// appliance is not that of the runs before, or that the host's disk is full.
    fn judge(
        &self,
        ending: Ending,
        outcome: &Outcome,
        suspended: Duration,
        images: &Path,
    ) -> Ending {
        let suspended = (!suspended.is_zero()).then(|| {
            format!("the machine was suspended for {:.1} s during the run", suspended.as_secs_f64())
        });
        if ending == Ending::Done {
            return match suspended.or_else(|| self.other_appliance(outcome)) {
                Some(why) => Ending::Failed(why),
                None => Ending::Done,
            };
        }
        let full = host::free(images).is_ok_and(|free| free < FULL);
        let full = full.then(|| "the disk of the images is full".to_owned());
        let with_notes = |why: String| [Some(why), suspended, full].into_iter().flatten();
        let all = |why: String| with_notes(why).collect::<Vec<_>>().join("; ");
        match ending {
            Ending::Failed(why) => Ending::Failed(all(why)),
            Ending::Timeout(why) => Ending::Timeout(all(why)),
            ending => ending,
        }
    }

    /// What differs between this run's appliance and that of the runs before, if anything does: a
    /// new kernel may have been installed since.
    fn other_appliance(&self, outcome: &Outcome) -> Option<String> {
        let launched = outcome.launched.as_ref()?;
        let cell = self.manifest.cells.get(outcome.cell)?;
        let cache = cell.cache.as_str();
        let qemu = cell.facts.iter().find(|fact| fact.factor == QEMU);
        let qemu = qemu.map_or("", |fact| fact.level.as_str());
        let kernel = self.manifest.provenance.guest_kernel.as_str();
        let facts = [
            ("kernel of the appliance", kernel, launched.guest_kernel.as_str()),
            ("cache mode", cache, launched.cache.as_str()),
            ("QEMU", qemu, launched.qemu.as_str()),
        ];
        let differs = |(_, then, now): &(&str, &str, &str)| !then.is_empty() && then != now;
        let (what, then, now) = facts.into_iter().find(differs)?;
        Some(format!("{what}: '{now}', but '{then}' in the runs before"))
    }

    /// Moves a run's image out of its private directory, if the run came as far as to make one.
    fn keep(
        &self,
        plan: &Plan,
        planned: PlannedRun,
        images: &Scratch,
    ) -> anyhow::Result<Option<PathBuf>> {
        let made = image_path(images);
        if !made.exists() {
            return Ok(None);
        }
        let cell = &plan.cells[planned.cell];
        let format = cell.image.spec.format.as_str();
        // Not by the prefix of private directories, which are swept away.
        let name = format!("kept-{}-run-{}-{format}", id(&self.manifest), planned.run);
        let kept = cell.directory.join(name);
        // The whole directory: the image may have files beside it, which it names without one.
        fs::rename(images.path(), &kept).with_context(|| format!("keeping {}", kept.display()))?;
        let _ = fs::remove_file(kept.join(SOURCE));
        Ok(Some(kept.join(IMAGE)))
    }

    /// Where it is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Chunks first: a crash between the two leaves chunks without a row, which readers pass over.
    fn write(&mut self, outcome: &Outcome, chunk: Option<u64>) -> anyhow::Result<()> {
        let mut record = outcome.record.clone();
        if record.status == Status::Ok {
            if let Some(chunk) = chunk {
                record.chunks_crc32 = self
                    .chunks
                    .append(record.run, &record.cell, chunk, &outcome.chunks)
                    .with_context(|| self.unwritten("chunks.csv"))?;
            }
            record.metrics_crc32 = self
                .metrics
                .append(record.run, &record.cell, &outcome.metrics)
                .with_context(|| self.unwritten("metrics.csv"))?;
            self.learn(outcome)?;
        }
        self.runs.append(&record).with_context(|| self.unwritten("runs.csv"))
    }

    /// What cannot be written, and what to do when that is mended.
    fn unwritten(&self, name: &str) -> String {
        let shown = self.directory.display();
        format!(
            "writing {shown}/{name} (mend that, and go on with imgbench run --resume {shown}; the rows so far are kept)"
        )
    }

    /// The first run of a cell tells what the manifest could not know before.
    fn learn(&mut self, outcome: &Outcome) -> anyhow::Result<()> {
        let Some(cell) = self.manifest.cells.get_mut(outcome.cell) else { return Ok(()) };
        if !cell.image_info.is_empty() {
            return Ok(());
        }
        cell.image_info.clone_from(&outcome.image_info);
        let mut facts = outcome.facts.clone();
        if let Some(launched) = &outcome.launched {
            cell.qemu_command.clone_from(&launched.qemu_command);
            cell.cache.clone_from(&launched.cache);
            self.manifest.provenance.guest_kernel.clone_from(&launched.guest_kernel);
            facts.push((QEMU.to_owned(), launched.qemu.clone()));
        }
        cell.facts = facts.iter().map(|(name, value)| factor(name, value)).collect();
        self.unlearned += 1;
        // The whole file, each time: of thousands of cells not after each.
        match self.unlearned > self.learned / AT_ONCE {
            true => self.write_learned(),
            false => Ok(()),
        }
    }

    fn write_learned(&mut self) -> anyhow::Result<()> {
        if self.unlearned == 0 {
            return Ok(());
        }
        self.manifest
            .write(&self.directory.join("experiment.toml"))
            .with_context(|| self.unwritten("experiment.toml"))?;
        self.learned += std::mem::take(&mut self.unlearned);
        Ok(())
    }
}

/// Whether a directory holds nothing, or only what is made before an experiment can be resumed: files
/// without a row.
fn begun_at_most(directory: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let of_rows = ROWS.iter().any(|rows| name == *rows);
        if reports::is_unfinished(&name) {
            continue;
        }
        if !of_rows || fs::read(entry.path())?.iter().filter(|&&byte| byte == b'\n').count() > 1 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Locks the directory of an experiment against any other imgbench.
///
/// # Errors
/// Another one measures it, or it cannot be opened.
pub fn lock(directory: &Path) -> anyhow::Result<File> {
    let shown = directory.display();
    let lock = File::open(directory).with_context(|| format!("directory {shown}"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => {
            bail!(
                "{shown} is being measured by another imgbench: wait for its end, or use another --out"
            )
        }
        Err(fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("locking {shown}"))
        }
    }
}

/// What was free when the experiment began may have gone since.
fn check_room(cell: &Cell, boot: &Boot) -> anyhow::Result<()> {
    host::check_room(&cell.directory, cell.disk_needed())?;
    let boots = matches!(boot.accelerator, Accelerator::Kvm | Accelerator::Tcg);
    if boots && cell.workload.work.place().in_guest() {
        let cachedir = boot.appliance.clone().unwrap_or_else(appliance_cache::base);
        appliance_cache::check_room(&cachedir)?;
        host::check_memory(cell.memory)?;
    }
    Ok(())
}

fn image_path(images: &Scratch) -> PathBuf {
    images.path().join(IMAGE)
}

/// What a worker is to do for the runs of a boot, all of which need the machine of this cell.
fn job_of_boot(cell: &Cell, boot: &Boot, sockets: &Scratch, runs: Vec<RunJob>) -> Job {
    Job::Measure(Runs {
        setup: Setup {
            accelerator: boot.accelerator,
            memory: cell.memory,
            cpus: cell.cpus,
            qemu: cell.qemu.clone(),
            appliance: boot.appliance.clone(),
            without_udev: boot.without_udev,
            scratch: sockets.path().to_owned(),
        },
        runs,
    })
}

fn job(
    config: &Config,
    plan: &Plan,
    planned: PlannedRun,
    images: &Scratch,
) -> anyhow::Result<RunJob> {
    let cell = &plan.cells[planned.cell];
    let spec = &cell.image.spec;
    Ok(RunJob {
        image: spec.clone(),
        disk: Disk {
            image: image_path(images),
            driver: spec.format.driver().to_owned(),
            drive: cell.drive.clone(),
            objects: spec.qemu_objects(),
            source: cell.workload.work.source().map(|_| images.path().join(SOURCE)),
        },
        filesystem: GuestFilesystem {
            kind: cell.filesystem,
            mount_options: config.appliance.mount_options.clone(),
        },
        state: cell.image.state,
        workload: cell.workload.work.clone(),
        // Runs of a block write the same bytes, so that they differ in the image only.
        seed: plan.seed ^ u64::from(planned.block),
        #[cfg(feature = "simulated-appliance")]
        simulated: crate::appliance::simulated::Scripts::from_environment()?
            .map(|scripts| scripts.of(planned.run, planned.block, &cell.name, chunks(cell))),
    })
}

/// Chunks of a cell's workload.
#[cfg(feature = "simulated-appliance")]
fn chunks(cell: &Cell) -> u32 {
    let work = &cell.workload.work;
    let chunks = work.chunk().map_or(1, |chunk| work.bytes() / chunk);
    u32::try_from(chunks).unwrap_or(u32::MAX)
}

fn manifest(config: &Config, plan: &Plan, provenance: Provenance) -> Manifest {
    let cells: Vec<CellRecord> = plan
        .cells
        .iter()
        .map(|cell| CellRecord {
            name: cell.name.clone(),
            description: cell.image.spec.description(),
            command: command(cell),
            size: cell.image.spec.size,
            control: cell.control.clone(),
            metric: cell.workload.work.metric(),
            workload_kind: cell.workload.work.kind().to_owned(),
            work: cell.canonical_work(&config.appliance.mount_options),
            // A copy on the host has no QEMU that could be asked: it is told the mode.
            cache: match (cell.workload.work.place(), cell.workload.work.source()) {
                (Place::Host, Some(_)) => cell.drive.cache_mode().to_string(),
                _ => String::new(),
            },
            factors: cell.levels.iter().map(|(name, level)| factor(name, level)).collect(),
            ..CellRecord::default()
        })
        .collect();
    Manifest {
        schema: SCHEMA,
        name: config.name.clone(),
        question: config.question.clone(),
        started: jiff::Timestamp::now().to_string(),
        command: std::env::args_os()
            .map(|word| quoted(&word.to_string_lossy()))
            .collect::<Vec<_>>()
            .join(" "),
        seed: plan.seed,
        runs: u32::try_from(plan.blocks.len()).unwrap_or(u32::MAX),
        config_sha256: sha256(config.text.as_bytes()),
        config: config.text.clone(),
        order: plan.order(),
        control: cells.first().map(|cell| cell.name.clone()).unwrap_or_default(),
        provenance,
        files: config
            .attachments
            .iter()
            .map(|(name, text)| FileRecord { name: name.clone(), text: text.clone() })
            .collect(),
        cells,
    }
}

/// The command that makes a cell's image, and what else QEMU is told of it.
fn command(cell: &Cell) -> String {
    let made = cell.image.spec.command();
    let options = cell.drive.options();
    let options: Vec<_> =
        options.iter().map(|(option, value)| format!("{option}={value}")).collect();
    match options.is_empty() {
        true => made,
        false => format!("{made}  # -drive {}", options.join(",")),
    }
}

/// A word of a command line as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "_-./=:,@%+".contains(character);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

fn factor(factor: &str, level: &str) -> Factor {
    Factor { factor: factor.to_owned(), level: level.to_owned() }
}

/// What the images are called by that the experiment keeps.
fn id(manifest: &Manifest) -> String {
    let text = format!("{} {} {}", manifest.started, manifest.seed, manifest.config_sha256);
    sha256(text.as_bytes())[..8].to_owned()
}

/// SHA-256, hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
