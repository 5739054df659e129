//! Takes tonight's [`Judgement`], what fresh blocks said and the experiment itself, and yields the one
//! [`Verdict`] that a job acts on.
//!
//! Exit codes, the first that holds: 3 a regression is confirmed; 1 a run failed; 4 of a cell it cannot be
//! told, or the environment moved, which leaves nothing to be told; 0.

use std::{collections::HashMap, fmt};

use super::{
    confirm::Fresh,
    replay::{CellJudged, Judgement},
};
use crate::{
    gate::{Confirmed, Deviation, Look, Outcome},
    history::Night,
    record::{Experiment, Metric, Status as RunStatus},
    stats::{Alpha, Interval},
    summary::{Summary, summarize},
    trend::{Status, Tonight},
};

/// What a night comes to.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The night.
    pub night: Night,
    /// What it comes to.
    pub status: Status,
    /// What the job exits with.
    pub exit_code: u8,
    /// The same in a sentence or two.
    pub text: String,
    /// A finding a cell, in the order of the config.
    pub findings: Vec<Finding>,
    /// What somebody should look at, in whole sentences.
    pub warnings: Vec<String>,
}

/// How a cell stands tonight.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Fresh blocks confirmed it.
    Regressed,
    /// It alarmed, and fresh blocks do not show it.
    NotConfirmed,
    /// It alarmed, and fresh blocks leave it open.
    Undecided,
    /// Out of line, for the better.
    Improved,
    /// It moved with the others.
    EnvironmentShift,
    /// As before.
    Unchanged,
    /// Too little is known; why.
    Inconclusive(String),
    /// No run of it is ok.
    Failed,
}

/// What is to be said of a cell.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its name.
    pub cell: String,
    /// The cell that it is compared with; its own name if it is the control.
    pub control: String,
    /// What it is judged by.
    pub metric: Metric,
    /// Median of the night.
    pub median: Option<f64>,
    /// Runs that are ok.
    pub n: usize,
    /// Runs that are not.
    pub failed: usize,
    /// How it stands.
    pub standing: Standing,
    /// Against the nights before, tonight alone.
    pub look: Option<Look>,
    /// The fresh blocks, if it alarmed.
    pub fresh: Option<Fresh>,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Standing::Regressed => "REGRESSED",
            Standing::NotConfirmed => "NOT CONFIRMED",
            Standing::Undecided => "UNDECIDED",
            Standing::Improved => "IMPROVED",
            Standing::EnvironmentShift => "ENVIRONMENT SHIFT",
            Standing::Unchanged => "NO CHANGE",
            Standing::Inconclusive(_) => "INCONCLUSIVE",
            Standing::Failed => "FAILED",
        })
    }
}

impl Standing {
    /// What it makes of the night.
    pub fn status(&self) -> Status {
        match self {
            Standing::Regressed => Status::Regressed,
            Standing::Failed => Status::Failed,
            Standing::EnvironmentShift => Status::EnvironmentShift,
            Standing::Undecided | Standing::Inconclusive(_) => Status::Inconclusive,
            Standing::Improved => Status::Improved,
            Standing::NotConfirmed | Standing::Unchanged => Status::Unchanged,
        }
    }
}

impl Finding {
    /// What decides: relative to the control, or raw of the control itself and where it moved alone.
    pub fn deciding(&self) -> Option<&Deviation> {
        self.look.as_ref().map(Look::deciding)
    }

    /// The interval of what decides, at 95 %.
    pub fn interval(&self) -> Option<Interval> {
        self.deciding().map(|of| of.interval(Alpha::FIVE_PERCENT))
    }
}

/// The verdict of the night that `experiment` is. `fresh` is by name of the cell.
pub fn verdict(
    experiment: &Experiment,
    judgement: &Judgement,
    fresh: &HashMap<String, Fresh>,
    warnings: Vec<String>,
) -> Verdict {
    let judged = |cell: &str| judgement.cells.iter().find(|of| of.cell == cell);
    let findings: Vec<Finding> = summarize(experiment)
        .iter()
        .map(|of| finding(of, judged(&of.cell), fresh.get(&of.cell)))
        .collect();
    let runs_failed = experiment.runs.iter().filter(|run| run.status != RunStatus::Ok).count();
    let (status, exit_code) = comes_to(&findings, runs_failed);
    Verdict {
        night: Night::clone(&judgement.night),
        status,
        exit_code,
        text: sentence(&findings, runs_failed, experiment.runs.len()),
        findings,
        warnings,
    }
}

