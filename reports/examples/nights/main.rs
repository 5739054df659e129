//! What the nightly gate and the change points promise, against seeded simulation: prints the Markdown
//! of `reports/testdata/nights.md`, and exits with 1 if a promise is broken.
//!
//! `cargo run --release -p reports --example nights > reports/testdata/nights.md`

mod gate;
mod history;
mod job;
mod machine;
#[path = "../validate/table.rs"]
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    println!("# Nightly jobs against simulation\n");
    println!(
        "Made by `cargo run --release -p reports --example nights`; seeded, so the same on every"
    );
    println!(
        "machine. A row that breaks what it promises says BROKEN. A job has 30 cells, the first of"
    );
    println!(
        "them the raw control; runs are normal, and a night's value is the median of its runs."
    );
    let kept = [
        gate::quiet_nights(20, 500),
        gate::same_night(500),
        gate::within_a_week(500),
        gate::smallest_effects(1_000),
        gate::moved_together(500),
        gate::disturbed_baselines(500),
        gate::confirmations(4_000),
        history::quiet(5_000),
        history::steps(2_000),
    ];
    if kept.iter().all(|kept| *kept) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
