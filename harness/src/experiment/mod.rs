//! An experiment: its directory, and the runs of its plan one after the other.
//!
//! Each run leaves a row, whatever becomes of it; nothing that was measured is in memory only.

mod outcome;
mod progress;
pub mod provenance;

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use nix::{
    errno::Errno,
    unistd::{AccessFlags, access},
};
use reports::record::{
    Cell as CellRecord, ChunksWriter, Experiment as Written, Factor, Manifest, Provenance,
    RunsWriter, SCHEMA, Status,
};
use sha2::{Digest, Sha256};

use crate::{
    appliance::{Accelerator, GuestFilesystem, Setup},
    appliance_cache,
    config::{Config, FileWrite},
    host,
    plan::{Cell, Plan, PlannedRun},
    scratch::{self, Scratch},
    supervise::{Ending, Interrupts, supervise},
    worker::{Job, RunJob},
};
use outcome::Outcome;
use progress::Progress;

/// With less free than this the host's disk is full as far as QEMU is concerned.
const FULL: u64 = 1 << 20;

/// An experiment that is being measured.
pub struct Experiment {
    directory: PathBuf,
    manifest: Manifest,
    runs: RunsWriter,
    chunks: ChunksWriter,
    /// Runs that have their row and are not to be done again.
    done: BTreeSet<u32>,
    /// Held while the experiment is measured: an advisory lock on its directory.
    _lock: File,
}

