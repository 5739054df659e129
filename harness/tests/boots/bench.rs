//! A simulated experiment that logs what each of its runs comes to.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reports::record::{Experiment, Record};

const IMAGE: &str = "[[image]]\nformat = \"qcow2\"\nsize = \"4M\"\nname = ";

/// A directory with a config of two cells and three blocks, and a log of what its appliances do.
pub struct Bench(tempfile::TempDir);

/// A line of the log: the run, what it came to, the pid of its worker.
pub type Line = (u32, String, i32);

impl Bench {
    pub fn new(script: &str, deadlines: &str) -> Bench {
        let bench = Bench(tempfile::tempdir_in("/var/tmp").unwrap());
        fs::create_dir(bench.path("images")).unwrap();
        fs::create_dir(bench.path("tmp")).unwrap();
        let config = format!(
            "# Who waits for whom?\n\nruns = 3\nfilesystem = \"ext2\"\ndirectory = {:?}\n{deadlines}\n\
             [workload]\nkind = \"file-write\"\npath = \"/test\"\nbytes = \"1M\"\nchunk = \"64K\"\n\
             {IMAGE}\"one\"\n{IMAGE}\"two\"\n",
            bench.path("images")
        );
        fs::write(bench.path("test.toml"), config).unwrap();
        bench.script(script);
        bench
    }

    /// With more keys at the head of the config.
    pub fn config(&self, keys: &str) {
        let text = fs::read_to_string(self.path("test.toml")).unwrap();
        let text = text.replace("runs = 3", &format!("runs = 3\n{keys}"));
        fs::write(self.path("test.toml"), text).unwrap();
    }

    pub fn script(&self, text: &str) {
        let log =
            format!("log = {:?}\n[seconds]\none = [1.0]\ntwo = [2.0]\n{text}", self.path("log"));
        fs::write(self.path("script.toml"), log).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
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

    /// With the option, or without it if it is empty.
    pub fn start(&self, ahead: &str) -> Child {
        let option = ["--boot-ahead", ahead];
        let option: &[&str] = if ahead.is_empty() { &[] } else { &option };
        self.command(&["run", "test.toml", "--out", "out"]).args(option).spawn().unwrap()
    }

    pub fn run(&self, ahead: &str) -> Output {
        self.start(ahead).wait_with_output().unwrap()
    }

    pub fn runs(&self) -> Vec<Record> {
        Experiment::load(&self.path("out")).unwrap().runs
    }

    pub fn log(&self) -> Vec<Line> {
        let text = fs::read_to_string(self.path("log")).unwrap_or_default();
        let line = |line: &str| {
            let mut words = line.split(' ');
            let mut next = || words.next().unwrap().to_owned();
            (next().parse().unwrap(), next(), next().parse().unwrap())
        };
        text.lines().map(line).collect()
    }

    pub fn wait_for(&self, run: u32, what: &str) -> i32 {
        let begun = Instant::now();
        loop {
            let found =
                self.log().into_iter().find(|line| (line.0, line.1.as_str()) == (run, what));
            if let Some((_, _, pid)) = found {
                return pid;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "run {run} never came to {what}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn assert_nothing_left(&self) {
        for directory in ["images", "tmp"] {
            let left: Vec<_> = fs::read_dir(self.path(directory)).unwrap().collect();
            assert!(left.is_empty(), "{left:?}");
        }
    }
}

pub fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

pub fn signal(child: &Child, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
}
