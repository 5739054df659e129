//! The three programs that are compared: how each is started for one run, and how its measurement is
//! read.
//!
//! All of them write the same number of bytes to `/test` on a fresh sparse raw image of 300M in the
//! same directory, in an appliance of the same memory, accelerator and environment.

use std::{
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use image_prep::ByteSize;
use imgbench::supervise::Interrupts;
use reports::record::{Experiment, Provenance, Status};
use serde::Deserialize;
use tempfile::TempDir;

use crate::{
    inside::Inside,
    process::{self, Stop},
};

const IMAGE_SIZE: ByteSize = ByteSize(300 << 20);
const MEMORY: ByteSize = ByteSize(512 << 20);
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/overhead");

/// One of the programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// The binary that users run.
    Imgbench,
    /// loop.c, compiled.
    C,
    /// loop.pl.
    Perl,
}

impl Program {
    /// All of them.
    pub const ALL: [Program; 3] = [Program::Imgbench, Program::C, Program::Perl];

    /// What tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Program::Imgbench => "imgbench",
            Program::C => "C",
            Program::Perl => "Perl",
        }
    }

    /// What starts a loop.
    pub fn command(self, bench: &Bench<'_>) -> Command {
        match self {
            Program::Imgbench => Command::new(env!("CARGO_BIN_EXE_imgbench")),
            Program::C => Command::new(bench.compiled()),
            Program::Perl => {
                let mut perl = Command::new("perl");
                perl.arg(format!("{SOURCES}/loop.pl"));
                perl
            }
        }
    }
}

/// One run of one program.
#[derive(Clone, Copy, Debug)]
pub struct Measurement {
    /// Sum of the writes, seconds.
    pub workload_s: f64,
    /// CPU seconds of the libguestfs client over the loop; of imgbench, its parent's meanwhile as well.
    pub client_cpu_s: f64,
    /// Those of them that are not the library's: that passed outside its call.
    pub own_cpu_s: f64,
    /// The most memory that the program had at one time, bytes.
    pub peak_memory: u64,
}

/// What a loop program prints.
#[derive(Deserialize)]
pub struct Printed {
    /// Sum of the writes, seconds.
    pub workload_s: f64,
    client_cpu_s: f64,
}

/// Whether the CPU time inside the library's call is told, which takes some of its own.
#[derive(Clone, Copy)]
pub enum Audit {
    /// It is.
    Yes,
    /// Only the clock counts.
    No,
}

/// What a loop writes, and on what.
pub struct Loop<'a> {
    /// The image.
    pub image: &'a Path,
    /// QEMU's driver of it.
    pub format: &'a str,
    /// As libguestfs' backend settings have it.
    pub accel: &'a str,
    /// Bytes in all.
    pub bytes: u64,
    /// Of the data.
    pub seed: u64,
    /// Whether QEMU is to take the guest's memory as it starts, as it does for imgbench, or as anybody
    /// has it who writes such a loop.
    pub prealloc: bool,
}

/// What is the same for every run.
pub struct Bench<'a> {
    /// What each run writes.
    pub bytes: ByteSize,
    /// Where images are made.
    pub directory: &'a Path,
    /// Where the compiled loop is, for the time of the benchmark.
    pub build: &'a Path,
    /// Signals that ask us to stop.
    pub interrupts: &'a Interrupts,
}

