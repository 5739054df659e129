//! Takes all cells of a night and a [`Gate`] fixed beforehand, and yields what it says of each: the one
//! place where an outcome is made.

use super::deviation::Deviation;
use super::environment::{Moves, Way, common_way, way, worsening};
use super::night::Night;
use super::outcome::{Outcome, Reason};
use crate::stats::{Alpha, Margin, Worse, benjamini_hochberg};

/// One metric of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// ln of the medians.
    pub raw: Night,
    /// The same relative to the control.
    pub control: Control,
    /// Which way of the metric is bad.
    pub worse: Worse,
}

/// How a cell stands to the control of its night.
#[derive(Debug, Clone, PartialEq)]
pub enum Control {
    /// It is the control.
    Itself,
    /// ln of the cell's medians less ln of the control's, night by night.
    Relative(Night),
    /// The control did not run tonight.
    Missing,
}

/// What was fixed before the night.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// The probability allowed of any news on a night without change.
    pub q: Alpha,
    /// δ, the smallest change that counts.
    pub margin: Margin,
}

impl Default for Gate {
    /// q = 1 %, δ = 5 %.
    fn default() -> Self {
        Self { q: Alpha::ONE_PERCENT, margin: Margin::FIVE_PERCENT }
    }
}

/// What the gate says of one cell, and what that rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// How far the raw value lies from its baseline; `None` where that cannot be said.
    pub raw: Option<Deviation>,
    /// How far the control-relative one does; `None` for the control as well.
    pub relative: Option<Deviation>,
    /// The p that decides (the control's raw one, of other cells the relative one), adjusted over all
    /// cells of the night. `None` if inconclusive.
    pub p_adjusted: Option<f64>,
    /// The smallest true change of the deciding value, a ratio above 1, that this night would have
    /// called with 80 % power, all other cells as they were. `None` if inconclusive.
    pub smallest_effect: Option<f64>,
    /// The outcome.
    pub outcome: Outcome,
}

/// Judges all cells of one night together, in the order given.
pub fn judge(cells: &[Cell], gate: &Gate) -> Vec<Judged> {
    let measured: Vec<Result<Measured, Reason>> = cells.iter().map(Measured::of).collect();
    let able: Vec<&Measured> = measured.iter().filter_map(|of| of.as_ref().ok()).collect();
    let raw: Vec<f64> = able.iter().map(|of| of.raw.p).collect();
    let deciding: Vec<f64> = able.iter().map(|of| of.deciding().p).collect();
    let raw_adjusted = benjamini_hochberg(&raw);
    let adjusted = benjamini_hochberg(&deciding);
    let moves: Vec<Moves> = (0..able.len())
        .map(|i| Moves {
            raw: able[i].way(&able[i].raw, raw_adjusted[i], gate),
            relative: able[i].relative.and_then(|of| able[i].way(&of, adjusted[i], gate)),
        })
        .collect();
    let common = common_way(&moves);
    let mut conclusive = (0..able.len()).map(|i| Judged {
        raw: Some(able[i].raw),
        relative: able[i].relative,
        p_adjusted: Some(adjusted[i]),
        smallest_effect: Some(
            able[i].deciding().smallest_effect(threshold(&deciding, i, gate.q), gate.margin),
        ),
        outcome: outcome(able[i], moves[i], adjusted[i], common, gate),
    });
    let inconclusive = |cell: &Cell, reason| Judged {
        raw: Deviation::of(&cell.raw).ok(),
        relative: None,
        p_adjusted: None,
        smallest_effect: None,
        outcome: Outcome::Inconclusive(reason),
    };
    let of = |(cell, measured): (&Cell, &Result<Measured, Reason>)| match measured {
        Ok(_) => conclusive.next(),
        Err(reason) => Some(inconclusive(cell, *reason)),
    };
    cells.iter().zip(&measured).filter_map(of).collect()
}

/// The deviations of a cell that can be judged.
struct Measured {
    raw: Deviation,
    relative: Option<Deviation>,
    worse: Worse,
}

impl Measured {
    fn of(cell: &Cell) -> Result<Self, Reason> {
        let raw = Deviation::of(&cell.raw)?;
        let relative = match &cell.control {
            Control::Itself => None,
            Control::Relative(night) => Some(Deviation::of(night)?),
            Control::Missing => return Err(Reason::NoControl),
        };
        Ok(Self { raw, relative, worse: cell.worse })
    }

    fn deciding(&self) -> &Deviation {
        self.relative.as_ref().unwrap_or(&self.raw)
    }

    /// The way of a deviation whose adjusted p is given, if it is news.
    fn way(&self, deviation: &Deviation, p_adjusted: f64, gate: &Gate) -> Option<Way> {
        (p_adjusted <= gate.q.get()).then(|| way(deviation, self.worse, gate.margin)).flatten()
    }

    /// Whether the raw value goes at least half of δ that way.
    fn raw_agrees(&self, way: Way, gate: &Gate) -> bool {
        let worsening = worsening(&self.raw, self.worse);
        let half = gate.margin.get().ln_1p() / 2.0;
        match way {
            Way::Worse => worsening >= half,
            Way::Better => -worsening >= half,
        }
    }
}

fn outcome(
    of: &Measured,
    moves: Moves,
    p_adjusted: f64,
    common: Option<Way>,
    gate: &Gate,
) -> Outcome {
    let is_control = of.relative.is_none();
    let with_the_host = common.is_some() && moves.raw == common;
    match of.way(of.deciding(), p_adjusted, gate) {
        Some(_) if is_control && with_the_host => Outcome::EnvironmentShift,
        // On a night that moved, a raw value says nothing of a cell.
        Some(way) if is_control || common.is_some() || of.raw_agrees(way, gate) => match way {
            Way::Worse => Outcome::Alarm,
            Way::Better => Outcome::Improved,
        },
        _ if with_the_host => Outcome::EnvironmentShift,
        _ => Outcome::Pass,
    }
}

/// The p below which this cell would have been significant, all others as they were: by
/// Benjamini and Hochberg q·r/m, r being how many are significant once it is.
fn threshold(p: &[f64], cell: usize, q: Alpha) -> f64 {
    let mut p = p.to_vec();
    p[cell] = 0.0;
    let significant = benjamini_hochberg(&p).iter().filter(|p| **p <= q.get()).count();
    q.get() * significant as f64 / p.len() as f64
}
