//! Simulated runs: the noise of a machine, in blocks, from a seed.

use std::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use statrs::distribution::{ContinuousCDF, Normal};

/// The shape of a run's noise around a typical time of 1.
#[derive(Debug, Clone, Copy)]
pub enum Noise {
    /// Normal, with this coefficient of variation.
    Normal(f64),
    /// Lognormal, skewed: sd of the log 0.3.
    Lognormal,
    /// Three runs in ten are 10 % slower; 1 % normal noise in both modes.
    Bimodal,
    /// The machine gets 20 % slower from the first block to the last; 2 % normal noise.
    Drifting,
}

/// The four noises of the tables.
pub const NOISES: [Noise; 4] =
    [Noise::Normal(0.02), Noise::Lognormal, Noise::Bimodal, Noise::Drifting];

impl Noise {
    /// How a table names it.
    pub fn name(self) -> String {
        match self {
            Self::Normal(cv) => format!("normal, CV {:.0} %", cv * 100.0),
            Self::Lognormal => "lognormal, σ 0.3".to_owned(),
            Self::Bimodal => "bimodal, 30 % of runs +10 %".to_owned(),
            Self::Drifting => "drifting by 20 %".to_owned(),
        }
    }

    /// The level of the machine in `block` of `blocks`, shared by all cells of the block.
    fn level(self, block: usize, blocks: usize) -> f64 {
        match self {
            Self::Drifting => 1.0 + 0.2 * block as f64 / (blocks - 1) as f64,
            _ => 1.0,
        }
    }

    /// The true median of a run; under drift, of the runs of all blocks together.
    pub fn median(self, blocks: usize) -> f64 {
        let mixture: Vec<(f64, f64, f64)> = match self {
            Self::Bimodal => vec![(0.7, 1.0, 0.01), (0.3, 1.1, 0.01)],
            Self::Drifting => {
                (0..blocks).map(|b| (1.0 / blocks as f64, self.level(b, blocks), 0.02)).collect()
            }
            Self::Normal(_) | Self::Lognormal => return 1.0,
        };
        let below = |x: f64| -> f64 {
            mixture.iter().map(|(w, m, sd)| w * Normal::standard().cdf((x - m) / sd)).sum()
        };
        let (mut low, mut high) = (0.5, 1.5);
        for _ in 0..60 {
            let half = f64::midpoint(low, high);
            if below(half) < 0.5 { low = half } else { high = half }
        }
        low
    }
}

/// A machine on which experiments are run.
pub struct Machine(ChaCha8Rng);

impl Machine {
    /// A machine whose runs follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// One run of every cell in each of `blocks` blocks, cells differing by their true `ratios`: the
    /// times of each cell.
    pub fn experiment(&mut self, noise: Noise, ratios: &[f64], blocks: usize) -> Vec<Vec<f64>> {
        let mut cells = vec![Vec::with_capacity(blocks); ratios.len()];
        for block in 0..blocks {
            for (cell, ratio) in cells.iter_mut().zip(ratios) {
                cell.push(ratio * noise.level(block, blocks) * self.run(noise));
            }
        }
        cells
    }

    fn run(&mut self, noise: Noise) -> f64 {
        match noise {
            Noise::Normal(cv) => 1.0 + cv * self.normal(),
            Noise::Lognormal => (0.3 * self.normal()).exp(),
            Noise::Bimodal => {
                let mode = if self.uniform() < 0.3 { 1.1 } else { 1.0 };
                mode + 0.01 * self.normal()
            }
            Noise::Drifting => 1.0 + 0.02 * self.normal(),
        }
    }

    /// A delay with a long tail: exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Box-Muller, so that nothing is shared with the code under test.
    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (TAU * self.uniform()).cos()
    }
}

/// The runs of two cells paired by block.
pub fn pairs(cells: &[Vec<f64>]) -> Vec<(f64, f64)> {
    cells[0].iter().copied().zip(cells[1].iter().copied()).collect()
}
