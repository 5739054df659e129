//! The numbers and words of the figures.

use std::collections::BTreeMap;

use super::{Units, cases::runs_in_words};
use crate::{
    plain::plain,
    plot::{ChunkLine, ChunksFigure, RunsFigure, RunsRow},
    record::{ChunkRecord, Experiment},
    stats::Sample,
    summary::Summary,
};

/// Cells in the chunk figure; more make it longer than anyone scrolls.
const CHUNK_CELLS: usize = 48;

/// Points along the file; more than the figure has pixels are merged.
const PLACES: usize = 512;

/// Runs drawn behind a median; more are a blur.
const RUNS_SHOWN: usize = 10;

/// Every run and the medians.
pub(super) fn runs(
    experiment: &Experiment,
    summaries: &[Summary],
    units: &Units,
    caption: &str,
) -> RunsFigure {
    let row = |summary: &Summary| {
        let median = summary.median();
        RunsRow {
            name: plain(&summary.cell),
            seconds: summary.values.as_ref().map_or(Vec::new(), |of| of.values().to_vec()),
            median,
            result: median.map_or("no ok run".into(), |time| units.get(summary).with_unit(time)),
            runs: runs_in_words(summary),
        }
    };
    RunsFigure {
        title: format!(
            "Time of the write: every run and the median ({})",
            plain(&experiment.manifest.name)
        ),
        caption: caption.to_owned(),
        rows: summaries.iter().map(row).collect(),
    }
}

/// Seconds per chunk along the file.
pub(super) fn chunks(experiment: &Experiment, caption: &str) -> ChunksFigure {
    let mut by_cell: BTreeMap<&str, BTreeMap<u32, Vec<&ChunkRecord>>> = BTreeMap::new();
    for chunk in &experiment.chunks {
        by_cell.entry(&chunk.cell).or_default().entry(chunk.run).or_default().push(chunk);
    }
    let mut lines = Vec::new();
    let mut caption = caption.to_owned();
    for (number, cell) in experiment.manifest.cells.iter().enumerate() {
        let Some(runs) = by_cell.get(cell.name.as_str()) else { continue };
        if lines.len() == CHUNK_CELLS {
            caption += &format!(" Only the first {CHUNK_CELLS} cells are shown.");
            break;
        }
        let runs: Vec<Vec<(f64, f64)>> = runs.values().map(|run| points(run)).collect();
        if let Some(line) = line(number, &cell.name, runs) {
            lines.push(line);
        }
    }
    let of = plain(&experiment.manifest.name);
    let title = format!("Time of each chunk along the file: median of the runs ({of})");
    ChunksFigure { title, caption, lines }
}

/// A cell's line, or none if no chunk has a time.
fn line(cell: usize, name: &str, mut runs: Vec<Vec<(f64, f64)>>) -> Option<ChunkLine> {
    let most = runs.iter().map(Vec::len).max().unwrap_or(0);
    let merged = most.div_ceil(PLACES).max(1);
    let mut median = Vec::new();
    for first in (0..most).step_by(merged) {
        let here = || runs.iter().flat_map(|run| run.iter().skip(first).take(merged));
        let place = here().map(|&(place, _)| place).fold(f64::INFINITY, f64::min);
        if let Some(middle) = median_of(here().map(|&(_, seconds)| seconds)) {
            median.push((place, middle));
        }
    }
    let typical = median_of(median.iter().map(|&(_, seconds)| seconds))?;
    if runs.len() < 2 || runs.len() > RUNS_SHOWN || merged > 1 {
        runs.clear();
    }
    Some(ChunkLine { cell, name: plain(name), median, runs, typical })
}

/// Offset in MiB and seconds of the chunks that have a time.
fn points(run: &[&ChunkRecord]) -> Vec<(f64, f64)> {
    let point = |chunk: &&ChunkRecord| {
        let place = chunk.offset as f64 / f64::from(1u32 << 20);
        chunk.seconds.map(|seconds| (place, seconds.as_secs_f64()))
    };
    run.iter().filter_map(point).collect()
}

/// The median of the times above zero.
fn median_of(seconds: impl Iterator<Item = f64>) -> Option<f64> {
    let above_zero = seconds.filter(|&time| time > 0.0).collect();
    Sample::new(above_zero).ok().map(|sample| sample.median())
}
