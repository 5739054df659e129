//! What a machine can tell apart, from an experiment of one image under two names and under a third
//! with a slowdown of known size.
//!
//! Takes the experiment and which cell is which; yields a [`Calibration`]. Refuses an experiment
//! without a block in which both twins succeeded.

use crate::{
    pairing,
    record::{Experiment, Metric, Status},
    stats::{
        Alpha, Comparison, Design, LogRatios, Pairing, Policy, Sample, Verdict, decide,
        estimate_paired, runs_needed,
    },
};

/// Beyond so many blocks only the first of all relabellings are tried.
const MOST_RELABELLED: usize = 10;

/// The numbers of runs for which the smallest visible slowdown is told.
const RUNS: [usize; 3] = [3, 6, 10];

/// The effect of which it is told how many runs it needs, a ratio.
const CLAIM: f64 = 1.05;

/// The names of the three cells.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a> {
    /// The image.
    pub first: &'a str,
    /// The same again.
    pub again: &'a str,
    /// The same, slowed.
    pub slowed: &'a str,
}

/// What a machine can tell apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Blocks in which both twins succeeded.
    pub blocks: usize,
    /// Runs of the experiment that did not succeed.
    pub failed: usize,
    /// The slowdown that was aimed at, as a fraction; `slowed` has what it came to.
    pub injected: f64,
    /// Coefficient of variation of the chunks' times inside a run: the median over the twins' runs.
    pub cv_within: Option<f64>,
    /// Coefficient of variation between boots, over all runs of the twins.
    pub cv_between: Option<f64>,
    /// The second twin against the first.
    pub twins: Comparison,
    /// Of all ways to say which twin is which in each block, how many would have been called a
    /// change, and how many there are.
    pub false_alarms: (usize, usize),
    /// The slowed cell against the first twin; none where it has no block.
    pub slowed: Option<Comparison>,
    /// The smallest slowdown that shows in 8 of 10 experiments, by number of runs; `None` where so
    /// few runs cannot show any.
    pub visible: Vec<(usize, Option<f64>)>,
    /// Runs that a claim of 5 % needs; `None` beyond 1,000.
    pub needed: Option<usize>,
}

impl Calibration {
    /// Works it out; `injected` is the slowdown as a fraction.
    ///
    /// # Errors
    /// There is no block with both twins.
    pub fn of(experiment: &Experiment, cells: Cells<'_>, injected: f64) -> Result<Self, String> {
        let policy = Policy::default();
        let twins_of = pairs(experiment, cells.first, cells.again);
        let ratios = LogRatios::of_pairs(&twins_of).map_err(|_| {
            "no block has both twins: nothing can be said of this machine".to_owned()
        })?;
        let twins = compare(&ratios, &policy)?;
        let slowed = LogRatios::of_pairs(&pairs(experiment, cells.first, cells.slowed))
            .ok()
            .map(|ratios| compare(&ratios, &policy))
            .transpose()?;
        let values: Vec<f64> = twins_of.iter().flat_map(|&(a, b)| [a, b]).collect();
        let cv_between = Sample::new(values).ok().and_then(|sample| sample.cv());
        let sd = ratios.sd();
        let visible = |n| {
            let effect = |sd| {
                Design::Paired { blocks: n }.minimum_detectable_effect(Alpha::FIVE_PERCENT, sd)
            };
            (n, sd.and_then(effect).map(|ratio| ratio - 1.0))
        };
        Ok(Calibration {
            blocks: ratios.n(),
            failed: experiment.runs.iter().filter(|run| run.status != Status::Ok).count(),
            injected,
            cv_within: cv_within(experiment, &[cells.first, cells.again]),
            cv_between,
            twins,
            false_alarms: relabelled(&twins_of, &policy)?,
            slowed,
            visible: RUNS.map(visible).to_vec(),
            // The log-ratio of two runs has the noise of both.
            needed: sd.and_then(|sd| {
                let cv = (sd * sd / 2.0).exp_m1().sqrt();
                runs_needed(Pairing::Paired, cv, CLAIM, Alpha::FIVE_PERCENT)
            }),
        })
    }

    /// Whether the twins were not told apart and the slowed one was.
    #[must_use]
    pub fn certified(&self) -> bool {
        let found = self.slowed.as_ref().is_some_and(|found| found.verdict == Verdict::Regressed);
        !alarm(&self.twins) && found
    }
}

fn alarm(comparison: &Comparison) -> bool {
    matches!(comparison.verdict, Verdict::Regressed | Verdict::Improved)
}

fn compare(ratios: &LogRatios, policy: &Policy) -> Result<Comparison, String> {
    let decided = decide(&[estimate_paired(ratios, policy.alpha)], policy);
    decided.into_iter().next().ok_or_else(|| "nothing was compared".to_owned())
}

/// The times of two cells in the blocks in which both succeeded.
fn pairs(experiment: &Experiment, first: &str, second: &str) -> Vec<(f64, f64)> {
    let by_cell = experiment.by_cell();
    let [first, second] =
        [first, second].map(|cell| by_cell.values(cell, &Metric::default().name).by_block());
    pairing::pairs(&first, &second)
}

fn cv_within(experiment: &Experiment, cells: &[&str]) -> Option<f64> {
    let runs = experiment.runs.iter().filter(|run| cells.contains(&run.cell.as_str()));
    let cvs = runs.filter_map(|run| {
        let chunks = experiment.chunks.iter().filter(|chunk| chunk.run == run.run);
        let seconds = chunks.filter_map(|chunk| chunk.seconds).map(|took| took.as_secs_f64());
        Sample::new(seconds.collect()).ok()?.cv()
    });
    // A CV of 0 is possible, and no Sample takes it: the median is taken by hand.
    let mut cvs: Vec<f64> = cvs.collect();
    cvs.sort_by(f64::total_cmp);
    let (upper, lower) = (cvs.get(cvs.len() / 2)?, cvs.get(cvs.len().saturating_sub(1) / 2)?);
    Some((upper + lower) / 2.0)
}

/// Twins are the same image, so any of them could have had the other's name in any block: each way
/// of naming them is an experiment without a change.
fn relabelled(pairs: &[(f64, f64)], policy: &Policy) -> Result<(usize, usize), String> {
    let ways = 1usize << pairs.len().min(MOST_RELABELLED);
    let mut alarms = 0;
    for way in 0..ways {
        let swapped: Vec<_> = pairs
            .iter()
            .enumerate()
            .map(
                |(block, &(a, b))| {
                    if block < MOST_RELABELLED && way >> block & 1 == 1 { (b, a) } else { (a, b) }
                },
            )
            .collect();
        let ratios = LogRatios::of_pairs(&swapped).map_err(|error| error.to_string())?;
        alarms += usize::from(alarm(&compare(&ratios, policy)?));
    }
    Ok((alarms, ways))
}
