//! Takes series, annotations, change points and the verdict, yields the value of the trend page.

use std::collections::HashMap;

use globset::Glob;
use jiff::Timestamp;

use super::{Change, Judgement, Value, Verdict};
use crate::{
    gate::Outcome,
    history::{Annotation, Kind, Point, Series},
    record::Direction,
    trend::{self, CellTrend, ChangePoint, Status, Subject, Trend},
};

/// The page of what is in the history. `judgements` are of the series' nights, oldest first; `tonight` is
/// the verdict of the newest, if it was just measured. Where there are several configs or environments,
/// the name of each cell says of which it is.
pub fn trend(
    title: &str,
    series: &[Series],
    annotations: &[Annotation],
    changes: &[Change],
    judgements: &[Judgement],
    tonight: Option<&Verdict>,
) -> Trend {
    let named = Named::among(series);
    let cells = series.iter().enumerate().map(|(at, of)| {
        let status = match tonight {
            Some(verdict) => verdict
                .findings
                .iter()
                .find(|finding| finding.cell == of.cell)
                .map_or(Status::Inconclusive, |finding| finding.standing.status()),
            None => newest(judgements, of),
        };
        let of_cell: Vec<&Change> = changes.iter().filter(|change| change.series == at).collect();
        CellTrend { name: named.cell(of), ..cell(of, status, annotations, &of_cell) }
    });
    Trend {
        title: title.to_owned(),
        generated: second(Timestamp::now()),
        tonight: tonight.map(Verdict::tonight),
        shifts: shifts(judgements, &named),
        cells: cells.collect(),
    }
}

/// What of a series' config and environment must be said to tell its cells from those of others.
struct Named {
    config: bool,
    environment: bool,
}

impl Named {
    fn among(series: &[Series]) -> Self {
        let several = |same: fn(&Series, &Series) -> bool| {
            series.iter().any(|of| series.first().is_some_and(|first| !same(first, of)))
        };
        Named {
            config: several(|a, b| a.config == b.config),
            environment: several(|a, b| a.environment == b.environment),
        }
    }

    fn cell(&self, of: &Series) -> String {
        format!("{}{}", self.prefix(&of.config, &of.environment), of.cell)
    }

    fn prefix(&self, config: &str, environment: &str) -> String {
        match (self.config, self.environment) {
            (false, false) => String::new(),
            (true, false) => format!("{config}: "),
            (_, true) => format!("{config} ({environment}): "),
        }
    }
}

/// How a cell stood when its config was last judged.
fn newest(judgements: &[Judgement], of: &Series) -> Status {
    let of_series = |judgement: &&Judgement| {
        judgement.night.config == of.config && judgement.night.environment == of.environment
    };
    let last = judgements.iter().rev().find(of_series);
    let judged = last.and_then(|last| last.cells.iter().find(|cell| cell.cell == of.cell));
    match judged.map(|of| of.judged.outcome) {
        Some(Outcome::Pass) => Status::Unchanged,
        Some(Outcome::Improved) => Status::Improved,
        Some(Outcome::EnvironmentShift) => Status::EnvironmentShift,
        Some(Outcome::Alarm) => Status::Alarm,
        Some(Outcome::Inconclusive(_)) | None => Status::Inconclusive,
    }
}

fn shifts(judgements: &[Judgement], named: &Named) -> Vec<String> {
    let shifted = |judgement: &Judgement| {
        let of = |outcome| judgement.cells.iter().filter(|of| of.judged.outcome == outcome).count();
        let (moved, all) = (of(Outcome::EnvironmentShift), judgement.cells.len());
        (moved > 0).then(|| {
            format!(
                "{}: {}{moved} of {all} cells moved with the host (host kernel {}, {})",
                second(judgement.night.started),
                named.prefix(&judgement.night.config, &judgement.night.environment),
                known(&judgement.night.host_kernel),
                known(&judgement.night.qemu)
            )
        })
    };
    judgements.iter().rev().filter_map(shifted).collect()
}

