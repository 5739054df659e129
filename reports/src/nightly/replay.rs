//! Takes the series of one config and environment, yields what the gate says of each night, in the
//! order of time: what it said of the nights before chooses the baseline of the next.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    gate::{self, Cell, Control, Gate, Judged, Outcome, judge},
    history::{Night, Point, Series},
    pairing,
    record::Metric,
    stats::Worse,
};

/// The newest nights that are judged again. A baseline takes 30 of them; those before are far
/// enough away that what was said of them changes nothing.
pub const REPLAYED: usize = 150;

/// What the gate says of one night.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The night.
    pub night: Arc<Night>,
    /// Its cells that can be judged, in the order of the series.
    pub cells: Vec<CellJudged>,
}

/// What the gate says of one cell on one night, and what that rests on.
#[derive(Clone, Debug)]
pub struct CellJudged {
    /// Name of the cell.
    pub cell: String,
    /// What it is judged by.
    pub metric: Metric,
    /// Which way of it is bad.
    pub worse: Worse,
    /// What the gate was asked.
    pub asked: Cell,
    /// What it said.
    pub judged: Judged,
    /// Median of the night, in the metric's unit.
    pub median: f64,
    /// Runs that the median is of.
    pub n: u32,
}

/// A night of a cell that was judged, or was there before any could be.
struct Past {
    raw: f64,
    relative: Option<f64>,
    epoch: u32,
    out_of_line: bool,
}

/// Judges the newest 150 nights, each as if it were tonight; oldest first. The night whose id is
/// `tonight` comes last, wherever the clock has put it.
pub fn replay(series: &[Series], gate: &Gate, tonight: Option<&str>) -> Vec<Judgement> {
    let mut known = HashSet::new();
    let all = series.iter().flat_map(|of| &of.points);
    let mut nights: Vec<Arc<Night>> = all
        .filter(|point| known.insert(point.night.id.as_str()))
        .map(|point| Arc::clone(&point.night))
        .collect();
    nights.sort_by_key(|night| (tonight == Some(night.id.as_str()), night.started));
    let nights = nights.split_off(nights.len().saturating_sub(REPLAYED));
    let points: Vec<HashMap<&str, &Point>> = series.iter().map(by_night).collect();
    let mut past: Vec<Vec<Past>> = series.iter().map(|_| Vec::new()).collect();
    nights.into_iter().map(|night| one(series, gate, &points, &mut past, night)).collect()
}

/// The points that may be used, by the id of their night.
fn by_night(series: &Series) -> HashMap<&str, &Point> {
    let usable = series.points.iter().filter(|of| of.excluded.is_none() && of.median > 0.0);
    usable.map(|point| (point.night.id.as_str(), point)).collect()
}

/// Judges one night, and adds it to the past of the next.
fn one(
    series: &[Series],
    gate: &Gate,
    points: &[HashMap<&str, &Point>],
    past: &mut [Vec<Past>],
    night: Arc<Night>,
) -> Judgement {
    let mut asked = Vec::new();
    for (at, of) in series.iter().enumerate() {
        let point = points[at].get(night.id.as_str());
        let (Some(point), Some(worse)) = (point, pairing::worse(of.metric.worse)) else { continue };
        if let Some(cell) = cell(of, point, &past[at], worse) {
            asked.push((at, *point, cell));
        }
    }
    let cells: Vec<Cell> = asked.iter().map(|(_, _, cell)| cell.clone()).collect();
    let judged = judge(&cells, gate);
    let mut found = Vec::new();
    for ((at, point, asked), judged) in asked.into_iter().zip(judged) {
        let out_of_line = matches!(
            judged.outcome,
            Outcome::Alarm | Outcome::Improved | Outcome::EnvironmentShift
        );
        past[at].push(Past {
            raw: point.median.ln(),
            relative: relative(point),
            epoch: point.epoch,
            out_of_line,
        });
        let of = &series[at];
        found.push(CellJudged {
            cell: of.cell.clone(),
            metric: of.metric.clone(),
            worse: asked.worse,
            asked,
            judged,
            median: point.median,
            n: point.n,
        });
    }
    Judgement { night, cells: found }
}

/// What the gate is asked of a cell; `None` for a value without a logarithm.
fn cell(series: &Series, point: &Point, past: &[Past], worse: Worse) -> Option<Cell> {
    let is_control = is_control(series);
    let usable = |of: &&Past| of.epoch == point.epoch && (is_control || of.relative.is_some());
    let past: Vec<&Past> = past.iter().filter(usable).collect();
    let flags: Vec<bool> = past.iter().map(|of| of.out_of_line).collect();
    let chosen = gate::baseline(&flags);
    let night = |value: &dyn Fn(&Past) -> f64, tonight: f64| {
        let values = |nights: &[usize]| nights.iter().map(|&night| value(past[night])).collect();
        gate::Night::new(values(&chosen.nights), values(&chosen.recent), tonight).ok()
    };
    let control = match relative(point) {
        _ if is_control => Control::Itself,
        None => Control::Missing,
        Some(tonight) => Control::Relative(night(&|of| of.relative.unwrap_or(f64::NAN), tonight)?),
    };
    Some(Cell { raw: night(&|of| of.raw, point.median.ln())?, control, worse })
}

/// Whether it is compared with nothing: no night has a control beside it.
pub(super) fn is_control(series: &Series) -> bool {
    series.points.iter().all(|point| point.control_median.is_none())
}

/// ln of the median over the control's, where both have one.
pub(super) fn relative(point: &Point) -> Option<f64> {
    let control = point.control_median.filter(|control| *control > 0.0)?;
    Some(point.median.ln() - control.ln())
}
