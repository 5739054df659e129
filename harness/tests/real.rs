//! Real libguestfs appliances on real, small images: what is measured, and what happens when what
//! is measured dies, stops, or never comes up.
//!
//! A boot takes ten seconds under TCG, so each test looks at many things at once, and only one
//! appliance is up at any time.

#![allow(clippy::unwrap_used)]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Mutex, MutexGuard},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use procfs::process::{Process, all_processes};
use reports::record::{Experiment, Record, Status};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The default experiment with other sizes, in a directory of its own.
struct Bench {
    directory: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Bench {
    fn new(size: &str, bytes: &str, more: &str) -> Bench {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let directory = tempfile::tempdir_in("/var/tmp").unwrap();
        let images = directory.path().join("images");
        fs::create_dir(&images).unwrap();
        let config = include_str!("../../configs/default.toml")
            .replace("300M", size)
            .replace("256M", bytes)
            .replace("runs = 3", &format!("runs = 1\ndirectory = \"{}\"", images.display()));
        fs::write(directory.path().join("real.toml"), format!("{config}\n{more}")).unwrap();
        fs::create_dir(directory.path().join("tmp")).unwrap();
        Bench { directory, _turn: turn }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgbench"));
        command
            .args(["run", "real.toml", "--out", "out", "--seed", "1"])
            .args(arguments)
            .current_dir(self.directory.path())
            .env("TMPDIR", self.path("tmp"))
            // The appliance that is there already; without this it would be built under TMPDIR.
            .env("LIBGUESTFS_CACHEDIR", "/var/tmp")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn experiment(&self) -> Experiment {
        Experiment::load(&self.path("out")).unwrap()
    }

    /// No image, no socket, no process of the experiment is left.
    fn assert_nothing_left(&self) {
        for directory in ["images", "tmp"] {
            let left: Vec<_> = fs::read_dir(self.path(directory)).unwrap().collect();
            assert!(left.is_empty(), "{left:?}");
        }
        let manifest = fs::read_to_string(self.path("out/experiment.toml")).unwrap_or_default();
        for directory in socket_directories(&manifest) {
            assert!(!directory.exists(), "{}", directory.display());
        }
        assert_eq!(self.qemu(), None);
    }

    /// The QEMU that has an image of this bench, by its command line.
    fn qemu(&self) -> Option<i32> {
        let images = self.path("images").display().to_string();
        all_processes().unwrap().flatten().find_map(|process| {
            let command = process.cmdline().ok()?;
            let qemu = command.first()?.contains("qemu-system");
            (qemu && command.iter().any(|word| word.contains(&images))).then(|| process.pid())
        })
    }
}

/// Where libguestfs has the sockets of this QEMU, by its command line.
fn socket_directory(qemu: i32) -> PathBuf {
    let command = Process::new(qemu).unwrap().cmdline().unwrap().join(" ");
    socket_directories(&command).remove(0)
}

/// Every such directory that a text of command lines names.
fn socket_directories(text: &str) -> Vec<PathBuf> {
    let paths = text.split("socket,path=").skip(1);
    paths.map(|rest| PathBuf::from(rest.split("/guestfsd.sock").next().unwrap())).collect()
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(180), "waited in vain for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn child_of(pid: i32) -> Option<i32> {
    let children = all_processes().unwrap().flatten().filter_map(|process| process.stat().ok());
    children.into_iter().find(|stat| stat.ppid == pid).map(|stat| stat.pid)
}

/// The worker, once it has written some chunks but not all.
fn worker_in_mid_write(imgbench: &Child) -> i32 {
    let imgbench = i32::try_from(imgbench.id()).unwrap();
    wait_for("a worker that writes", || {
        let worker = child_of(imgbench)?;
        let io = Process::new(worker).ok()?.io().ok()?;
        (io.wchar > 6 << 20).then_some(worker)
    })
}

fn send(pid: i32, signal: Signal) {
    kill(Pid::from_raw(pid), signal).unwrap();
}

fn rows(path: &Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count().saturating_sub(1))
}

#[test]
fn the_four_images_of_2010_are_measured_and_proved() {
    let bench = Bench::new("32M", "16M", "");
    let output = bench.command(&[]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let experiment = bench.experiment();
    assert_eq!(experiment.runs.len(), 4);
    for run in &experiment.runs {
        assert_measured(run);
    }
    let of = |image: &str| experiment.runs.iter().find(|run| run.image == image).unwrap();
    assert_eq!(of("sparse-raw").allocated_before, Some(0));
    // mkfs discards the disk, which must not undo the preallocation.
    assert!(of("fallocated-raw").allocated_before >= Some(32 << 20));
    assert!(of("fallocated-raw").allocated_after >= of("fallocated-raw").allocated_before);
    assert!(of("sparse-qcow2").allocated_before < of("metadata-qcow2").allocated_before);

    let manifest = &experiment.manifest;
    assert!(manifest.provenance.guest_kernel.starts_with(|first: char| first.is_ascii_digit()));
    for cell in &manifest.cells {
        assert_eq!(cell.cache, "writeback");
        assert!(cell.qemu_command.contains("-qmp unix:"), "{}", cell.qemu_command);
        assert!(cell.image_info.contains("\"virtual-size\": 33554432"), "{}", cell.image_info);
    }
    let report = fs::read_to_string(bench.path("out/report.txt")).unwrap();
    for line in [
        "1. A sparse raw file:",
        "    truncate --size 32M test.img",
        "2. A preallocated raw file:",
        "    fallocate -l 32M test.img",
        "3. A sparse qcow2 file:",
        "    qemu-img create -f qcow2 test.img 32M",
        "4. A metadata preallocated qcow2 file:",
        "    qemu-img create -f qcow2 -o preallocation=metadata test.img 32M",
    ] {
        assert!(report.contains(line), "{line}: {report}");
    }
    bench.assert_nothing_left();
}

fn assert_measured(run: &Record) {
    const MIB: u64 = 1 << 20;
    assert_eq!(run.status, Status::Ok, "{}", run.error);
    assert!(run.accel == "tcg" || run.accel == "kvm", "{}", run.accel);
    assert_eq!((run.bytes, run.verified_chunks), (16 * MIB, Some(8)));
    for phase in [
        run.prepare_s,
        run.launch_s,
        run.format_s,
        run.workload_s,
        run.sync_s,
        run.verify_s,
        run.shutdown_s,
    ] {
        assert!(phase.is_some_and(|took| !took.is_zero()), "{run:?}");
    }
    // All that the guest wrote passed QEMU's device by the end of the sync, and reached the host.
    assert!(run.block_write_bytes >= Some(16 * MIB), "{run:?}");
    assert!(run.host_write_bytes >= Some(16 * MIB), "{run:?}");
    assert!(run.allocated_after >= Some(16 * MIB), "{run:?}");
    assert!(run.flush_ops >= Some(1), "{run:?}");
    assert!(run.clock_block_write_bytes <= run.block_write_bytes);
}

/// One experiment in which QEMU is killed, QEMU is stopped and the worker is killed, each in
/// mid-write; the run after them is unharmed.
#[test]
fn what_dies_or_stops_in_mid_write_is_a_row_with_its_cause() {
    let bench = Bench::new("128M", "96M", "[deadlines]\ncall = \"4s\"\n");
    let imgbench = bench.command(&[]).spawn().unwrap();
    let runs = bench.path("out/runs.csv");

    worker_in_mid_write(&imgbench);
    let killed = bench.qemu().unwrap();
    let mut sockets = vec![socket_directory(killed)];
    send(killed, Signal::SIGKILL);
    wait_for("the first row", || (rows(&runs) == 1).then_some(()));

    worker_in_mid_write(&imgbench);
    let stopped = bench.qemu().unwrap();
    sockets.push(socket_directory(stopped));
    send(stopped, Signal::SIGSTOP);
    wait_for("the second row", || (rows(&runs) == 2).then_some(()));
    assert!(Process::new(stopped).is_err(), "the stopped QEMU is still there");

    let worker = worker_in_mid_write(&imgbench);
    let qemu = bench.qemu().unwrap();
    sockets.push(socket_directory(qemu));
    send(worker, Signal::SIGKILL);
    wait_for("the third row", || (rows(&runs) == 3).then_some(()));
    assert!(Process::new(qemu).is_err(), "the QEMU of the killed worker is still there");

    let output = imgbench.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let runs = bench.experiment().runs;
    let statuses: Vec<_> = runs.iter().map(|run| run.status).collect();
    assert_eq!(statuses, [Status::Failed, Status::Timeout, Status::Failed, Status::Ok]);
    assert!(runs[0].error.starts_with("workload: chunk "), "{}", runs[0].error);
    assert_eq!(runs[1].error, "workload: no answer for 4s");
    assert_eq!(runs[2].error, "workload: the worker was killed by SIGKILL");
    assert!(sockets.iter().all(|directory| !directory.exists()), "{sockets:?}");
    for run in &runs[..3] {
        assert!(run.launch_s.is_some() && run.workload_s.is_none(), "{run:?}");
    }
    bench.assert_nothing_left();
}

#[test]
fn an_interrupt_in_mid_write_leaves_nothing_within_two_seconds() {
    let bench = Bench::new("128M", "96M", "");
    let imgbench = bench.command(&[]).spawn().unwrap();
    let worker = worker_in_mid_write(&imgbench);
    let begun = Instant::now();
    send(i32::try_from(imgbench.id()).unwrap(), Signal::SIGINT);
    wait_for("QEMU, worker and images to be gone", || {
        let images = fs::read_dir(bench.path("images")).unwrap().count();
        (bench.qemu().is_none() && Process::new(worker).is_err() && images == 0).then_some(())
    });
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let output = imgbench.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert_eq!(bench.experiment().runs[0].status, Status::Interrupted);
    bench.assert_nothing_left();
}

/// The first use builds the appliance; an interrupt then leaves nothing half built.
#[test]
fn an_interrupt_while_the_appliance_is_built_leaves_no_half_of_it() {
    let bench = Bench::new("32M", "16M", "");
    let config = fs::read_to_string(bench.path("real.toml")).unwrap();
    let config = config.replace("runs = 1", "runs = 1\naccel = \"tcg\"");
    fs::write(bench.path("real.toml"), config).unwrap();
    fs::create_dir(bench.path("cache")).unwrap();
    let imgbench =
        bench.command(&[]).env("LIBGUESTFS_CACHEDIR", bench.path("cache")).spawn().unwrap();
    let half_built = || -> Vec<PathBuf> {
        let caches = fs::read_dir(bench.path("cache")).unwrap().flatten();
        let inside = caches.filter_map(|cache| fs::read_dir(cache.path()).ok()).flatten().flatten();
        inside
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().contains("/appliance.d."))
            .collect()
    };
    wait_for("an appliance that is being built", || (!half_built().is_empty()).then_some(()));
    thread::sleep(Duration::from_millis(500));
    send(i32::try_from(imgbench.id()).unwrap(), Signal::SIGTERM);
    let output = imgbench.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert_eq!(half_built(), Vec::<PathBuf>::new());
    bench.assert_nothing_left();
}

/// QEMU's throttling is in force: the slowed disk is as slow as was asked for. With two blocks
/// nothing can be certified, which calibrate must say.
#[test]
fn calibrate_slows_the_disk_by_what_it_says() {
    let bench = Bench::new("16M", "4M", "");
    let config = include_str!("../../configs/calibrate.toml")
        .replace("32M", "16M")
        .replace("16M\"\nchunk", "4M\"\nchunk")
        .replace(
            "runs = 6",
            &format!("runs = 6\ndirectory = \"{}\"", bench.path("images").display()),
        );
    fs::write(bench.path("calibrate.toml"), config).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_imgbench"))
        .args(["calibrate", "calibrate.toml", "--runs", "2", "--slowdown", "200", "--out", "out"])
        .current_dir(bench.directory.path())
        .env("TMPDIR", bench.path("tmp"))
        .env("LIBGUESTFS_CACHEDIR", "/var/tmp")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let said = said(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("NOT CERTIFIED"), "{said}");
    assert!(said.contains("n=2 cannot reach p < 0.05"), "{said}");
    let pilot = Experiment::load(&bench.path("out/pilot")).unwrap();
    let mut times: Vec<_> = pilot.runs.iter().map(|run| run.workload_s.unwrap()).collect();
    times.sort();
    let pilot = times[1];
    let measured = Experiment::load(&bench.path("out/calibration")).unwrap();
    assert_eq!(measured.runs.len(), 6);
    for run in &measured.runs {
        assert_eq!(run.status, Status::Ok, "{}", run.error);
        if run.cell == "sparse-raw slowed" {
            let ratio = run.workload_s.unwrap().as_secs_f64() / pilot.as_secs_f64();
            assert!((2.5..3.7).contains(&ratio), "{ratio}");
        }
    }
    let slowed = measured.manifest.cells.iter().find(|cell| cell.name.ends_with("slowed")).unwrap();
    assert!(slowed.qemu_command.contains("drive.hd0.throttling.bps-write="));
    bench.assert_nothing_left();
}

/// A QEMU whose KVM is there and does not work, as on hosts that lie about it: it dies, or hangs,
/// as soon as a guest is to run on it.
fn broken_kvm(bench: &Bench, how: &str) -> PathBuf {
    let path = bench.path("qemu-with-broken-kvm");
    let real = imgbench::guestfs::Handle::new().unwrap().get_hv().unwrap();
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *accel=kvm*-kernel*) {how};; esac\nexec {} \"$@\"\n",
        real.display()
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn kvm_that_dies_is_found_out_and_said_everywhere() {
    let bench = Bench::new("32M", "16M", "");
    let qemu =
        broken_kvm(&bench, "echo 'qemu-system-x86_64: failed to set MSR' >&2; kill -ABRT $$");
    let output =
        bench.command(&["--only", "sparse-raw"]).env("LIBGUESTFS_HV", &qemu).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let second =
        String::from_utf8(output.stderr.clone()).unwrap().lines().nth(1).unwrap().to_owned();
    assert!(second.starts_with("Accelerator: tcg (KVM does not work here: "), "{second}");
    let experiment = bench.experiment();
    assert!(experiment.runs.iter().all(|run| run.accel == "tcg"));
    assert_eq!(experiment.manifest.provenance.accel, "tcg");
    let report = fs::read_to_string(bench.path("out/report.txt")).unwrap();
    assert!(report.contains("tcg. KVM was not used: "), "{report}");
    bench.assert_nothing_left();
}

#[test]
fn kvm_by_name_where_it_does_not_work_is_a_clear_error() {
    let bench = Bench::new("32M", "16M", "");
    let config = fs::read_to_string(bench.path("real.toml")).unwrap();
    let config = config.replace("runs = 1", "runs = 1\naccel = \"kvm\"");
    fs::write(bench.path("real.toml"), config).unwrap();
    let qemu = broken_kvm(&bench, "kill -ABRT $$");
    let output = bench.command(&[]).env("LIBGUESTFS_HV", &qemu).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = said(&output);
    assert!(said.contains("error: accel = \"kvm\", but KVM does not work here: "), "{said}");
    assert!(said.contains("Use accel = \"auto\" or \"tcg\""), "{said}");
    assert!(!bench.path("out").exists());
    bench.assert_nothing_left();
}

/// The deadline of a launch also bounds the proof of KVM.
#[test]
fn an_appliance_that_never_comes_up_meets_the_launch_deadline() {
    let bench = Bench::new("32M", "16M", "[deadlines]\nlaunch = \"2s\"\n");
    let qemu = broken_kvm(&bench, "exec sleep 1000");
    let output =
        bench.command(&["--only", "sparse-raw"]).env("LIBGUESTFS_HV", &qemu).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let experiment = bench.experiment();
    assert_eq!(experiment.runs[0].status, Status::Timeout);
    assert_eq!(experiment.runs[0].error, "launch: the appliance did not come up within 2s");
    bench.assert_nothing_left();
}
