//! The units that README gives for nightly jobs, held against systemd itself.

#![allow(clippy::unwrap_used)]

use std::{fs, process::Command};

const README: &str = include_str!("../../README.md");

/// What systemd says of README's service and timer, the service with this program.
fn verify(program: &str) -> (bool, String) {
    let units: Vec<&str> =
        README.split("```ini\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let [service, timer] = units[..] else { panic!("two units, not {}", units.len()) };
    let directory = tempfile::tempdir().unwrap();
    let path = |kind: &str| directory.path().join(format!("imgbench-nightly.{kind}"));
    assert!(service.contains("/usr/local/bin/imgbench"), "{service}");
    fs::write(path("service"), service.replace("/usr/local/bin/imgbench", program)).unwrap();
    fs::write(path("timer"), timer).unwrap();
    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no", "--recursive-errors=no"])
        .args([path("service"), path("timer")])
        .output()
        .expect("systemd-analyze is missing: run 'harness/setup.sh tests'");
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn systemd_takes_the_units_of_the_readme() {
    let (well, said) = verify(env!("CARGO_BIN_EXE_imgbench"));
    assert!(well && !said.contains("imgbench-nightly"), "{said}");
    // What does not exist is noticed, so that the test can fail.
    let (well, said) = verify("/nonexistent/imgbench");
    assert!(!well && said.contains("/nonexistent/imgbench"), "{said}");
}
