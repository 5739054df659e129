//! Simulated nights: what a machine, and what a change, do to the medians of cells, from a seed.

use std::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// How nights differ beyond the noise of their runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Boot {
    /// They do not.
    None,
    /// All cells of a night share a factor of this CV: the host.
    Shared(f64),
    /// Each cell of each night has its own factor of this CV: the layout of a fresh image.
    Own(f64),
}

impl Boot {
    /// How a table names it.
    pub fn name(self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Shared(cv) => format!("{:.0} %, shared by all cells", cv * 100.0),
            Self::Own(cv) => format!("{:.0} %, each cell its own", cv * 100.0),
        }
    }
}

/// The noise of a night.
#[derive(Debug, Clone, Copy)]
pub struct Noise {
    /// The CV of a run.
    pub run: f64,
    /// Runs of each cell a night.
    pub runs: usize,
    /// The noise between nights.
    pub boot: Boot,
}

impl Noise {
    /// Six runs a night at a CV of 2 %.
    pub fn usual(boot: Boot) -> Self {
        Self { run: 0.02, runs: 6, boot }
    }
}

/// A machine on which nights are run.
pub struct Machine(ChaCha8Rng);

impl Machine {
    /// A machine whose nights follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// ln of the median of each cell tonight, the typical one being `levels`.
    pub fn night(&mut self, noise: Noise, levels: &[f64]) -> Vec<f64> {
        let shared = match noise.boot {
            Boot::Shared(cv) => cv * self.normal(),
            Boot::None | Boot::Own(_) => 0.0,
        };
        let mut cell = |level: &f64| {
            let own = match noise.boot {
                Boot::Own(cv) => cv * self.normal(),
                Boot::None | Boot::Shared(_) => 0.0,
            };
            level + shared + own + self.median(noise)
        };
        levels.iter().map(&mut cell).collect()
    }

    fn median(&mut self, noise: Noise) -> f64 {
        let mut runs: Vec<f64> =
            (0..noise.runs).map(|_| (1.0 + noise.run * self.normal()).ln()).collect();
        runs.sort_by(f64::total_cmp);
        f64::midpoint(runs[(noise.runs - 1) / 2], runs[noise.runs / 2])
    }

    /// Uniform strictly between 0 and 1.
    pub fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Box-Muller, so that nothing is shared with the code under test.
    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (TAU * self.uniform()).cos()
    }
}
