//! `imgbench compare`: takes the directories of experiments, prints their comparison, and yields the
//! exit code that a job or `git bisect run` acts on.
//!
//! Refuses what [`reports::record`] and [`reports::compare`] refuse. Under `--bisect` that is no
//! error but "cannot tell": 1 to 124 and 126, 127 would call the candidate bad.

use std::path::Path;

use anyhow::Context;
use reports::{
    compare::{Comparison, NotCompared, Question, WhyNot, render},
    record::Experiment,
    stats::Verdict,
};

use crate::cli;

/// A cell is worse: significant, and by at least the threshold.
pub const REGRESSED: u8 = 3;
/// Some cell is neither better, worse nor equal, and `--fail-on inconclusive` was given.
pub const INCONCLUSIVE: u8 = 4;
/// `git bisect run`: the candidate is as good as the baseline, or better.
const GOOD: u8 = 0;
/// `git bisect run`: the candidate is worse.
const BAD: u8 = 1;
/// `git bisect run`: skip this revision.
pub const CANNOT_TELL: u8 = 125;

/// What is to be said, and the exit code.
#[derive(Debug)]
pub struct Outcome {
    /// For standard output.
    pub rendered: String,
    /// For standard error, a line each.
    pub said: Vec<String>,
    /// The exit code.
    pub code: u8,
}

/// Compares as asked.
///
/// # Errors
/// An experiment cannot be read, or what was asked cannot be compared; never under `--bisect`.
pub fn compare(args: &cli::Compare) -> anyhow::Result<Outcome> {
    match compared(args) {
        Ok(comparison) => Ok(outcome(args, &comparison)),
        Err(error) if args.bisect => Ok(Outcome {
            rendered: String::new(),
            said: vec![format!("error: {error:#}"), "bisect: cannot tell (125)".to_owned()],
            code: CANNOT_TELL,
        }),
        Err(error) => Err(error),
    }
}

fn compared(args: &cli::Compare) -> anyhow::Result<Comparison> {
    let question = Question {
        metric: args.metric.clone(),
        threshold: args.threshold,
        across_environments: args.across_environments,
    };
    let load = |what: &str, directory: &Path| {
        Experiment::load(directory).with_context(|| format!("the {what} cannot be read"))
    };
    match (&args.candidate, &args.by) {
        (Some(candidate), _) => {
            let baseline = load("baseline", &args.baseline)?;
            let candidate = load("candidate", candidate)?;
            Ok(Comparison::of_experiments(&baseline, &candidate, &question)?)
        }
        (None, Some(factor)) => {
            let experiment = load("experiment", &args.baseline)?;
            Ok(Comparison::by_factor(&experiment, factor, &question)?)
        }
        (None, None) => anyhow::bail!("give a second experiment, or --by and a factor"),
    }
}

fn outcome(args: &cli::Compare, comparison: &Comparison) -> Outcome {
    let mut said = Vec::new();
    if !args.format.is_for_people() {
        said.extend(comparison.banner.clone());
        said.extend(comparison.warnings.iter().map(|warning| format!("warning: {warning}")));
    }
    let code = if args.bisect {
        let (code, why) = bisect(comparison);
        said.push(format!("bisect: {why} ({code})"));
        code
    } else if comparison.count(Verdict::Regressed) > 0 {
        REGRESSED
    } else if args.fail_on.is_some() && comparison.count(Verdict::Inconclusive) > 0 {
        INCONCLUSIVE
    } else {
        0
    };
    Outcome { rendered: render(comparison, args.format), said, code }
}

/// Bad is what was shown to be bad; good needs every cell of the candidate to be shown.
fn bisect(comparison: &Comparison) -> (u8, String) {
    let regressed = comparison.count(Verdict::Regressed);
    let inconclusive = comparison.count(Verdict::Inconclusive);
    let failed = comparison.candidate.runs_failed;
    let unlike = |cell: &&NotCompared| matches!(cell.reason, WhyNot::Unlike(_));
    let unlike = comparison.not_compared.iter().filter(unlike).count();
    if regressed > 0 {
        (BAD, format!("bad: {regressed} REGRESSED"))
    } else if inconclusive > 0 {
        (CANNOT_TELL, format!("cannot tell: {inconclusive} INCONCLUSIVE"))
    } else if failed > 0 {
        (CANNOT_TELL, format!("cannot tell: {failed} of the candidate's runs failed"))
    } else if unlike > 0 {
        (CANNOT_TELL, format!("cannot tell: {unlike} not of the same work as in the baseline"))
    } else {
        (GOOD, "good: every cell EQUIVALENT or IMPROVED".to_owned())
    }
}
