//! Change points of whole histories: steps, outliers, short and bad ones, and that nothing but the
//! seed decides.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "../examples/nights/machine.rs"]
mod machine;

use machine::Machine;
use reports::change_points::{
    ChangePoint, NotFinite, SHORTEST, change_points, change_points_of_each,
};
use reports::stats::Alpha;

fn of(history: &[f64]) -> Vec<ChangePoint> {
    change_points(history, Alpha::ONE_PERCENT, 1).unwrap()
}

fn history(seed: u64, nights: usize, level: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut machine = Machine::new(seed);
    (0..nights).map(|night| level(night) + 0.01 * machine.normal()).collect()
}

#[test]
fn steps_are_found_with_size_interval_and_p() {
    let level = |night| [0.0, 0.05, -0.02][usize::from(night >= 90) + usize::from(night >= 150)];
    let found = of(&history(1, 220, level));
    let nights: Vec<usize> = found.iter().map(|point| point.night).collect();
    assert_eq!(nights, [90, 150]);
    for (point, truth) in found.iter().zip([0.05f64.exp(), (-0.07f64).exp()]) {
        assert!((point.interval.low..=point.interval.high).contains(&truth), "{point:?}");
        assert!((point.ratio / truth - 1.0).abs() < 0.01, "{point:?}");
        assert!(point.interval.level >= 0.95 && point.interval.high / point.interval.low < 1.03);
        assert_eq!((point.p, point.seconded), (0.0001, true));
    }
}

#[test]
fn outliers_are_no_change_points() {
    let mut values = history(2, 200, |night| if night < 120 { 0.0 } else { 0.04 });
    for night in [10, 11, 60, 130, 199] {
        values[night] += 0.5;
    }
    let nights: Vec<usize> = of(&values).iter().map(|point| point.night).collect();
    assert_eq!(nights, [120]);
}

#[test]
fn a_level_history_has_none() {
    assert_eq!(of(&history(3, 365, |_| 0.0)), []);
    assert_eq!(of(&[1.5; 100]), []);
}

#[test]
fn a_history_too_short_for_two_segments_has_none() {
    for nights in 0..2 * SHORTEST {
        assert_eq!(of(&history(4, nights, |night| night as f64)), [], "{nights}");
    }
    let two = history(5, 2 * SHORTEST, |night| if night < SHORTEST { 0.0 } else { 1.0 });
    assert_eq!(of(&two)[0].night, SHORTEST);
}

/// A shift of all values, or a scale of them as large as a unit, changes no cut.
#[test]
fn units_do_not_matter() {
    let values = history(6, 150, |night| if night < 70 { 0.0 } else { 0.05 });
    let nights = |of: &[f64]| -> Vec<(usize, f64)> {
        change_points(of, Alpha::ONE_PERCENT, 1).unwrap().iter().map(|p| (p.night, p.p)).collect()
    };
    let seconds: Vec<f64> = values.iter().map(|value| value + 1e3f64.ln()).collect();
    assert_eq!(nights(&values), nights(&seconds));
    let wide: Vec<f64> = values.iter().map(|value| value * 200.0).collect();
    assert_eq!(nights(&values), nights(&wide));
}

#[test]
fn the_seed_and_nothing_else_decides() {
    let histories: Vec<Vec<f64>> = (0..7)
        .map(|seed| history(seed, 130, |night| if night < 60 { 0.0 } else { 0.006 * seed as f64 }))
        .collect();
    let together = change_points_of_each(&histories, Alpha::ONE_PERCENT, 9);
    for (history, found) in histories.iter().zip(together) {
        assert_eq!(found, change_points(history, Alpha::ONE_PERCENT, 9));
    }
    assert!(change_points_of_each(&[], Alpha::ONE_PERCENT, 9).is_empty());
}

#[test]
fn a_night_without_a_value_is_named() {
    let refused = change_points(&[0.1, f64::NAN, 0.2], Alpha::ONE_PERCENT, 1).unwrap_err();
    assert!(matches!(refused, NotFinite { night: 1, .. }));
    assert_eq!(
        refused.to_string(),
        "night 1 (counted from 0) is NaN: a history needs finite logarithms"
    );
    assert!(change_points(&[f64::INFINITY; 20], Alpha::ONE_PERCENT, 1).is_err());
}

/// Histories without a change, of 40 nights: at most 1 in 100, here below 12 of 400 (4 expected).
#[test]
fn level_histories_are_hardly_ever_cut() {
    let cut = (0..400)
        .filter(|seed| {
            let level = history(1_000 + seed, 40, |_| 0.0);
            !change_points(&level, Alpha::ONE_PERCENT, *seed).unwrap().is_empty()
        })
        .count();
    assert!(cut < 12, "{cut}");
}
