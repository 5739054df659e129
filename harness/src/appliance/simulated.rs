//! An appliance whose times were given in advance: for tests of the pipeline, where a real one
//! would make medians unknown and interrupts unrepeatable. It names itself `simulated` in every row.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Appliance, Counters, Failure, GuestFilesystem, Launched, Target};

/// Environment variable that names the script, a TOML file of [`Scripts`].
pub const VARIABLE: &str = "IMGBENCH_SIMULATED_APPLIANCE";

/// What each run does.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scripts {
    /// Seconds of the workload: for each cell a value per block, the last repeated.
    pub seconds: HashMap<String, Vec<f64>>,
    /// What goes wrong, by number of the run.
    #[serde(default)]
    pub trouble: HashMap<String, Trouble>,
    /// Real seconds that each launch takes, for tests that interrupt.
    #[serde(default)]
    pub real_launch_s: f64,
    /// The same of each workload, for tests that look at who does something meanwhile.
    #[serde(default)]
    pub real_write_s: f64,
    /// File to which each run adds a line when it comes to something: run, what, pid of its worker.
    #[serde(default)]
    pub log: Option<PathBuf>,
}

/// What goes wrong in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// The launch fails.
    LaunchFails,
    /// A write in the middle never returns.
    WriteHangs,
    /// A write in the middle fails.
    WriteFails,
    /// The worker dies in the middle of writing.
    WorkerDies,
    /// A chunk reads back different.
    ReadsBackWrong,
}

/// One run's part of [`Scripts`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Script {
    seconds: f64,
    trouble: Option<Trouble>,
    real_launch_s: f64,
    real_write_s: f64,
    chunks: u32,
    #[serde(default)]
    run: u32,
    #[serde(default)]
    log: Option<PathBuf>,
}

impl Scripts {
    /// The scripts that the environment names, if it names any.
    ///
    /// # Errors
    /// The file cannot be read or is not what it should be.
    pub fn from_environment() -> anyhow::Result<Option<Scripts>> {
        let Some(path) = std::env::var_os(VARIABLE) else { return Ok(None) };
        let text = std::fs::read_to_string(Path::new(&path))?;
        Ok(Some(toml::from_str(&text)?))
    }

    /// The script of one run.
    #[must_use]
    pub fn of(&self, run: u32, block: u32, cell: &str, chunks: u32) -> Script {
        let values = self.seconds.get(cell).map(Vec::as_slice).unwrap_or_default();
        let index = usize::try_from(block).unwrap_or(usize::MAX) - 1;
        Script {
            seconds: values.get(index).or(values.last()).copied().unwrap_or(1.0),
            trouble: self.trouble.get(&run.to_string()).copied(),
            real_launch_s: self.real_launch_s,
            real_write_s: self.real_write_s,
            chunks,
            run,
            log: self.log.clone(),
        }
    }
}

/// The simulated appliance: a file in memory and a clock that moves as the script says.
pub struct Simulated {
    scripts: Vec<Script>,
    /// The disk that is worked on.
    at: usize,
    clock: Duration,
    file: BTreeMap<u64, Vec<u8>>,
    written: u64,
    paused: bool,
}

impl Simulated {
    /// An appliance that will do what the scripts of its runs say.
    #[must_use]
    pub fn new(scripts: Vec<Script>) -> Simulated {
        Simulated {
            scripts,
            at: 0,
            clock: Duration::ZERO,
            file: BTreeMap::new(),
            written: 0,
            paused: false,
        }
    }

    fn script(&self) -> &Script {
        &self.scripts[self.at]
    }

    fn log(&self, what: &str) -> Result<(), Failure> {
        let Some(path) = &self.script().log else { return Ok(()) };
        let line = format!("{} {what} {}\n", self.script().run, std::process::id());
        // In one call, so that lines of several workers do not mix.
        let added = File::options()
            .create(true)
            .append(true)
            .open(path)
            .and_then(|mut file| file.write_all(line.as_bytes()));
        added.map_err(|error| Failure(format!("simulated: {}: {error}", path.display())))
    }
}

impl Appliance for Simulated {
    fn now(&self) -> Duration {
        self.clock
    }

