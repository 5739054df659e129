//! A directory in which nightly jobs run, on an appliance whose times are known.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use reports::record::{Experiment, RunsWriter};

const CONFIG: &str = r#"# Is tonight slower?

runs = 1
directory = "DIRECTORY"
filesystem = "ext2"

[workload]
kind = "file-write"
path = "/test"
bytes = "1M"
chunk = "512K"

[[image]]
name = "raw"
format = "raw"
size = "4M"

[[image]]
name = "qcow2"
format = "qcow2"
size = "4M"

[[image]]
name = "metadata"
format = "qcow2"
size = "4M"
preallocation = "metadata"
"#;

/// Seconds of raw, qcow2 and metadata.
pub type Seconds = [f64; 3];

pub const USUAL: Seconds = [1.0, 2.0, 1.5];

/// What the machine does to a night: three small numbers that look like noise.
pub fn noise(night: u32) -> Seconds {
    let of = |step: u32| 1.0 + f64::from((night * step) % 11) * 0.002;
    [of(3), of(7), of(5)]
}

pub fn times(a: Seconds, b: Seconds) -> Seconds {
    [a[0] * b[0], a[1] * b[1], a[2] * b[2]]
}

/// A directory with a config, a script of the appliance, a lock and room for images.
pub struct Bench(tempfile::TempDir);

pub struct Done {
    pub code: i32,
    pub said: String,
}

impl Bench {
    pub fn new() -> Bench {
        let bench = Bench(tempfile::tempdir_in("/var/tmp").unwrap());
        for directory in ["images", "tmp"] {
            fs::create_dir(bench.path(directory)).unwrap();
        }
        bench.config("");
        bench.script(USUAL, "");
        bench
    }

    /// A bench with nights behind it: the first is measured, the others are it on other days.
    pub fn with_nights(nights: u32) -> Bench {
        let bench = Bench::new();
        let output = bench.run(&["run", "nightly.toml", "--out", "first"]);
        assert_eq!(output.code, 0, "{}", output.said);
        let first = Experiment::load(&bench.path("first")).unwrap();
        let names: Vec<String> = (0..nights).map(|night| format!("night-{night}")).collect();
        for (night, name) in (0..nights).zip(&names) {
            bench.write(name, &first, &day(night), times(USUAL, noise(night)));
        }
        let mut arguments = vec!["history", "import"];
        arguments.extend(names.iter().map(String::as_str));
        let output = bench.run(&arguments);
        assert_eq!(output.code, 0, "{}", output.said);
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn config(&self, more: &str) {
        let images = self.path("images").display().to_string();
        let text = CONFIG.replace("DIRECTORY", &images) + more;
        fs::write(self.path("nightly.toml"), text).unwrap();
    }

    pub fn script(&self, of: Seconds, more: &str) {
        self.blocks(of.map(|seconds| vec![seconds]), more);
    }

    /// Seconds of each cell, block by block; `more` goes before or after the table of seconds.
    pub fn blocks(&self, of: [Vec<f64>; 3], more: &str) {
        let [raw, qcow2, metadata] = of;
        let seconds = format!("raw = {raw:?}\nqcow2 = {qcow2:?}\nmetadata = {metadata:?}\n");
        let text = match more.contains('[') {
            false => format!("{more}\n[seconds]\n{seconds}"),
            true => format!("[seconds]\n{seconds}{more}"),
        };
        fs::write(self.path("script.toml"), text).unwrap();
    }

    /// The files of an experiment like this one, started then, with these seconds.
    pub fn write(&self, name: &str, like: &Experiment, started: &str, of: Seconds) {
        let mut manifest = like.manifest.clone();
        manifest.started = started.to_owned();
        let directory = self.path(name);
        fs::create_dir(&directory).unwrap();
        manifest.write(&directory.join("experiment.toml")).unwrap();
        let mut runs = RunsWriter::create(&directory.join("runs.csv")).unwrap();
        for run in &like.runs {
            let mut run = run.clone();
            let at = ["raw", "qcow2", "metadata"].iter().position(|cell| *cell == run.cell);
            run.workload_s = Some(Duration::from_secs_f64(of[at.unwrap()]));
            runs.append(&run).unwrap();
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgbench"));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env("IMGBENCH_SIMULATED_APPLIANCE", self.path("script.toml"))
            .env("IMGBENCH_LOCK", self.path("lock"))
            .env_remove("IMGBENCH_HISTORY")
            .env("TMPDIR", self.path("tmp"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        done(self.command(arguments).output().unwrap())
    }

    pub fn nightly(&self, out: &str) -> Done {
        self.run(&["nightly", "nightly.toml", "--out", out])
    }

    pub fn json(&self, out: &str) -> serde_json::Value {
        let text = fs::read_to_string(self.path(out).join("nightly.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// How each cell stands.
    pub fn standings(&self, out: &str) -> Vec<String> {
        let json = self.json(out);
        let cells = json["cells"].as_array().unwrap().iter();
        cells.map(|cell| cell["standing"].as_str().unwrap().to_owned()).collect()
    }

    pub fn start(&self, out: &str) -> Child {
        self.command(&["nightly", "nightly.toml", "--out", out]).spawn().unwrap()
    }
}

pub fn done(output: Output) -> Done {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Done {
        code: output.status.code().unwrap(),
        said: format!("{}{}", text(&output.stdout), text(&output.stderr)),
    }
}

pub fn day(night: u32) -> String {
    format!("2026-{:02}-{:02}T01:30:00Z", 9 + night / 28, 1 + night % 28)
}

pub fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(30), "waited in vain for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
