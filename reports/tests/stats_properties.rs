//! What must hold of the statistics for any runs whatever: order, unit, direction and names of the two
//! sides change nothing they should not.
#![allow(clippy::unwrap_used)]

use proptest::collection::vec;
use proptest::prelude::*;
use reports::stats::{
    Adjustment, Alpha, Comparison, Estimate, LogRatios, Policy, Sample, TestMethod, Verdict, Worse,
    benjamini_hochberg, chance_gap, decide, estimate_paired, estimate_unpaired, holm, letters,
    median_interval, trend,
};

/// Times with ties, spread over several powers of ten or close together.
fn time() -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => 9.0..11.0f64,
        1 => 1e-3..1e3f64,
        2 => (18..22u8).prop_map(|half| f64::from(half) / 2.0),
    ]
}

fn times() -> impl Strategy<Value = Vec<f64>> {
    vec(time(), 1..12)
}

fn pairs() -> impl Strategy<Value = Vec<(f64, f64)>> {
    vec((time(), time()), 1..12)
}

fn sample(values: &[f64]) -> Sample {
    Sample::new(values.to_vec()).unwrap()
}

fn paired(pairs: &[(f64, f64)]) -> Estimate {
    estimate_paired(&LogRatios::of_pairs(pairs).unwrap(), Alpha::FIVE_PERCENT)
}

fn unpaired(a: &[f64], b: &[f64]) -> Estimate {
    estimate_unpaired(&sample(a), &sample(b), Alpha::FIVE_PERCENT)
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

fn same(a: &Estimate, b: &Estimate) -> bool {
    close(a.ratio, b.ratio)
        && close(a.interval.low, b.interval.low)
        && close(a.interval.high, b.interval.high)
        && a.interval.level == b.interval.level
        && close(a.test.p, b.test.p)
}

fn mirrored(a: &Estimate, b: &Estimate) -> bool {
    close(a.ratio, 1.0 / b.ratio)
        && close(a.interval.low, 1.0 / b.interval.high)
        && close(a.interval.high, 1.0 / b.interval.low)
        && close(a.test.p, b.test.p)
}

fn sound(estimate: &Estimate) -> bool {
    let within = |x: f64| x > 0.0 && x <= 1.0;
    let interval = &estimate.interval;
    within(estimate.test.p)
        && estimate.test.p >= estimate.design.smallest_p() * (1.0 - 1e-12)
        && interval.low <= estimate.ratio * (1.0 + 1e-12)
        && estimate.ratio <= interval.high * (1.0 + 1e-12)
        && (0.0..1.0).contains(&interval.level)
}

fn verdict(estimate: Estimate, worse: Worse) -> Comparison {
    decide(&[estimate], &Policy { worse, ..Policy::default() }).remove(0)
}

fn opposite(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Regressed => Verdict::Improved,
        Verdict::Improved => Verdict::Regressed,
        same => same,
    }
}

/// Whether a ratio stands so near the margin that the last digit decides.
fn at_the_margin(estimate: &Estimate) -> bool {
    let ends = estimate.equivalence_interval.map_or([1.0; 2], |i| [i.low, i.high]);
    [estimate.ratio, ends[0], ends[1]].iter().any(|r| (r.ln().abs() - 1.05f64.ln()).abs() < 1e-9)
}

