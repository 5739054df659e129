//! A/A experiments: cells that do not differ, and how often something is said to.

#![allow(clippy::unwrap_used)]

use reports::stats::{Alpha, LogRatios, Policy, Sample, Verdict, decide, estimate_paired};

use crate::noise::{Machine, NOISES};
use crate::table::{head, held, percent, row};

const CELLS: usize = 4;

/// How often each rule cries wolf in one experiment of four equal cells, all six pairs compared.
#[derive(Default)]
struct Alarms {
    unadjusted: u32,
    significant: u32,
    changed: u32,
    naive: u32,
}

/// The share of experiments with any false alarm.
pub fn any_false_alarm(trials: u32) -> bool {
    head(
        "Four equal cells (A/A): experiments with any false alarm",
        &format!(
            "{trials} experiments a row, all 6 pairs compared. Promised: after Holm at most 5 % of \
             experiments call any pair significant, whatever the noise (0.7 points, three standard \
             errors, are left to the simulation). A verdict of change asks for δ = 5 % besides. Over \
             6 pairs n = 6 cannot reach p < 0.05, so it never alarms. Naive: medians of the first 3 \
             runs 10 % apart."
        ),
        &[
            "noise",
            "n",
            "any p < 0.05, unadjusted",
            "any p < 0.05, Holm",
            "any REGRESSED or IMPROVED",
            "naive",
            "promise",
        ],
    );
    let mut machine = Machine::new(4);
    let mut kept = true;
    for noise in NOISES {
        for n in [6, 8, 10] {
            let mut alarms = Alarms::default();
            for _ in 0..trials {
                alarms.count(&machine.experiment(noise, &[1.0; CELLS], n));
            }
            let share = |count: u32| f64::from(count) / f64::from(trials);
            let ok = share(alarms.significant) <= 0.057;
            kept &= ok;
            row(&[
                noise.name(),
                n.to_string(),
                percent(share(alarms.unadjusted)),
                percent(share(alarms.significant)),
                percent(share(alarms.changed)),
                percent(share(alarms.naive)),
                held(Some(ok)),
            ]);
        }
    }
    kept
}

impl Alarms {
    fn count(&mut self, cells: &[Vec<f64>]) {
        let policy = Policy::default();
        let each: Vec<(usize, usize)> =
            (0..CELLS).flat_map(|a| (a + 1..CELLS).map(move |b| (a, b))).collect();
        let estimates: Vec<_> = each
            .iter()
            .map(|(a, b)| {
                let pairs: Vec<_> =
                    cells[*a].iter().copied().zip(cells[*b].iter().copied()).collect();
                estimate_paired(&LogRatios::of_pairs(&pairs).unwrap(), Alpha::FIVE_PERCENT)
            })
            .collect();
        let comparisons = decide(&estimates, &policy);
        let changed = |verdict| matches!(verdict, Verdict::Regressed | Verdict::Improved);
        self.unadjusted += u32::from(estimates.iter().any(|e| e.test.p < 0.05));
        self.significant += u32::from(comparisons.iter().any(|c| c.p_adjusted < 0.05));
        self.changed += u32::from(comparisons.iter().any(|c| changed(c.verdict)));
        let naive = each.iter().any(|(a, b)| {
            let ratio = naive_ratio(&cells[*a], &cells[*b]);
            !(1.0 / 1.1..1.1).contains(&ratio)
        });
        self.naive += u32::from(naive);
    }
}

/// The ratio of the medians of the first three runs.
pub fn naive_ratio(baseline: &[f64], candidate: &[f64]) -> f64 {
    let median = |cell: &[f64]| Sample::new(cell[..3].to_vec()).unwrap().median();
    median(candidate) / median(baseline)
}
