//! Takes all cells of a night and a [`Gate`] fixed beforehand, and yields what it says of each: the one
//! place where an outcome is made.

use super::deviation::{Deviation, Span};
use super::environment::{Moved, Way, full, goes_along, moved, way, worsening};
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
    /// The probability allowed of an alarm in any cell on a night without change.
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
    /// Tonight alone; `None` if inconclusive.
    pub tonight: Option<Look>,
    /// Tonight and the nights just before together; `None` if inconclusive, or if there are none such
    /// beside the baseline.
    pub lately: Option<Look>,
    /// The outcome.
    pub outcome: Outcome,
}

/// One look at a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// How far the raw value lies from its baseline.
    pub raw: Deviation,
    /// How far the control-relative one does; `None` for the control.
    pub relative: Option<Deviation>,
    /// The p that decides (the control's raw one, of other cells the relative one, unless the control
    /// moved alone), adjusted over all cells of the night.
    pub p_adjusted: f64,
    /// The smallest true change of the deciding value, a ratio above 1, that would have been called with
    /// 80 % power, all other cells as they were.
    pub smallest_effect: f64,
    /// What an alarm of this look rests on.
    pub basis: Basis,
    news: Option<Outcome>,
}

/// What decides a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The raw value: of the control, and of every cell when the control moved alone.
    Raw,
    /// The control-relative value, and the raw one goes at least half of δ the same way.
    Both,
    /// The control-relative value alone: the host moved, so that the raw one says nothing.
    Relative,
}

impl Look {
    /// What decides.
    pub fn deciding(&self) -> &Deviation {
        match self.basis {
            Basis::Raw => &self.raw,
            Basis::Both | Basis::Relative => self.relative.as_ref().unwrap_or(&self.raw),
        }
    }
}

impl Judged {
    /// What the alarm rests on; `None` without one.
    pub fn alarmed_by(&self) -> Option<Basis> {
        let looks = [&self.tonight, &self.lately];
        let mut looks = looks.into_iter().flatten();
        looks.find(|look| look.news == Some(Outcome::Alarm)).map(|look| look.basis)
    }
}

/// Judges all cells of one night together, in the order given.
pub fn judge(cells: &[Cell], gate: &Gate) -> Vec<Judged> {
    let tonight = looks(cells, gate, Span::Tonight);
    let lately = looks(cells, gate, Span::Lately);
    let judged = |(tonight, lately): (Result<Look, Reason>, Result<Look, Reason>)| {
        let outcome = match &tonight {
            Ok(look) => {
                let news = [look.news, lately.as_ref().ok().and_then(|look| look.news)];
                // What one look calls the host's, the other may call the cell's: that is graver.
                let own = news.iter().flatten().find(|news| **news != Outcome::EnvironmentShift);
                own.or(news.iter().flatten().next()).copied().unwrap_or(Outcome::Pass)
            }
            Err(reason) => Outcome::Inconclusive(*reason),
        };
        Judged { tonight: tonight.ok(), lately: lately.ok(), outcome }
    };
    tonight.into_iter().zip(lately).map(judged).collect()
}

/// Looks at all cells together.
fn looks(cells: &[Cell], gate: &Gate, span: Span) -> Vec<Result<Look, Reason>> {
    let measured: Vec<Result<Measured, Reason>> =
        cells.iter().map(|cell| Measured::of(cell, span)).collect();
    let able: Vec<&Measured> = measured.iter().flatten().collect();
    let others: Vec<(f64, f64)> = able
        .iter()
        .filter_map(|of| Some((of.worsening(&of.raw), of.worsening(of.relative.as_ref()?))))
        .collect();
    let control_moved = able.iter().any(|of| of.relative.is_none() && of.raw.p <= gate.q.get());
    let moved = moved(&others, control_moved, gate.margin);
    let raw = benjamini_hochberg(&able.iter().map(|of| of.raw.p).collect::<Vec<_>>());
    let deciding: Vec<f64> = able.iter().map(|of| of.deciding(moved).p).collect();
    let adjusted = benjamini_hochberg(&deciding);
    let look = |(i, of): (usize, &&Measured)| Look {
        raw: of.raw,
        relative: of.relative,
        p_adjusted: adjusted[i],
        basis: of.basis(moved),
        smallest_effect: of
            .deciding(moved)
            .smallest_effect(threshold(&deciding, i, gate.q), gate.margin),
        news: of.news(moved, raw[i], adjusted[i], gate),
    };
    let mut looks = able.iter().enumerate().map(look).collect::<Vec<_>>().into_iter();
    let next = |of: &Result<Measured, Reason>| match of {
        Ok(_) => looks.next().map(Ok),
        Err(reason) => Some(Err(*reason)),
    };
    measured.iter().filter_map(next).collect()
}

/// The deviations of a cell that can be judged.
struct Measured {
    raw: Deviation,
    relative: Option<Deviation>,
    worse: Worse,
}

impl Measured {
    fn of(cell: &Cell, span: Span) -> Result<Self, Reason> {
        let raw = Deviation::of(&cell.raw, span)?;
        let relative = match &cell.control {
            Control::Itself => None,
            Control::Relative(night) => Some(Deviation::of(night, span)?),
            Control::Missing => return Err(Reason::NoControl),
        };
        Ok(Self { raw, relative, worse: cell.worse })
    }

    fn basis(&self, moved: Moved) -> Basis {
        match (&self.relative, moved) {
            (Some(_), Moved::Nothing) => Basis::Both,
            (Some(_), Moved::Host(_)) => Basis::Relative,
            (Some(_), Moved::Control) | (None, _) => Basis::Raw,
        }
    }

    fn deciding(&self, moved: Moved) -> &Deviation {
        match self.basis(moved) {
            Basis::Raw => &self.raw,
            Basis::Both | Basis::Relative => self.relative.as_ref().unwrap_or(&self.raw),
        }
    }

    fn worsening(&self, deviation: &Deviation) -> f64 {
        worsening(deviation, self.worse)
    }

    fn news(&self, moved: Moved, p_raw: f64, p_deciding: f64, gate: &Gate) -> Option<Outcome> {
        let way_of = |deviation: &Deviation, p: f64| {
            (p <= gate.q.get()).then(|| way(self.worsening(deviation), full(gate.margin))).flatten()
        };
        let with_the_host = way_of(&self.raw, p_raw).is_some_and(|raw| moved == Moved::Host(raw));
        let own = way_of(self.deciding(moved), p_deciding).filter(|way| match moved {
            Moved::Nothing => self.raw_agrees(*way, gate),
            // On a night that moved, the raw value says nothing of a cell, and all of the control.
            Moved::Host(_) => self.relative.is_some() || !with_the_host,
            Moved::Control => true,
        });
        match own {
            Some(Way::Worse) => Some(Outcome::Alarm),
            Some(Way::Better) => Some(Outcome::Improved),
            None => with_the_host.then_some(Outcome::EnvironmentShift),
        }
    }

    fn raw_agrees(&self, deciding: Way, gate: &Gate) -> bool {
        goes_along(&self.raw, self.worse, deciding, gate.margin)
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
