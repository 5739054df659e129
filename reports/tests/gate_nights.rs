//! The promises of `examples/nights` about the gate, in a few seconds: fewer nights, so wider bounds.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "../examples/nights/job.rs"]
mod job;
#[allow(dead_code)]
#[path = "../examples/nights/machine.rs"]
mod machine;

use job::{Baseline, CELLS, Job, count, levels};
use machine::{Boot, Machine, Noise};
use reports::gate::Outcome;

fn job(machine: &mut Machine, noise: Noise, nights: usize) -> Job {
    Job::with_history(machine, noise, Baseline::Chosen, nights)
}

/// How many of `trials` nights, each with 30 behind it, `happens` on.
fn nights(
    trials: usize,
    boot: Boot,
    levels: &[f64],
    happens: impl Fn(&[reports::gate::Judged]) -> bool,
) -> usize {
    let mut machine = Machine::new(51);
    let noise = Noise::usual(boot);
    (0..trials)
        .filter(|_| happens(&job(&mut machine, noise, 30).night(&mut machine, levels)))
        .count()
}

#[test]
fn nights_without_change_hardly_ever_alarm() {
    let mut machine = Machine::new(52);
    for boot in [Boot::None, Boot::Shared(0.01), Boot::Own(0.01)] {
        let mut job = job(&mut machine, Noise::usual(boot), 10);
        let alarming = (0..300)
            .filter(|_| count(&job.night(&mut machine, &[0.0; CELLS]), Outcome::Alarm) > 0)
            .count();
        // 3 at most are promised on average; 9 would happen once in 250 times.
        assert!(alarming < 9, "{boot:?}: {alarming}");
    }
}

#[test]
fn ten_percent_alarms_the_same_night() {
    for boot in [Boot::None, Boot::Shared(0.01)] {
        let found =
            nights(100, boot, &levels(1..2, 1.10), |judged| judged[1].outcome == Outcome::Alarm);
        assert!(found >= 90, "{boot:?}: {found}");
    }
}

#[test]
fn five_percent_alarms_within_a_week() {
    let mut machine = Machine::new(53);
    let slower = levels(1..2, 1.05);
    let found = (0..60)
        .filter(|_| {
            let mut job = job(&mut machine, Noise::usual(Boot::Shared(0.01)), 60);
            (0..7).any(|_| job.night(&mut machine, &slower)[1].outcome == Outcome::Alarm)
        })
        .count();
    // 54 are promised on average; fewer than 48 would happen once in 100 times.
    assert!(found >= 48, "{found}");
}

#[test]
fn a_host_that_moves_all_cells_is_no_regression() {
    for factor in [1.05f64, 1.10, 1.0 / 1.10] {
        let all = levels(0..CELLS, factor);
        let alarming = nights(60, Boot::None, &all, |judged| count(judged, Outcome::Alarm) > 0);
        assert!(alarming <= 2, "{factor}: {alarming}");
    }
    let all = levels(0..CELLS, 1.10);
    let named =
        nights(60, Boot::None, &all, |judged| count(judged, Outcome::EnvironmentShift) > CELLS / 2);
    assert_eq!(named, 60);
}

#[test]
fn a_control_that_moves_alone_alarms_no_other_cell() {
    for factor in [1.10, 1.0 / 1.10] {
        let control = levels(0..1, factor);
        let others = |judged: &[reports::gate::Judged]| {
            judged[1..]
                .iter()
                .any(|cell| matches!(cell.outcome, Outcome::Alarm | Outcome::Improved))
        };
        let alarming = nights(60, Boot::None, &control, others);
        assert!(alarming <= 2, "{factor}: {alarming}");
        let seen = nights(60, Boot::None, &control, |judged| judged[0].outcome != Outcome::Pass);
        assert!(seen >= 50, "{factor}: {seen}");
    }
}
