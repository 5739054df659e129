//! The numbers and words of the figures: which there are, which cells they show, what they say.
//!
//! A figure is made where there is something for it to show, and no other.

mod amplification;
mod chunks;
mod creation;
mod grid;
mod latency;
mod material;
mod ratios;
mod runs;
mod words;

use super::Units;
use crate::{plot::Figure, ranking::Ranking, record::Experiment, summary::Summary};
use material::Material;

/// All figures of an experiment, in the order in which a reader wants them.
pub(super) fn all(
    experiment: &Experiment,
    summaries: &[Summary],
    ranking: &Ranking,
    units: &Units,
    caption: &str,
) -> Vec<Figure> {
    let of = Material::new(experiment, summaries, ranking, units, caption);
    let figures = [
        runs::figure(&of).map(Figure::Runs),
        ratios::figure(&of).map(Figure::Ratios),
        grid::figure(&of).map(Figure::Grid),
        creation::figure(&of).map(Figure::Creation),
        latency::figure(&of).map(Figure::Latency),
        chunks::figure(&of).map(Figure::Chunks),
        amplification::figure(&of).map(Figure::Amplification),
    ];
    figures.into_iter().flatten().collect()
}
