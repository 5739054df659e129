//! Every run as a point, the medians marked: one row a cell.

use super::{
    Drawing,
    axis::Axis,
    drawing::Anchor,
    frame::{AXIS_HEIGHT, Field, Frame, LABEL, MARGIN, SMALL, WIDTH},
    palette::{self, GRID, INK, SOFT},
    words,
};

/// Medians further apart than this share a linear axis badly: most would sit on the left edge.
const LOG_ABOVE: f64 = 8.0;

/// The figure's numbers and words.
#[derive(Clone, Debug, PartialEq)]
pub struct RunsFigure {
    /// What is shown.
    pub title: String,
    /// Where it is from.
    pub caption: String,
    /// The cells, from above.
    pub rows: Vec<RunsRow>,
}

/// A cell of the figure.
#[derive(Clone, Debug, PartialEq)]
pub struct RunsRow {
    /// The cell's name.
    pub name: String,
    /// Seconds of its ok runs, in the order they were measured.
    pub seconds: Vec<f64>,
    /// Their median, seconds.
    pub median: Option<f64>,
    /// The median as text with its unit, or what there is instead.
    pub result: String,
    /// The number of runs, in words.
    pub runs: String,
}

impl RunsFigure {
    /// Lays the figure out.
    pub fn draw(&self) -> Drawing {
        let frame = Frame::new(&self.title, &self.caption);
        let names: Vec<_> =
            self.rows.iter().map(|row| words::wrap(&row.name, LABEL, 270.0, 3)).collect();
        let widest = |texts: &mut dyn Iterator<Item = &str>, size| {
            texts.map(|text| words::width(text, size)).fold(0.0, f64::max)
        };
        let name_width = widest(&mut names.iter().flatten().map(String::as_str), LABEL);
        let results = widest(&mut self.rows.iter().map(|row| row.result.as_str()), LABEL);
        let runs = widest(&mut self.rows.iter().map(|row| row.runs.as_str()), SMALL);
        // Many cells: what a screen holds matters more than air between them.
        let least = if self.rows.len() > 60 { 28.0 } else { 50.0 };
        let heights: Vec<f64> = names
            .iter()
            .map(|lines| (lines.len() as f64 * LABEL * 1.25 + 10.0).max(least))
            .collect();

        let top = frame.top();
        let field = Field {
            left: MARGIN + name_width + 16.0,
            top,
            right: WIDTH - MARGIN - results.max(runs) - 16.0,
            bottom: top + heights.iter().sum::<f64>().max(least),
        };
        let height = field.bottom + AXIS_HEIGHT + frame.bottom();
        let mut drawing = Drawing::new(WIDTH, height);
        frame.draw(&mut drawing);
        let axis = self.axis();
        field.horizontal(&mut drawing, &axis, "seconds of the measured write");

        let mut y = top;
        for (cell, (row, (lines, height))) in
            self.rows.iter().zip(names.iter().zip(&heights)).enumerate()
        {
            if cell > 0 {
                drawing.line(&[(field.left, y), (field.right, y)], 1.0, GRID);
            }
            row.draw(&mut drawing, &field, &axis, cell, (y, y + height), lines);
            y += height;
        }
        drawing
    }

    fn axis(&self) -> Axis {
        let all = || self.rows.iter().flat_map(|row| &row.seconds).copied();
        let medians = || self.rows.iter().filter_map(|row| row.median);
        let (smallest, largest) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
        let spread = medians().fold(0.0, f64::max) / medians().fold(f64::INFINITY, f64::min);
        if spread > LOG_ABOVE {
            Axis::logarithmic(smallest, largest)
        } else {
            Axis::from_zero(largest)
        }
    }
}

impl RunsRow {
    fn draw(
        &self,
        drawing: &mut Drawing,
        field: &Field,
        axis: &Axis,
        cell: usize,
        (top, bottom): (f64, f64),
        name: &[String],
    ) {
        let middle = (top + bottom) / 2.0;
        let mut y = middle - (name.len() as f64 - 1.0) * LABEL * 0.625;
        for line in name {
            drawing.text((field.left - 12.0, y), line, LABEL, INK, Anchor::Right);
            y += LABEL * 1.25;
        }
        if let Some(median) = self.median {
            let (x, _) = field.place(axis.at(median), 0.0);
            drawing.line(&[(x, top + 4.0), (x, bottom - 4.0)], 3.0, INK);
        }
        // From above in the order of measuring, so that a drift shows, and equal times stay apart.
        let n = self.seconds.len() as f64;
        let step = ((bottom - top - 20.0) / n).min(12.0);
        for (at, &seconds) in self.seconds.iter().enumerate() {
            let (x, _) = field.place(axis.at(seconds), 0.0);
            let y = middle + (at as f64 - (n - 1.0) / 2.0) * step;
            palette::marker(drawing, cell, (x, y), 4.5);
        }
        let x = field.right + 14.0;
        if bottom - top < 40.0 {
            drawing.text((x, middle), &self.result, SMALL, INK, Anchor::Left);
        } else {
            drawing.text((x, middle - 9.0), &self.result, LABEL, INK, Anchor::Left);
            drawing.text((x, middle + 11.0), &self.runs, SMALL, SOFT, Anchor::Left);
        }
    }
}