    fn launch(&mut self) -> Result<(), Failure> {
        self.log("launch")?;
        thread::sleep(Duration::from_secs_f64(self.script().real_launch_s));
        if self.scripts.iter().any(|script| script.trouble == Some(Trouble::LaunchFails)) {
            return Err(Failure("simulated: guestfs_launch failed".to_owned()));
        }
        self.clock += Duration::from_secs(3);
        self.log("up")
    }

    fn turn_to(&mut self, disk: usize) {
        self.at = disk;
        self.file.clear();
    }

    fn launched(&mut self) -> Result<Launched, Failure> {
        Ok(Launched {
            qemu_pid: None,
            qemu_command: "simulated".to_owned(),
            guest_kernel: "simulated".to_owned(),
            cache: "writeback".to_owned(),
            qemu: "simulated".to_owned(),
        })
    }

    fn format(&mut self, _: &GuestFilesystem) -> Result<(), Failure> {
        self.clock += Duration::from_millis(250);
        Ok(())
    }

    fn mount(&mut self, _: &GuestFilesystem) -> Result<(), Failure> {
        Ok(())
    }

    fn touch(&mut self, _: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn path(&mut self, on: &Target) -> Result<String, Failure> {
        Ok(on.to_string())
    }

    fn source(&mut self) -> Result<String, Failure> {
        Err(Failure("simulated: there is no second disk".to_owned()))
    }

    fn sh(&mut self, command: &str) -> Result<String, Failure> {
        Err(Failure(format!("simulated: there is no shell to run '{command}'")))
    }

    fn pause(&mut self) -> Result<(), Failure> {
        self.paused = true;
        self.log("stopped")
    }

    fn resume(&mut self) -> Result<(), Failure> {
        match std::mem::take(&mut self.paused) {
            true => Ok(()),
            false => Err(Failure("simulated: the guest was not stopped".to_owned())),
        }
    }

    fn counters(&mut self) -> Result<Counters, Failure> {
        Ok(Counters {
            write_ops: self.file.len() as u64,
            write_bytes: self.written,
            write_time: self.clock / 10,
            host_write_bytes: self.written,
            qemu_cpu: self.clock,
            ..Counters::default()
        })
    }

    fn pwrite(&mut self, _: &Target, data: &[u8], offset: u64) -> Result<usize, Failure> {
        if self.paused {
            return Err(Failure("simulated: the guest is stopped".to_owned()));
        }
        if self.file.is_empty() {
            self.log("write")?;
            thread::sleep(Duration::from_secs_f64(self.script().real_write_s));
        }
        if self.file.len() as u32 == self.script().chunks / 2 {
            match self.script().trouble {
                Some(Trouble::WriteHangs) => loop {
                    thread::park();
                },
                Some(Trouble::WriteFails) => {
                    return Err(Failure("simulated: pwrite: No space left on device".to_owned()));
                }
                Some(Trouble::WorkerDies) => std::process::abort(),
                _ => {}
            }
        }
        self.clock += Duration::from_secs_f64(self.script().seconds) / self.script().chunks;
        self.file.insert(offset, data.to_vec());
        self.written += data.len() as u64;
        Ok(data.len())
    }

    fn sync(&mut self) -> Result<(), Failure> {
        self.clock += Duration::from_millis(500);
        self.log("synced")
    }

    fn write_back(&mut self, _: &Target) -> Result<(), Failure> {
        self.clock += Duration::from_millis(500);
        Ok(())
    }

    fn drop_caches(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    /// As far as what was written at once reaches.
    fn pread(&mut self, _: &Target, count: usize, offset: u64) -> Result<Bytes, Failure> {
        let written = self.file.range(..=offset).next_back();
        let rest = written.and_then(|(at, bytes)| bytes.get(usize::try_from(offset - at).ok()?..));
        let mut found = rest.map_or(Vec::new(), |rest| rest[..rest.len().min(count)].to_vec());
        if self.script().trouble == Some(Trouble::ReadsBackWrong) {
            found.fill(0);
        }
        Ok(found.into())
    }

    fn drop_host_cache(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    fn detach(&mut self) -> Result<(), Failure> {
        self.log("detached")
    }

    fn shutdown(&mut self) -> Result<(), Failure> {
        self.clock += Duration::from_secs(1);
        self.log("shutdown")
    }
}
