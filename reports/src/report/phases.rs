//! Where the time of an experiment went.

use std::time::Duration;

use super::{Table, percent};
use crate::record::Record;

/// The timed phases of all runs, summed.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeSpent {
    /// A row per phase: seconds of all runs and the share of all phases.
    pub table: Table,
    /// Share of the time that was inside the clock, in a sentence. Empty where nothing was timed.
    pub sentence: String,
}

impl TimeSpent {
    /// Sums the phases of all runs, failed ones included: their time was spent too.
    pub(super) fn of(runs: &[Record]) -> Self {
        let sum = |phase: fn(&Record) -> Option<Duration>| {
            runs.iter().filter_map(phase).sum::<Duration>().as_secs_f64()
        };
        let clock = sum(|run| run.workload_s);
        let phases = [
            ("prepare the image", sum(|run| run.prepare_s)),
            ("launch the appliance", sum(|run| run.launch_s)),
            ("format and mount", sum(|run| run.format_s)),
            ("workload (the clock)", clock),
            ("sync", sum(|run| run.sync_s)),
            ("verify", sum(|run| run.verify_s)),
            ("shut down", sum(|run| run.shutdown_s)),
            ("check the image", sum(|run| run.check_s)),
        ];
        let total: f64 = phases.iter().map(|(_, seconds)| seconds).sum();
        let mut table = Table::of_numbers("phase", &["all runs, s", "share"]);
        if total == 0.0 {
            return TimeSpent { table, sentence: String::new() };
        }
        for (phase, seconds) in phases {
            let share = percent(seconds / total);
            table.rows.push(vec![phase.to_owned(), format!("{seconds:.1}"), share]);
        }
        let sentence = format!(
            "The clock ran for {clock:.1} s of the {total:.1} s that were timed in all runs: {}. \
             Only the workload is in the results above.",
            percent(clock / total)
        );
        TimeSpent { table, sentence }
    }
}