proptest! {
    #[test]
    fn estimates_are_sound(pairs in pairs(), a in times(), b in times()) {
        prop_assert!(sound(&paired(&pairs)), "{:?}", paired(&pairs));
        prop_assert!(sound(&unpaired(&a, &b)), "{:?}", unpaired(&a, &b));
    }

    #[test]
    fn the_order_of_runs_changes_nothing(
        (pairs, shuffled) in pairs().prop_flat_map(|p| (Just(p.clone()), Just(p).prop_shuffle())),
        (a, a_shuffled) in times().prop_flat_map(|a| (Just(a.clone()), Just(a).prop_shuffle())),
        b in times(),
    ) {
        prop_assert!(same(&paired(&pairs), &paired(&shuffled)));
        prop_assert!(same(&unpaired(&a, &b), &unpaired(&a_shuffled, &b)));
    }

    /// A power of two, so that no tie is broken by rounding.
    #[test]
    fn the_unit_changes_nothing(pairs in pairs(), a in times(), b in times(), power in -20..20i32) {
        let unit = 2f64.powi(power);
        let scale = |values: &[f64]| values.iter().map(|v| v * unit).collect::<Vec<_>>();
        let scaled: Vec<_> = pairs.iter().map(|(a, b)| (a * unit, b * unit)).collect();
        prop_assert!(same(&paired(&pairs), &paired(&scaled)));
        prop_assert!(same(&unpaired(&a, &b), &unpaired(&scale(&a), &scale(&b))));
        let (before, after) = (sample(&a), sample(&scale(&a)));
        prop_assert_eq!(before.median() * unit, after.median());
        prop_assert!(close(before.mean() * unit, after.mean()));
        prop_assert_eq!(before.cv().is_some(), after.cv().is_some());
        prop_assert!(close(before.cv().unwrap_or(0.0), after.cv().unwrap_or(0.0)));
    }

    /// A candidate slower by a factor moves ratio and interval by that factor.
    #[test]
    fn a_factor_shifts_the_ratio(pairs in pairs(), a in times(), b in times(), factor in 0.5..2.0f64) {
        let slower: Vec<_> = pairs.iter().map(|(a, b)| (*a, b * factor)).collect();
        let (before, after) = (paired(&pairs), paired(&slower));
        prop_assert!(close(before.ratio * factor, after.ratio));
        prop_assert!(close(before.interval.low * factor, after.interval.low));
        let slower: Vec<_> = b.iter().map(|b| b * factor).collect();
        let (before, after) = (unpaired(&a, &b), unpaired(&a, &slower));
        prop_assert!(close(before.ratio * factor, after.ratio));
        prop_assert!(close(before.interval.high * factor, after.interval.high));
    }

    #[test]
    fn swapping_the_sides_mirrors(pairs in pairs(), a in times(), b in times()) {
        let swapped: Vec<_> = pairs.iter().map(|(a, b)| (*b, *a)).collect();
        for (there, back) in
            [(paired(&pairs), paired(&swapped)), (unpaired(&a, &b), unpaired(&b, &a))]
        {
            prop_assert!(mirrored(&there, &back), "{there:?} {back:?}");
            prop_assume!(!at_the_margin(&there));
            let there_and_back = verdict(there, Worse::Higher);
            prop_assert_eq!(there_and_back.verdict, opposite(verdict(back, Worse::Higher).verdict));
            prop_assert_eq!(there_and_back.verdict, opposite(verdict(there, Worse::Lower).verdict));
        }
    }

    #[test]
    fn a_verdict_keeps_its_word(pairs in vec((9.0..10.0f64, 9.5..10.8f64), 1..12)) {
        let comparison = verdict(paired(&pairs), Worse::Higher);
        let ratio = comparison.estimate.ratio;
        match comparison.verdict {
            Verdict::Regressed => prop_assert!(comparison.p_adjusted < 0.05 && ratio > 1.0499999),
            Verdict::Improved => prop_assert!(comparison.p_adjusted < 0.05 && ratio < 0.9523810),
            Verdict::Equivalent => {
                let interval = comparison.estimate.equivalence_interval.unwrap();
                prop_assert!(interval.low > 1.0 / 1.05 && interval.high < 1.05);
                prop_assert!(interval.level >= 0.9 - 1e-12);
            }
            Verdict::Inconclusive => {}
        }
        prop_assert_eq!(comparison.reason.is_some(), comparison.verdict == Verdict::Inconclusive);
        prop_assert!(pairs.len() >= 6 || comparison.mde.is_none());
    }

    #[test]
    fn adjusted_p_values_are_monotone(p in vec(1e-6..=1.0f64, 1..20)) {
        for (adjustment, adjusted) in [
            (Adjustment::Holm, holm(&p)),
            (Adjustment::BenjaminiHochberg, benjamini_hochberg(&p)),
        ] {
            prop_assert_eq!(&adjustment.adjust(&p), &adjusted);
            for i in 0..p.len() {
                prop_assert!(adjusted[i] >= p[i] && adjusted[i] <= 1.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || adjusted[i] <= adjusted[j]);
                }
            }
        }
        for (holm, bh) in holm(&p).iter().zip(benjamini_hochberg(&p)) {
            prop_assert!(*holm >= bh);
        }
    }

    #[test]
    fn letters_say_exactly_which_pairs_differ(
        medians in vec(1.0..2.0f64, 1..8),
        bits in any::<u64>(),
    ) {
        let differ = |i: usize, j: usize| bits >> (8 * i + j) & 1 == 1;
        let display = letters(&medians, differ);
        for (j, second) in display.iter().enumerate() {
            prop_assert!(!second.is_empty());
            for (i, first) in display[..j].iter().enumerate() {
                let share = first.chars().any(|letter| second.contains(letter));
                prop_assert_eq!(share, !differ(i, j), "{:?}", display);
            }
        }
        let lowest = (0..medians.len()).min_by(|i, j| medians[*i].total_cmp(&medians[*j])).unwrap();
        prop_assert!(display[lowest].starts_with('a'));
    }

    #[test]
    fn median_intervals_hold_the_median(values in vec(time(), 1..60), alpha in 1e-6..0.999f64) {
        let sample = sample(&values);
        let interval = median_interval(&sample, Alpha::new(alpha).unwrap());
        prop_assert!(interval.low <= sample.median() && sample.median() <= interval.high);
        let all = interval.low == sample.min() && interval.high == sample.max();
        prop_assert!(interval.level >= (1.0 - alpha) * (1.0 - 1e-12) || all);
    }

    #[test]
    fn trends_depend_on_order_alone(values in vec(time(), 1..12), seed in any::<u64>()) {
        let at = |f: fn(f64) -> f64| {
            let runs: Vec<_> =
                values.iter().enumerate().map(|(i, v)| (i as f64, f(*v))).collect();
            trend(&runs, seed).unwrap()
        };
        prop_assert_eq!(at(|v| v), at(f64::ln));
        prop_assert_eq!(at(|v| v).rho, -at(|v| -v).rho);
        prop_assert!(at(|v| v).test.p > 0.0 && at(|v| v).test.p <= 1.0);
    }
}

