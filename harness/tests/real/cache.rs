//! No room for the appliance, which the first boot builds: told before it, and after it.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use reports::record::Status;

use super::bench::{Bench, half_built, said, wait_for};

/// imgbench with libguestfs' cache on a tmpfs of this size, which only it sees.
fn with_cache(bench: &Bench, size: &str, accel: &str) -> Child {
    let config = fs::read_to_string(bench.path("real.toml")).unwrap();
    let config = config.replace("runs = 1", &format!("runs = 1\naccel = \"{accel}\""));
    fs::write(bench.path("real.toml"), config).unwrap();
    fs::create_dir(bench.path("cache")).unwrap();
    let run = "exec \"$0\" run real.toml --out out --seed 1 --only 'sparse-*' --boot-ahead 0";
    Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
        .arg(format!("mount -t tmpfs -o size={size} cache cache && {run}"))
        .arg(env!("CARGO_BIN_EXE_imgbench"))
        .current_dir(bench.path(""))
        .env("TMPDIR", bench.path("tmp"))
        .env("LIBGUESTFS_CACHEDIR", bench.path("cache"))
        // The namespace has no other user than root.
        .env("TAR_OPTIONS", "--no-same-owner")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn no_room_to_build_the_appliance_is_told_before_anything_is_measured() {
    let bench = Bench::new("32M", "16M", "");
    let output = with_cache(&bench, "64m", "auto").wait_with_output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    // In the namespace we are root.
    let place = bench.path("cache/.imgbench-0/lean");
    let begins = format!(
        "error: not enough free disk in {} to build the appliance: 1G needed, ",
        place.display()
    );
    const ENDS: &str =
        "M free; make room, or name another place by the environment's LIBGUESTFS_CACHEDIR\n";
    assert!(
        text.starts_with(&begins) && text.ends_with(ENDS) && text.lines().count() == 1,
        "{text}"
    );
    assert!(!bench.path("out").exists());
    bench.assert_nothing_left();
}

/// There was room when the experiment began. libguestfs builds its own appliance in the first launch.
#[test]
fn a_disk_that_fills_up_while_the_appliance_is_built_is_a_row_with_its_cause() {
    let bench = Bench::new("32M", "16M", "[appliance]\nkind = \"stock\"\n");
    let filler = vec![1; 1200 << 20];
    let imgbench = with_cache(&bench, "1100m", "tcg");
    let cache = bench.path("cache");
    let inside = PathBuf::from(format!("/proc/{}/root{}", imgbench.id(), cache.display()));
    wait_for("an appliance that is being built", || half_built(&inside).pop());
    let filled = fs::write(inside.join("filler"), filler);
    assert_eq!(filled.unwrap_err().kind(), std::io::ErrorKind::StorageFull);

    let output = imgbench.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let runs = bench.experiment().runs;
    let statuses: Vec<_> = runs.iter().map(|run| run.status).collect();
    assert_eq!(statuses, [Status::Failed, Status::Failed]);
    // The build's own words, and from then on the lack of room.
    let why = &runs[0].error;
    assert!(why.starts_with("launch: libguestfs: "), "{why}");
    assert!(why.contains("No space left on device"), "{why}");
    let why = &runs[1].error;
    assert!(why.starts_with("not enough free disk in "), "{why}");
    assert!(why.contains("to build the appliance"), "{why}");
    bench.assert_nothing_left();
}
