//! What makes the numbers doubtful, a sentence or two each, with the figures and what to do.

mod busy;
mod drift;
mod missing;
mod spread;

use super::accelerator;
use crate::{plain::plain, ranking::Ranking, record::Experiment, summary::Summary};

/// All warnings, those about the records first.
pub(super) fn all(
    experiment: &Experiment,
    summaries: &[Summary],
    ranking: &Ranking,
) -> Vec<String> {
    let mut warnings: Vec<String> = experiment.warnings.iter().map(|text| plain(text)).collect();
    warnings.extend(accelerator::mixed(experiment, summaries));
    warnings.extend(missing::warnings(experiment, summaries, ranking));
    warnings.extend(busy::warnings(experiment));
    warnings.extend(drift::warnings(experiment, summaries));
    warnings.extend(spread::warnings(summaries));
    warnings
}
