//! Text and JSON of a night's verdict and of change points. Prints, and decides nothing.

use serde_json::{Value as Json, json};

use super::{Change, Finding, Fresh, Standing, Value, Verdict};
use crate::{
    gate::{Basis, Confirmation},
    plain::plain,
};

/// `nightly.txt`: the verdict, and two lines a cell.
pub fn text(verdict: &Verdict) -> String {
    let night = &verdict.night;
    let mut text = format!(
        "{}: {}\n{}\n\n{}, night of {:.0}, experiment {}\n{}\n",
        verdict.status,
        plain(&night.config),
        plain(&verdict.text),
        plain(&night.qemu),
        night.started,
        night.short_id(),
        plain(&night.environment)
    );
    for warning in &verdict.warnings {
        text += &format!("warning: {}\n", plain(warning));
    }
    for finding in &verdict.findings {
        text += &format!("\n{}  {}\n", plain(&finding.cell), finding.standing);
        text += &format!("  {}\n", plain(&median(finding)));
        for line in lines(finding) {
            text += &format!("  {line}\n");
        }
    }
    text + &format!("\nExit code {}\n", verdict.exit_code)
}

/// A finding in one sentence.
pub(super) fn sentence(finding: &Finding) -> String {
    let mut parts = vec![median(finding)];
    parts.extend(lines(finding));
    parts.join("; ")
}

fn median(finding: &Finding) -> String {
    let word = if finding.n == 1 { "run" } else { "runs" };
    let runs = match finding.failed {
        0 => format!("{} {word}", finding.n),
        failed => format!("{} {word}, {failed} failed", finding.n),
    };
    match finding.median {
        None => format!("{}: no value, {runs}", finding.metric.name),
        Some(median) => {
            format!("{} {median:.4} {}, {runs}", finding.metric.name, finding.metric.unit)
        }
    }
}

fn lines(finding: &Finding) -> Vec<String> {
    let mut lines = Vec::new();
    if let Standing::Inconclusive(why) = &finding.standing {
        lines.push(why.clone());
    }
    if let (Some(look), Some(deciding), Some(interval)) =
        (&finding.look, finding.deciding(), finding.interval())
    {
        let against = match look.basis {
            Basis::Both | Basis::Relative => format!("over {}", plain(&finding.control)),
            Basis::Raw => "raw".to_owned(),
        };
        lines.push(format!(
            "against {} nights, {against}: ratio {:.3} [{:.3}, {:.3}], adjusted p = {:.4}; raw {:.3}",
            deciding.nights,
            deciding.ratio(),
            interval.low,
            interval.high,
            look.p_adjusted,
            look.raw.ratio()
        ));
        lines.push(format!(
            "a change of {:.1} % would have been seen on 4 such nights of 5",
            (look.smallest_effect - 1.0) * 100.0
        ));
    }
    lines.extend(finding.fresh.iter().flat_map(fresh_lines));
    lines
}

fn fresh_lines(fresh: &Fresh) -> Vec<String> {
    let of = |confirmation: &Confirmation| {
        let Confirmation { ratio, interval, p, .. } = confirmation;
        format!("ratio {ratio:.3} [{:.3}, {:.3}], p = {p:.4}", interval.low, interval.high)
    };
    let mut lines = Vec::new();
    if let Some(last_good) = &fresh.last_good {
        lines.push(format!("fresh blocks against the last good QEMU: {}", of(last_good)));
    }
    lines.push(match &fresh.nights {
        Ok(nights) => format!("fresh blocks against the nights before: {}", of(nights)),
        Err(why) => format!("fresh blocks against the nights before: {why}"),
    });
    if fresh.nights.is_ok_and(|of| of.control_moved) {
        lines.push(
            "the control moved, and not this cell: in the fresh blocks its raw value is not worse than in the nights before"
                .to_owned(),
        );
    }
    if fresh.not_of_qemu() {
        lines.push("the last good QEMU is as slow: the change is not QEMU's".to_owned());
    }
    lines
}

/// `nightly.json`: one object.
pub fn json(verdict: &Verdict) -> String {
    let night = &verdict.night;
    let cells: Vec<Json> = verdict.findings.iter().map(cell).collect();
    let object = json!({
        "schema": 1,
        "status": verdict.status.to_string(),
        "exit_code": verdict.exit_code,
        "text": verdict.text,
        "config": night.config,
        "experiment": night.id,
        "started": night.started.to_string(),
        "environment": night.environment,
        "qemu": night.qemu,
        "host_kernel": night.host_kernel,
        "guest_kernel": night.guest_kernel,
        "revision": night.revision,
        "warnings": verdict.warnings,
        "cells": cells,
    });
    format!("{object:#}\n")
}

