//! What the gate says of single nights: outcomes, reasons, directions.
#![allow(clippy::unwrap_used)]

use reports::gate::{Cell, Control, Gate, Judged, Night, Outcome, Reason, judge};
use reports::stats::{Margin, Worse};

/// Nights around 0 that scatter by about 0.6 %.
fn usual(nights: usize) -> Vec<f64> {
    (0..nights).map(|night| (night * 7 % 11) as f64 * 0.002 - 0.01).collect()
}

fn night(tonight: f64) -> Night {
    Night::new(usual(30), Vec::new(), tonight).unwrap()
}

fn control(tonight: f64) -> Cell {
    Cell { raw: night(tonight), control: Control::Itself, worse: Worse::Higher }
}

fn cell(raw: f64, relative: f64) -> Cell {
    let control = Control::Relative(night(relative));
    Cell { raw: night(raw), control, worse: Worse::Higher }
}

fn outcomes(cells: &[Cell]) -> Vec<Outcome> {
    judge(cells, &Gate::default()).iter().map(|judged| judged.outcome).collect()
}

#[test]
fn a_cell_that_moves_alone_alarms_or_improves() {
    let cells = [control(0.0), cell(0.1, 0.1), cell(-0.1, -0.1), cell(0.001, 0.001)];
    let expected = [Outcome::Pass, Outcome::Alarm, Outcome::Improved, Outcome::Pass];
    assert_eq!(outcomes(&cells), expected);
    let throughput = cells.map(|cell| Cell { worse: Worse::Lower, ..cell });
    let expected = [Outcome::Pass, Outcome::Improved, Outcome::Alarm, Outcome::Pass];
    assert_eq!(outcomes(&throughput), expected);
}

#[test]
fn a_control_is_judged_by_its_raw_value() {
    assert_eq!(outcomes(&[control(0.1)]), [Outcome::Alarm]);
    // It moved and the others did not: theirs moved relative to it, and that is not theirs.
    let cells = [control(0.1), cell(0.0, -0.1), cell(0.001, -0.1), cell(-0.001, -0.1)];
    let expected = [Outcome::Alarm, Outcome::Pass, Outcome::Pass, Outcome::Pass];
    assert_eq!(outcomes(&cells), expected);
}

#[test]
fn a_host_that_moves_is_no_regression_but_a_cell_beyond_it_is() {
    let shift = Outcome::EnvironmentShift;
    let cells = [control(0.1), cell(0.1, 0.0), cell(0.11, 0.01), cell(0.2, 0.1)];
    assert_eq!(outcomes(&cells), [shift, shift, shift, Outcome::Alarm]);
    // The host got faster and hides a slower cell.
    let cells = [control(-0.1), cell(-0.1, 0.0), cell(-0.1, 0.0), cell(0.0, 0.1)];
    assert_eq!(outcomes(&cells), [shift, shift, shift, Outcome::Alarm]);
}

#[test]
fn what_most_cells_share_but_not_the_control_is_a_regression() {
    let cells = [control(0.0), cell(0.1, 0.1), cell(0.1, 0.1), cell(0.1, 0.1)];
    assert_eq!(outcomes(&cells)[1..], [Outcome::Alarm; 3]);
}

#[test]
fn a_change_below_the_margin_passes_however_significant() {
    let cells = [control(0.0), cell(0.047, 0.047), cell(0.0, 0.0), cell(0.0, 0.0)];
    let judged = judge(&cells, &Gate::default());
    assert!(judged[1].tonight.unwrap().p_adjusted < 1e-6);
    assert_eq!(judged[1].outcome, Outcome::Pass);
    let strict = Gate { margin: Margin::new(0.04).unwrap(), ..Gate::default() };
    assert_eq!(judge(&cells, &strict)[1].outcome, Outcome::Alarm);
}

#[test]
fn three_nights_together_alarm_where_tonight_alone_would_not() {
    let wide: Vec<f64> = usual(30).iter().map(|value| 2.6 * value).collect();
    let of = |recent: &[f64]| {
        let night = || Night::new(wide.clone(), recent.to_vec(), 0.06).unwrap();
        let cell = Cell { raw: night(), control: Control::Relative(night()), worse: Worse::Higher };
        let mut cells = vec![control(0.0), cell];
        cells.extend((0..28).map(|_| self::cell(0.0, 0.0)));
        judge(&cells, &Gate::default()).remove(1)
    };
    let alone = of(&[]);
    assert_eq!((alone.outcome, alone.lately), (Outcome::Pass, None));
    let together = of(&[0.055, 0.065]);
    assert_eq!(together.outcome, Outcome::Alarm);
    assert_eq!(together.lately.unwrap().raw.new_nights, 3);
    assert_eq!(of(&[0.0, 0.0]).outcome, Outcome::Pass);
}

#[test]
fn nothing_is_said_without_nights_spread_or_control() {
    let young = Night::new(usual(9), Vec::new(), 0.5).unwrap();
    let level = Night::new(vec![0.25; 20], Vec::new(), 0.5).unwrap();
    let cells = [
        control(0.0),
        Cell { raw: young.clone(), control: Control::Relative(young), worse: Worse::Higher },
        Cell { raw: night(0.5), control: Control::Relative(level), worse: Worse::Higher },
        Cell { raw: night(0.5), control: Control::Missing, worse: Worse::Higher },
    ];
    let judged = judge(&cells, &Gate::default());
    let reason = |judged: &Judged| match judged.outcome {
        Outcome::Inconclusive(reason) => Some(reason),
        _ => None,
    };
    let reasons: Vec<Option<Reason>> = judged.iter().map(reason).collect();
    let expected = [
        None,
        Some(Reason::TooFewNights { nights: 9 }),
        Some(Reason::ZeroSpread { nights: 20 }),
        Some(Reason::NoControl),
    ];
    assert_eq!(reasons, expected);
    assert!(judged[1..].iter().all(|judged| judged.tonight.is_none()));
    assert!(judge(&[], &Gate::default()).is_empty());
}

/// With 30 cells the largest T of any is asked, with one its own: more is seen.
#[test]
fn the_smallest_effect_grows_with_the_family_and_never_falls_below_the_margin() {
    let effect = |others: usize| {
        let mut cells = vec![control(0.0), cell(0.0, 0.0)];
        cells.extend((0..others).map(|_| cell(0.0, 0.0)));
        let strict = Gate { margin: Margin::new(0.001).unwrap(), ..Gate::default() };
        judge(&cells, &strict)[1].tonight.unwrap().smallest_effect
    };
    assert!(1.0 < effect(0) && effect(0) < effect(8) && effect(8) < effect(28));
    let usual = judge(&[control(0.0)], &Gate::default())[0].tonight.unwrap();
    assert!(usual.smallest_effect > 1.05);
}

#[test]
fn the_baseline_is_the_newest_thirty_nights_of_those_given() {
    let mut many = vec![5.0; 40];
    many.extend(usual(30));
    let cells = [Cell {
        raw: Night::new(many, Vec::new(), 0.1).unwrap(),
        control: Control::Itself,
        worse: Worse::Higher,
    }];
    let tonight = judge(&cells, &Gate::default())[0].tonight.unwrap();
    assert_eq!(tonight.raw.nights, 30);
    assert_eq!(tonight.raw, judge(&[control(0.1)], &Gate::default())[0].tonight.unwrap().raw);
}
