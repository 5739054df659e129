//! Seconds per chunk along the file.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    material::{Material, Shown, median_above_zero},
    words,
};
use crate::{
    plain::plain,
    plot::{Line, LinesFigure, LinesPanel, Measure, Scale, Unit},
    record::ChunkRecord,
};

/// Cells in the figure; more make it longer than anyone scrolls.
const CELLS: usize = 24;

/// Points along the file; more than the figure has pixels for are merged.
const PLACES: usize = 256;

/// Runs drawn behind a median; more are a blur.
const RUNS_SHOWN: usize = 12;

/// The chunks of a cell, by run.
type Runs<'a> = BTreeMap<u32, Vec<&'a ChunkRecord>>;

/// The figure; none where no ok run has a record of its chunks.
pub(super) fn figure(of: &Material<'_>) -> Option<LinesFigure> {
    let mut by_cell: HashMap<&str, Runs<'_>> = HashMap::new();
    // Of many cells most are not shown, and their chunks not looked at.
    let shown: HashSet<&str> = of.cells().map(|cell| cell.cell.name.as_str()).collect();
    for chunk in of.experiment.chunks.iter().filter(|chunk| shown.contains(&*chunk.cell)) {
        by_cell.entry(&chunk.cell).or_default().entry(chunk.run).or_default().push(chunk);
    }
    let mut lines: Vec<Line> = Vec::new();
    let mut possible = 0;
    for cell in of.cells() {
        let Some(runs) = by_cell.get(cell.cell.name.as_str()) else { continue };
        possible += 1;
        if lines.len() < CELLS {
            lines.extend(line(cell, runs));
        }
    }
    if lines.is_empty() {
        return None;
    }
    let typical: Vec<f64> = lines
        .iter()
        .filter_map(|line| median_above_zero(line.points.iter().map(|at| at.1)))
        .collect();
    let scale = words::scale(&typical);
    let why = words::why([&scale].into_iter());
    let behind = match lines.iter().any(|line| !line.behind.is_empty()) {
        true => "; faint: each run".to_owned(),
        false => String::new(),
    };
    let reading = format!("Lines: median of the runs{behind}.{why}");
    Some(LinesFigure {
        title: of.title("seconds of each chunk along the file"),
        caption: of.caption(&reading, &of.left_out(lines.len(), possible)),
        panels: vec![LinesPanel {
            across: Measure {
                title: "offset in the file".to_owned(),
                scale: Scale::FromZero,
                unit: Unit::Bytes,
            },
            up: Measure { title: "seconds per chunk".to_owned(), scale, unit: Unit::Number },
            lines,
        }],
    })
}

/// A cell's line, or none if no chunk has a time.
fn line(cell: &Shown<'_>, runs: &Runs<'_>) -> Option<Line> {
    let runs: Vec<Vec<(f64, f64)>> = runs.values().map(|run| points(run)).collect();
    let most = runs.iter().map(Vec::len).max().unwrap_or(0);
    let merged = most.div_ceil(PLACES).max(1);
    let all: Vec<&Vec<(f64, f64)>> = runs.iter().collect();
    let points = merge(&all, most, merged);
    let behind = match runs.len() {
        2..=RUNS_SHOWN => runs.iter().map(|run| merge(&[run], most, merged)).collect(),
        _ => Vec::new(),
    };
    let name = plain(&cell.cell.name);
    (!points.is_empty()).then(|| Line { look: cell.look, name, points, behind, marks: Vec::new() })
}

/// The medians of so many chunks at a time, over all of these runs.
fn merge(runs: &[&Vec<(f64, f64)>], most: usize, merged: usize) -> Vec<(f64, f64)> {
    let mut medians = Vec::new();
    for first in (0..most).step_by(merged) {
        let here = || runs.iter().flat_map(|run| run.iter().skip(first).take(merged));
        let place = here().map(|&(place, _)| place).fold(f64::INFINITY, f64::min);
        if let Some(middle) = median_above_zero(here().map(|&(_, seconds)| seconds)) {
            medians.push((place, middle));
        }
    }
    medians
}

/// Offset in bytes and seconds of the chunks that have a time.
fn points(run: &[&ChunkRecord]) -> Vec<(f64, f64)> {
    let point = |chunk: &&ChunkRecord| {
        chunk.seconds.map(|seconds| (chunk.offset as f64, seconds.as_secs_f64()))
    };
    run.iter().filter_map(point).collect()
}
