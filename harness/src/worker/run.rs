//! Runs: the phases of each, in their order, with only the workload inside the clock.

use std::{
    fs::File,
    io::{self, Write},
    time::{Duration, Instant},
};

use anyhow::Context;
use image_prep::{Image, convert};
use nix::{
    sys::resource::{UsageWho, getrusage},
    unistd::syncfs,
};

use super::{Event, Measured, Phase, RunJob, Runs, Turn, host};
use crate::{
    appliance::{Appliance, Counters, Disk, Real, Target},
    config::{Filesystem, State},
    workload::{GuestSteps, HostPlace, HostSteps, Steps, Timed, Work, source},
};

/// Where events go.
pub(super) type Emit<'a> = &'a mut dyn FnMut(Event) -> io::Result<()>;

/// Returns when the parent says to go on.
pub(super) type Go<'a> = &'a mut dyn FnMut() -> io::Result<()>;

/// Measures runs, each from its image's making to its last check.
pub(super) fn measure(job: &Runs, emit: Emit<'_>, go: Go<'_>) -> anyhow::Result<()> {
    if let [alone] = job.runs.as_slice()
        && !alone.workload.place().in_guest()
        && let Steps::Host(steps) = alone.workload.steps(alone.seed)
    {
        return on_host(alone, steps, emit, go);
    }
    #[cfg(feature = "simulated-appliance")]
    if let Some(scripts) = job.runs.iter().map(|run| run.simulated.clone()).collect() {
        let mut simulated = crate::appliance::simulated::Simulated::new(scripts);
        return in_guest(job, &mut simulated, emit, go);
    }
    let disks = job.runs.iter().map(|run| run.disk.clone()).collect();
    in_guest(job, &mut Real::new(&job.setup, disks)?, emit, go)
}

fn in_guest(
    job: &Runs,
    guest: &mut dyn Appliance,
    emit: Emit<'_>,
    go: Go<'_>,
) -> anyhow::Result<()> {
    let clock = Clock::default();
    let mut images = Vec::new();
    for (at, run) in job.runs.iter().enumerate() {
        emit(Event::Of(at))?;
        let image = phase(Phase::Prepare, &|| clock.now(), emit, || {
            make_source(run)?;
            Image::create(&run.image, &run.disk.image).context("making the image")
        })?;
        emit(made(&image)?)?;
        images.push(image);
    }

    emit(Event::Of(0))?;
    wait_for(Turn::Boot, emit, go)?;
    guest_phase(Phase::Launch, guest, emit, |guest| guest.launch().context("launch"))?;
    for (at, run) in job.runs.iter().enumerate() {
        emit(Event::Of(at))?;
        guest.turn_to(at);
        emit(Event::Launched(guest.launched()?))?;
        guest_phase(Phase::Format, guest, emit, |guest| {
            guest.format(&run.filesystem).context("format")
        })?;
    }
    for (at, (run, image)) in job.runs.iter().zip(&images).enumerate() {
        if at > 0 {
            emit(Event::Over)?;
        }
        emit(Event::Of(at))?;
        guest.turn_to(at);
        let last = at + 1 == job.runs.len();
        on_disk(run, image, last, guest, emit, go)?;
    }
    Ok(())
}

