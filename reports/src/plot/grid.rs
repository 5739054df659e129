//! Small multiples: a panel for each combination of levels, inside it the series side by side, every
//! run a point. All panels of a group have one axis, so that heights can be compared across them.

use super::{
    Drawing, Measure, RunPoint,
    axis::Axis,
    drawing::Anchor,
    frame::{Field, Frame, LINE, MARGIN, SMALL, WIDTH},
    palette::{self, Colour},
    words,
};

/// Height of a panel's field.
const FIELD_HEIGHT: f64 = 170.0;
/// Space between panels.
const GAP: f64 = 18.0;
/// Width of an entry of the legend, at most.
const ENTRY: f64 = 290.0;

/// The figure's numbers and words.
#[derive(Clone, Debug, PartialEq)]
pub struct GridFigure {
    /// What is shown.
    pub title: String,
    /// Where it is from, and how it is read.
    pub caption: String,
    /// The series inside the panels, in the order of their looks.
    pub series: Vec<String>,
    /// Panels with an axis in common.
    pub groups: Vec<GridGroup>,
}

/// Panels with an axis in common.
#[derive(Clone, Debug, PartialEq)]
pub struct GridGroup {
    /// The axis at the left.
    pub measure: Measure,
    /// Panels side by side, at least 1.
    pub columns: usize,
    /// Row by row.
    pub panels: Vec<GridPanel>,
}

/// A panel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GridPanel {
    /// Its levels; empty, with no series, for a place that no cell fills.
    pub heading: String,
    /// Series with an ok run.
    pub series: Vec<GridSeries>,
}

/// The runs of one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct GridSeries {
    /// Number in [`GridFigure::series`].
    pub number: usize,
    /// The runs, in the order they were measured.
    pub runs: Vec<RunPoint>,
    /// Their median.
    pub median: f64,
}

impl GridFigure {
    /// Lays the figure out.
    pub(super) fn draw(&self) -> Drawing {
        let frame = Frame::new(&self.title, &self.caption);
        let mut drawing = Drawing::new(WIDTH, 0.0);
        let mut y = self.draw_legend(&mut drawing, frame.top());
        for group in &self.groups {
            y = group.draw(&mut drawing, self.series.len(), y);
        }
        frame.close(&mut drawing, y);
        drawing
    }

    /// Entries in columns; answers with their end.
    fn draw_legend(&self, drawing: &mut Drawing, top: f64) -> f64 {
        let entries: Vec<String> = self
            .series
            .iter()
            .map(|name| words::wrap(name, SMALL, ENTRY - 40.0, 1).concat())
            .collect();
        let widest = entries.iter().map(|text| words::width(text, SMALL)).fold(0.0, f64::max);
        let columns = ((WIDTH - 2.0 * MARGIN) / (widest + 44.0)).floor().max(1.0) as usize;
        for (number, text) in entries.iter().enumerate() {
            let x = MARGIN + (number % columns) as f64 * (widest + 44.0);
            let y = top + SMALL * (0.5 + 1.6 * (number / columns) as f64);
            palette::marker(drawing, number, (x + 7.0, y), 5.0);
            drawing.text((x + 20.0, y), text, SMALL, Colour::Ink, Anchor::Left);
        }
        top + SMALL * 1.6 * entries.len().div_ceil(columns) as f64 + 8.0
    }
}

impl GridGroup {
    fn draw(&self, drawing: &mut Drawing, series: usize, top: f64) -> f64 {
        let runs = self.panels.iter().flat_map(|panel| &panel.series).flat_map(|of| &of.runs);
        let axis = Axis::of(&self.measure, runs.map(|run| run.value));
        let left = Field::left_of(&axis);
        let columns = self.columns.max(1);
        let width = (WIDTH - MARGIN - left - GAP * (columns - 1) as f64) / columns as f64;
        let mut y = Field::vertical_title(drawing, &axis, top);
        for row in self.panels.chunks(columns) {
            let headings: Vec<_> =
                row.iter().map(|panel| words::wrap(&panel.heading, SMALL, width, 3)).collect();
            let lines = headings.iter().map(Vec::len).max().unwrap_or(1) as f64;
            y += lines * SMALL * LINE + 6.0;
            for (column, (panel, heading)) in row.iter().zip(&headings).enumerate() {
                let left = left + column as f64 * (width + GAP);
                let field = Field { left, top: y, right: left + width, bottom: y + FIELD_HEIGHT };
                for (at, line) in heading.iter().rev().enumerate() {
                    let y = y - 6.0 - SMALL * (0.5 + LINE * at as f64);
                    drawing.text((left, y), line, SMALL, Colour::Ink, Anchor::Left);
                }
                panel.draw(drawing, &field, &axis, series, column == 0);
            }
            y += FIELD_HEIGHT + 16.0;
        }
        y
    }
}

impl GridPanel {
    fn draw(&self, drawing: &mut Drawing, field: &Field, axis: &Axis, series: usize, first: bool) {
        if self.series.is_empty() {
            return;
        }
        if first {
            field.vertical(drawing, axis);
        } else {
            for (tick, _) in &axis.ticks {
                let (x, y) = field.place(0.0, axis.at(*tick));
                drawing.line(&[(x, y), (field.right, y)], 1.0, Colour::Grid);
            }
        }
        drawing.line(&[(field.left, field.bottom), (field.right, field.bottom)], 1.2, Colour::Ink);
        let room = (field.right - field.left) / series.max(1) as f64;
        for of in &self.series {
            let middle = field.left + room * (of.number as f64 + 0.5);
            let half = room * 0.4;
            let (_, y) = field.place(0.0, axis.at(of.median));
            drawing.line(&[(middle - half, y), (middle + half, y)], 3.0, Colour::Ink);
            // From the left in the order of measuring.
            let n = of.runs.len() as f64;
            let step = (2.0 * half / n).min(9.0);
            for (at, run) in of.runs.iter().enumerate() {
                let x = middle + (at as f64 - (n - 1.0) / 2.0) * step;
                let (_, y) = field.place(0.0, axis.at(run.value));
                drawing.tipped(&run.tip, |drawing| {
                    palette::marker(drawing, of.number, (x, y), 3.8);
                });
            }
        }
    }
}
