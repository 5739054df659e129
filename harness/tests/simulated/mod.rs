//! A directory in which the program measures simulated appliances.
#![allow(dead_code, reason = "each test uses a part")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use reports::record::Experiment;

/// Three blocks of two images.
pub const CONFIG: &str = r#"# Is the pipeline sound?

runs = 3
filesystem = "ext2"

[workload]
kind = "file-write"
path = "/test"
bytes = "1M"
chunk = "64K"

[[image]]
name = "one"
format = "raw"
size = "4M"

[[image]]
name = "two"
format = "qcow2"
size = "4M"
"#;

/// Seconds of each block.
pub const TIMES: &str = "[seconds]\none = [1.0, 1.2, 1.1]\ntwo = [2.5, 2.0, 2.25]\n";

/// A directory with a config, a script of the appliance, and room for images.
pub struct Bench(tempfile::TempDir);

impl Bench {
    pub fn new(script: &str) -> Bench {
        let bench = Bench(tempfile::tempdir_in("/var/tmp").unwrap());
        bench.config(CONFIG);
        bench.script(script);
        fs::create_dir(bench.path("images")).unwrap();
        fs::create_dir(bench.path("tmp")).unwrap();
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn config(&self, text: &str) {
        let images = format!("runs = 3\ndirectory = \"{}\"", self.path("images").display());
        fs::write(self.path("test.toml"), text.replace("runs = 3", &images)).unwrap();
    }

    pub fn script(&self, text: &str) {
        fs::write(self.path("script.toml"), text).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgbench"));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env("IMGBENCH_SIMULATED_APPLIANCE", self.path("script.toml"))
            .env("TMPDIR", self.path("tmp"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn experiment(&self, name: &str) -> Experiment {
        Experiment::load(&self.path(name)).unwrap()
    }

    /// Neither images nor sockets of this bench's experiments are left.
    pub fn assert_nothing_left(&self) {
        for directory in ["images", "tmp"] {
            let left: Vec<_> = fs::read_dir(self.path(directory)).unwrap().collect();
            assert!(left.is_empty(), "{left:?}");
        }
    }
}

pub fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

pub fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(30), "waited in vain for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

pub fn lines(path: &Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}
