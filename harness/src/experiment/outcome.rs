//! A run's row, put together from what its worker told until it ended, however it ended.

use std::time::Duration;

use procfs::Current;
use reports::record::{Direction, Measurement, Metric, Record, Status};

use crate::{
    appliance::{Accelerator, Counters, Launched},
    plan::{Cell, PlannedRun},
    supervise::Ending,
    worker::{Event, Phase},
    workload::Work,
};

/// What is known of a run.
pub(super) struct Outcome {
    /// Its row.
    pub(super) record: Record,
    /// Index of its cell.
    pub(super) cell: usize,
    /// Time of each chunk.
    pub(super) chunks: Vec<Duration>,
    /// `qemu-img info` of its fresh image.
    pub(super) image_info: String,
    /// What came up.
    pub(super) launched: Option<Launched>,
    /// Every other number.
    pub(super) metrics: Vec<Measurement>,
    /// What the workload says of itself.
    pub(super) facts: Vec<(String, String)>,
}

impl Outcome {
    /// A run that has just begun, on the boot that began with run `boot`, if it boots.
    pub(super) fn begin(
        planned: PlannedRun,
        cell: &Cell,
        accelerator: Accelerator,
        boot: u32,
    ) -> Outcome {
        let work = &cell.workload.work;
        let in_guest = work.place().in_guest();
        let accelerator = if in_guest { accelerator } else { Accelerator::None };
        let load = procfs::LoadAverage::current()
            .ok()
            .map(|load| (f64::from(load.one) * 100.0).round() / 100.0);
        Outcome {
            record: Record {
                run: planned.run,
                block: planned.block,
                position: planned.position,
                cell: cell.name.clone(),
                image: cell.image.name.clone(),
                workload: cell.workload.name.clone(),
                accel: accelerator.as_str().to_owned(),
                bytes: work.bytes(),
                started: jiff::Timestamp::now().to_string(),
                load_1m: load,
                boot: in_guest.then_some(boot),
                ..Record::default()
            },
            cell: planned.cell,
            chunks: Vec::new(),
            image_info: String::new(),
            launched: None,
            metrics: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// How long it stood ready before its turn came.
    pub(super) fn waited(&mut self, time: Duration) {
        self.metrics.push(seconds("waited_s", time));
    }

    /// For how long others' clocks stopped it while it booted or was formatted, which is in no phase.
    pub(super) fn held(&mut self, time: Duration) {
        if !time.is_zero() {
            self.metrics.push(seconds("held_s", time));
        }
    }

    /// Takes in what the worker tells.
    pub(super) fn heard(&mut self, event: &Event) {
        let record = &mut self.record;
        match event {
            Event::Of(_) | Event::Waits(_) | Event::Settled | Event::Begin(_) => {}
            Event::Over | Event::Failed(_) | Event::Done => {}
            // Making filesystems may come in two parts.
            Event::End(phase, took) => {
                let so_far = phase_of(record, *phase);
                *so_far = Some(so_far.unwrap_or_default() + *took);
            }
            Event::Made { info, allocated } => {
                self.image_info.clone_from(info);
                record.allocated_before = Some(*allocated);
            }
            Event::Launched(launched) => self.launched = Some(launched.clone()),
            Event::Measured(measured) => {
                self.chunks.clone_from(&measured.chunks);
                self.metrics.extend_from_slice(&measured.metrics);
                self.facts.clone_from(&measured.facts);
                record.client_cpu_s = Some(measured.client_cpu);
                if let Some(counters) = &measured.counters {
                    record.clock_block_write_s = Some(counters.write_time);
                    record.clock_block_write_bytes = Some(counters.write_bytes);
                    record.qemu_cpu_s = Some(counters.qemu_cpu);
                    self.metrics.extend(inside_the_clock(counters));
                }
                record.steal_percent = measured.host.steal_percent;
                record.other_cpu_percent = measured.host.other_cpu_percent;
                record.cpu_pressure_percent = measured.host.cpu_pressure_percent;
                record.io_pressure_percent = measured.host.io_pressure_percent;
            }
            Event::Synced(counters) => {
                record.block_write_ops = Some(counters.write_ops);
                record.block_write_bytes = Some(counters.write_bytes);
                record.block_write_s = Some(counters.write_time);
                record.flush_ops = Some(counters.flush_ops);
                record.host_write_bytes = Some(counters.host_write_bytes);
                self.metrics.extend(up_to_the_sync(counters));
            }
            Event::Verified(chunks) => record.verified_chunks = Some(*chunks),
            Event::Checked { allocated, took } => {
                record.allocated_after = Some(*allocated);
                record.check_s = Some(*took);
            }
        }
    }

    /// Says how it ended.
    pub(super) fn end(&mut self, ending: Ending) {
        let (status, error) = match ending {
            Ending::Done => (Status::Ok, String::new()),
            Ending::Failed(why) => (Status::Failed, why),
            Ending::Timeout(why) => (Status::Timeout, why),
            Ending::Interrupted => (Status::Interrupted, "stopped by a signal".to_owned()),
        };
        self.record.status = status;
        self.record.error = error;
    }
}

fn phase_of(record: &mut Record, phase: Phase) -> &mut Option<Duration> {
    match phase {
        Phase::Prepare => &mut record.prepare_s,
        Phase::Launch => &mut record.launch_s,
        Phase::Format => &mut record.format_s,
        Phase::Workload => &mut record.workload_s,
        Phase::Sync => &mut record.sync_s,
        Phase::Verify => &mut record.verify_s,
        Phase::Shutdown => &mut record.shutdown_s,
    }
}

/// What QEMU's account has of the clock's stretch beside the columns of `runs.csv`.
fn inside_the_clock(counters: &Counters) -> [Measurement; 2] {
    [
        seconds("clock_block_read_s", counters.read_time),
        seconds("clock_flush_s", counters.flush_time),
    ]
}

/// The same of the stretch from the start of the workload to the end of the sync.
fn up_to_the_sync(counters: &Counters) -> Vec<Measurement> {
    let calls = count("host_write_calls", "", counters.host_write_calls);
    let calls = (counters.host_write_calls > 0).then_some(calls);
    let others = [
        count("block_read_ops", "", counters.read_ops),
        count("block_read_bytes", "B", counters.read_bytes),
        seconds("block_read_s", counters.read_time),
        seconds("flush_s", counters.flush_time),
        count("host_read_bytes", "B", counters.host_read_bytes),
    ];
    others.into_iter().chain(calls).collect()
}

fn seconds(name: &str, time: Duration) -> Measurement {
    Measurement { metric: Metric::new(name, "s", Direction::Neither), value: time.as_secs_f64() }
}

fn count(name: &str, unit: &str, number: u64) -> Measurement {
    Measurement { metric: Metric::new(name, unit, Direction::Neither), value: number as f64 }
}
