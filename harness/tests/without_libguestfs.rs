//! A machine without libguestfs: an obstacle to measuring, and to nothing else.

#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::Command;
use tempfile::TempDir;

const DEFAULT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../configs/default.toml");
const CALIBRATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../configs/calibrate.toml");

/// The loader looks here first, and an empty file in the library's place ends its search.
fn machine() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("libguestfs.so.0"), "").unwrap();
    fs::create_dir(directory.path().join("here")).unwrap();
    directory
}

fn here(machine: &TempDir) -> PathBuf {
    machine.path().join("here")
}

/// Exit code, standard output and standard error.
fn imgbench(machine: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("imgbench")
        .unwrap()
        .args(arguments)
        .env("LD_LIBRARY_PATH", machine.path())
        .current_dir(here(machine))
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn is_empty(directory: &Path) -> bool {
    fs::read_dir(directory).unwrap().next().is_none()
}

#[test]
fn what_measures_nothing_works() {
    let machine = machine();
    let (code, planned, said) = imgbench(&machine, &["plan", DEFAULT]);
    assert_eq!((code, said.as_str()), (0, ""));
    assert!(planned.contains("sparse-qcow2"), "{planned}");
    for arguments in [&["--help"][..], &["--version"], &["man"], &["completions", "bash"]] {
        assert_eq!(imgbench(&machine, arguments).0, 0, "{arguments:?}");
    }
    // What these two say of a directory without an experiment, they say after they were started.
    let (code, _, said) = imgbench(&machine, &["report", "."]);
    assert_eq!(code, 2);
    assert!(said.contains("no experiment.toml here"), "{said}");
    let (code, _, said) = imgbench(&machine, &["compare", ".", "."]);
    assert_eq!(code, 2);
    assert!(!said.contains("libguestfs"), "{said}");
}

#[test]
fn what_measures_says_so_once_and_writes_nothing() {
    for arguments in [["run", DEFAULT], ["calibrate", CALIBRATE]] {
        let machine = machine();
        let (code, printed, said) = imgbench(&machine, &arguments);
        assert_eq!(code, 2, "{said}");
        assert_eq!(printed, "");
        assert!(said.starts_with("error: libguestfs cannot be loaded ("), "{said}");
        assert!(said.contains("libguestfs.so.0"), "the loader's words: {said}");
        assert!(said.ends_with("install it with 'make setup' (Debian: libguestfs0)\n"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(is_empty(&here(&machine)), "something was written");
    }
}

#[test]
fn doctor_finds_it_and_goes_on() {
    let machine = machine();
    let (code, found, said) = imgbench(&machine, &["doctor"]);
    assert_eq!((code, said.as_str()), (1, ""));
    assert!(found.contains("BAD      libguestfs: libguestfs cannot be loaded ("), "{found}");
    for line in ["warning  QEMU: unknown", " load: ", "warning  appliance: not booted"] {
        assert!(found.contains(line), "{line}: {found}");
    }
}
