//! Seconds per chunk along the file: a line a cell, the runs behind it faintly.

use super::{
    Drawing,
    axis::Axis,
    drawing::{Anchor, Point},
    frame::{AXIS_HEIGHT, Field, Frame, LABEL, MARGIN, SMALL, WIDTH},
    palette::{self, INK, SOFT},
    words,
};

/// More lines than these are not told apart in one field; the next go into a field below it.
const LINES_A_FIELD: usize = 6;

/// Typical chunks further apart than this between cells want a logarithmic axis.
const LOG_ABOVE: f64 = 8.0;

/// Height of a field with few lines.
const FIELD_HEIGHT: f64 = 330.0;

/// Width of the legend.
const LEGEND: f64 = 220.0;

/// The figure's numbers and words.
#[derive(Clone, Debug, PartialEq)]
pub struct ChunksFigure {
    /// What is shown.
    pub title: String,
    /// Where it is from.
    pub caption: String,
    /// The cells that have chunks, in the plan's order.
    pub lines: Vec<ChunkLine>,
}

/// A cell of the figure. Places are offsets in the file in MiB, with seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct ChunkLine {
    /// The cell's number in the plan, from 0: it keeps its colour and shape in all figures.
    pub cell: usize,
    /// The cell's name.
    pub name: String,
    /// The median of the runs at each place.
    pub median: Vec<(f64, f64)>,
    /// Each run; empty where they would hide the medians.
    pub runs: Vec<Vec<(f64, f64)>>,
    /// The median over all places: where the line mostly is.
    pub typical: f64,
}

impl ChunksFigure {
    /// Lays the figure out.
    pub fn draw(&self) -> Drawing {
        let frame = Frame::new(&self.title, &self.caption);
        if self.lines.is_empty() {
            return self.draw_nothing(&frame);
        }
        let legends: Vec<_> = self
            .lines
            .iter()
            .map(|line| words::wrap(&line.name, SMALL, LEGEND - 44.0, 3))
            .collect();
        let seconds = self.seconds_axis();
        let places = self.places_axis();
        let labels = seconds.ticks.iter().map(|&tick| words::width(&seconds.label(tick), SMALL));
        let left = MARGIN + LABEL + 20.0 + labels.fold(0.0, f64::max);

        let mut drawing = Drawing::new(WIDTH, 0.0);
        let mut top = frame.top();
        for (lines, legends) in self.lines.chunks(LINES_A_FIELD).zip(legends.chunks(LINES_A_FIELD))
        {
            let height = FIELD_HEIGHT.max(legend_height(legends));
            let field = Field { left, top, right: WIDTH - MARGIN - LEGEND, bottom: top + height };
            field.horizontal(&mut drawing, &places, "offset in the file, MiB");
            field.vertical(&mut drawing, &seconds, "seconds per chunk");
            draw_lines(&mut drawing, &field, &places, &seconds, lines);
            draw_legend(&mut drawing, &field, lines, legends);
            top = field.bottom + AXIS_HEIGHT + 18.0;
        }
        drawing.height = top - 18.0 + frame.bottom();
        frame.draw(&mut drawing);
        drawing
    }

    fn draw_nothing(&self, frame: &Frame) -> Drawing {
        let height = frame.top() + 80.0 + frame.bottom();
        let mut drawing = Drawing::new(WIDTH, height);
        frame.draw(&mut drawing);
        let text = "No ok run has a record of its chunks.";
        drawing.text((WIDTH / 2.0, frame.top() + 40.0), text, LABEL, SOFT, Anchor::Middle);
        drawing
    }

    fn all(&self) -> impl Iterator<Item = (f64, f64)> {
        self.lines.iter().flat_map(|line| line.runs.iter().flatten().chain(&line.median)).copied()
    }

    fn places_axis(&self) -> Axis {
        Axis::of_places(self.all().map(|(place, _)| place).fold(0.0, f64::max))
    }

    fn seconds_axis(&self) -> Axis {
        let typical = || self.lines.iter().map(|line| line.typical).filter(|&time| time > 0.0);
        let spread = typical().fold(0.0, f64::max) / typical().fold(f64::INFINITY, f64::min);
        let above_zero = || self.all().map(|(_, seconds)| seconds).filter(|&time| time > 0.0);
        let largest = above_zero().fold(0.0, f64::max);
        if spread > LOG_ABOVE {
            Axis::logarithmic(above_zero().fold(f64::INFINITY, f64::min), largest)
        } else {
            Axis::from_zero(largest)
        }
    }
}

fn draw_lines(
    drawing: &mut Drawing,
    field: &Field,
    places: &Axis,
    seconds: &Axis,
    lines: &[ChunkLine],
) {
    let at = |&(place, time): &(f64, f64)| field.place(places.at(place), seconds.at(time));
    for line in lines {
        for run in &line.runs {
            let points: Vec<Point> = run.iter().map(at).collect();
            drawing.line(&points, 1.0, palette::faint(line.cell));
        }
    }
    for line in lines {
        let points: Vec<Point> = line.median.iter().map(at).collect();
        drawing.line(&points, 1.8, palette::colour(line.cell));
    }
    for (number, line) in lines.iter().enumerate() {
        // About 8 markers a line, each line's at other places, so that they do not hide each other.
        let every = line.median.len().div_ceil(8).max(1);
        let first = number * every / lines.len();
        for point in line.median.iter().skip(first).step_by(every) {
            palette::marker(drawing, line.cell, at(point), 5.0);
        }
    }
}

/// Height of a cell's entry in the legend.
fn entry_height(lines: &[String]) -> f64 {
    lines.len() as f64 * SMALL * 1.25 + 10.0
}

fn legend_height(legends: &[Vec<String>]) -> f64 {
    legends.iter().map(|lines| entry_height(lines)).sum()
}

fn draw_legend(drawing: &mut Drawing, field: &Field, lines: &[ChunkLine], legends: &[Vec<String>]) {
    let left = field.right + 16.0;
    let mut y = field.top + SMALL * 0.7;
    for (line, words) in lines.iter().zip(legends) {
        drawing.line(&[(left, y), (left + 28.0, y)], 1.8, palette::colour(line.cell));
        palette::marker(drawing, line.cell, (left + 14.0, y), 5.0);
        for (at, word) in words.iter().enumerate() {
            let y = y + at as f64 * SMALL * 1.25;
            drawing.text((left + 38.0, y), word, SMALL, INK, Anchor::Left);
        }
        y += entry_height(words);
    }
}
