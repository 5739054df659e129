//! Every run as a point, the median with its interval behind them: one row a cell.

use super::{
    Drawing,
    axis::Axis,
    frame::Field,
    palette::{self, Colour},
    rows::{Row, RowLabel},
};

/// A cell of the figure. Values are in the unit of the panel's axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunsRow {
    /// Its texts: the median, and its interval.
    pub label: RowLabel,
    /// Its ok runs, in the order they were measured.
    pub runs: Vec<RunPoint>,
    /// Their median.
    pub median: Option<f64>,
    /// The ends of its interval.
    pub interval: Option<(f64, f64)>,
}

/// A run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunPoint {
    /// Its value.
    pub value: f64,
    /// Cell, run, block and value in words.
    pub tip: String,
}

impl Row for RunsRow {
    fn label(&self) -> &RowLabel {
        &self.label
    }

    fn values(&self) -> Vec<f64> {
        self.runs.iter().map(|run| run.value).chain(self.median).collect()
    }

    fn draw(&self, drawing: &mut Drawing, field: &Field, axis: &Axis) {
        let at = |value| field.place(axis.at(value), 0.0).0;
        let (top, bottom) = (field.top + 4.0, field.bottom - 4.0);
        if let Some((low, high)) = self.interval {
            drawing.rectangle((at(low), top), (at(high), bottom), Colour::Band);
        }
        if let Some(median) = self.median {
            drawing.line(&[(at(median), top), (at(median), bottom)], 3.0, Colour::Ink);
        }
        // From above in the order of measuring, so that a drift shows, and equal values stay apart.
        let n = self.runs.len() as f64;
        let step = ((bottom - top - 12.0) / n).min(12.0);
        for (number, run) in self.runs.iter().enumerate() {
            let y = f64::midpoint(top, bottom) + (number as f64 - (n - 1.0) / 2.0) * step;
            drawing.tipped(&run.tip, |drawing| {
                palette::marker(drawing, self.label.look, (at(run.value), y), 4.5);
            });
        }
    }
}
