//! Runs that are not there: not done, not ok, or without a partner in their block.

use std::collections::HashMap;

use crate::{
    plain::plain,
    ranking::{Ranking, WhyNot},
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
    warnings.extend(summaries.iter().filter_map(without_value));
    warnings.extend(lone_blocks(summaries, ranking));
    warnings.extend(not_compared(summaries, ranking));
    warnings
}

/// Ok runs of a cell that do not have what the cell is compared by.
fn without_value(summary: &Summary) -> Option<String> {
    let runs: Vec<String> = summary.missing.iter().map(u32::to_string).collect();
    (!runs.is_empty()).then(|| {
        format!(
            "{}: {} without a value of {} above 0 (run {}): they enter no median and no ratio.",
            plain(&summary.cell),
            count(runs.len(), "ok run"),
            plain(&summary.metric.name),
            listed(&runs)
        )
    })
}

/// Cells whose metric keeps them from being compared with their control.
fn not_compared(summaries: &[Summary], ranking: &Ranking) -> Vec<String> {
    let all = || summaries.iter().zip(&ranking.standings);
    let because = |why: WhyNot| -> Vec<String> {
        let found = all().filter(|(_, standing)| standing.why_not == Some(why));
        found.map(|(summary, _)| plain(&summary.cell)).collect()
    };
    let mut warnings = Vec::new();
    let other = because(WhyNot::OtherMetric);
    if !other.is_empty() {
        warnings.push(format!(
            "{}: not compared, since the control is measured by another metric. Give each workload a \
             control of its own.",
            listed(&other)
        ));
    }
    let neither = because(WhyNot::NoDirection);
    if !neither.is_empty() {
        warnings.push(format!(
            "{}: not compared, since neither way of the metric is better or worse.",
            listed(&neither)
        ));
    }
    warnings
}

/// A control, the blocks without an ok run of both, and how many blocks there are with one.
type LeftOut<'a> = (&'a str, &'a [u32], usize);

/// Blocks that a comparison had to leave out; one sentence for all cells with the same blocks.
fn lone_blocks(summaries: &[Summary], ranking: &Ranking) -> Vec<String> {
    let mut left_out: Vec<(LeftOut<'_>, Vec<String>)> = Vec::new();
    let mut places = HashMap::new();
    for (summary, standing) in summaries.iter().zip(&ranking.standings) {
        // Without a comparison the report says so elsewhere.
        let Some(comparison) = &standing.comparison else { continue };
        let (blocks, n) =
            (standing.lone_blocks.as_slice(), comparison.estimate.design.n_baseline());
        if blocks.is_empty() {
            continue;
        }
        let of = (summary.control.as_str(), blocks, n);
        let place = *places.entry(of).or_insert_with(|| {
            left_out.push((of, Vec::new()));
            left_out.len() - 1
        });
        left_out[place].1.push(plain(&summary.cell));
    }
    left_out
        .into_iter()
        .map(|((control, blocks, n), names)| {
            let control = plain(control);
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
