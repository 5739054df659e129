//! Paths and names that mean something to a shell, to QEMU or to a terminal, given to the whole program
//! over a simulated appliance: handled or refused, and nothing that was there is touched.

#![allow(clippy::unwrap_used)]

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::Write,
    os::unix::{
        ffi::OsStrExt,
        fs::{FileTypeExt, symlink},
    },
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use reports::record::Experiment;

const CONFIG: &str = r#"# Is nothing else touched?

runs = 1
directory = "DIRECTORY"
filesystem = "ext2"

[workload]
kind = "file-write"
path = "/test"
bytes = "64K"
chunk = "64K"

[[image]]
name = "NAME"
format = "qcow2"
size = "4M"
"#;

/// Names that are files of their own wherever they are made.
const NAMES: [&str; 12] = [
    "a,b",
    "a,file.filename=precious",
    "two\nlines",
    "\"quoted\" 'twice'",
    "-o",
    "$(touch pwned);`touch pwned`",
    "json:{\"driver\":\"raw\"}",
    "nbd:localhost:1",
    "100%s{cell}",
    "#1",
    "\u{1b}[31m",
    "<b>&",
];

/// A directory with a config, room for images, and things that are nobody's to touch.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        let place = Place(tempfile::tempdir_in("/var/tmp").unwrap());
        for directory in ["images", "tmp", "full"] {
            fs::create_dir(place.path(directory)).unwrap();
        }
        for precious in ["precious", "full/precious"] {
            fs::write(place.path(precious), "as it was").unwrap();
        }
        fs::write(place.path("script.toml"), "[seconds]\n").unwrap();
        place.config(&place.path("images"), "one");
        place
    }

    fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.0.path().join(name.as_ref())
    }

    fn config(&self, directory: &Path, name: &str) {
        // As a string of TOML, which JSON's are.
        let quoted = |text: &str| serde_json::to_string(text).unwrap();
        let text = CONFIG
            .replace("\"DIRECTORY\"", &quoted(directory.to_str().unwrap()))
            .replace("\"NAME\"", &quoted(name));
        fs::write(self.path("test.toml"), text).unwrap();
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgbench"));
        command
            .current_dir(self.0.path())
            .env("IMGBENCH_SIMULATED_APPLIANCE", self.path("script.toml"))
            .env("TMPDIR", self.path("tmp"))
            .stdin(Stdio::null());
        command
    }

    /// Runs the experiment into `out`; whether it was done, and not refused.
    fn run(&self, out: &OsStr) -> bool {
        let output = self.command().args(["run", "test.toml", "--out"]).arg(out).output().unwrap();
        self.hold(&output, &format!("--out {}", out.display()));
        output.status.success()
    }

    /// It ended as it should, and left what was there.
    fn hold(&self, output: &Output, what: &str) {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0..=2)), "{what}: {said}");
        assert!(!said.contains("panicked"), "{what}: {said}");
        assert!(
            output.status.success() || said.contains("error") || said.contains(" not "),
            "{said}"
        );
        for precious in ["precious", "full/precious"] {
            assert_eq!(fs::read_to_string(self.path(precious)).unwrap(), "as it was", "{what}");
        }
        assert_eq!(fs::read_dir(self.path("full")).unwrap().count(), 1, "{what}");
        assert!(!self.path("pwned").exists() && !self.path("images/pwned").exists(), "{what}");
        for directory in ["images", "tmp"] {
            let left: Vec<_> = fs::read_dir(self.path(directory)).unwrap().collect();
            assert!(left.is_empty(), "{what}: {left:?}");
        }
    }

    /// How many files and directories there are, but for the lock of who measures.
    fn entries(&self) -> usize {
        let entries = fs::read_dir(self.0.path()).unwrap().flatten();
        entries.filter(|entry| entry.file_name() != "imgbench-measuring.lock").count()
    }
}

#[test]
fn an_output_directory_of_any_name_is_used_and_nothing_else() {
    let place = Place::new();
    let mut names: Vec<OsString> = NAMES.map(OsString::from).to_vec();
    names.push(OsStr::from_bytes(b"\xff\xfe").to_owned());
    names.push("n".repeat(255).into());
    names.push("up/../beside".into());
    for name in names {
        let before = place.entries();
        assert!(place.run(&name) || name.as_bytes()[0] == b'-', "{}", name.display());
        let made = if name == "up/../beside" { 2 } else { 1 };
        if name.as_bytes()[0] == b'-' {
            assert_eq!(place.entries(), before);
            continue;
        }
        assert_eq!(place.entries(), before + made);
        assert_eq!(Experiment::load(&place.path(&name)).unwrap().runs.len(), 1);
    }
}

