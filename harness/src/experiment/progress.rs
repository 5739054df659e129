//! What the user sees while runs are measured: on a terminal a line that changes (what runs now,
//! how many are left, time left), elsewhere a line per run.
//!
//! A terminal that was closed or a pipe that nobody reads is no reason to stop measuring, so
//! failures to write are passed over.

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use reports::record::{Record, Status};

use crate::{
    plan::{Plan, PlannedRun},
    worker::{Event, Phase},
};

/// The progress of one invocation.
pub(super) struct Progress {
    total: u32,
    blocks: usize,
    left: usize,
    finished: u32,
    begun: Instant,
    /// Who was said to measure beside us.
    beside: String,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Progress over so many runs of a plan.
    pub(super) fn new(plan: &Plan, left: usize) -> Progress {
        let total = u32::try_from(plan.runs().count()).unwrap_or(u32::MAX);
        let style = ProgressStyle::with_template("{bar:10} {wide_msg} {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(left as u64).with_style(style);
            bar.enable_steady_tick(Duration::from_secs(1));
            bar
        });
        Progress {
            total,
            blocks: plan.blocks.len(),
            left,
            finished: 0,
            begun: Instant::now(),
            beside: String::new(),
            bar,
        }
    }

    fn what(&self, planned: PlannedRun, cell: &str) -> String {
        format!(
            "run {} of {}, block {} of {}: {cell}",
            planned.run, self.total, planned.block, self.blocks
        )
    }

    /// The worker of a run tells something. Nothing is drawn while the clock runs.
    pub(super) fn event(&mut self, planned: PlannedRun, cell: &str, event: &Event) {
        let (Some(bar), Event::Begin(phase)) = (&self.bar, event) else { return };
        let what = self.what(planned, cell);
        bar.set_message(format!("{what}: {}{}", phase.as_str(), self.time_left()));
        match phase {
            Phase::Workload => bar.disable_steady_tick(),
            _ => bar.enable_steady_tick(Duration::from_secs(1)),
        }
    }

    /// A run ended.
    pub(super) fn end(&mut self, planned: PlannedRun, record: &Record) {
        // An interrupted run is still to be done.
        if record.status != Status::Interrupted {
            self.left = self.left.saturating_sub(1);
            self.finished += 1;
        }
        let outcome = match (record.status, record.workload_s) {
            (Status::Ok, Some(took)) => format!("{:.3} s", took.as_secs_f64()),
            (status, _) => format!("{}: {}", status.as_str(), record.error),
        };
        let line = format!("{}: {outcome}", self.what(planned, &record.cell));
        match &self.bar {
            Some(bar) => {
                bar.println(line);
                bar.inc(1);
            }
            None => self.note(&format!("{line}{}", self.time_left())),
        }
    }

    /// A line beside the runs.
    pub(super) fn note(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => drop(writeln!(io::stderr(), "{line}")),
        }
    }

    /// Other imgbenches measure, if any does. Said once of each.
    pub(super) fn disturbed(&mut self, by: &str) {
        if !by.is_empty() && by != self.beside {
            by.clone_into(&mut self.beside);
            self.note(&format!(
                "warning: another imgbench measures on this host: {by}. The two measure each other; runs meanwhile are recorded as disturbed"
            ));
        }
    }

    /// No more runs.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// `, 3 left, about 1 min`, as far as the runs so far can tell.
    fn time_left(&self) -> String {
        if self.left == 0 {
            return String::new();
        }
        if self.finished == 0 {
            return format!(" [{} left]", self.left);
        }
        let each = self.begun.elapsed() / self.finished;
        let seconds = (each * u32::try_from(self.left).unwrap_or(u32::MAX)).as_secs();
        format!(" [{} left, about {}]", self.left, crate::plan::about(seconds))
    }
}
