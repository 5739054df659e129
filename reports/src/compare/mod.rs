//! Two experiments, or the levels of one factor of an experiment, set against each other cell by
//! cell.
//!
//! Takes experiments read back from their files and a [`Question`] fixed beforehand; yields a
//! [`Comparison`], which holds every number and every verdict. [`render`](render()) only prints it.
//!
//! Refuses ([`Refusal`]) what cannot be compared at all: no cell in common, runs that were simulated
//! beside runs that were measured, and, unless the question allows it, experiments from machines
//! that differ in what the times depend on most. One cell that cannot be compared is listed with
//! the reason, and the others are compared.
//!
//! Two experiments are unpaired: exact Mann-Whitney test, Hodges-Lehmann shift. Two levels of one
//! experiment are paired by block: sign-flip test, signed-rank interval. In both cases p is adjusted
//! by Holm over all cells compared, since one false alarm anywhere is what a gate must not raise.

mod across_experiments;
mod cell;
mod environment;
mod levels;
mod metric;
mod refusal;
mod render;
mod runs;
mod side;
mod threshold;
mod unlike;

pub use cell::{ComparedCell, NotCompared, WhyNot};
pub use environment::Difference;
pub(crate) use environment::barring;
pub use levels::By;
pub use refusal::Refusal;
pub use render::{Format, render};
pub use runs::RunCounts;
pub use side::Side;
pub use threshold::threshold;

use crate::{
    accelerator::banner,
    record::{Experiment, Metric},
    stats::{Adjustment, Margin, Policy, Verdict},
};
use cell::Pair;

/// What is asked, fixed before the numbers are seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Name of the metric that is compared: one of [`TIMES`](crate::record::TIMES) or of
    /// `metrics.csv`; `None` for each cell's own.
    pub metric: Option<String>,
    /// The smallest change that counts.
    pub threshold: Margin,
    /// Compare although accelerator, CPU or host filesystem differ.
    pub across_environments: bool,
}

impl Default for Question {
    /// Each cell's own metric, 5 %, one environment.
    fn default() -> Self {
        Question { metric: None, threshold: Margin::FIVE_PERCENT, across_environments: false }
    }
}

/// Everything there is to say about a comparison. Text is as in the files: renderers make it safe.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// That nothing here was measured, where that is so.
    pub banner: Option<String>,
    /// The metric of all cells that were compared; `None` where they have several.
    pub metric: Option<Metric>,
    /// Threshold, significance level and adjustment of the verdicts.
    pub policy: Policy,
    /// The factor whose levels were compared; `None` for two experiments.
    pub by: Option<By>,
    /// What is compared with.
    pub baseline: Side,
    /// What is compared; for levels of a factor the same experiment as the baseline.
    pub candidate: Side,
    /// In what the two environments differ.
    pub differences: Vec<Difference>,
    /// The cells that were compared, in the order of the baseline's config.
    pub cells: Vec<ComparedCell>,
    /// The cells that were not, and why.
    pub not_compared: Vec<NotCompared>,
    /// What loading passed over, in whole sentences.
    pub warnings: Vec<String>,
}

impl Comparison {
    /// Compares the cells that two experiments have in common.
    ///
    /// # Errors
    /// [`Refusal`], if they cannot be compared.
    pub fn of_experiments(
        baseline: &Experiment,
        candidate: &Experiment,
        question: &Question,
    ) -> Result<Self, Refusal> {
        if !baseline.runs.is_empty() && baseline.runs == candidate.runs {
            return Err(Refusal::SameRuns {
                baseline: baseline.directory.clone(),
                candidate: candidate.directory.clone(),
            });
        }
        let mut differences =
            environment::differences(baseline, candidate, question.across_environments)?;
        let asked = metric::asked(question.metric.as_deref(), &[baseline, candidate])?;
        let matched = across_experiments::pairs(baseline, candidate, asked.as_ref())?;
        differences.extend(matched.differences);
        let mut warnings = baseline.warnings.clone();
        warnings.extend(candidate.warnings.iter().cloned());
        let policy = policy(question);
        Ok(Comparison {
            banner: banner(baseline).or_else(|| banner(candidate)),
            metric: shared_metric(&matched.pairs),
            by: None,
            baseline: Side::of(baseline),
            candidate: Side::of(candidate),
            cells: cell::judge(matched.pairs, &policy),
            not_compared: matched.not_compared,
            policy,
            differences,
            warnings,
        })
    }

    /// Compares each level of a factor with the control's level, in cells that agree on all other
    /// factors.
    ///
    /// # Errors
    /// [`Refusal`], if there is no such factor, or nothing that differs in it alone.
    pub fn by_factor(
        experiment: &Experiment,
        factor: &str,
        question: &Question,
    ) -> Result<Self, Refusal> {
        // One experiment differs from itself only where its runs used several accelerators.
        let differences =
            environment::differences(experiment, experiment, question.across_environments)?;
        let asked = metric::asked(question.metric.as_deref(), &[experiment])?;
        let (by, pairs, not_compared) = levels::pairs(experiment, factor, asked.as_ref())?;
        let policy = policy(question);
        Ok(Comparison {
            banner: banner(experiment),
            metric: shared_metric(&pairs),
            by: Some(by),
            baseline: Side::of(experiment),
            candidate: Side::of(experiment),
            cells: cell::judge(pairs, &policy),
            not_compared,
            policy,
            differences,
            warnings: experiment.warnings.clone(),
        })
    }

    /// Name of the metric that was compared; `own` for each cell's own, where these differ.
    pub fn metric_name(&self) -> &str {
        self.metric.as_ref().map_or("own", |metric| metric.name.as_str())
    }

    /// How many cells have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.cells.iter().filter(|cell| cell.verdict == verdict).count()
    }

    /// What of the environment differs and would have been refused: it belongs beside each verdict.
    /// Empty within one environment.
    pub fn across(&self) -> String {
        let barring = self.differences.iter().filter(|difference| difference.bars);
        barring.map(|difference| difference.what.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// The metric of all pairs, if it is one.
fn shared_metric(pairs: &[Pair]) -> Option<Metric> {
    let first = pairs.first()?.metric.clone();
    pairs.iter().all(|pair| pair.metric == first).then_some(first)
}

fn policy(question: &Question) -> Policy {
    Policy { margin: question.threshold, adjustment: Adjustment::Holm, ..Policy::default() }
}

/// Whether anything is left to be judged; if not, why.
fn some(pairs: &[Pair], not_compared: &[NotCompared]) -> Result<(), Refusal> {
    if !pairs.is_empty() {
        return Ok(());
    }
    Err(Refusal::NothingComparable { cells: not_compared.to_vec() })
}