fn known(text: &str) -> &str {
    if text.is_empty() { "unknown" } else { text }
}

fn cell(of: &Series, status: Status, annotations: &[Annotation], changes: &[&Change]) -> CellTrend {
    let places: HashMap<&str, usize> =
        of.points.iter().enumerate().map(|(at, point)| (point.night.id.as_str(), at)).collect();
    let of_cell: Vec<&Annotation> =
        annotations.iter().filter(|note| is_of(note, &of.cell)).collect();
    // The line of the page is the raw median, and so are the marks on it.
    let raw = changes.iter().filter(|change| change.value == Value::Raw);
    let mut changes: Vec<ChangePoint> = raw
        .filter_map(|change| {
            let night = *places.get(change.night.id.as_str())?;
            Some(ChangePoint {
                night,
                worse: change.worse(),
                ratio: change.found.ratio,
                interval: change.found.interval,
                p: change.found.p,
                versions: super::render::versions(change),
                confirmed: change.found.seconded,
            })
        })
        .collect();
    changes.sort_by_key(|change| change.night);
    CellTrend {
        name: of.cell.clone(),
        metric: of.metric.name.clone(),
        unit: of.metric.unit.clone(),
        direction: match of.metric.worse {
            Direction::Higher => "lower is better",
            Direction::Lower => "higher is better",
            Direction::Neither => "neither way is better",
        }
        .to_owned(),
        status,
        nights: of.points.iter().map(night).collect(),
        changes,
        epochs: epochs(of, &of_cell),
        annotations: notes(of, &of_cell, &places),
    }
}

fn night(point: &Point) -> trend::Night {
    let of = &point.night;
    trend::Night {
        date: second(of.started),
        median: point.median,
        to_control: point.control_median.map(|control| point.median / control),
        runs: point.n,
        subject: Subject {
            qemu: of.qemu.clone(),
            kernel: of.host_kernel.clone(),
            revision: of.revision.clone(),
        },
        excluded: point.excluded.clone(),
    }
}

/// Whether an annotation is of a cell. What is no glob was refused when it was made.
fn is_of(note: &Annotation, cell: &str) -> bool {
    Glob::new(&note.cell).is_ok_and(|glob| glob.compile_matcher().is_match(cell))
}

/// Where a new baseline begins, with the reason of the latest epoch announced for that night or before.
fn epochs(of: &Series, annotations: &[&Annotation]) -> Vec<(usize, String)> {
    let begins = |at: &usize| of.points[*at].epoch != of.points[*at - 1].epoch;
    let reason = |at: usize| {
        let night = &of.points[at].night;
        let day = second(night.started);
        let mut announced: Vec<&&Annotation> = annotations
            .iter()
            .filter(|note| note.kind == Kind::Epoch)
            .filter(|note| note.night == night.id || day.as_str() >= note.night.as_str())
            .collect();
        announced.sort_by_key(|note| note.night.clone());
        announced.last().map_or_else(String::new, |note| note.reason.clone())
    };
    (1..of.points.len()).filter(begins).map(|at| (at, reason(at))).collect()
}

fn notes(
    of: &Series,
    annotations: &[&Annotation],
    places: &HashMap<&str, usize>,
) -> Vec<trend::Annotation> {
    let mut notes: Vec<trend::Annotation> = annotations
        .iter()
        .filter(|note| note.kind == Kind::Note)
        .filter_map(|note| {
            let date = match places.get(note.night.as_str()) {
                Some(&at) => second(of.points[at].night.started),
                // The id of an experiment that is not of this series.
                None if note.night.len() > 10 => return None,
                None => note.night.clone(),
            };
            let (text, author) = (note.reason.clone(), note.author.clone());
            Some(trend::Annotation { date, text, author })
        })
        .collect();
    notes.sort_by(|a, b| a.date.cmp(&b.date));
    notes
}

/// UTC to the second.
fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
