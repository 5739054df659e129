//! Verdicts and their reasons, on runs small enough to check by hand.
#![allow(clippy::unwrap_used)]

use reports::stats::{
    Adjustment, Alpha, Comparison, Design, Equivalence, Estimate, IntervalMethod, LogRatios,
    Margin, Policy, Reason, Sample, Verdict, Worse, chance_gap, decide, equivalence,
    estimate_paired, estimate_unpaired,
};

/// Blocks in which the candidate takes `ratio` times as long, give or take `spread` (as a log).
fn blocks(n: usize, ratio: f64, spread: f64) -> Estimate {
    let jitter = |i: usize| (spread * (i as f64 / (n - 1) as f64 * 2.0 - 1.0)).exp();
    let pairs: Vec<_> = (0..n).map(|i| (10.0, 10.0 * ratio * jitter(i))).collect();
    estimate_paired(&LogRatios::of_pairs(&pairs).unwrap(), Alpha::FIVE_PERCENT)
}

fn experiments(m: usize, n: usize) -> Estimate {
    let sample = |n: usize, from: f64| {
        Sample::new((0..n).map(|i| from + 0.01 * i as f64).collect()).unwrap()
    };
    estimate_unpaired(&sample(m, 10.0), &sample(n, 12.0), Alpha::FIVE_PERCENT)
}

fn alone(estimate: Estimate) -> Comparison {
    decide(&[estimate], &Policy::default()).remove(0)
}

#[test]
fn each_verdict() {
    assert_eq!(alone(blocks(6, 1.10, 0.01)).verdict, Verdict::Regressed);
    assert_eq!(alone(blocks(6, 0.90, 0.01)).verdict, Verdict::Improved);
    assert_eq!(alone(blocks(6, 1.00, 0.01)).verdict, Verdict::Equivalent);
    assert_eq!(alone(blocks(6, 1.00, 0.10)).verdict, Verdict::Inconclusive);
    assert_eq!(alone(experiments(4, 4)).verdict, Verdict::Regressed);
}

#[test]
fn for_throughput_more_is_better() {
    let policy = Policy { worse: Worse::Lower, ..Policy::default() };
    assert_eq!(decide(&[blocks(6, 1.10, 0.01)], &policy)[0].verdict, Verdict::Improved);
    assert_eq!(decide(&[blocks(6, 0.90, 0.01)], &policy)[0].verdict, Verdict::Regressed);
}

#[test]
fn a_small_change_however_significant_does_not_count() {
    let small = alone(blocks(8, 1.03, 0.001));
    assert!(small.p_adjusted < 0.01);
    assert_eq!(small.verdict, Verdict::Equivalent);
    let straddling = alone(blocks(8, 1.045, 0.02));
    assert_eq!(straddling.verdict, Verdict::Inconclusive);
    assert!(matches!(straddling.reason, Some(Reason::BelowMargin { .. })));
    let at_the_margin = alone(blocks(8, 1.05, 0.0));
    assert_eq!(at_the_margin.verdict, Verdict::Regressed);
}

/// Six blocks alone reach 0.031; beside one of ten, Holm's second step leaves that as it is.
#[test]
fn the_p_in_reach_is_that_of_the_whole_family() {
    let policy = Policy::default();
    let alpha = policy.alpha;
    let p = |estimates: &[Estimate]| -> Vec<Option<f64>> {
        decide(estimates, &policy).iter().map(|found| found.telling_p(alpha)).collect()
    };
    let (six, ten) = (blocks(6, 1.00, 0.10), blocks(10, 1.10, 0.01));
    assert!(matches!(p(&[six, ten])[..], [Some(_), Some(_)]), "with the other at its smallest");
    assert!(matches!(decide(&[six, ten], &policy)[0].reason, Some(Reason::NotShown { .. })));
    assert_eq!(p(&[six, six]), [None, None]);
    for found in decide(&[six, ten, blocks(3, 1.2, 0.01)], &policy) {
        assert!(found.p_adjusted >= found.smallest_p, "{found:?}");
    }
}

#[test]
fn at_a_floor_a_tie_shows_nothing_and_a_difference_stands() {
    let policy = Policy::default();
    let tie = alone(blocks(6, 1.00, 0.01)).at_floor(&policy);
    assert_eq!(tie.verdict, Verdict::Inconclusive);
    assert_eq!(tie.reason, Some(Reason::AtFloor { margin: 0.05 }));
    for other in [blocks(6, 1.10, 0.01), blocks(6, 0.90, 0.01), blocks(3, 1.00, 0.01)] {
        assert_eq!(alone(other).at_floor(&policy), alone(other));
    }
}

