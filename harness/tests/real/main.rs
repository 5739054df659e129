//! Real libguestfs appliances on real, small images: what is measured, and what happens when what
//! is measured dies, stops, or never comes up.
//!
//! A boot takes ten seconds under TCG, so each test looks at many things at once, and only one
//! experiment is measured at any time.

#![allow(clippy::unwrap_used)]

mod ahead;
mod bench;
mod cache;
mod faults;
mod shared;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use reports::record::{Experiment, Record, Status};

use bench::{Bench, said};

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

/// QEMU's command line says which appliance it was; the kernel would need seconds to unpack itself.
#[test]
fn the_lean_appliance_is_booted_unpacked_and_recorded() {
    let bench = Bench::new("32M", "16M", "");
    let output = bench.command(&["--only", "sparse-qcow2"]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let experiment = bench.experiment();
    let [run] = experiment.runs.as_slice() else { panic!("{}", said(&output)) };
    assert_measured(run);
    assert_eq!(experiment.manifest.provenance.appliance, "lean");
    let command = &experiment.manifest.cells[0].qemu_command;
    let mut words = command.split(' ').skip_while(|word| *word != "-kernel");
    let kernel = PathBuf::from(words.nth(1).unwrap());
    assert!(kernel.to_string_lossy().contains("/lean/.guestfs-"), "{command}");
    assert!(fs::read(&kernel).unwrap().starts_with(b"\x7fELF"), "{}", kernel.display());
    let report = fs::read_to_string(bench.path("out/report.txt")).unwrap();
    let said = report.lines().find(|line| line.contains("Appliance"));
    assert!(said.is_some_and(|line| line.ends_with(" lean")), "{report}");
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

/// QEMU's throttling is in force: the slowed disk is as slow as was asked for. With two blocks
/// nothing can be certified, which calibrate must say.
#[test]
fn calibrate_slows_the_disk_by_what_it_says() {
    let bench = Bench::new("16M", "4M", "");
    let config = include_str!("../../../configs/calibrate.toml")
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
    let told = said(&output);
    let line = told.lines().find(|line| line.starts_with("Accelerator: ")).unwrap();
    assert!(line.starts_with("Accelerator: tcg (KVM does not work here: "), "{line}");
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

/// Building the appliance may take minutes; booting it under a KVM that works does not.
#[test]
fn kvm_that_hangs_is_found_out_long_before_a_launch_must_have_ended() {
    let bench = Bench::new("32M", "16M", "");
    let config = fs::read_to_string(bench.path("real.toml")).unwrap();
    let config = config.replace("runs = 1", "runs = 1\naccel = \"kvm\"");
    fs::write(bench.path("real.toml"), config).unwrap();
    let hung = bench.path("qemu-system-hung");
    fs::copy("/bin/sleep", &hung).unwrap();
    let qemu = broken_kvm(&bench, &format!("exec {} 1000", hung.display()));
    let begun = Instant::now();
    let output = bench.command(&[]).env("LIBGUESTFS_HV", &qemu).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = said(&output);
    let why = "KVM does not work here: launch: the appliance did not come up within 30s";
    assert!(said.contains(why), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(100), "{:?}", begun.elapsed());
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