/// A run on the disk that the guest was turned to, and the end of the guest after the last.
fn on_disk(
    job: &RunJob,
    image: &Image,
    last: bool,
    guest: &mut dyn Appliance,
    emit: Emit<'_>,
    go: Go<'_>,
) -> anyhow::Result<()> {
    let Steps::Guest(mut steps) = job.workload.steps(job.seed) else {
        anyhow::bail!("a run without a guest among those of a boot");
    };
    let on = match job.filesystem.kind {
        Filesystem::None => Target::Device,
        // Which file is the workload's own affair.
        _ => Target::File(String::new()),
    };
    guest_phase(Phase::Format, guest, emit, |guest| {
        guest.mount(&job.filesystem).context("format")?;
        steps.prepare(guest, &on).context("format")?;
        if job.state == State::Written {
            steps.measure(guest, &on).context("format: the first pass")?;
            guest.sync().context("format")?;
            guest.drop_caches().context("format")?;
        }
        // Otherwise the filesystem's own blocks would be written while the clock runs.
        guest.write_back(&on).context("format")?;
        // Whoever is alone, too: all clocks begin alike.
        guest.pause().context("format")
    })?;

    wait_for(Turn::Clock, emit, go)?;
    settle(&job.disk)?;
    emit(Event::Settled)?;
    guest.resume().context("format")?;
    let before = clocked(steps.as_mut(), &on, guest, emit)?;
    guest_phase(Phase::Sync, guest, emit, |guest| guest.sync().context("sync"))?;
    emit(Event::Synced(difference(guest.counters()?, before)))?;

    let verified = guest_phase(Phase::Verify, guest, emit, |guest| {
        guest.drop_caches().context("verify")?;
        steps.verify(guest, &on).context("verify")
    })?;
    emit(Event::Verified(verified))?;
    guest_phase(Phase::Shutdown, guest, emit, |guest| {
        let ended = if last { guest.shutdown() } else { guest.detach() };
        ended.context("shutdown")
    })?;

    let clock = Clock::default();
    check(job, image)?;
    emit(Event::Checked { allocated: image.facts()?.allocated, took: clock.now() })?;
    Ok(())
}

/// The workload. What is asked of QEMU and of the machine is asked before and after.
fn clocked(
    steps: &mut dyn GuestSteps,
    on: &Target,
    guest: &mut dyn Appliance,
    emit: Emit<'_>,
) -> anyhow::Result<Counters> {
    emit(Event::Begin(Phase::Workload))?;
    let before = guest.counters()?;
    let host = host::Snapshot::now();
    let cpu = client_cpu()?;
    let timed = steps.measure(guest, on).context("workload")?;
    let client_cpu = client_cpu()?.saturating_sub(cpu);
    let host_after = host::Snapshot::now();
    let counters = difference(guest.counters()?, before);
    let ours = client_cpu + counters.qemu_cpu;
    let passed = timed.passed;
    let busy = host.zip(host_after).map(|(before, after)| after.busy_since(&before, passed, ours));
    emit(measured(timed, Some(counters), client_cpu, busy.unwrap_or_default()))?;
    emit(Event::End(Phase::Workload, passed))?;
    Ok(before)
}

fn on_host<'a>(
    job: &'a RunJob,
    mut steps: Box<dyn HostSteps + 'a>,
    emit: Emit<'_>,
    go: Go<'_>,
) -> anyhow::Result<()> {
    let clock = Clock::default();
    let now = || clock.now();
    let on = HostPlace {
        spec: &job.image,
        image: &job.disk.image,
        source: job.disk.source.as_deref(),
        drive: &job.disk.drive,
        now: &now,
    };
    phase(Phase::Prepare, &now, emit, || {
        make_source(job)?;
        steps.prepare(&on)
    })?;
    // An image into which something was copied is no fresh one any more.
    let made_before = steps.image().map(made).transpose()?;
    let was_made = made_before.is_some();
    made_before.map_or(Ok(()), &mut *emit)?;

    wait_for(Turn::Clock, emit, go)?;
    settle(&job.disk)?;
    emit(Event::Settled)?;
    emit(Event::Begin(Phase::Workload))?;
    let host = host::Snapshot::now();
    let cpu = client_cpu()?;
    let timed = steps.measure(&on).context("workload")?;
    let cpu = client_cpu()?.saturating_sub(cpu);
    let passed = timed.passed;
    let busy = host
        .zip(host::Snapshot::now())
        .map(|(before, after)| after.busy_since(&before, passed, cpu));
    emit(measured(timed, None, cpu, busy.unwrap_or_default()))?;
    emit(Event::End(Phase::Workload, passed))?;

    let image = steps.image().context("the workload made no image")?;
    if !was_made {
        emit(made(image)?)?;
    }
    let checked = Clock::default();
    check(job, image)?;
    emit(Event::Checked { allocated: image.facts()?.allocated, took: checked.now() })?;
    Ok(())
}

fn wait_for(turn: Turn, emit: Emit<'_>, go: Go<'_>) -> io::Result<()> {
    emit(Event::Waits(turn))?;
    go()
}