#[test]
fn three_runs_reach_nothing_and_say_so() {
    let three = alone(blocks(3, 15.0, 0.02));
    assert_eq!((three.verdict, three.mde), (Verdict::Inconclusive, None));
    assert_eq!(three.estimate.test.p, 0.25);
    assert_eq!(three.estimate.interval.method, IntervalMethod::StudentT);
    insta::assert_snapshot!(three.reason.unwrap(), @"n=3 cannot reach p < 0.05 (the smallest is 0.25), nor give the 90 % interval that equivalence needs; chance alone sets medians up to 2.6 % apart");
    let apart = alone(experiments(3, 3));
    assert_eq!(apart.verdict, Verdict::Inconclusive);
    insta::assert_snapshot!(apart.reason.unwrap(), @"n=3 cannot reach p < 0.05 (the smallest is 0.10); chance alone sets medians up to 0.2 % apart");
    insta::assert_snapshot!(alone(experiments(1, 2)).reason.unwrap(), @"n=1 against n=2 cannot reach p < 0.05 (the smallest is 0.67), nor give the 90 % interval that equivalence needs; chance alone sets medians up to 0.1 % apart");
}

/// Six blocks reach p = 0.031 alone, 0.19 among six comparisons.
#[test]
fn a_family_asks_for_more_runs() {
    let family = [blocks(6, 1.2, 0.01); 6];
    let comparisons = decide(&family, &Policy::default());
    let reason = comparisons[0].reason.unwrap();
    insta::assert_snapshot!(reason, @"n=6 cannot reach p < 0.05 over 6 comparisons (the smallest is 0.19); chance alone sets medians up to 0.7 % apart");
    for comparison in comparisons {
        assert_eq!((comparison.estimate.test.p, comparison.p_adjusted), (0.03125, 0.1875));
        assert_eq!((comparison.verdict, comparison.mde), (Verdict::Inconclusive, None));
    }
    let shares = Policy { adjustment: Adjustment::BenjaminiHochberg, ..Policy::default() };
    assert!(decide(&family, &shares).iter().all(|c| c.verdict == Verdict::Regressed));
    // Alone among seven that do not differ, p = 0.031 is no finding, but n was not too small for one.
    let mut one_of_many = [blocks(6, 1.0, 0.2); 8];
    one_of_many[0] = blocks(6, 1.2, 0.01);
    let first = decide(&one_of_many, &shares).remove(0);
    assert_eq!((first.verdict, first.p_adjusted), (Verdict::Inconclusive, 0.25));
    assert!(matches!(first.reason, Some(Reason::NotShown { .. })));
}

#[test]
fn the_minimum_detectable_effect_grows_with_the_family() {
    let one = blocks(10, 1.1, 0.05);
    let of_one = alone(one).mde.unwrap();
    let of_four = decide(&[one; 4], &Policy::default())[0].mde.unwrap();
    assert!(of_four > of_one && of_one > 1.0, "{of_four} {of_one}");
}

#[test]
fn equivalence_rests_on_90_percent_whatever_alpha() {
    let pairs = [(10.0, 10.0), (10.0, 10.1), (10.0, 10.2), (10.0, 10.1), (10.0, 9.9)];
    let d = LogRatios::of_pairs(&pairs).unwrap();
    let strict = estimate_paired(&d, Alpha::new(0.01).unwrap());
    assert_eq!(strict.equivalence_interval.unwrap().level, 0.9375);
    assert_eq!(blocks(4, 1.0, 0.01).equivalence_interval, None);
    assert!(experiments(3, 3).equivalence_interval.is_some());
    assert_eq!(experiments(2, 3).equivalence_interval, None);
    assert_eq!(equivalence(None, Margin::FIVE_PERCENT), Equivalence::TooFewRuns);
}

/// The standard deviations a gap and a minimum detectable effect rest on.
#[test]
fn spread_is_of_a_run_unpaired_and_of_a_ratio_paired() {
    let sample = |values: &[f64]| Sample::new(values.iter().map(|v| v.exp()).collect()).unwrap();
    let (a, b) = (sample(&[1.0, 2.0, 3.0]), sample(&[5.0, 9.0]));
    let unpaired = estimate_unpaired(&a, &b, Alpha::FIVE_PERCENT);
    // Squares 2 and 8 over 2 + 1 degrees of freedom.
    assert!((unpaired.sd_log.unwrap() - (10.0f64 / 3.0).sqrt()).abs() < 1e-12);
    let gap = chance_gap(3, 2).unwrap() * (10.0f64 / 3.0).sqrt();
    assert!((unpaired.chance_gap().unwrap() - gap).abs() < 1e-12);
    let paired = blocks(3, 1.0, 0.02);
    assert!((paired.sd_log.unwrap() - 0.02).abs() < 1e-12);
    let gap = chance_gap(3, 3).unwrap() * 0.02 / 2f64.sqrt();
    assert!((paired.chance_gap().unwrap() - gap).abs() < 1e-12);
    assert_eq!(experiments(1, 1).sd_log, None);
}

#[test]
fn the_formula_for_many_runs_follows_on() {
    let shift = |n: usize| {
        let design = Design::Unpaired { baseline: n, candidate: n };
        design.detectable_shift(Alpha::FIVE_PERCENT).unwrap()
    };
    assert!((shift(21) / shift(20) / (20.0f64 / 21.0).sqrt() - 1.0).abs() < 0.03);
    let shift =
        |blocks: usize| Design::Paired { blocks }.detectable_shift(Alpha::FIVE_PERCENT).unwrap();
    assert!((shift(11) / shift(10) / (10.0f64 / 11.0).sqrt() - 1.0).abs() < 0.04);
}