fn finding(of: &Summary, judged: Option<&CellJudged>, fresh: Option<&Fresh>) -> Finding {
    let standing = match judged {
        _ if of.n() == 0 => Standing::Failed,
        None => Standing::Inconclusive(
            "it is excluded, or its metric has no worse direction".to_owned(),
        ),
        Some(found) => match found.judged.outcome {
            Outcome::Pass => Standing::Unchanged,
            Outcome::Improved => Standing::Improved,
            Outcome::EnvironmentShift => Standing::EnvironmentShift,
            Outcome::Inconclusive(reason) => Standing::Inconclusive(reason.to_string()),
            Outcome::Alarm => match fresh.map(Fresh::confirmed) {
                Some(Confirmed::Yes) => Standing::Regressed,
                Some(Confirmed::No) => Standing::NotConfirmed,
                Some(Confirmed::CannotTell) | None => Standing::Undecided,
            },
        },
    };
    Finding {
        cell: of.cell.clone(),
        control: of.control.clone(),
        metric: of.metric.clone(),
        median: of.median(),
        n: of.n(),
        failed: of.failed,
        standing,
        look: judged.and_then(|of| of.judged.tonight),
        fresh: fresh.cloned(),
    }
}

fn comes_to(findings: &[Finding], runs_failed: usize) -> (Status, u8) {
    let has = |status: Status| findings.iter().any(|of| of.standing.status() == status);
    if has(Status::Regressed) {
        (Status::Regressed, 3)
    } else if runs_failed > 0 {
        (Status::Failed, 1)
    } else if has(Status::EnvironmentShift) {
        (Status::EnvironmentShift, 4)
    } else if has(Status::Inconclusive) {
        (Status::Inconclusive, 4)
    } else if has(Status::Improved) {
        (Status::Improved, 0)
    } else {
        (Status::Unchanged, 0)
    }
}

/// What there is of each kind, the gravest first.
fn sentence(findings: &[Finding], runs_failed: usize, runs: usize) -> String {
    let names = |wanted: &dyn Fn(&Standing) -> bool| {
        let names: Vec<&str> =
            findings.iter().filter(|of| wanted(&of.standing)).map(|of| of.cell.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let mut said = Vec::new();
    let mut say = |what: &str, names: Option<String>| {
        said.extend(names.map(|names| format!("{what}: {names}.")));
    };
    say("REGRESSED, and confirmed by fresh blocks", names(&|of| *of == Standing::Regressed));
    if runs_failed > 0 {
        say("Runs that did not succeed", Some(format!("{runs_failed} of {runs}")));
    }
    say("Alarm, and fresh blocks cannot tell", names(&|of| *of == Standing::Undecided));
    say(
        "ENVIRONMENT SHIFT: the host moved, and with it",
        names(&|of| *of == Standing::EnvironmentShift),
    );
    say("Cannot be told", names(&|of| matches!(of, Standing::Inconclusive(_))));
    say("Alarm, not confirmed by fresh blocks", names(&|of| *of == Standing::NotConfirmed));
    say("IMPROVED", names(&|of| *of == Standing::Improved));
    match said.is_empty() {
        true => "No cell is out of line with the nights before.".to_owned(),
        false => said.join(" "),
    }
}

impl Verdict {
    /// The verdict as the trend page shows it.
    pub fn tonight(&self) -> Tonight {
        let mut details: Vec<(String, Status, String)> = self
            .findings
            .iter()
            .filter(|of| of.standing != Standing::Unchanged)
            .map(|of| (of.cell.clone(), of.standing.status(), super::render::sentence(of)))
            .collect();
        details.sort_by_key(|(_, status, _)| *status);
        Tonight { status: self.status, text: self.text.clone(), exit_code: self.exit_code, details }
    }
}
