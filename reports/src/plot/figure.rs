//! The kinds of figures, each with the name of its files.

use super::{AmplificationRow, Drawing, GridFigure, LinesFigure, RatioRow, RowsFigure, RunsRow};

/// A figure of a report.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// Every run of each cell, with median and interval.
    Runs(RowsFigure<RunsRow>),
    /// The ratio of each cell to its control, with its interval.
    Ratios(RowsFigure<RatioRow>),
    /// Seconds per chunk along the file.
    Chunks(LinesFigure),
    /// What making an image costs, by its size.
    Creation(LinesFigure),
    /// Every run by the levels of several factors.
    Grid(GridFigure),
    /// Percentiles of latencies.
    Latency(LinesFigure),
    /// Bytes written at each stage.
    Amplification(RowsFigure<AmplificationRow>),
}

impl Figure {
    /// The names that figures can have, and so their files: what is there of another rendering and
    /// was not made again is out of date.
    pub const NAMES: [&'static str; 7] =
        ["runs", "ratios", "chunks", "creation", "grid", "latency", "amplification"];

    /// The figure's name.
    pub fn name(&self) -> &'static str {
        let at = match self {
            Figure::Runs(_) => 0,
            Figure::Ratios(_) => 1,
            Figure::Chunks(_) => 2,
            Figure::Creation(_) => 3,
            Figure::Grid(_) => 4,
            Figure::Latency(_) => 5,
            Figure::Amplification(_) => 6,
        };
        Figure::NAMES[at]
    }

    /// What is shown.
    pub fn title(&self) -> &str {
        self.words().0
    }

    /// Where it is from, and how it is read.
    pub fn caption(&self) -> &str {
        self.words().1
    }

    fn words(&self) -> (&str, &str) {
        match self {
            Figure::Runs(of) => (&of.title, &of.caption),
            Figure::Ratios(of) => (&of.title, &of.caption),
            Figure::Amplification(of) => (&of.title, &of.caption),
            Figure::Grid(of) => (&of.title, &of.caption),
            Figure::Chunks(of) | Figure::Creation(of) | Figure::Latency(of) => {
                (&of.title, &of.caption)
            }
        }
    }

    /// Lays the figure out.
    pub fn draw(&self) -> Drawing {
        match self {
            Figure::Runs(figure) => figure.draw(),
            Figure::Ratios(figure) => figure.draw(),
            Figure::Amplification(figure) => figure.draw(),
            Figure::Grid(figure) => figure.draw(),
            Figure::Chunks(figure) | Figure::Creation(figure) | Figure::Latency(figure) => {
                figure.draw()
            }
        }
    }
}