fn cell(finding: &Finding) -> Json {
    let interval = finding.interval();
    let reason = match &finding.standing {
        Standing::Inconclusive(why) => Some(why),
        Standing::Regressed
        | Standing::NotConfirmed
        | Standing::Undecided
        | Standing::Improved
        | Standing::EnvironmentShift
        | Standing::Unchanged
        | Standing::Failed => None,
    };
    json!({
        "cell": finding.cell,
        "control": finding.control,
        "metric": finding.metric.name,
        "unit": finding.metric.unit,
        "median": finding.median,
        "n": finding.n,
        "failed": finding.failed,
        "standing": finding.standing.to_string(),
        "reason": reason,
        "nights": finding.deciding().map(|of| of.nights),
        "ratio": finding.deciding().map(|of| of.ratio()),
        "ci_low": interval.map(|of| of.low),
        "ci_high": interval.map(|of| of.high),
        "raw_ratio": finding.look.map(|look| look.raw.ratio()),
        "p_adjusted": finding.look.map(|look| look.p_adjusted),
        "smallest_effect": finding.look.map(|look| look.smallest_effect),
        "fresh": finding.fresh.as_ref().map(fresh),
    })
}

fn fresh(fresh: &Fresh) -> Json {
    let of = |found: &Confirmation| {
        json!({
            "confirmed": format!("{:?}", found.confirmed),
            "ratio": found.ratio,
            "ci_low": found.interval.low,
            "ci_high": found.interval.high,
            "p": found.p,
            "control_moved": found.control_moved,
        })
    };
    json!({
        "last_good": fresh.last_good.as_ref().map(of),
        "nights": fresh.nights.as_ref().ok().map(of),
        "not_of_qemu": fresh.not_of_qemu(),
    })
}

/// What changed with the level: `QEMU 9.1 → 9.2, host kernel 6.1 → 6.12`; empty if nothing did.
pub(super) fn versions(change: &Change) -> String {
    let short = |text: &str| match text.len() {
        0 => "unknown".to_owned(),
        // A hash.
        40 | 64 => text.chars().take(12).collect(),
        _ => {
            let text = text.strip_prefix("QEMU emulator version ").unwrap_or(text);
            plain(text.strip_prefix("qemu-img version ").unwrap_or(text))
        }
    };
    let words = |(what, before, after): (&str, &str, &str)| {
        format!("{what} {} → {}", short(before), short(after))
    };
    change.versions().into_iter().map(words).collect::<Vec<_>>().join(", ")
}

/// By config and environment: a line a change point, and one for what changed with it.
pub fn changes_text(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "No change point (p <= 0.01, at least 6 nights on either side).\n".to_owned();
    }
    let place = |of: &Change| (of.config.clone(), of.night.environment.clone());
    let group = |group: &[Change]| {
        let (config, environment) = place(&group[0]);
        format!("{} ({})\n", plain(&config), plain(&environment)) + &lines_of(group)
    };
    let groups: Vec<String> = changes.chunk_by(|a, b| place(a) == place(b)).map(group).collect();
    groups.join("\n")
}

fn lines_of(changes: &[Change]) -> String {
    let line = |change: &Change| {
        let value = match change.value {
            Value::Raw => "raw",
            Value::Relative => "over control",
        };
        let way = match change.worse() {
            Some(true) => "worse",
            Some(false) => "better",
            None => "changed",
        };
        let found = &change.found;
        let (low, high) = (found.interval.low, found.interval.high);
        let opinion = if found.seconded { "L1 agrees" } else { "L1 does not have it" };
        let versions = match versions(change) {
            none if none.is_empty() => "no version changed".to_owned(),
            some => some,
        };
        format!(
            "{:.0}  {}, {} ({value})  {way}: ratio {:.3} [{low:.3}, {high:.3}], p = {:.4}, {opinion}\n    {versions}\n",
            change.night.started,
            plain(&change.cell),
            change.metric.name,
            found.ratio,
            found.p,
        )
    };
    changes.iter().map(line).collect()
}

/// An array of objects, one a line.
pub fn changes_json(changes: &[Change]) -> String {
    let object = |change: &Change| {
        let found = &change.found;
        let versions = change.versions().into_iter();
        let versions: Vec<Json> = versions
            .map(|(what, before, after)| json!({"what": what, "before": before, "after": after}))
            .collect();
        json!({
            "config": change.config,
            "environment": change.night.environment,
            "cell": change.cell,
            "metric": change.metric.name,
            "value": match change.value { Value::Raw => "raw", Value::Relative => "relative" },
            "started": change.night.started.to_string(),
            "experiment": change.night.id,
            "worse": change.worse(),
            "ratio": found.ratio,
            "ci_low": found.interval.low,
            "ci_high": found.interval.high,
            "ci_level": found.interval.level,
            "p": found.p,
            "seconded": found.seconded,
            "versions": versions,
        })
        .to_string()
    };
    match changes.is_empty() {
        true => "[]\n".to_owned(),
        false => {
            format!("[\n{}\n]\n", changes.iter().map(object).collect::<Vec<_>>().join(",\n"))
        }
    }
}
