//! Guests that are stopped in the middle of their boot.

use std::{
    fs::File,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use imgbench::{
    appliance::{Accelerator, Appliance, Brake, Disk, Real, Setup},
    config::Drive,
};
use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    unistd::Pid,
};
use procfs::process::Process;
use reports::record::Status;

use crate::bench::{Bench, said};

const MIB: u64 = 1 << 20;

/// While it is stopped QEMU uses no CPU and the launch does not end; then it comes up as ever.
#[test]
fn a_guest_that_is_stopped_in_its_boot_goes_on_with_it() {
    let bench = Bench::new("32M", "16M", "");
    let image = bench.path("images").join("a.img");
    File::create_new(&image).unwrap().set_len(32 * MIB).unwrap();
    let scratch = bench.path("tmp");
    let setup = Setup {
        accelerator: Accelerator::Tcg,
        memory: 512 * MIB,
        cpus: 1,
        qemu: None,
        appliance: None,
        without_udev: false,
        scratch: scratch.clone(),
    };
    let (up, is_up) = mpsc::channel();
    let launch = thread::spawn(move || {
        let drive = Drive::default();
        let disk = Disk { image, driver: "raw".into(), drive, objects: Vec::new(), source: None };
        let mut real = Real::new(&setup, vec![disk]).unwrap();
        real.launch().unwrap();
        up.send(()).unwrap();
        real.launched().unwrap();
        real.shutdown().unwrap();
    });
    let begun = Instant::now();
    let mut brake = loop {
        match Brake::connect(&scratch) {
            Ok(brake) => break brake,
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(60), "{error}"),
        }
        thread::sleep(Duration::from_millis(10));
    };
    let qemu = Process::new(bench.qemu().unwrap()).unwrap();
    let used = || {
        let stat = qemu.stat().unwrap();
        stat.utime + stat.stime
    };
    let at_first = used();
    while used() < at_first + procfs::ticks_per_second() {
        thread::sleep(Duration::from_millis(10));
    }
    brake.stop().unwrap();
    let stopped = used();
    // Other than for looking at clocks, if it is to be seen at all.
    thread::sleep(Duration::from_secs(2));
    assert!(used() <= stopped + procfs::ticks_per_second() / 20, "QEMU went on");
    assert!(is_up.try_recv().is_err(), "a guest that was stopped came up");
    // To stop it again changes nothing.
    brake.stop().unwrap();
    brake.release().unwrap();
    is_up.recv_timeout(Duration::from_secs(120)).unwrap();
    launch.join().unwrap();
    std::fs::remove_file(bench.path("images").join("a.img")).unwrap();
}

/// On two processors the third begins to boot as the first is ready, and is stopped while that one is
/// measured; that is recorded, is in none of its phases, and all are measured.
#[test]
fn boots_that_are_not_done_stand_still_while_a_clock_runs() {
    let bench = Bench::new("64M", "32M", "");
    let config = std::fs::read_to_string(bench.path("real.toml")).unwrap();
    std::fs::write(bench.path("real.toml"), config.replace("runs = 1", "runs = 3")).unwrap();
    on_two_processors();
    let output = bench.command(&["--only", "sparse-raw", "--boot-ahead", "2"]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let experiment = bench.experiment();
    assert_eq!(experiment.runs.len(), 3);
    for run in &experiment.runs {
        assert_eq!((run.status, run.verified_chunks), (Status::Ok, Some(8)), "{}", run.error);
        assert!(run.block_write_bytes >= Some(32 * MIB), "{run:?}");
    }
    let held: Vec<_> = experiment.metrics.iter().filter(|of| of.metric.name == "held_s").collect();
    assert!(held.iter().any(|of| of.run == 3), "{:?}", experiment.metrics);
    let shortest = experiment.runs.iter().map(|run| run.workload_s.unwrap()).min().unwrap();
    for held in held {
        assert!(held.run > 1 && held.value > shortest.as_secs_f64(), "{held:?}");
    }
    bench.assert_nothing_left();
}

/// Holds this thread, and what it starts, to two processors at most.
fn on_two_processors() {
    let this = Pid::from_raw(0);
    let ours = sched_getaffinity(this).unwrap();
    let mut two = CpuSet::new();
    for cpu in (0..CpuSet::count()).filter(|&cpu| ours.is_set(cpu).unwrap()).take(2) {
        two.set(cpu).unwrap();
    }
    sched_setaffinity(this, &two).unwrap();
}
