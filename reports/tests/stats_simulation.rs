//! The main promises of `examples/validate`, in a few seconds: fewer experiments, so wider bounds.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "../examples/validate/noise.rs"]
mod noise;

use noise::{Machine, NOISES, Noise, pairs};
use reports::stats::{
    Alpha, Design, Interval, LogRatios, Policy, Sample, decide, estimate_paired, estimate_unpaired,
    median_interval,
};

const TRIALS: u32 = 2_000;

/// Four standard errors of a coverage of 95 % over 2,000 trials.
const SLACK: f64 = 0.02;

fn sample(cell: &[f64]) -> Sample {
    Sample::new(cell.to_vec()).unwrap()
}

#[track_caller]
fn covers(noise: Noise, n: usize, truth: f64, mut make: impl FnMut() -> Interval) {
    let (mut covered, mut level) = (0u32, 0.0);
    for _ in 0..TRIALS {
        let interval = make();
        covered += u32::from(interval.low <= truth && truth <= interval.high);
        level = interval.level;
    }
    let covered = f64::from(covered) / f64::from(TRIALS);
    assert!((covered - level).abs() < SLACK, "{noise:?} n={n}: {covered}, printed {level}");
}

#[test]
fn median_intervals_cover_as_printed() {
    let mut machine = Machine::new(11);
    for noise in [Noise::Normal(0.02), Noise::Lognormal, Noise::Bimodal] {
        for n in [6, 10] {
            covers(noise, n, noise.median(n), || {
                let cells = machine.experiment(noise, &[1.0], n);
                median_interval(&sample(&cells[0]), Alpha::FIVE_PERCENT)
            });
        }
    }
}

#[test]
fn paired_intervals_cover_as_printed_whatever_the_noise() {
    let mut machine = Machine::new(12);
    for noise in NOISES {
        for n in [6, 8] {
            covers(noise, n, 1.07, || {
                let cells = machine.experiment(noise, &[1.0, 1.07], n);
                let d = LogRatios::of_pairs(&pairs(&cells)).unwrap();
                estimate_paired(&d, Alpha::FIVE_PERCENT).interval
            });
        }
    }
}

#[test]
fn unpaired_intervals_cover_as_printed() {
    let mut machine = Machine::new(13);
    for noise in [Noise::Normal(0.02), Noise::Lognormal, Noise::Bimodal] {
        for n in [4, 6] {
            covers(noise, n, 1.07, || {
                let cells = machine.experiment(noise, &[1.0, 1.07], n);
                let (a, b) = (sample(&cells[0]), sample(&cells[1]));
                estimate_unpaired(&a, &b, Alpha::FIVE_PERCENT).interval
            });
        }
    }
}

#[test]
fn equal_cells_alarm_no_more_often_than_promised() {
    let mut machine = Machine::new(14);
    for noise in NOISES {
        let alarms = (0..TRIALS / 2).filter(|_| {
            let cells = machine.experiment(noise, &[1.0; 4], 8);
            let mut estimates = Vec::new();
            for i in 0..4 {
                for j in i + 1..4 {
                    let both = [cells[i].clone(), cells[j].clone()];
                    let d = LogRatios::of_pairs(&pairs(&both)).unwrap();
                    estimates.push(estimate_paired(&d, Alpha::FIVE_PERCENT));
                }
            }
            decide(&estimates, &Policy::default()).iter().any(|c| c.p_adjusted < 0.05)
        });
        let share = alarms.count() as f64 / f64::from(TRIALS / 2);
        assert!(share < 0.05 + 0.02, "{noise:?}: {share}");
    }
}

#[test]
fn the_minimum_detectable_effect_is_detected() {
    let mut machine = Machine::new(15);
    let noise = Noise::Lognormal;
    let design = Design::Paired { blocks: 8 };
    let effect = design.minimum_detectable_effect(Alpha::FIVE_PERCENT, 0.3 * 2f64.sqrt()).unwrap();
    let detected = (0..TRIALS).filter(|_| {
        let cells = machine.experiment(noise, &[1.0, effect], 8);
        let d = LogRatios::of_pairs(&pairs(&cells)).unwrap();
        estimate_paired(&d, Alpha::FIVE_PERCENT).test.p < 0.05
    });
    let power = detected.count() as f64 / f64::from(TRIALS);
    assert!((power - 0.8).abs() < 0.04, "{power}");
}
