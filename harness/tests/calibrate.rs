//! `imgbench calibrate` over simulated appliances: what it says where the noise is known. The real
//! one is in `real.rs`.

#![allow(clippy::unwrap_used)]

use std::{fs, process::Command};

const CONFIG: &str = include_str!("../../configs/calibrate.toml");

/// What calibrate says, the report, and the exit code, when each cell takes these seconds, block by block.
fn calibrate(seconds: &str) -> (String, String, Option<i32>) {
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    fs::write(directory.path().join("c.toml"), CONFIG).unwrap();
    fs::write(directory.path().join("script.toml"), format!("[seconds]\n{seconds}")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_imgbench"))
        .args(["calibrate", "c.toml", "--seed", "1", "--out", "out"])
        .current_dir(directory.path())
        .env("IMGBENCH_SIMULATED_APPLIANCE", directory.path().join("script.toml"))
        .output()
        .unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    let written = fs::read_to_string(directory.path().join("out/calibration.txt"));
    let report = fs::read_to_string(directory.path().join("out/calibration/report.txt")).unwrap();
    if let Ok(written) = written {
        assert!(said.contains(&written), "{said}");
    }
    let [said, report] =
        [said, report].map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    (said, report, output.status.code())
}

#[test]
fn a_quiet_machine_is_certified() {
    let (said, report, code) = calibrate(
        "sparse-raw = [1.00, 1.01, 1.00, 1.01, 1.00, 1.01]\n\
         \"sparse-raw again\" = [1.01, 1.00, 1.00, 1.00, 1.01, 1.00]\n\
         \"sparse-raw slowed\" = [1.20, 1.21, 1.20, 1.21, 1.20, 1.21]\n",
    );
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("CERTIFIED: the slowdown was found"), "{said}");
    // The slowed cell is told from the others wherever its image is named.
    assert!(
        report.contains("truncate --size 32M test.img # -drive throttling.bps-write="),
        "{report}"
    );
    assert!(said.contains("run 3 of 3, block 3 of 3: sparse-raw: 1.000 s"), "{said}");
    assert!(said.contains("One image under two names: EQUIVALENT, ratio 1.0"), "{said}");
    assert!(said.contains("aimed at 20.0 % more on the clock: REGRESSED, ratio 1.199 ["), "{said}");
    assert!(said.contains("No alarm in any of the 64 ways"), "{said}");
    assert!(said.contains("n=3: no slowdown can be shown, however large."), "{said}");
    assert!(said.contains("A claim of 5 % needs 6 runs a cell"), "{said}");
}

#[test]
fn a_machine_that_is_noisier_than_the_slowdown_is_not() {
    let (said, _, code) = calibrate(
        "sparse-raw = [1.0, 1.6, 0.9, 1.5, 1.0, 1.4]\n\
         \"sparse-raw again\" = [1.5, 1.0, 1.3, 0.9, 1.6, 1.0]\n\
         \"sparse-raw slowed\" = [1.2, 1.3, 1.6, 1.1, 1.2, 1.5]\n",
    );
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("NOT CERTIFIED"), "{said}");
    assert!(said.contains("aimed at 20.0 % more on the clock: INCONCLUSIVE"), "{said}");
}

/// A machine that gets slower between two runs of a block alarms without cause.
#[test]
fn twins_that_are_told_apart_are_not_certified() {
    let (said, _, code) = calibrate(
        "sparse-raw = [1.00, 1.01, 1.00, 1.01, 1.00, 1.01]\n\
         \"sparse-raw again\" = [1.10, 1.11, 1.10, 1.11, 1.10, 1.12]\n\
         \"sparse-raw slowed\" = [1.20, 1.21, 1.20, 1.21, 1.20, 1.21]\n",
    );
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("One image under two names: REGRESSED"), "{said}");
    assert!(said.contains("2 of the 64 ways to name the twins alarm."), "{said}");
}
