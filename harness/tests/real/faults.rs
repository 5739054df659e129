//! What is measured dies, stops, lies or is interrupted: a row with its cause, and nothing left.

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    os::unix::fs::{FileExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use procfs::process::Process;
use reports::record::Status;

use super::bench::{
    Bench, children_of, half_built, qemu_of, rows, said, send, socket_directory, wait_for,
    worker_in_mid_write, worker_that_wrote,
};

/// One experiment in which QEMU is killed, QEMU is stopped and the worker is killed, each in
/// mid-write; the run after them is unharmed, and so are those that wait meanwhile.
#[test]
fn what_dies_or_stops_in_mid_write_is_a_row_with_its_cause() {
    let bench = Bench::new("128M", "96M", "[deadlines]\ncall = \"4s\"\n");
    let imgbench = bench.command(&["--boot-ahead", "1"]).spawn().unwrap();
    let runs = bench.path("out/runs.csv");

    let killed = qemu_of(worker_in_mid_write(&imgbench));
    let mut sockets = vec![socket_directory(killed)];
    send(killed, Signal::SIGKILL);
    wait_for("the first row", || (rows(&runs) == 1).then_some(()));

    let stopped = qemu_of(worker_in_mid_write(&imgbench));
    sockets.push(socket_directory(stopped));
    send(stopped, Signal::SIGSTOP);
    wait_for("the second row", || (rows(&runs) == 2).then_some(()));
    assert!(Process::new(stopped).is_err(), "the stopped QEMU is still there");

    let worker = worker_in_mid_write(&imgbench);
    let qemu = qemu_of(worker);
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
    let imgbench = bench.command(&["--boot-ahead", "1"]).spawn().unwrap();
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
    let cache = bench.path("cache");
    wait_for("an appliance that is being built", || half_built(&cache).pop());
    thread::sleep(Duration::from_millis(500));
    send(i32::try_from(imgbench.id()).unwrap(), Signal::SIGTERM);
    let output = imgbench.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert_eq!(half_built(&cache), Vec::<PathBuf>::new());
    bench.assert_nothing_left();
}

fn id(process: &Child) -> i32 {
    i32::try_from(process.id()).unwrap()
}

/// QEMU while it boots: its worker has moved few bytes by then.
fn qemu_in_launch(bench: &Bench) -> i32 {
    wait_for("a QEMU", || bench.qemu())
}

/// One experiment in which QEMU and then the worker are killed in the launch, and QEMU in the sync; the
/// run after them is unharmed.
#[test]
fn what_dies_in_launch_or_sync_is_a_row_with_its_cause() {
    const BYTES: u64 = 16 << 20;
    // Slow enough for the sync to be met: it has all the bytes to write, the workload none.
    let bench = Bench::new("32M", "16M", "[factors]\nthrottling = \"bps-write=4M\"\n");
    // One at a time, so that the QEMU that is met is the worker's that is met.
    let imgbench = bench.command(&["--boot-ahead", "0"]).spawn().unwrap();
    let runs = bench.path("out/runs.csv");

    send(qemu_in_launch(&bench), Signal::SIGKILL);
    wait_for("the first row", || (rows(&runs) == 1).then_some(()));

    let qemu = qemu_in_launch(&bench);
    send(children_of(id(&imgbench))[0], Signal::SIGKILL);
    wait_for("the second row", || (rows(&runs) == 2).then_some(()));
    assert!(Process::new(qemu).is_err(), "the QEMU of the killed worker is still there");

    worker_that_wrote(&imgbench, BYTES);
    let qemu = bench.qemu().unwrap();
    let written = || Process::new(qemu).unwrap().io().unwrap().write_bytes;
    let before = written();
    wait_for("the sync", || (written() > before + (1 << 20)).then_some(()));
    send(qemu, Signal::SIGKILL);

    let output = imgbench.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let runs = bench.experiment().runs;
    let statuses: Vec<_> = runs.iter().map(|run| run.status).collect();
    assert_eq!(statuses, [Status::Failed, Status::Failed, Status::Failed, Status::Ok]);
    assert!(runs[0].error.starts_with("launch: "), "{}", runs[0].error);
    assert_eq!(runs[1].error, "launch: the worker was killed by SIGKILL");
    assert!(runs[2].error.starts_with("sync: "), "{}", runs[2].error);
    bench.assert_nothing_left();
}

#[test]
fn a_qemu_that_stops_in_launch_meets_its_deadline() {
    let bench = Bench::new("32M", "16M", "[deadlines]\nlaunch = \"4s\"\n");
    let imgbench = bench.command(&["--only", "sparse-raw"]).spawn().unwrap();
    let qemu = qemu_in_launch(&bench);
    send(qemu, Signal::SIGSTOP);
    let output = imgbench.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let runs = bench.experiment().runs;
    assert_eq!(runs[0].status, Status::Timeout);
    assert_eq!(runs[0].error, "launch: the appliance did not come up within 4s");
    assert!(Process::new(qemu).is_err(), "the stopped QEMU is still there");
    bench.assert_nothing_left();
}

/// libguestfs tells QEMU to end by SIGTERM and waits for that; this one does not hear it.
const DEAF: &str = "
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>

int sigaction(int number, const struct sigaction *new, struct sigaction *old)
{
    int (*next)(int, const struct sigaction *, struct sigaction *) = dlsym(RTLD_NEXT, \"sigaction\");
    if (number == SIGTERM && new)
        return 0;
    return next(number, new, old);
}
";

fn deaf_qemu(bench: &Bench) -> PathBuf {
    let (source, library) = (bench.path("deaf.c"), bench.path("deaf.so"));
    fs::write(&source, DEAF).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl");
    assert!(compiler.status().unwrap().success());
    let real = imgbench::guestfs::Handle::new().unwrap().get_hv().unwrap();
    let script = format!(
        "#!/bin/sh\ntrap '' TERM\nLD_PRELOAD={} exec {} \"$@\"\n",
        library.display(),
        real.display()
    );
    let path = bench.path("deaf-qemu");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_qemu_that_does_not_end_in_shutdown_meets_its_deadline() {
    let bench = Bench::new("32M", "16M", "[deadlines]\ncall = \"8s\"\n");
    let qemu = deaf_qemu(&bench);
    let output =
        bench.command(&["--only", "sparse-raw"]).env("LIBGUESTFS_HV", qemu).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let runs = bench.experiment().runs;
    assert_eq!(runs[0].status, Status::Timeout, "{}", runs[0].error);
    assert_eq!(runs[0].error, "shutdown: no answer for 8s");
    assert!(runs[0].verify_s.is_some() && runs[0].shutdown_s.is_none(), "{:?}", runs[0]);
    bench.assert_nothing_left();
}

/// Bytes of the image go bad on the host after the guest wrote them: the run does not count.
#[test]
fn bytes_that_go_bad_under_an_image_are_found_when_they_are_read_back() {
    const BYTES: u64 = 16 << 20;
    let bench = Bench::new("32M", "16M", "");
    // One image at a time.
    let imgbench = bench.command(&["--only", "sparse-*", "--boot-ahead", "0"]).spawn().unwrap();
    let runs = bench.path("out/runs.csv");
    for done in 1..=2 {
        let worker = worker_that_wrote(&imgbench, BYTES);
        let mut spoilt = 0;
        while rows(&runs) < done && Process::new(worker).is_ok() {
            spoilt += image_of(&bench).map_or(0, |image| spoil(&image));
            thread::sleep(Duration::from_millis(2));
        }
        assert!(spoilt > 0);
        wait_for("the row", || (rows(&runs) == done).then_some(()));
    }
    let output = imgbench.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let runs = bench.experiment().runs;
    assert_eq!(runs.len(), 2);
    for run in runs {
        assert_eq!(run.status, Status::Failed, "{run:?}");
        assert!(run.error.starts_with("verify: "), "{}", run.error);
        assert!(
            run.error.contains("was read back different from what was written"),
            "{}",
            run.error
        );
    }
    bench.assert_nothing_left();
}

/// The image of the run that is being done.
fn image_of(bench: &Bench) -> Option<PathBuf> {
    let private = fs::read_dir(bench.path("images")).ok()?.flatten().next()?;
    Some(private.path().join("test.img")).filter(|image| image.exists())
}

/// Spoils what the guest wrote, and says how many places that was: seeded bytes, of which no metadata of a
/// filesystem or a format has as many different ones.
fn spoil(image: &Path) -> usize {
    /// Two in each piece that is read back.
    const PLACES: u64 = 128 << 10;
    const DIFFERENT: usize = 200;
    let Ok(file) = OpenOptions::new().read(true).write(true).open(image) else { return 0 };
    let mut block = [0; 4096];
    let mut spoilt = 0;
    for place in 32..256 {
        let at = place * PLACES + (64 << 10);
        if file.read_exact_at(&mut block, at).is_ok()
            && block.iter().collect::<BTreeSet<_>>().len() > DIFFERENT
            && file.write_all_at(&[0xa5; 4096], at).is_ok()
        {
            spoilt += 1;
        }
    }
    spoilt
}
