//! How often intervals cover the truth, against the level they print.

#![allow(clippy::unwrap_used)]

use reports::stats::{
    Alpha, Interval, IntervalMethod, LogRatios, Sample, estimate_paired, estimate_unpaired,
    median_interval,
};

use crate::noise::{Machine, NOISES, Noise, pairs};
use crate::table::{head, held, percent, row};

const RUNS: [usize; 5] = [3, 5, 6, 8, 10];
const RATIO: f64 = 1.07;

/// What a row promises of its coverage.
#[derive(Clone, Copy)]
enum Promise {
    /// Within a point of the level printed.
    Exact,
    /// The level printed or more, less a point.
    AtLeast,
    /// Assumptions do not hold: shown, not promised.
    None,
}

impl Promise {
    fn kept(self, level: f64, covered: f64) -> Option<bool> {
        match self {
            Self::Exact => Some((covered - level).abs() <= 0.01),
            Self::AtLeast => Some(covered >= level - 0.01),
            Self::None => None,
        }
    }
}

/// Makes `trials` intervals by `make` and prints how many cover `truth`.
fn measure(
    name: &str,
    n: usize,
    truth: f64,
    promise: Promise,
    trials: u32,
    mut make: impl FnMut() -> Interval,
) -> bool {
    let mut covered = 0u32;
    let mut last = None;
    for _ in 0..trials {
        let interval = make();
        covered += u32::from(interval.low <= truth && truth <= interval.high);
        last = Some(interval);
    }
    let Interval { level, method, .. } = last.unwrap();
    let covered = f64::from(covered) / f64::from(trials);
    let kept = promise.kept(level, covered);
    row(&[
        name.to_owned(),
        n.to_string(),
        method.to_string(),
        percent(level),
        percent(covered),
        held(kept),
    ]);
    kept != Some(false)
}

const COLUMNS: [&str; 6] = ["noise", "n", "interval", "level printed", "covered", "promise"];

/// The order-statistic interval for the median of one cell.
pub fn median_intervals(trials: u32) -> bool {
    head(
        "Interval for the median of one cell",
        &format!(
            "{trials} samples a row. Estimand: the median of a run; under drift, of the runs of all \
             blocks together. Exact for independent runs of any one continuous distribution, so \
             within a point of the level printed. Drifting runs are not of one distribution, and \
             spread evenly over theirs they cover more: nothing promised."
        ),
        &COLUMNS,
    );
    let mut machine = Machine::new(1);
    let mut kept = true;
    for noise in NOISES {
        let promise = match noise {
            Noise::Drifting => Promise::None,
            _ => Promise::Exact,
        };
        for n in RUNS {
            kept &= measure(&noise.name(), n, noise.median(n), promise, trials, || {
                let cells = machine.experiment(noise, &[1.0], n);
                median_interval(&Sample::new(cells[0].clone()).unwrap(), Alpha::FIVE_PERCENT)
            });
        }
    }
    kept
}

/// The interval for the ratio of two cells of one experiment.
pub fn paired_intervals(trials: u32) -> bool {
    head(
        "Interval for the ratio of two cells, paired by block",
        &format!(
            "{trials} experiments a row, true ratio {RATIO}. Estimand: the ratio by which every run \
             of the candidate is slower, which drift shared by a block leaves alone. Signed-rank \
             inversion (n ≥ 6) is exact for continuous symmetric log-ratios, which noise of one shape \
             in both cells gives: within a point. Student's t (n < 6) assumes normal log-ratios: \
             within a point for normal and lognormal runs and under drift, nothing for bimodal ones. \
             The last rows delay the candidate only, by a long tail (estimand: the ratio of \
             medians): skewed log-ratios, nothing promised."
        ),
        &COLUMNS,
    );
    let mut machine = Machine::new(2);
    let mut kept = true;
    for noise in NOISES {
        for n in RUNS {
            let promise = match noise {
                Noise::Bimodal if n < 6 => Promise::None,
                _ => Promise::Exact,
            };
            kept &= measure(&noise.name(), n, RATIO, promise, trials, || {
                paired(&pairs(&machine.experiment(noise, &[1.0, RATIO], n)))
            });
        }
    }
    for n in RUNS {
        measure("long tail, candidate only", n, RATIO, Promise::None, trials, || {
            let mut pairs = pairs(&machine.experiment(Noise::Normal(0.01), &[1.0, RATIO], n));
            for (_, candidate) in &mut pairs {
                // Delays of median 0 and a long tail upwards.
                *candidate *= 1.0 + 0.1 * (machine.exponential() - 2f64.ln());
            }
            paired(&pairs)
        });
    }
    kept
}

fn paired(pairs: &[(f64, f64)]) -> Interval {
    estimate_paired(&LogRatios::of_pairs(pairs).unwrap(), Alpha::FIVE_PERCENT).interval
}

/// The interval for the ratio of two experiments.
pub fn unpaired_intervals(trials: u32) -> bool {
    head(
        "Interval for the ratio of two experiments, unpaired",
        &format!(
            "{trials} comparisons a row, n against n, true ratio {RATIO}. Estimand: the factor \
             between the two distributions. Exact for continuous noise of one shape in both: within \
             a point. A drift inside both experiments alike makes runs of one experiment differ more \
             than chance, so it covers more: at least the level. A machine 5 % slower for the whole \
             second experiment cannot be told from a slower candidate: nothing promised, and the \
             reason to pair by block."
        ),
        &COLUMNS,
    );
    let mut machine = Machine::new(3);
    let mut kept = true;
    for noise in NOISES {
        let promise = match noise {
            Noise::Drifting => Promise::AtLeast,
            _ => Promise::Exact,
        };
        for n in RUNS {
            kept &= measure(&noise.name(), n, RATIO, promise, trials, || {
                unpaired(&machine.experiment(noise, &[1.0, RATIO], n))
            });
        }
    }
    for n in RUNS {
        let noise = Noise::Normal(0.02);
        measure("second experiment 5 % slower", n, RATIO, Promise::None, trials, || {
            unpaired(&machine.experiment(noise, &[1.0, 1.05 * RATIO], n))
        });
    }
    kept
}

fn unpaired(cells: &[Vec<f64>]) -> Interval {
    let sample = |cell: usize| Sample::new(cells[cell].clone()).unwrap();
    let interval = estimate_unpaired(&sample(0), &sample(1), Alpha::FIVE_PERCENT).interval;
    assert_eq!(interval.method, IntervalMethod::OrderedDifferences);
    interval
}
