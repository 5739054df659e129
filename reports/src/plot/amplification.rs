//! Bytes on their way down, a bar each: one row a cell.

use super::{
    Drawing, RunPoint,
    axis::Axis,
    frame::Field,
    palette::{self, Colour},
    rows::{Row, RowLabel},
};

/// A cell of the figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AmplificationRow {
    /// Its texts: how many times the workload's bytes reached the host.
    pub label: RowLabel,
    /// What was written at each stage that is counted in some cell, from the workload down; `None`
    /// where it is not in this one.
    pub stages: Vec<Option<Stage>>,
}

/// What was written at one stage, bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The median of the runs.
    pub median: f64,
    /// The runs.
    pub runs: Vec<RunPoint>,
}

impl Row for AmplificationRow {
    fn label(&self) -> &RowLabel {
        &self.label
    }

    fn values(&self) -> Vec<f64> {
        let stages = self.stages.iter().flatten();
        stages.flat_map(|stage| stage.runs.iter().map(|run| run.value)).collect()
    }

    fn draw(&self, drawing: &mut Drawing, field: &Field, axis: &Axis) {
        let height = (field.bottom - field.top - 8.0) / self.stages.len().max(1) as f64;
        for (number, stage) in self.stages.iter().enumerate() {
            let Some(stage) = stage else { continue };
            let top = field.top + 4.0 + number as f64 * height;
            let (y, half) = (top + height * 0.5, height * 0.36);
            let at = |value| field.place(axis.at(value), 0.0).0;
            let corner = (at(stage.median), y + half);
            drawing.rectangle((field.left, y - half), corner, Colour::Faint(number));
            for run in &stage.runs {
                drawing.tipped(&run.tip, |drawing| {
                    palette::marker(drawing, number, (at(run.value), y), 3.6);
                });
            }
        }
    }
}
