//! Every run by the levels of several factors: small multiples.

use std::collections::BTreeSet;

use super::{
    material::{Material, Shown},
    words,
};
use crate::{
    plain::plain,
    plot::{GridFigure, GridGroup, GridPanel, GridSeries},
    record::Metric,
};

/// Cells in the figure; a part of a grid would be none, so with more there is no figure.
const CELLS: usize = 120;
/// Series side by side in a panel; more are not told apart.
const MOST_SERIES: usize = 20;
/// Panels side by side, at most.
const COLUMNS: usize = 5;
/// Width of all panels of a row, and of a series in one at least, pixels.
const WIDTH: usize = 850;
const SERIES: usize = 15;

/// A factor with its levels, in the order in which cells have them.
struct Factor<'a> {
    name: &'a str,
    levels: Vec<&'a str>,
}

/// How factors are laid out: one inside the panels, one across them, the others from above.
struct Layout<'a> {
    inside: Factor<'a>,
    across: Factor<'a>,
    down: Vec<Factor<'a>>,
}

/// The figure; none where fewer than two factors are crossed.
pub(super) fn figure(of: &Material<'_>) -> Option<GridFigure> {
    if of.every.len() > CELLS || of.every.iter().all(|cell| cell.runs.is_empty()) {
        return None;
    }
    let layout = Layout::of(&of.every)?;
    let groups = Material::by_metric(of.every.iter()).into_iter();
    let groups = groups.map(|(metric, cells)| layout.group(metric, &cells));
    let groups: Vec<GridGroup> = groups.filter(|group| !group.panels.is_empty()).collect();
    let why = words::why(groups.iter().map(|group| &group.measure.scale));
    let reading = format!("Markers: runs, from the left as measured; line: median.{why}");
    let factors = [&layout.inside, &layout.across].into_iter().chain(&layout.down);
    let names: Vec<String> = factors.map(|factor| plain(factor.name)).collect();
    Some(GridFigure {
        title: of.title(&format!("every run and the median by {}", names.join(", "))),
        caption: of.caption(&reading, ""),
        series: layout.inside.levels.iter().map(|level| plain(level)).collect(),
        groups,
    })
}

impl<'a> Layout<'a> {
    /// Images inside the panels where they differ, so that they stand side by side.
    fn of(cells: &'a [Shown<'a>]) -> Option<Self> {
        let mut factors = factors(cells);
        if factors.len() < 2 {
            return None;
        }
        let image = factors.iter().position(|factor| factor.name == "image");
        let inside = factors.remove(image.unwrap_or(0));
        if inside.levels.len() > MOST_SERIES {
            return None;
        }
        let fewest = (0..factors.len()).min_by_key(|&at| factors[at].levels.len())?;
        let across = factors.remove(fewest);
        let layout = Layout { inside, across, down: factors };
        layout.crosses(cells).then_some(layout)
    }

    /// Whether a level inside is in more than one panel; else the factors are one under two names.
    fn crosses(&self, cells: &[Shown<'_>]) -> bool {
        let places: BTreeSet<(&str, String)> =
            cells.iter().map(|cell| (cell.level(self.inside.name), self.heading(cell))).collect();
        places.len() > self.inside.levels.len()
    }

    /// `cache = none, aio = io_uring`.
    fn heading(&self, cell: &Shown<'_>) -> String {
        let factors = [&self.across].into_iter().chain(&self.down);
        let parts =
            factors.map(|of| format!("{} = {}", plain(of.name), plain(cell.level(of.name))));
        parts.collect::<Vec<_>>().join(", ")
    }

    /// Where a cell's panel is: its row's levels, and its column.
    fn place(&self, cell: &Shown<'_>) -> (Vec<usize>, usize) {
        let number = |of: &Factor<'_>| {
            let level = cell.level(of.name);
            of.levels.iter().position(|&other| other == level).unwrap_or(0)
        };
        (self.down.iter().map(number).collect(), number(&self.across))
    }

    /// The panels of the cells of one metric.
    fn group(&self, metric: &Metric, cells: &[&Shown<'_>]) -> GridGroup {
        let medians: Vec<f64> = cells.iter().filter_map(|cell| cell.summary.median()).collect();
        let mut panels: Vec<((Vec<usize>, usize), GridPanel)> = Vec::new();
        for cell in cells {
            let Some(series) = self.series(cell) else { continue };
            let place = self.place(cell);
            match panels.iter_mut().find(|(other, _)| *other == place) {
                Some((_, panel)) => panel.series.push(series),
                None => {
                    let heading = self.heading(cell);
                    panels.push((place, GridPanel { heading, series: vec![series] }));
                }
            }
        }
        panels.sort_by(|a, b| a.0.cmp(&b.0));
        let (columns, panels) = self.arranged(panels);
        GridGroup { measure: words::measure(metric, &medians), columns, panels }
    }

    fn series(&self, cell: &Shown<'_>) -> Option<GridSeries> {
        let level = cell.level(self.inside.name);
        let number = self.inside.levels.iter().position(|&other| other == level)?;
        let runs = cell.points();
        (!runs.is_empty()).then_some(GridSeries { number, runs, median: cell.summary.median()? })
    }

    /// Levels in columns where they fit and fill them; else one panel after the other.
    fn arranged(&self, panels: Vec<((Vec<usize>, usize), GridPanel)>) -> (usize, Vec<GridPanel>) {
        let most = (WIDTH / (self.inside.levels.len() * SERIES)).clamp(1, COLUMNS);
        let across = self.across.levels.len();
        let mut rows: Vec<&Vec<usize>> = panels.iter().map(|((row, _), _)| row).collect();
        rows.dedup();
        let rows: Vec<Vec<usize>> = rows.into_iter().cloned().collect();
        if across > most || panels.len() < across * rows.len() / 2 {
            let columns = most.min(panels.len());
            return (columns, panels.into_iter().map(|(_, panel)| panel).collect());
        }
        let mut grid = vec![GridPanel::default(); across * rows.len()];
        for ((row, column), panel) in panels {
            let row = rows.iter().position(|other| *other == row).unwrap_or(0);
            grid[row * across + column] = panel;
        }
        (across, grid)
    }
}

/// The factors with two levels or more, in the order in which cells have them.
fn factors<'a>(cells: &'a [Shown<'a>]) -> Vec<Factor<'a>> {
    let mut factors: Vec<Factor<'a>> = Vec::new();
    for of in cells.iter().flat_map(|shown| &shown.cell.factors) {
        let known = factors.iter().position(|factor| factor.name == of.factor);
        let at = known.unwrap_or_else(|| {
            factors.push(Factor { name: &of.factor, levels: Vec::new() });
            factors.len() - 1
        });
        if !factors[at].levels.contains(&of.level.as_str()) {
            factors[at].levels.push(&of.level);
        }
    }
    factors.retain(|factor| factor.levels.len() > 1);
    factors
}
