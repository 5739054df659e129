//! Runs that are not there: not done, not ok, or without a partner in their block.

use crate::{
    plain::plain,
    ranking::Ranking,
    record::{Experiment, Status},
    report::{count, listed},
    summary::Summary,
};

pub(super) fn warnings(
    experiment: &Experiment,
    summaries: &[Summary],
    ranking: &Ranking,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let planned = experiment.manifest.order.iter().map(Vec::len).sum::<usize>();
    let of = |status: Status| experiment.runs.iter().filter(|run| run.status == status).count();
    let done = experiment.runs.len() - of(Status::Interrupted);
    if done < planned {
        warnings.push(format!(
            "Incomplete: {done} of {} done. The others can still be done: imgbench run --resume {}",
            count(planned, "planned run"),
            plain(&experiment.directory.display().to_string())
        ));
    }
    let (failed, timeout) = (of(Status::Failed), of(Status::Timeout));
    if failed + timeout > 0 {
        let mut text = format!(
            "{} of {} are not ok ({failed} failed, {timeout} ran into a deadline): they enter no \
             median and no ratio.",
            failed + timeout,
            count(done, "run"),
        );
        if timeout > 0 {
            text += " Runs that were too slow to end are missing, so the medians may flatter.";
        }
        warnings.push(text);
    }
    warnings.extend(lone_blocks(experiment, summaries, ranking));
    warnings
}

/// Blocks that a comparison had to leave out; one sentence for all cells with the same blocks.
fn lone_blocks(experiment: &Experiment, summaries: &[Summary], ranking: &Ranking) -> Vec<String> {
    let mut left_out: Vec<(&[u32], usize, Vec<String>)> = Vec::new();
    for (summary, standing) in summaries.iter().zip(&ranking.standings) {
        // Without a comparison the report says so elsewhere.
        let Some(comparison) = &standing.comparison else { continue };
        let (blocks, n) =
            (standing.lone_blocks.as_slice(), comparison.estimate.design.n_baseline());
        if blocks.is_empty() {
            continue;
        }
        match left_out.iter_mut().find(|(same, rest, _)| (*same, *rest) == (blocks, n)) {
            Some((_, _, names)) => names.push(plain(&summary.cell)),
            None => left_out.push((blocks, n, vec![plain(&summary.cell)])),
        }
    }
    let control = plain(&experiment.manifest.control);
    left_out
        .into_iter()
        .map(|(blocks, n, names)| {
            let numbers: Vec<String> = blocks.iter().map(u32::to_string).collect();
            format!(
                "{}: without an ok partner in block {}, so the comparison with {control} rests on \
                 {} only.",
                listed(&names),
                listed(&numbers),
                count(n, "block"),
            )
        })
        .collect()
}
