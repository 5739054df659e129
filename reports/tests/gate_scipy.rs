//! What the gate rests on agrees with SciPy to 1e-9. The values are in
//! `testdata/nights_golden/golden.json`, and `make.py` beside it computes them.
#![allow(clippy::unwrap_used)]

use reports::gate::{Cell, Control, Deviation, Gate, Look, Night, judge};
use reports::stats::{Alpha, Worse};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    nights: Vec<NightCase>,
}

#[derive(Deserialize)]
struct NightCase {
    cells: Vec<CellCase>,
    tonight: LookCase,
    lately: LookCase,
}

#[derive(Deserialize)]
struct CellCase {
    raw: Values,
    relative: Option<Values>,
}

#[derive(Deserialize)]
struct Values {
    baseline: Vec<f64>,
    recent: Vec<f64>,
    tonight: f64,
}

#[derive(Deserialize)]
struct LookCase {
    raw: Vec<Prediction>,
    relative: Vec<Option<Prediction>>,
    adjusted: Vec<f64>,
}

#[derive(Deserialize)]
struct Prediction {
    shift: f64,
    error: f64,
    p: f64,
    low: f64,
    high: f64,
}

impl Values {
    fn night(&self) -> Night {
        Night::new(self.baseline.clone(), self.recent.clone(), self.tonight).unwrap()
    }
}

#[track_caller]
fn agree(ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() <= 1e-9, "{ours} {theirs}");
}

fn check(ours: &Deviation, theirs: &Prediction) {
    agree(ours.shift, theirs.shift);
    agree(ours.standard_error, theirs.error);
    agree(ours.p, theirs.p);
    // Far in the tail too, where 1e-9 says nothing.
    assert!((ours.p / theirs.p - 1.0).abs() < 1e-6, "{} {}", ours.p, theirs.p);
    let interval = ours.interval(Alpha::FIVE_PERCENT);
    agree(interval.low, theirs.low);
    agree(interval.high, theirs.high);
    agree(ours.ratio(), theirs.shift.exp());
}

fn look(ours: &Look, theirs: &LookCase, cell: usize) {
    check(&ours.raw, &theirs.raw[cell]);
    assert_eq!(ours.relative.is_some(), theirs.relative[cell].is_some());
    if let (Some(ours), Some(theirs)) = (&ours.relative, &theirs.relative[cell]) {
        check(ours, theirs);
    }
    agree(ours.p_adjusted, theirs.adjusted[cell]);
}

#[test]
fn both_looks_at_every_cell_agree() {
    let golden: Golden =
        serde_json::from_str(include_str!("../testdata/nights_golden/golden.json")).unwrap();
    assert_eq!(golden.nights.len(), 4);
    for case in golden.nights {
        let cell = |of: &CellCase| Cell {
            raw: of.raw.night(),
            control: of
                .relative
                .as_ref()
                .map_or(Control::Itself, |relative| Control::Relative(relative.night())),
            worse: Worse::Higher,
        };
        let cells: Vec<Cell> = case.cells.iter().map(cell).collect();
        for (i, judged) in judge(&cells, &Gate::default()).iter().enumerate() {
            look(&judged.tonight.unwrap(), &case.tonight, i);
            look(&judged.lately.unwrap(), &case.lately, i);
        }
    }
}
