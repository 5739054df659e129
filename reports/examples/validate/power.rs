//! True slowdowns, and how often they are found; true equality, and how often it is shown.

#![allow(clippy::unwrap_used)]

use reports::stats::{
    Alpha, Comparison, Design, LogRatios, Margin, Policy, Sample, Verdict, decide, estimate_paired,
    estimate_unpaired,
};

use crate::alarms::naive_ratio;
use crate::noise::{Machine, Noise, pairs};
use crate::table::{head, held, percent, row, share};

fn paired(cells: &[Vec<f64>], margin: f64) -> Comparison {
    let policy = Policy { margin: Margin::new(margin).unwrap(), ..Policy::default() };
    let d = LogRatios::of_pairs(&pairs(cells)).unwrap();
    decide(&[estimate_paired(&d, policy.alpha)], &policy).remove(0)
}

fn unpaired(cells: &[Vec<f64>], margin: f64) -> Comparison {
    let policy = Policy { margin: Margin::new(margin).unwrap(), ..Policy::default() };
    let sample = |cell: usize| Sample::new(cells[cell].clone()).unwrap();
    decide(&[estimate_unpaired(&sample(0), &sample(1), policy.alpha)], &policy).remove(0)
}

/// The share of experiments in which a slowdown is found, beside the naive rule on the same runs.
pub fn detected(trials: u32) -> bool {
    head(
        "Power against the naive rule",
        &format!(
            "{trials} experiments a row of two cells with normal noise. Naive: the median of the \
             first 3 of the same runs is 10 % above the baseline's. A true slowdown equal to δ has an \
             estimate above δ in one of two experiments, whatever n: a slowdown of 5 % wants a δ \
             below it. Promised: without a slowdown p < 0.05 in at most 5 % (1 point is left to the \
             simulation)."
        ),
        &[
            "slowdown",
            "CV",
            "n",
            "paired p < 0.05",
            "paired REGRESSED, δ 5 %",
            "paired REGRESSED, δ 2 %",
            "unpaired p < 0.05",
            "unpaired REGRESSED, δ 5 %",
            "naive",
            "promise",
        ],
    );
    let mut machine = Machine::new(5);
    let mut kept = true;
    for slowdown in [0.0, 0.05, 0.10] {
        for cv in [0.01, 0.02, 0.05] {
            for n in [3, 6, 10] {
                let mut found = [0u32; 6];
                for _ in 0..trials {
                    let cells = machine.experiment(Noise::Normal(cv), &[1.0, 1.0 + slowdown], n);
                    for (count, hit) in found.iter_mut().zip(findings(&cells)) {
                        *count += u32::from(hit);
                    }
                }
                let share = found.map(|count| f64::from(count) / f64::from(trials));
                let promise = (slowdown == 0.0).then_some(share[0] <= 0.06 && share[3] <= 0.06);
                kept &= promise != Some(false);
                let mut cells = vec![percent(slowdown), percent(cv), n.to_string()];
                cells.extend(share.map(percent));
                cells.push(held(promise));
                row(&cells);
            }
        }
    }
    kept
}

fn findings(cells: &[Vec<f64>]) -> [bool; 6] {
    let (pair, finer, apart) = (paired(cells, 0.05), paired(cells, 0.02), unpaired(cells, 0.05));
    [
        pair.p_adjusted < 0.05,
        pair.verdict == Verdict::Regressed,
        finer.verdict == Verdict::Regressed,
        apart.p_adjusted < 0.05,
        apart.verdict == Verdict::Regressed,
        naive_ratio(&cells[0], &cells[1]) >= 1.1,
    ]
}

/// Whether the minimum detectable effect is detected as often as it says: 80 %.
pub fn minimum_detectable_effects(trials: u32) -> bool {
    head(
        "The minimum detectable effect is detected",
        &format!(
            "{trials} experiments a row with a true ratio of exactly the minimum detectable effect, \
             lognormal noise with an sd of 2 % a run, α = 5 %. Promised: p < 0.05 in 80 %, within \
             2 points (3 where the effect comes from a formula: above 10 paired, 25 unpaired)."
        ),
        &["design", "n", "effect", "detected", "promise"],
    );
    let mut machine = Machine::new(6);
    let mut kept = true;
    let designs = [6, 7, 8, 10, 11, 16].map(|blocks| Design::Paired { blocks });
    let two = [4, 5, 6, 8, 10, 25].map(|n| Design::Unpaired { baseline: n, candidate: n });
    for design in designs.into_iter().chain(two) {
        let n = design.n_baseline();
        let (name, of_one_run) = match design {
            Design::Paired { .. } => ("paired", 2f64.sqrt()),
            Design::Unpaired { .. } => ("unpaired", 1.0),
        };
        let effect = design.minimum_detectable_effect(Alpha::FIVE_PERCENT, 0.02 * of_one_run);
        let effect = effect.unwrap();
        let detected = share(trials, || {
            let mut cells = machine.experiment(Noise::Lognormal, &[1.0, 1.0], n);
            for (cell, ratio) in cells.iter_mut().zip([1.0, effect]) {
                // From the 0.3 of the lognormal noise to 0.02.
                cell.iter_mut().for_each(|time| *time = ratio * time.powf(0.02 / 0.3));
            }
            let comparison = match design {
                Design::Paired { .. } => paired(&cells, 0.05),
                Design::Unpaired { .. } => unpaired(&cells, 0.05),
            };
            comparison.p_adjusted < 0.05
        });
        let slack = if n > 10 { 0.03 } else { 0.02 };
        let ok = (detected - 0.8).abs() <= slack;
        kept &= ok;
        row(&[
            name.to_owned(),
            n.to_string(),
            percent(effect - 1.0),
            percent(detected),
            held(Some(ok)),
        ]);
    }
    kept
}

/// How often two cells are shown equivalent: rarely where they are not.
pub fn equivalence(trials: u32) -> bool {
    head(
        "EQUIVALENT is said of the equal, and rarely of others",
        &format!(
            "{trials} experiments a row, normal noise, δ = 5 %. Promised: at a true ratio of 1.05, \
             the nearest that is not equivalent, at most 5 % (1 point is left to the simulation)."
        ),
        &["true ratio", "CV", "n", "paired", "unpaired", "promise"],
    );
    let mut machine = Machine::new(7);
    let mut kept = true;
    for ratio in [1.0, 1.02, 1.05] {
        for cv in [0.01, 0.02, 0.05] {
            for n in [3, 6, 10] {
                let mut shown = [0u32; 2];
                for _ in 0..trials {
                    let cells = machine.experiment(Noise::Normal(cv), &[1.0, ratio], n);
                    let verdicts = [paired(&cells, 0.05).verdict, unpaired(&cells, 0.05).verdict];
                    for (count, verdict) in shown.iter_mut().zip(verdicts) {
                        *count += u32::from(verdict == Verdict::Equivalent);
                    }
                }
                let share = shown.map(|count| f64::from(count) / f64::from(trials));
                let promise = (ratio == 1.05).then_some(share.iter().all(|share| *share <= 0.06));
                kept &= promise != Some(false);
                let mut cells = vec![format!("{ratio}"), percent(cv), n.to_string()];
                cells.extend(share.map(percent));
                cells.push(held(promise));
                row(&cells);
            }
        }
    }
    kept
}
