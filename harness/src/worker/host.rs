//! How busy the machine was with other things while the clock ran.

use std::time::Duration;

use procfs::{Current, CurrentSI, KernelStats};
use serde::{Deserialize, Serialize};

/// Shares of a stretch of time, percent; `None` where the kernel does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Busy {
    /// CPU time that the hypervisor above us gave to others.
    pub steal_percent: Option<f64>,
    /// CPU time of all cores that neither QEMU nor this process used, and that was not idle.
    pub other_cpu_percent: Option<f64>,
    /// Time in which some task waited for a CPU.
    pub cpu_pressure_percent: Option<f64>,
    /// Time in which some task waited for storage.
    pub io_pressure_percent: Option<f64>,
}

/// The kernel's counters at one moment.
pub(super) struct Snapshot {
    steal: Option<u64>,
    idle: u64,
    total: u64,
    cpu_pressure: Option<u64>,
    io_pressure: Option<u64>,
}

impl Snapshot {
    /// The counters now.
    pub(super) fn now() -> Option<Snapshot> {
        let cpu = KernelStats::current().ok()?.total;
        let idle = cpu.idle + cpu.iowait.unwrap_or(0);
        let steal = cpu.steal;
        let busy = cpu.user + cpu.nice + cpu.system;
        let interrupts = cpu.irq.unwrap_or(0) + cpu.softirq.unwrap_or(0);
        Some(Snapshot {
            steal,
            idle,
            total: idle + busy + interrupts + steal.unwrap_or(0),
            cpu_pressure: procfs::CpuPressure::current().ok().map(|found| found.some.total),
            io_pressure: procfs::IoPressure::current().ok().map(|found| found.some.total),
        })
    }

    /// What happened since, given the time that passed and the CPU time that was ours.
    pub(super) fn busy_since(&self, before: &Snapshot, passed: Duration, ours: Duration) -> Busy {
        let total = self.total.saturating_sub(before.total) as f64;
        let percent = |ticks: f64| (total > 0.0).then(|| (100.0 * ticks / total).clamp(0.0, 100.0));
        let waited = |after: Option<u64>, before: Option<u64>| {
            let micros = after?.saturating_sub(before?) as f64;
            let passed = passed.as_micros() as f64;
            (passed > 0.0).then(|| (100.0 * micros / passed).clamp(0.0, 100.0))
        };
        let stolen =
            self.steal.zip(before.steal).map(|(after, before)| after.saturating_sub(before));
        let idle = self.idle.saturating_sub(before.idle) as f64;
        let ours = ours.as_secs_f64() * procfs::ticks_per_second() as f64;
        Busy {
            steal_percent: stolen.and_then(|ticks| percent(ticks as f64)),
            other_cpu_percent: percent(total - idle - ours - stolen.unwrap_or(0) as f64),
            cpu_pressure_percent: waited(self.cpu_pressure, before.cpu_pressure),
            io_pressure_percent: waited(self.io_pressure, before.io_pressure),
        }
    }
}