impl Bench<'_> {
    /// Compiles loop.c and inside.c.
    pub fn compile(&self) -> anyhow::Result<()> {
        let flags = output(Command::new("pkg-config").args(["--cflags", "--libs", "libguestfs"]))?;
        let compile = |source: &str, made: PathBuf, flags: &str| -> anyhow::Result<()> {
            let mut compiler = Command::new("cc");
            compiler.args(["-O2", "-Wall", "-Wextra", "-o"]).arg(made);
            compiler.arg(format!("{SOURCES}/{source}")).args(flags.split_whitespace());
            output(&mut compiler)?;
            Ok(())
        };
        compile("loop.c", self.compiled(), &flags)?;
        compile("inside.c", self.auditing(), "-shared -fPIC")
    }

    fn compiled(&self) -> PathBuf {
        self.build.join("loop")
    }

    fn auditing(&self) -> PathBuf {
        self.build.join("inside.so")
    }

    /// One run of imgbench with the accelerator that it chooses itself: what it found out.
    pub fn explore(&self, seed: u64) -> anyhow::Result<Provenance> {
        Ok(self.imgbench("auto", seed)?.0.manifest.provenance)
    }

    /// One run of a program.
    pub fn measure(&self, program: Program, accel: &str, seed: u64) -> anyhow::Result<Measurement> {
        match program {
            Program::Imgbench => self.measure_imgbench(accel, seed),
            Program::C | Program::Perl => self.measure_loop(program, accel, seed),
        }
        .with_context(|| format!("the run of {}", program.name()))
    }

    fn measure_imgbench(&self, accel: &str, seed: u64) -> anyhow::Result<Measurement> {
        let (experiment, done) = self.imgbench(accel, seed)?;
        let run = experiment.runs.first().context("imgbench left no row")?;
        ensure!(run.status == Status::Ok && run.accel == accel, "imgbench's row is {run:?}");
        let seconds = |time: Option<std::time::Duration>| Some(time?.as_secs_f64());
        let of_worker = seconds(run.client_cpu_s).context("imgbench measured no client CPU")?;
        let workload_s = seconds(run.workload_s).context("imgbench measured no workload")?;
        measurement(workload_s, of_worker + done.meanwhile.as_secs_f64(), &done)
    }

    /// One run of the real binary, on a config of this one cell.
    fn imgbench(&self, accel: &str, seed: u64) -> anyhow::Result<(Experiment, process::Done)> {
        let scratch = TempDir::new()?;
        let config = scratch.path().join("overhead.toml");
        fs::write(&config, self.config(accel))?;
        let out = scratch.path().join("out");
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgbench"));
        command.arg("run").arg(&config).arg("--out").arg(&out);
        command.args(["--seed", &seed.to_string()]);
        let done = self.run(command, Stop::Ask, scratch.path(), Audit::Yes)?;
        Ok((Experiment::load(&out)?, done))
    }

    fn config(&self, accel: &str) -> String {
        let directory = toml::Value::from(self.directory.to_string_lossy().into_owned());
        format!(
            r#"# What does imgbench add to what it measures?

runs = 1
accel = "{accel}"
filesystem = "ext2"
directory = {directory}

[appliance]
kind = "stock"
memory = "{memory}"

[workload]
kind = "file-write"
path = "/test"
bytes = "{bytes}"
chunk = "{chunk}"

[[image]]
name = "sparse-raw"
format = "raw"
size = "{size}"
"#,
            memory = MEMORY.0,
            bytes = self.bytes.0,
            chunk = crate::CHUNK,
            size = IMAGE_SIZE.0,
        )
    }

    fn measure_loop(
        &self,
        program: Program,
        accel: &str,
        seed: u64,
    ) -> anyhow::Result<Measurement> {
        let images = tempfile::Builder::new().prefix("imgbench-").tempdir_in(self.directory)?;
        let image = images.path().join("image");
        File::create_new(&image)?.set_len(IMAGE_SIZE.0)?;
        let on =
            Loop { image: &image, format: "raw", accel, bytes: self.bytes.0, seed, prealloc: true };
        let (printed, done) = self.run_loop(program, &on, Audit::Yes)?;
        measurement(printed.workload_s, printed.client_cpu_s, &done)
    }

    /// A run of a loop: what it printed, and what was seen from outside.
    pub fn run_loop(
        &self,
        program: Program,
        on: &Loop<'_>,
        audit: Audit,
    ) -> anyhow::Result<(Printed, process::Done)> {
        let scratch = TempDir::new()?;
        let command = on.command(program.command(self));
        let done = self.run(command, Stop::KillGuest, scratch.path(), audit)?;
        let printed = serde_json::from_str(&done.stdout);
        Ok((printed.with_context(|| format!("it printed {:?}", done.stdout))?, done))
    }

    /// Runs a program in the environment that all have: nobody's backend settings get between.
    pub fn run(
        &self,
        mut command: Command,
        stop: Stop,
        scratch: &Path,
        audit: Audit,
    ) -> anyhow::Result<process::Done> {
        command.env_remove("LIBGUESTFS_BACKEND").env_remove("LIBGUESTFS_BACKEND_SETTINGS");
        let inside = match audit {
            Audit::Yes => Some(Inside::of(&mut command, &self.auditing(), scratch)?),
            Audit::No => None,
        };
        process::run(command, stop, scratch, self.interrupts, inside.as_ref())
    }
}

impl Loop<'_> {
    fn command(&self, mut program: Command) -> Command {
        program.arg(self.image).args([self.format, self.accel]);
        let numbers = [MEMORY.0 >> 20, self.bytes, self.seed, self.prealloc.into()];
        program.args(numbers.map(|number| number.to_string()));
        program
    }
}

fn measurement(
    workload_s: f64,
    client_cpu_s: f64,
    done: &process::Done,
) -> anyhow::Result<Measurement> {
    let inside = done.inside.as_secs_f64();
    ensure!(
        0.0 < inside && inside < client_cpu_s,
        "of {client_cpu_s} s of CPU time {inside} s are said to have passed inside the call: where it is none the \
         auditing library was not loaded, because the temporary directory is mounted noexec, say"
    );
    let own_cpu_s = client_cpu_s - inside;
    Ok(Measurement { workload_s, client_cpu_s, own_cpu_s, peak_memory: done.peak_memory })
}

/// What a command of the toolchain prints.
fn output(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().to_owned();
    let name = OsStr::to_string_lossy(&name);
    let done = command
        .output()
        .with_context(|| format!("{name} cannot be started: run 'harness/setup.sh bench'"))?;
    ensure!(done.status.success(), "{name} failed:\n{}", String::from_utf8_lossy(&done.stderr));
    Ok(String::from_utf8(done.stdout)?)
}
