//! One run: the phases, in their order, with only the workload inside the clock.

use std::{io, time::Duration};

use anyhow::Context;
use image_prep::Image;
use nix::sys::resource::{UsageWho, getrusage};

use super::{Event, Measured, Phase, RunJob, data, host};
use crate::{
    appliance::{Appliance, Counters, Real},
    config::Verify,
};

/// Chunks that `verify = "sample"` reads back.
const SAMPLE: u32 = 8;

/// Where events go.
pub(super) type Emit<'a> = &'a mut dyn FnMut(Event) -> io::Result<()>;

/// Runs a job from the image's making to its last check.
pub(super) fn run(job: &RunJob, emit: Emit<'_>) -> anyhow::Result<()> {
    #[cfg(feature = "simulated-appliance")]
    if let Some(script) = &job.simulated {
        let mut simulated = crate::appliance::simulated::Simulated::new(script.clone());
        return run_on(job, &mut simulated, emit);
    }
    let mut real = Real::new(&job.setup, &job.image_path, job.image.format)?;
    run_on(job, &mut real, emit)
}

fn run_on(job: &RunJob, guest: &mut dyn Appliance, emit: Emit<'_>) -> anyhow::Result<()> {
    let path = &job.workload.path;
    let image = phase(Phase::Prepare, guest, emit, |_| {
        Image::create(&job.image, &job.image_path).context("making the image")
    })?;
    emit(Event::Made { info: image.prove()?, allocated: image.facts()?.allocated })?;

    phase(Phase::Launch, guest, emit, |guest| guest.launch().context("launch"))?;
    emit(Event::Launched(guest.launched()?))?;
    phase(Phase::Format, guest, emit, |guest| {
        guest.format(&job.filesystem, path).context("format")
    })?;

    let before = measure(job, guest, emit)?;
    phase(Phase::Sync, guest, emit, |guest| guest.sync().context("sync"))?;
    emit(Event::Synced(difference(guest.counters()?, before)))?;

    let verified = phase(Phase::Verify, guest, emit, |guest| verify(job, guest).context("verify"))?;
    emit(Event::Verified(verified))?;
    phase(Phase::Shutdown, guest, emit, |guest| guest.shutdown().context("shutdown"))?;

    let begun = guest.now();
    image.check()?;
    let took = guest.now() - begun;
    emit(Event::Checked { allocated: image.facts()?.allocated, took })?;
    Ok(())
}

/// The workload. Its time is the sum of its writes: what happens between two of them, the marking
/// of the buffer and the reading of the clock, is not in it.
fn measure(job: &RunJob, guest: &mut dyn Appliance, emit: Emit<'_>) -> anyhow::Result<Counters> {
    let workload = &job.workload;
    let mut chunk = data::Chunk::new(workload.data, workload.chunk, job.seed);
    let mut chunks = vec![Duration::ZERO; usize::try_from(workload.chunks())?];
    emit(Event::Begin(Phase::Workload))?;
    let counters = guest.counters()?;
    let host = host::Snapshot::now();
    let cpu = client_cpu()?;
    for (number, seconds) in (0..).zip(&mut chunks) {
        let data = chunk.number(number);
        let offset = u64::from(number) * workload.chunk;
        let begun = guest.now();
        write_whole(guest, &workload.path, data, offset)
            .with_context(|| format!("workload: chunk {number}"))?;
        *seconds = guest.now() - begun;
    }
    let client_cpu = client_cpu()?.saturating_sub(cpu);
    let host_after = host::Snapshot::now();
    let passed: Duration = chunks.iter().sum();
    let measured = difference(guest.counters()?, counters);
    let ours = client_cpu + measured.qemu_cpu;
    let busy = host.zip(host_after).map(|(before, after)| after.busy_since(&before, passed, ours));
    emit(Event::Measured(Box::new(Measured {
        chunks,
        counters: measured,
        client_cpu,
        host: busy.unwrap_or_default(),
    })))?;
    emit(Event::End(Phase::Workload, passed))?;
    Ok(counters)
}

/// A write may take fewer bytes than it was given, as pwrite(2) may.
fn write_whole(
    guest: &mut dyn Appliance,
    path: &str,
    data: &[u8],
    offset: u64,
) -> anyhow::Result<()> {
    let mut written = 0;
    while written < data.len() {
        let taken = guest.pwrite(path, &data[written..], offset + written as u64)?;
        anyhow::ensure!(taken > 0, "the guest took no byte at {}", offset + written as u64);
        written += taken;
    }
    Ok(())
}

fn verify(job: &RunJob, guest: &mut dyn Appliance) -> anyhow::Result<u32> {
    let workload = &job.workload;
    guest.drop_caches()?;
    let mut chunk = data::Chunk::new(workload.data, workload.chunk, job.seed);
    let chosen = match workload.verify {
        Verify::All => (0..workload.chunks()).collect(),
        Verify::Sample => data::sample(workload.chunks(), SAMPLE, job.seed),
    };
    for &number in &chosen {
        let offset = u64::from(number) * workload.chunk;
        let right = guest.holds(&workload.path, chunk.number(number), offset)?;
        anyhow::ensure!(
            right,
            "chunk {number} of {} (at {offset}) was read back different from what was written",
            workload.path
        );
    }
    Ok(u32::try_from(chosen.len())?)
}

fn phase<T>(
    phase: Phase,
    guest: &mut dyn Appliance,
    emit: Emit<'_>,
    work: impl FnOnce(&mut dyn Appliance) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    emit(Event::Begin(phase))?;
    let begun = guest.now();
    let done = work(guest)?;
    emit(Event::End(phase, guest.now() - begun))?;
    Ok(done)
}

fn client_cpu() -> anyhow::Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let seconds = |time: nix::sys::time::TimeVal| {
        Duration::new(time.tv_sec().unsigned_abs(), 0)
            + Duration::from_micros(time.tv_usec().unsigned_abs())
    };
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

fn difference(after: Counters, before: Counters) -> Counters {
    Counters {
        write_ops: after.write_ops.saturating_sub(before.write_ops),
        write_bytes: after.write_bytes.saturating_sub(before.write_bytes),
        write_time: after.write_time.saturating_sub(before.write_time),
        flush_ops: after.flush_ops.saturating_sub(before.flush_ops),
        host_write_bytes: after.host_write_bytes.saturating_sub(before.host_write_bytes),
        qemu_cpu: after.qemu_cpu.saturating_sub(before.qemu_cpu),
    }
}