#[test]
fn an_output_directory_that_is_something_else_is_refused() {
    let place = Place::new();
    symlink(place.path("full"), place.path("to-full")).unwrap();
    symlink(place.path("nowhere"), place.path("dangling")).unwrap();
    symlink(place.path("precious"), place.path("to-file")).unwrap();
    symlink("/dev/null", place.path("to-device")).unwrap();
    symlink("loop", place.path("loop")).unwrap();
    nix::unistd::mkfifo(&place.path("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let before = fs::read_dir(place.0.path()).unwrap().count();
    let long = "n".repeat(256);
    let others =
        ["to-full", "dangling", "to-file", "to-device", "loop", "pipe", "precious", "full"];
    for name in others.into_iter().chain(["/dev/null", "full/precious/x", &long]) {
        assert!(!place.run(name.as_ref()), "{name}");
        assert_eq!(fs::read_dir(place.0.path()).unwrap().count(), before, "{name}");
    }
    assert!(!place.path("nowhere").exists());
}

#[test]
fn images_are_made_in_a_directory_of_any_name_and_are_gone_again() {
    let place = Place::new();
    for (number, name) in NAMES.into_iter().enumerate() {
        let directory = place.path("images").join(name);
        fs::create_dir(&directory).unwrap();
        place.config(&directory, "one");
        let out = format!("out-{number}");
        let mut command = place.command();
        // The directory of sockets, which QEMU is told of, has the name too.
        let tmp = place.path("tmp").join(name);
        fs::create_dir(&tmp).unwrap();
        let output =
            command.args(["run", "test.toml", "--out", &out]).env("TMPDIR", &tmp).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        fs::remove_dir(&directory).unwrap();
        fs::remove_dir(&tmp).unwrap();
        place.hold(&output, name);
        assert_eq!(Experiment::load(&place.path(&out)).unwrap().runs.len(), 1);
    }
}

#[test]
fn an_image_of_any_name_is_measured_or_refused() {
    let place = Place::new();
    for (number, name) in NAMES.into_iter().chain(["..", "../../precious", "\0", ""]).enumerate() {
        place.config(&place.path("images"), name);
        let out = format!("out-{number}");
        let permitted = !name.is_empty() && !name.contains(['\n', '\u{1b}', '/', '\0']);
        assert_eq!(place.run(out.as_ref()), permitted, "{name:?}");
        if permitted {
            assert_eq!(Experiment::load(&place.path(&out)).unwrap().runs[0].image, name);
        }
    }
}

/// A rendering goes to a device or through a link where that is asked for. A link that lies among the
/// files of an experiment, which may be anybody's, is replaced.
#[test]
fn reports_are_written_where_they_are_to_be() {
    let place = Place::new();
    assert!(place.run("out".as_ref()));
    let report = |out: &str| {
        let mut command = place.command();
        let output = command.args(["report", "out", "--format", "text", "--out", out]).output();
        let output = output.unwrap();
        place.hold(&output, out);
        output.status.success()
    };
    fs::write(place.path("mine"), "old").unwrap();
    symlink("mine", place.path("link")).unwrap();
    symlink("/dev/null", place.path("device")).unwrap();
    assert!(report("link") && report("device") && report("/dev/null"));
    assert!(place.path("link").is_symlink() && place.path("device").is_symlink());
    assert!(fs::read_to_string(place.path("mine")).unwrap().contains("Is nothing else touched?"));
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    assert!(!report("full") && !report("nowhere/report") && !report("/dev/full"));

    for planted in ["report.txt", "report.html", "summary.csv"] {
        let path = place.path("out").join(planted);
        fs::remove_file(&path).unwrap();
        symlink(place.path("precious"), &path).unwrap();
    }
    let output = place.command().args(["report", "out"]).output().unwrap();
    place.hold(&output, "planted links");
    assert!(output.status.success());
}

#[test]
fn a_config_may_come_through_a_pipe() {
    let place = Place::new();
    let config = fs::read(place.path("test.toml")).unwrap();
    let run = |input: &[u8], out: &str| {
        let mut command = place.command();
        command.args(["run", "/dev/stdin", "--out", out]).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // One that reads no further closes it.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    };
    let output = run(&config, "out");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(Experiment::load(&place.path("out")).unwrap().manifest.name, "stdin");
    let output = place.command().args(["report", "out"]).output().unwrap();
    assert!(output.status.success());

    for (config, expected) in [("/dev/zero", "is longer than"), ("full", "is not a file")] {
        let output = place.command().args(["run", config]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(expected), "{said}");
    }
}
