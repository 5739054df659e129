//! A nightly job of 30 cells, the first of them the control: its history, and what the gate says.

#![allow(clippy::unwrap_used)]

use reports::gate::{self, Cell, Control, Gate, Judged, Night, Outcome, judge};
use reports::stats::Worse;

use crate::machine::{Machine, Noise};

/// Cells of a night, the control included.
pub const CELLS: usize = 30;

/// Which nights before are held against tonight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Baseline {
    /// Those the gate chooses.
    Chosen,
    /// The newest 30, whatever was said of them, and tonight is looked at alone.
    Newest,
}

/// The nights so far, by cell.
pub struct Job {
    medians: Vec<Vec<f64>>,
    out_of_line: Vec<Vec<bool>>,
    noise: Noise,
    of: Baseline,
}

impl Job {
    /// A job without history.
    pub fn new(noise: Noise, of: Baseline) -> Self {
        Self { medians: vec![Vec::new(); CELLS], out_of_line: vec![Vec::new(); CELLS], noise, of }
    }

    /// A job with `nights` behind it, none of them judged.
    pub fn with_history(machine: &mut Machine, noise: Noise, of: Baseline, nights: usize) -> Self {
        let mut job = Self::new(noise, of);
        for _ in 0..nights {
            let medians = machine.night(noise, &[0.0; CELLS]);
            job.keep(&medians, |_| false);
        }
        job
    }

    /// Multiplies the median of one cell on one night before, to put an outlier there.
    pub fn disturb(&mut self, cell: usize, night: usize, factor: f64) {
        self.medians[cell][night] += factor.ln();
    }

    /// One more night with cells at these `levels` (logs): what the gate says, which also decides
    /// what later baselines leave out.
    pub fn night(&mut self, machine: &mut Machine, levels: &[f64]) -> Vec<Judged> {
        let medians = machine.night(self.noise, levels);
        let judged = judge(&self.cells(&medians), &Gate::default());
        self.keep(&medians, |cell| {
            matches!(
                judged[cell].outcome,
                Outcome::Alarm | Outcome::Improved | Outcome::EnvironmentShift
            )
        });
        judged
    }

    fn keep(&mut self, medians: &[f64], out_of_line: impl Fn(usize) -> bool) {
        for (cell, median) in medians.iter().enumerate() {
            self.medians[cell].push(*median);
            self.out_of_line[cell].push(out_of_line(cell));
        }
    }

    /// What the gate is asked of tonight's medians.
    pub fn cells(&self, tonight: &[f64]) -> Vec<Cell> {
        (0..CELLS).map(|cell| self.cell(cell, tonight)).collect()
    }

    fn cell(&self, cell: usize, tonight: &[f64]) -> Cell {
        let all = self.medians[cell].len();
        let nights = match self.of {
            Baseline::Chosen => gate::baseline(&self.out_of_line[cell]),
            Baseline::Newest => gate::Baseline {
                nights: (all.saturating_sub(30)..all).collect(),
                recent: Vec::new(),
            },
        };
        let of = |value: &dyn Fn(usize) -> f64, tonight: f64| {
            let values = |nights: &[usize]| nights.iter().map(|night| value(*night)).collect();
            Night::new(values(&nights.nights), values(&nights.recent), tonight).unwrap()
        };
        let (own, control) = (&self.medians[cell], &self.medians[0]);
        let relative = || of(&|night| own[night] - control[night], tonight[cell] - tonight[0]);
        Cell {
            raw: of(&|night| own[night], tonight[cell]),
            control: if cell == 0 { Control::Itself } else { Control::Relative(relative()) },
            worse: Worse::Higher,
        }
    }
}

/// Levels of all cells, those of `range` changed by a factor.
pub fn levels(range: std::ops::Range<usize>, factor: f64) -> Vec<f64> {
    (0..CELLS).map(|cell| if range.contains(&cell) { factor.ln() } else { 0.0 }).collect()
}

/// How many cells have this outcome.
pub fn count(judged: &[Judged], outcome: Outcome) -> usize {
    judged.iter().filter(|of| of.outcome == outcome).count()
}
