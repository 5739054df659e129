//! What the statistics promise, against seeded simulation: prints the Markdown of
//! `reports/testdata/validation.md`, and exits with 1 if a promise is broken.
//!
//! `cargo run --release -p reports --example validate > reports/testdata/validation.md`

mod alarms;
mod coverage;
mod noise;
mod power;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    println!("# The statistics against simulation\n");
    println!("Made by `cargo run --release -p reports --example validate`; seeded, so the same on");
    println!("every machine. A row that breaks what it promises says BROKEN.");
    let kept = [
        coverage::median_intervals(20_000),
        coverage::paired_intervals(20_000),
        coverage::unpaired_intervals(20_000),
        alarms::any_false_alarm(10_000),
        power::detected(4_000),
        power::minimum_detectable_effects(10_000),
        power::equivalence(10_000),
    ];
    if kept.iter().all(|kept| *kept) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
