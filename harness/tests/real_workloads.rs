//! Real appliances, real fio, real qemu-img and nbdcopy: every workload, and that what a cell says of
//! its drive, its machine and its filesystem is what QEMU had.
//!
//! A boot takes ten seconds under TCG, so each boot is for several checks, and one appliance is up at
//! any time.

#![allow(clippy::unwrap_used)]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Mutex, MutexGuard, PoisonError},
};

use reports::record::{Experiment, Record, Status};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

const MIB: u64 = 1 << 20;

/// A config in a directory of its own, where its images are made, too.
struct Bench {
    directory: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Bench {
    fn new(config: &str) -> Bench {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = tempfile::tempdir_in("/var/tmp").unwrap();
        fs::create_dir(directory.path().join("images")).unwrap();
        let config = config.replace("IMAGES", &directory.path().join("images").to_string_lossy());
        fs::write(directory.path().join("real.toml"), config).unwrap();
        Bench { directory, _turn: turn }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn run(&self) -> (Experiment, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_imgbench"))
            .args(["run", "real.toml", "--out", "out", "--seed", "1"])
            .current_dir(self.directory.path())
            .output()
            .unwrap();
        let left = fs::read_dir(self.path("images")).unwrap().count();
        assert_eq!(left, 0, "images are left");
        (Experiment::load(&self.path("out")).unwrap(), said(&output))
    }
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

fn of<'a>(experiment: &'a Experiment, cell: &str) -> &'a Record {
    experiment.runs.iter().find(|run| run.cell == cell).unwrap()
}

fn metric(experiment: &Experiment, cell: &str, name: &str) -> f64 {
    let found =
        experiment.metrics.iter().find(|of| of.cell == cell && of.metric.name == name).unwrap();
    found.value
}

fn assert_all_ok(experiment: &Experiment, said: &str) {
    for run in &experiment.runs {
        assert_eq!(run.status, Status::Ok, "{}: {}\n{said}", run.cell, run.error);
    }
}

/// fio past the guest's cache, with each way of doing I/O that QEMU has: what was asked for is in
/// QEMU's command line, and QEMU's account has every byte of fio's.
#[test]
fn fio_runs_in_the_appliance_with_every_aio() {
    let bench = Bench::new(
        "runs = 1\nfilesystem = \"ext4\"\ndirectory = \"IMAGES\"\n\
         [factors]\ncache = \"none\"\naio = [\"threads\", \"native\", \"io_uring\"]\n\
         detect-zeroes = \"on\"\ndiscard = \"unmap\"\nthrottling = \"bps-write=900M\"\n\
         memory = \"640M\"\ncpus = 2\nl2-cache-size = \"256K\"\n\
         [workload]\nkind = \"fio\"\n\
         job = { rw = \"randwrite\", bs = \"16k\", size = \"8m\", direct = true, ioengine = \"libaio\", iodepth = 4 }\n\
         [[image]]\nname = \"q\"\nformat = \"qcow2\"\nsize = \"64M\"\ncluster_size = \"32K\"\n",
    );
    let (experiment, said) = bench.run();
    assert_all_ok(&experiment, &said);
    assert_eq!(experiment.runs.len(), 3);
    for cell in &experiment.manifest.cells {
        let run = of(&experiment, &cell.name);
        assert!(run.block_write_bytes >= Some(8 * MIB), "{run:?}");
        assert!(run.host_write_bytes >= Some(8 * MIB), "{run:?}");
        assert_eq!(cell.cache, "none");
        assert_eq!((cell.metric.name.as_str(), cell.workload_kind.as_str()), ("runtime_s", "fio"));
        let aio = cell.level("aio").unwrap();
        for option in [
            "drive.hd0.cache.direct=on",
            &format!("drive.hd0.aio={aio}"),
            "drive.hd0.detect-zeroes=on",
            "drive.hd0.discard=unmap",
            "drive.hd0.l2-cache-size=262144",
            "drive.hd0.throttling.bps-write=943718400",
        ] {
            assert!(cell.qemu_command.contains(option), "{option}: {}", cell.qemu_command);
        }
        assert!(cell.facts.iter().any(|fact| fact.factor == "fio" && fact.level.contains("fio-")));
        assert!(metric(&experiment, &cell.name, "write_iops") > 0.0);
        let p99 = metric(&experiment, &cell.name, "write_lat_p99_s");
        assert!(p99 >= metric(&experiment, &cell.name, "write_lat_p50_s"));
    }
}

/// A QEMU between libguestfs and QEMU that drops an option in silence, as a version of either may.
fn qemu_without(bench: &Bench, dropped: &str) -> PathBuf {
    let path = bench.path("qemu-without");
    let script = format!(
        "#!/bin/bash\nkept=()\nwhile [ $# -gt 0 ]; do\n\
         if [ \"$1\" = -set ] && [[ \"$2\" == {dropped} ]]; then shift 2; continue; fi\n\
         if [[ \"$1\" == {dropped} ]]; then shift; continue; fi\n\
         kept+=(\"$1\"); shift\ndone\nexec qemu-system-x86_64 \"${{kept[@]}}\"\n"
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn an_option_that_was_dropped_in_silence_fails_the_run() {
    let config = |qemu: &Path| {
        format!(
            "runs = 1\naccel = \"tcg\"\ndirectory = \"IMAGES\"\n[factors]\ncache = \"none\"\n\
             qemu = [{{ name = \"tonight's\", path = \"{}\" }}]\n\
             [workload]\nkind = \"device-write\"\nbytes = \"1M\"\nchunk = \"1M\"\n\
             [[image]]\nname = \"r\"\nformat = \"raw\"\nsize = \"8M\"\n",
            qemu.display()
        )
    };
    for (dropped, error) in [
        (
            "drive.hd0.cache.direct=on",
            "cache=none was asked for, but QEMU says that it is writeback",
        ),
        (
            "-mem-prealloc",
            "QEMU did not take the guest's memory before it started, as '-mem-prealloc' asks for",
        ),
    ] {
        let bench = Bench::new("");
        let qemu = qemu_without(&bench, dropped);
        let images = bench.path("images").display().to_string();
        fs::write(bench.path("real.toml"), config(&qemu).replace("IMAGES", &images)).unwrap();
        let (experiment, said) = bench.run();
        let run = &experiment.runs[0];
        assert_eq!(run.status, Status::Failed, "{said}");
        assert_eq!(run.error, error);
        assert_eq!(run.workload_s, None, "nothing was measured");
    }
}

/// The same bytes into the same image by every way there is, and a file read back cold.
#[test]
fn what_is_copied_is_there_whoever_copied_it() {
    let bench = Bench::new(
        "runs = 1\ndirectory = \"IMAGES\"\ncompare = \"workload\"\n\
         [[workload]]\nname = \"qemu-img\"\nkind = \"convert\"\nby = \"qemu-img\"\nbytes = \"8M\"\n\
         [[workload]]\nname = \"nbdcopy\"\nkind = \"convert\"\nby = \"nbdcopy\"\nbytes = \"8M\"\n\
         [[workload]]\nname = \"appliance\"\nkind = \"convert\"\nby = \"appliance\"\nbytes = \"8M\"\n\
         [[workload]]\nname = \"write\"\nkind = \"device-write\"\nbytes = \"8M\"\nchunk = \"2M\"\nverify = \"all\"\n\
         [[workload]]\nname = \"create\"\nkind = \"create\"\n\
         [[image]]\nname = \"q\"\nformat = \"qcow2\"\nsize = \"16M\"\npreallocation = \"falloc\"\n",
    );
    let (experiment, said) = bench.run();
    assert_all_ok(&experiment, &said);
    for (cell, accel) in [("q/qemu-img", "none"), ("q/nbdcopy", "none"), ("q/create", "none")] {
        assert_eq!(of(&experiment, cell).accel, accel);
        assert_eq!(of(&experiment, cell).launch_s, None, "no guest was booted");
    }
    for cell in ["q/appliance", "q/write"] {
        assert!(of(&experiment, cell).block_write_bytes >= Some(8 * MIB));
        assert!(of(&experiment, cell).launch_s.is_some());
    }
    assert_eq!(of(&experiment, "q/write").verified_chunks, Some(4));
    // The copies must not undo the preallocation.
    for run in &experiment.runs {
        assert!(run.allocated_after >= Some(16 * MIB), "{run:?}");
    }
    assert!(metric(&experiment, "q/create", "allocated_bytes") >= (16 * MIB) as f64);
}

/// Filesystems that need packages of their own, a luks image, an image in memory, a second pass, and
/// reading from the disk and from memory.
#[test]
fn guests_with_other_filesystems_images_and_caches() {
    let read = |name: &str, caches: &str| {
        format!(
            "[[workload]]\nname = \"{name}\"\nkind = \"read\"\npath = \"/test\"\nbytes = \"8M\"\nchunk = \"2M\"\ncaches = \"{caches}\"\n"
        )
    };
    let bench = Bench::new(&format!(
        "runs = 1\ndirectory = \"IMAGES\"\n[factors]\nfilesystem = \"btrfs\"\n{}{}\
         [[image]]\nname = \"over\"\nformat = \"qcow2\"\nsize = \"256M\"\nbacking = {{ depth = 2, filled = \"4M\" }}\n",
        read("cold", "cold"),
        read("warm", "warm"),
    ));
    let (experiment, said) = bench.run();
    assert_all_ok(&experiment, &said);
    let [cold, warm] =
        ["over/cold", "over/warm"].map(|cell| metric(&experiment, cell, "block_read_bytes"));
    assert!(cold >= (8 * MIB) as f64, "read from the disk: {cold}");
    assert!(warm < (4 * MIB) as f64, "read from the guest's memory: {warm}");
    assert!(metric(&experiment, "over/cold", "host_read_bytes") >= (8 * MIB) as f64);
    drop(bench);

    let bench = Bench::new(
        "runs = 1\nfilesystem = \"xfs\"\ndirectory = \"IMAGES\"\n\
         [workload]\nkind = \"file-write\"\npath = \"/test\"\nbytes = \"4M\"\nchunk = \"2M\"\n\
         [[image]]\nname = \"luks\"\nformat = \"luks\"\nsize = \"320M\"\n\
         [[image]]\nname = \"floor\"\nformat = \"floor\"\nsize = \"320M\"\n\
         [[image]]\nname = \"again\"\nformat = \"qcow2\"\nsize = \"320M\"\nstate = \"written\"\n",
    );
    let (experiment, said) = bench.run();
    assert_all_ok(&experiment, &said);
    let again = of(&experiment, "again");
    // The file of the first pass was there before the clock.
    assert!(again.allocated_after.unwrap() < again.block_write_bytes.unwrap() + 128 * MIB);
    assert!(of(&experiment, "luks").block_write_bytes >= Some(4 * MIB));
    let floor = experiment.manifest.cells.iter().find(|cell| cell.name == "floor").unwrap();
    assert!(floor.qemu_command.contains("file=/dev/shm/"), "{}", floor.qemu_command);
}

/// What the guest gives back leaves the host's disk only where the drive says so.
#[test]
fn what_the_guest_discards_is_given_back_where_discard_is_unmap() {
    let bench = Bench::new(
        "runs = 1\ndirectory = \"IMAGES\"\n[factors]\ndiscard = [\"ignore\", \"unmap\"]\n\
         [workload]\nkind = \"discard\"\nbytes = \"8M\"\nchunk = \"2M\"\n\
         [[image]]\nname = \"q\"\nformat = \"qcow2\"\nsize = \"16M\"\n",
    );
    let (experiment, said) = bench.run();
    assert_all_ok(&experiment, &said);
    assert!(of(&experiment, "q/ignore").allocated_after >= Some(8 * MIB));
    assert!(of(&experiment, "q/unmap").allocated_after < Some(2 * MIB));
}
