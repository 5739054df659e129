//! The runs that are not ok, and why.

use super::count;
use crate::{
    plain::plain,
    record::{Experiment, Record, Status},
};

/// More than these are counted only: `runs.csv` has them all.
const LISTED: usize = 20;

/// Longer errors are cut here, in characters; `runs.csv` has them whole.
const ERROR_LENGTH: usize = 400;

/// A line for each run that failed or ran into a deadline.
pub(super) fn list(experiment: &Experiment) -> Vec<String> {
    let failed = |run: &&Record| matches!(run.status, Status::Failed | Status::Timeout);
    let all: Vec<&Record> = experiment.runs.iter().filter(failed).collect();
    let mut lines: Vec<String> = all.iter().take(LISTED).map(|run| line(run)).collect();
    if all.len() > LISTED {
        lines.push(format!(
            "And {} more; runs.csv has all.",
            count(all.len() - LISTED, "failed run")
        ));
    }
    lines
}

fn line(run: &Record) -> String {
    // libguestfs and QEMU answer in several lines.
    let error = run.error.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut error = plain(&error.collect::<Vec<_>>().join("; "));
    if let Some((cut, _)) = error.char_indices().nth(ERROR_LENGTH) {
        error.truncate(cut);
        error += " ... (the whole is in runs.csv)";
    }
    if error.is_empty() {
        error = "no error was recorded".to_owned();
    }
    format!(
        "run {}, block {}, {}: {}: {error}",
        run.run,
        run.block,
        plain(&run.cell),
        run.status.as_str()
    )
}
