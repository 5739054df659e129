//! Change points: histories without one, and with steps.

#![allow(clippy::unwrap_used)]

use reports::change_points::{ChangePoint, change_points};
use reports::stats::Alpha;

use crate::machine::Machine;
use crate::table::{head, held, percent, row};

/// The noise of a history around its level.
#[derive(Debug, Clone, Copy)]
enum Noise {
    Normal,
    Outliers,
    Skewed,
    Drift,
}

impl Noise {
    fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Outliers => "normal, 1 night in 50 up to 50 % slower",
            Self::Skewed => "exponential",
            Self::Drift => "normal, drifting by 3 % a year",
        }
    }

    fn night(self, machine: &mut Machine, cv: f64, night: usize) -> f64 {
        match self {
            Self::Normal => cv * machine.normal(),
            Self::Outliers => {
                let hit = machine.uniform() < 0.02;
                let outlier = if hit { 1.0 + 0.5 * machine.uniform() } else { 1.0 };
                cv * machine.normal() + outlier.ln()
            }
            Self::Skewed => cv * -machine.uniform().ln(),
            Self::Drift => cv * machine.normal() + 0.03 * night as f64 / 365.0,
        }
    }
}

const NOISES: [Noise; 4] = [Noise::Normal, Noise::Outliers, Noise::Skewed, Noise::Drift];

fn found(histories: &[Vec<f64>]) -> Vec<Vec<ChangePoint>> {
    (1..)
        .zip(histories)
        .map(|(seed, history)| change_points(history, Alpha::ONE_PERCENT, seed).unwrap())
        .collect()
}

/// Histories without a change.
pub fn quiet(trials: usize) -> bool {
    head(
        "Histories without a change point",
        &format!(
            "{trials} histories a row at a CV of 2 % a night. Promised, whatever the noise as long as \
             nights are exchangeable: a change point in at most 1 % (1 point is left to the \
             simulation). A drift is not exchangeable, and is called a staircase: nothing promised."
        ),
        &["noise", "nights", "any change point", "any seconded one", "promise"],
    );
    let mut machine = Machine::new(31);
    let mut kept = true;
    for noise in NOISES {
        for nights in [30, 100, 365] {
            let histories: Vec<Vec<f64>> = (0..trials)
                .map(|_| (0..nights).map(|night| noise.night(&mut machine, 0.02, night)).collect())
                .collect();
            let found = found(&histories);
            let share = |of: &dyn Fn(&ChangePoint) -> bool| {
                found.iter().filter(|points| points.iter().any(of)).count() as f64 / trials as f64
            };
            let any = share(&|_| true);
            let promise = (!matches!(noise, Noise::Drift)).then_some(any <= 0.02);
            kept &= promise != Some(false);
            row(&[
                noise.name().to_owned(),
                nights.to_string(),
                percent(any),
                percent(share(&|point| point.seconded)),
                held(promise),
            ]);
        }
    }
    kept
}

/// Histories with two steps, up and up again.
pub fn steps(trials: usize) -> bool {
    head(
        "Histories with two steps",
        &format!(
            "{trials} histories a row of 365 nights, slower at night 120 and again at night 260. Found: \
             within 7 nights. Promised: at a step of at least twice the CV, 90 of 100 found, and at \
             most 5 false ones in 100 histories; nothing under drift."
        ),
        &[
            "noise",
            "CV of a night",
            "step",
            "found",
            "of these seconded",
            "interval covers the step",
            "false ones per 100",
            "promise",
        ],
    );
    let mut machine = Machine::new(32);
    let mut kept = true;
    for noise in NOISES {
        for (cv, step) in [
            (0.01, 0.02),
            (0.01, 0.05),
            (0.02, 0.02),
            (0.02, 0.05),
            (0.02, 0.10),
            (0.05, 0.05),
            (0.05, 0.10),
        ] {
            let level = |night: usize| {
                f64::ln_1p(step) * f64::from(u8::from(night >= 120) + u8::from(night >= 260))
            };
            let histories: Vec<Vec<f64>> = (0..trials)
                .map(|_| {
                    (0..365)
                        .map(|night| level(night) + noise.night(&mut machine, cv, night))
                        .collect()
                })
                .collect();
            let (mut hits, mut seconded, mut covered, mut missed) = (0, 0, 0, 0);
            for points in found(&histories) {
                let near =
                    |truth: usize| points.iter().find(|point| point.night.abs_diff(truth) <= 7);
                let right: Vec<&ChangePoint> = [120, 260].into_iter().filter_map(near).collect();
                hits += right.len();
                seconded += right.iter().filter(|point| point.seconded).count();
                let covers = |point: &&&ChangePoint| {
                    (point.interval.low..=point.interval.high).contains(&(1.0 + step))
                };
                covered += right.iter().filter(covers).count();
                missed += points.len() - right.len();
            }
            let share =
                |count: usize, of: usize| if of == 0 { 0.0 } else { count as f64 / of as f64 };
            let found = share(hits, 2 * trials);
            let wrong = share(missed, trials);
            let promise = (!matches!(noise, Noise::Drift) && step >= 2.0 * cv)
                .then_some(found >= 0.90 && wrong <= 0.05);
            kept &= promise != Some(false);
            row(&[
                noise.name().to_owned(),
                percent(cv),
                percent(step),
                percent(found),
                percent(share(seconded, hits)),
                percent(share(covered, hits)),
                format!("{:.1}", 100.0 * wrong),
                held(promise),
            ]);
        }
    }
    kept
}
