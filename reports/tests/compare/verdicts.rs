//! What is found and what is not, on runs made up from a seed.

use reports::{
    compare::{Comparison, Question, threshold},
    stats::Verdict,
};

use crate::noisy::{CELLS, experiment};

fn compared(baseline: &[(&str, f64)], candidate: &[(&str, f64)], runs: u32) -> Comparison {
    let baseline = experiment("baseline", baseline, runs, 0.01, 1);
    let candidate = experiment("candidate", candidate, runs, 0.01, 2);
    Comparison::of_experiments(&baseline, &candidate, &Question::default()).expect("compared")
}

/// Noise of 5 %, so that not the threshold but the tests keep chance from being called a change.
#[test]
fn the_same_against_the_same_is_not_flagged_more_often_than_promised() {
    let mut alarms = 0;
    for seed in 0..400 {
        let baseline = experiment("a", &CELLS, 6, 0.05, 2 * seed);
        let candidate = experiment("b", &CELLS, 6, 0.05, 2 * seed + 1);
        let question = Question::default();
        let comparison = Comparison::of_experiments(&baseline, &candidate, &question);
        let comparison = comparison.expect("compared");
        let changed = [Verdict::Regressed, Verdict::Improved].map(|of| comparison.count(of));
        alarms += usize::from(changed != [0, 0]);
    }
    // 5 % of 400 is 20; 29 is two standard deviations above.
    assert!(alarms <= 29, "{alarms} of 400 experiments flagged");
}

#[test]
fn what_is_shifted_is_found_and_nothing_else() {
    let mut slower = CELLS;
    slower[2].1 *= 1.12;
    slower[3].1 *= 0.85;
    let comparison = compared(&CELLS, &slower, 6);
    let verdicts: Vec<_> = comparison.cells.iter().map(|cell| cell.verdict).collect();
    assert_eq!(
        verdicts,
        [Verdict::Equivalent, Verdict::Equivalent, Verdict::Regressed, Verdict::Improved]
    );
    let ratio = comparison.cells[2].ratio.expect("a ratio");
    let ends = comparison.cells[2].interval.expect("an interval");
    assert!((ratio - 1.12).abs() < 0.02 && ends.low < ratio && ratio < ends.high, "{ratio}");
    assert!(comparison.cells[2].p.expect("a p") < 0.05);
}

#[test]
fn swapping_the_two_inverts() {
    let mut slower = CELLS;
    slower[0].1 *= 1.2;
    let baseline = experiment("a", &CELLS, 6, 0.01, 1);
    let candidate = experiment("b", &slower, 7, 0.01, 2);
    let question = Question::default();
    let there = Comparison::of_experiments(&baseline, &candidate, &question).expect("compared");
    let back = Comparison::of_experiments(&candidate, &baseline, &question).expect("compared");
    for (there, back) in there.cells.iter().zip(&back.cells) {
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        let (one, other) = (there.ratio.expect("a ratio"), back.ratio.expect("a ratio"));
        assert!(close(one, 1.0 / other));
        let (one, other) = (there.interval.expect("ends"), back.interval.expect("ends"));
        assert!(close(one.low, 1.0 / other.high) && close(one.high, 1.0 / other.low));
        assert!(close(there.p.expect("a p"), back.p.expect("a p")));
        assert_eq!((there.n_baseline, there.n_candidate), (back.n_candidate, back.n_baseline));
        let mirrored = match there.verdict {
            Verdict::Regressed => Verdict::Improved,
            Verdict::Improved => Verdict::Regressed,
            same => same,
        };
        assert_eq!(back.verdict, mirrored);
    }
    assert_eq!((there.count(Verdict::Regressed), back.count(Verdict::Improved)), (1, 1));
}

/// Alone 6 against 6 reach p = 0.0022; among 4 cells Holm makes that 0.0087.
#[test]
fn p_is_adjusted_over_the_cells_that_were_tested() {
    let slower = CELLS.map(|(name, seconds)| (name, seconds * 1.5));
    let comparison = compared(&CELLS, &slower, 6);
    for cell in &comparison.cells {
        assert!((cell.p_unadjusted.expect("a p") - 2.0 / 924.0).abs() < 1e-12);
        assert!((cell.p.expect("a p") - 8.0 / 924.0).abs() < 1e-12);
    }
}

/// 3 against 3 reach no p below 0.10, so none is given, however far apart they are.
#[test]
fn a_p_that_could_not_have_been_small_is_not_given() {
    let slower = CELLS.map(|(name, seconds)| (name, seconds * 15.0));
    for cell in compared(&CELLS, &slower, 3).cells {
        assert_eq!((cell.p, cell.p_unadjusted, cell.mde), (None, None, None));
        assert_eq!(cell.verdict, Verdict::Inconclusive);
        assert!(cell.ratio.is_some() && cell.interval.is_some());
    }
}

#[test]
fn one_run_has_a_ratio_and_nothing_more() {
    let comparison = compared(&CELLS[..1], &CELLS[..1], 1);
    let cell = &comparison.cells[0];
    assert_eq!((cell.n_baseline, cell.n_candidate), (1, 1));
    assert!(cell.ratio.is_some());
    assert_eq!((cell.interval, cell.p, cell.mde), (None, None, None));
    assert_eq!(cell.verdict, Verdict::Inconclusive);
    assert!(cell.reason.as_ref().is_some_and(|reason| reason.starts_with("n=1 cannot reach")));
}

#[test]
fn the_threshold_decides_what_counts() {
    let slower = CELLS.map(|(name, seconds)| (name, seconds * 1.08));
    let baseline = experiment("a", &CELLS, 10, 0.005, 1);
    let candidate = experiment("b", &slower, 10, 0.005, 2);
    let count = |text: &str, verdict| {
        let threshold = threshold(text).expect("a threshold");
        let question = Question { threshold, ..Question::default() };
        let comparison = Comparison::of_experiments(&baseline, &candidate, &question);
        comparison.expect("compared").count(verdict)
    };
    assert_eq!(count("5%", Verdict::Regressed), 4);
    assert_eq!(count("20%", Verdict::Equivalent), 4);
}

#[test]
fn each_metric_is_its_own_column() {
    let baseline = experiment("a", &CELLS, 6, 0.01, 1);
    let mut candidate = experiment("b", &CELLS, 6, 0.01, 2);
    for run in &mut candidate.runs {
        run.launch_s = run.launch_s.map(|time| time * 2);
        run.verify_s = None;
    }
    candidate.runs[0].sync_s = Some(std::time::Duration::ZERO);
    let compared = |metric: &str| {
        let question = Question { metric: Some(metric.to_owned()), ..Question::default() };
        Comparison::of_experiments(&baseline, &candidate, &question).expect("compared")
    };
    assert_eq!(compared("launch_s").count(Verdict::Regressed), 4);
    assert_eq!(compared("prepare_s").count(Verdict::Equivalent), 4);
    assert_eq!(compared("workload_s+sync_s").count(Verdict::Equivalent), 4);
    let sync = &compared("sync_s").cells[0];
    assert_eq!((sync.n_baseline, sync.n_candidate, sync.candidate.without_metric), (6, 5, 1));
    let verify = &compared("verify_s").cells[0];
    assert_eq!((verify.ratio, verify.verdict), (None, Verdict::Inconclusive));
    let reason = verify.reason.as_deref();
    assert_eq!(reason, Some("no ok run of the candidate has a verify_s above 0"));
}