/// What runs before left to be written, and the removal of their images, would otherwise come to the
/// disk while this one's clock runs.
fn settle(disk: &Disk) -> anyhow::Result<()> {
    let directory = disk.image.parent().context("the image has no directory")?;
    let settled = File::open(directory).and_then(|directory| Ok(syncfs(&directory)?));
    settled.with_context(|| format!("syncing the filesystem of {}", directory.display()))
}

fn made(image: &Image) -> anyhow::Result<Event> {
    Ok(Event::Made { info: image.prove()?, allocated: image.facts()?.allocated })
}

fn measured(
    timed: Timed,
    counters: Option<Counters>,
    client_cpu: Duration,
    host: host::Busy,
) -> Event {
    Event::Measured(Box::new(Measured {
        chunks: timed.chunks,
        metrics: timed.metrics,
        facts: timed.facts,
        counters,
        client_cpu,
        host,
    }))
}

/// The raw file that is copied from.
fn make_source(job: &RunJob) -> anyhow::Result<()> {
    let Some(((bytes, data), path)) = job.workload.source().zip(job.disk.source.as_deref()) else {
        return Ok(());
    };
    let write = || -> io::Result<()> {
        let mut file = File::create_new(path)?;
        source::write(&mut file, bytes, data, job.seed)?;
        file.flush()?;
        // What is still to be written of it would be written inside the clock.
        file.sync_all()
    };
    write().context("making the raw disk to copy from")
}

/// The image after its use, held against what it was copied from, if it was.
fn check(job: &RunJob, image: &Image) -> anyhow::Result<()> {
    image.check()?;
    if let Some(source) = &job.disk.source {
        let same = convert::compare(source, image)?;
        anyhow::ensure!(same, "verify: the image differs from what was copied into it");
    }
    Ok(())
}

fn guest_phase<T>(
    of: Phase,
    guest: &mut dyn Appliance,
    emit: Emit<'_>,
    work: impl FnOnce(&mut dyn Appliance) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    emit(Event::Begin(of))?;
    let begun = guest.now();
    let done = work(guest)?;
    emit(Event::End(of, guest.now() - begun))?;
    Ok(done)
}

fn phase<T>(
    of: Phase,
    now: &dyn Fn() -> Duration,
    emit: Emit<'_>,
    work: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    emit(Event::Begin(of))?;
    let begun = now();
    let done = work()?;
    emit(Event::End(of, now() - begun))?;
    Ok(done)
}

/// The monotonic clock of the host.
struct Clock(Instant);

impl Default for Clock {
    fn default() -> Clock {
        Clock(Instant::now())
    }
}

impl Clock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// CPU time of this process and of the children that ended.
fn client_cpu() -> anyhow::Result<Duration> {
    let seconds = |time: nix::sys::time::TimeVal| {
        Duration::new(time.tv_sec().unsigned_abs(), 0)
            + Duration::from_micros(time.tv_usec().unsigned_abs())
    };
    let of = |who: UsageWho| -> anyhow::Result<Duration> {
        let usage = getrusage(who)?;
        Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
    };
    Ok(of(UsageWho::RUSAGE_SELF)? + of(UsageWho::RUSAGE_CHILDREN)?)
}

fn difference(after: Counters, before: Counters) -> Counters {
    Counters {
        write_ops: after.write_ops.saturating_sub(before.write_ops),
        write_bytes: after.write_bytes.saturating_sub(before.write_bytes),
        write_time: after.write_time.saturating_sub(before.write_time),
        read_ops: after.read_ops.saturating_sub(before.read_ops),
        read_bytes: after.read_bytes.saturating_sub(before.read_bytes),
        read_time: after.read_time.saturating_sub(before.read_time),
        flush_ops: after.flush_ops.saturating_sub(before.flush_ops),
        flush_time: after.flush_time.saturating_sub(before.flush_time),
        host_write_bytes: after.host_write_bytes.saturating_sub(before.host_write_bytes),
        host_read_bytes: after.host_read_bytes.saturating_sub(before.host_read_bytes),
        host_write_calls: after.host_write_calls.saturating_sub(before.host_write_calls),
        qemu_cpu: after.qemu_cpu.saturating_sub(before.qemu_cpu),
    }
}