impl Experiment {
    /// Refuses a directory that holds anything.
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
        let mut entries = fs::read_dir(directory)
            .with_context(|| format!("output directory {shown} cannot be used"))?;
        match entries.next() {
            None => Ok(()),
            Some(_) => bail!(
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
        Experiment::check_directory(directory)?;
        let manifest = manifest(config, plan, provenance);
        fs::create_dir_all(directory.join("plots"))
            .with_context(|| format!("output directory {} cannot be made", directory.display()))?;
        let lock = lock(directory)?;
        manifest.write(&directory.join("experiment.toml")).context("writing experiment.toml")?;
        Ok(Experiment {
            runs: RunsWriter::create(&directory.join("runs.csv")).context("writing runs.csv")?,
            chunks: ChunksWriter::create(&directory.join("chunks.csv"))
                .context("writing chunks.csv")?,
            directory: directory.to_owned(),
            manifest,
            done: BTreeSet::new(),
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
        let changes = provenance::changes(&written.manifest.provenance, provenance);
        if !changes.is_empty() {
            bail!(
                "the experiment in {} cannot go on, its environment has changed:\n  {}\nStart a new experiment instead",
                directory.display(),
                changes.join("\n  ")
            );
        }
        let id = id(&written.manifest);
        appliance_cache::sweep();
        scratch::sweep(Path::new(&written.manifest.provenance.directory), &id)
            .context("removing what the stopped experiment left")?;
        Ok(Experiment {
            runs: RunsWriter::append_to(&directory.join("runs.csv")).context("opening runs.csv")?,
            chunks: ChunksWriter::append_to(&directory.join("chunks.csv"))
                .context("opening chunks.csv")?,
            directory: directory.to_owned(),
            done: written.completed_runs(),
            manifest: written.manifest,
            _lock: lock,
        })
    }

    /// Measures what is left of the plan.
    ///
    /// # Errors
    /// A row cannot be written, or a worker cannot be started.
    pub fn measure(
        &mut self,
        config: &Config,
        plan: &Plan,
        accelerator: Accelerator,
        keep_images: bool,
        interrupts: &Interrupts,
    ) -> anyhow::Result<()> {
        let left: Vec<PlannedRun> =
            plan.runs().filter(|planned| !self.done.contains(&planned.run)).collect();
        let mut progress = Progress::new(plan, left.len());
        for planned in left {
            if interrupts.came() {
                break;
            }
            let cell = &plan.cells[planned.cell];
            progress.begin(planned, &cell.name);
            let mut outcome = Outcome::begin(planned, cell, accelerator.as_str());
            let images = Scratch::under(&config.directory, &id(&self.manifest))?;
            let sockets = Scratch::sockets(&id(&self.manifest))?;
            let job = job(config, plan, planned, accelerator, &images, &sockets)?;
            let supervised = supervise(&job, &config.deadlines, interrupts, &mut |event| {
                progress.event(event);
                outcome.heard(event);
            });
            outcome.end(self.judge(supervised, &outcome, images.path()));
            self.write(&outcome, config.workload.chunk)?;
            progress.end(&outcome.record);
            if keep_images && let Some(kept) = self.keep(config, plan, planned, &images)? {
                progress.note(&format!("image kept: {}", kept.display()));
            }
        }
        progress.finish();
        Ok(())
    }

    /// How a run ended, with what the worker cannot know: that its appliance is not that of the
    /// runs before, or that the host's disk is full.
    fn judge(
        &self,
        supervised: anyhow::Result<Ending>,
        outcome: &Outcome,
        images: &Path,
    ) -> Ending {
        let ending = supervised.unwrap_or_else(|error| Ending::Failed(format!("{error:#}")));
        if ending == Ending::Done {
            return match self.other_appliance(outcome) {
                Some(difference) => Ending::Failed(difference),
                None => Ending::Done,
            };
        }
        let full = host::free(images).is_ok_and(|free| free < FULL);
        let note = if full { "; the disk of the images is full" } else { "" };
        match ending {
            Ending::Failed(why) => Ending::Failed(why + note),
            Ending::Timeout(why) => Ending::Timeout(why + note),
            ending => ending,
        }
    }

    /// What differs between this run's appliance and that of the runs before, if anything does: a
    /// new kernel may have been installed since.
    fn other_appliance(&self, outcome: &Outcome) -> Option<String> {
        let launched = outcome.launched.as_ref()?;
        let cells = &self.manifest.cells;
        let cache = cells.iter().find(|cell| cell.name == outcome.record.cell)?.cache.as_str();
        let kernel = self.manifest.provenance.guest_kernel.as_str();
        let facts = [
            ("kernel of the appliance", kernel, launched.guest_kernel.as_str()),
            ("cache mode", cache, launched.cache.as_str()),
        ];
        let differs = |(_, then, now): &(&str, &str, &str)| !then.is_empty() && then != now;
        let (what, then, now) = facts.into_iter().find(differs)?;
        Some(format!("{what}: '{now}', but '{then}' in the runs before"))
    }

    /// Moves a run's image out of its private directory, if the run came as far as to make one.
    fn keep(
        &self,
        config: &Config,
        plan: &Plan,
        planned: PlannedRun,
        images: &Scratch,
    ) -> anyhow::Result<Option<PathBuf>> {
        let made = image_path(images);
        if !made.exists() {
            return Ok(None);
        }
        let format = plan.cells[planned.cell].image.spec.format.as_str();
        // Not by the prefix of private directories, which a resume sweeps away.
        let name = format!("kept-{}-run-{}.{format}", id(&self.manifest), planned.run);
        let kept = config.directory.join(name);
        fs::rename(&made, &kept).with_context(|| format!("keeping {}", kept.display()))?;
        Ok(Some(kept))
    }

    /// Where it is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Chunks first: a crash between the two leaves chunks without a row, which readers pass over.
    fn write(&mut self, outcome: &Outcome, chunk: u64) -> anyhow::Result<()> {
        let record = &outcome.record;
        if record.status == Status::Ok {
            self.chunks
                .append(record.run, &record.cell, chunk, &outcome.chunks)
                .context("writing chunks.csv")?;
            self.learn(outcome)?;
        }
        self.runs.append(record).context("writing runs.csv")
    }

    /// The first run of a cell tells what the manifest could not know before.
    fn learn(&mut self, outcome: &Outcome) -> anyhow::Result<()> {
        let Some(launched) = &outcome.launched else { return Ok(()) };
        let cells = &mut self.manifest.cells;
        let Some(cell) = cells.iter_mut().find(|cell| cell.name == outcome.record.cell) else {
            return Ok(());
        };
        if !cell.qemu_command.is_empty() {
            return Ok(());
        }
        cell.image_info.clone_from(&outcome.image_info);
        cell.qemu_command.clone_from(&launched.qemu_command);
        cell.cache.clone_from(&launched.cache);
        self.manifest.provenance.guest_kernel.clone_from(&launched.guest_kernel);
        self.manifest
            .write(&self.directory.join("experiment.toml"))
            .context("writing experiment.toml")
    }
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

fn image_path(images: &Scratch) -> PathBuf {
    images.path().join("test.img")
}

fn job(
    config: &Config,
    plan: &Plan,
    planned: PlannedRun,
    accelerator: Accelerator,
    images: &Scratch,
    sockets: &Scratch,
) -> anyhow::Result<Job> {
    let cell = &plan.cells[planned.cell];
    Ok(Job::Run(Box::new(RunJob {
        setup: Setup {
            accelerator,
            memory: config.appliance.memory,
            cpus: config.appliance.cpus,
            drive: cell.drive.clone(),
            scratch: sockets.path().to_owned(),
        },
        image: cell.image.spec.clone(),
        image_path: image_path(images),
        filesystem: GuestFilesystem {
            kind: config.appliance.filesystem,
            mount_options: config.appliance.mount_options.clone(),
        },
        workload: cell.workload.clone(),
        // Runs of a block write the same bytes, so that they differ in the image only.
        seed: plan.seed ^ u64::from(planned.block),
        #[cfg(feature = "simulated-appliance")]
        simulated: crate::appliance::simulated::Scripts::from_environment()?.map(|scripts| {
            scripts.of(planned.run, planned.block, &cell.name, cell.workload.chunks())
        }),
    })))
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
            factors: vec![factor("image", &cell.image.name), factor("workload", FileWrite::KIND)],
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
        cells,
    }
}

/// The command that makes a cell's image, and what else QEMU is told of it.
fn command(cell: &Cell) -> String {
    let made = cell.image.spec.command();
    let options: Vec<_> =
        cell.drive.iter().map(|(option, value)| format!("{option}={value}")).collect();
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

/// What the private directories of the experiment's runs are called by.
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
