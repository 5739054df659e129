//! A forest plot: the ratio of each cell to its control with its interval, one row a cell.

use super::{
    Drawing,
    axis::Axis,
    frame::Field,
    palette::{self, Colour},
    rows::{Row, RowLabel},
};

/// A cell of the figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RatioRow {
    /// Its texts: the verdict, and the ratio with its interval.
    pub label: RowLabel,
    /// The cell over its control, above 0.
    pub ratio: f64,
    /// The ends of its interval; `None` where a single block gives none.
    pub interval: Option<(f64, f64)>,
    /// All of it in words.
    pub tip: String,
}

impl Row for RatioRow {
    fn label(&self) -> &RowLabel {
        &self.label
    }

    fn values(&self) -> Vec<f64> {
        let (low, high) = self.interval.unwrap_or((self.ratio, self.ratio));
        vec![low, self.ratio, high]
    }

    fn draw(&self, drawing: &mut Drawing, field: &Field, axis: &Axis) {
        let y = f64::midpoint(field.top, field.bottom);
        let at = |ratio| field.place(axis.at(ratio), 0.0).0;
        drawing.tipped(&self.tip, |drawing| {
            if let Some((low, high)) = self.interval {
                let colour = Colour::Cell(self.label.look);
                drawing.line(&[(at(low), y), (at(high), y)], 2.4, colour);
                for end in [at(low), at(high)] {
                    drawing.line(&[(end, y - 6.0), (end, y + 6.0)], 2.4, colour);
                }
            }
            palette::marker(drawing, self.label.look, (at(self.ratio), y), 6.0);
        });
    }
}