/// Numbers at the ends of what the types allow give some answer, never a panic.
#[test]
fn extreme_inputs_do_not_panic() {
    let extremes = [f64::MIN_POSITIVE, 5e-324, 1e-300, 1.0, 1e300, f64::MAX];
    let tiny = Alpha::new(f64::MIN_POSITIVE).unwrap();
    let nearly_one = Alpha::new(1.0 - f64::EPSILON).unwrap();
    for alpha in [tiny, Alpha::FIVE_PERCENT, nearly_one] {
        for n in 1..=extremes.len() {
            let values = &extremes[..n];
            let pairs: Vec<_> = values.iter().map(|v| (*v, extremes[5])).collect();
            let d = LogRatios::of_pairs(&pairs).unwrap();
            median_interval(&sample(values), alpha);
            let estimates = [
                estimate_paired(&d, alpha),
                estimate_unpaired(&sample(values), &sample(&extremes), alpha),
            ];
            for adjustment in [Adjustment::Holm, Adjustment::BenjaminiHochberg] {
                for comparison in
                    decide(&estimates, &Policy { alpha, adjustment, ..Policy::default() })
                {
                    comparison.reason.map(|reason| reason.to_string());
                }
            }
        }
    }
    assert_eq!(decide(&[], &Policy::default()), []);
    assert!(chance_gap(7, 100_000).is_some());
    let many: Vec<_> = (1..=300).map(|i| (1.0, f64::from(i))).collect();
    let estimate = paired(&many);
    assert!(matches!(estimate.test.method, TestMethod::SignFlipMonteCarlo { .. }));
    verdict(estimate, Worse::Higher);
}
