//! Seeded histories with known steps, as one CSV file for both programs.

use std::f64::consts::TAU;
use std::fmt::Write as _;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What is added to the noise of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Besides {
    /// Nothing.
    Nothing,
    /// One night in 50 is up to 50 % slower.
    Outliers,
    /// 1 % slower a year, evenly.
    Drift,
}

impl Besides {
    /// How a table names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Outliers => "outliers",
            Self::Drift => "drift of 1 % a year",
        }
    }
}

/// What a history is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kind {
    /// The size of every step, as a fraction.
    pub step: f64,
    /// The CV of a night.
    pub cv: f64,
    /// What else there is.
    pub besides: Besides,
}

/// One cell's medians in seconds, and the nights that begin a new level.
pub struct History {
    /// A median a night, oldest first.
    pub medians: Vec<f64>,
    /// The true change points.
    pub changes: Vec<usize>,
}

/// The shortest distance of two steps, in nights.
const APART: usize = 60;

/// A history of `nights` with a step in every 180 of them on average, up or down by chance.
pub fn history(random: &mut Random, nights: usize, kind: Kind) -> History {
    let mut changes = Vec::new();
    let mut next = APART + random.below(2 * (180 - APART));
    while next + APART <= nights {
        changes.push(next);
        next += APART + random.below(2 * (180 - APART));
    }
    let mut level: f64 = 1.0;
    let mut medians = Vec::with_capacity(nights);
    for night in 0..nights {
        if changes.contains(&night) {
            let step = 1.0 + kind.step;
            level *= if random.uniform() < 0.5 { step } else { 1.0 / step };
        }
        let extra = match kind.besides {
            Besides::Nothing => 1.0,
            Besides::Outliers if random.uniform() < 0.02 => 1.0 + 0.5 * random.uniform(),
            Besides::Outliers => 1.0,
            Besides::Drift => 1.01f64.powf(night as f64 / 365.0),
        };
        medians.push(level * extra * (kind.cv * random.normal()).exp());
    }
    History { medians, changes }
}

/// The CSV that both programs read: a time, and a column for each history named c0, c1, …
pub fn csv(histories: &[History]) -> String {
    let mut csv = "time".to_owned();
    for cell in 0..histories.len() {
        let _ = write!(csv, ",c{cell}");
    }
    for night in 0..histories[0].medians.len() {
        // Months of 28 days: neither program minds, and both read dates.
        let (year, month, day) = (2_000 + night / 336, 1 + night % 336 / 28, 1 + night % 28);
        let _ = write!(csv, "\n{year}-{month:02}-{day:02}T00:00:00+00:00");
        for history in histories {
            let _ = write!(csv, ",{:.6}", history.medians[night]);
        }
    }
    csv.push('\n');
    csv
}

/// The noise, from a seed.
pub struct Random(ChaCha8Rng);

impl Random {
    /// Everything follows from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Uniform strictly between 0 and 1.
    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.uniform() * limit as f64) as usize
    }

    /// Box-Muller.
    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (TAU * self.uniform()).cos()
    }
}
