//! Figures of lines: a value along another (a place in a file, a size, a percentile), a line a cell,
//! what it rests on behind it, and a legend beside the field.

use super::{
    Drawing, Measure,
    axis::Axis,
    drawing::{Anchor, Point},
    frame::{AXIS_HEIGHT, Field, Frame, LINE, MARGIN, SMALL, WIDTH},
    palette::{self, Colour},
    words,
};

/// More lines than these are not told apart in one field; the next go into a field below it.
const LINES_A_FIELD: usize = 6;
/// Height of a field with few lines.
const FIELD_HEIGHT: f64 = 330.0;
/// Width of the legend.
const LEGEND: f64 = 220.0;
/// Pixels by which the marks of lines that have marks at the same places are moved apart.
const ASIDE: f64 = 5.0;

/// The figure's numbers and words.
#[derive(Clone, Debug, PartialEq)]
pub struct LinesFigure {
    /// What is shown.
    pub title: String,
    /// Where it is from, and how it is read.
    pub caption: String,
    /// From above.
    pub panels: Vec<LinesPanel>,
}

/// Lines with both axes in common.
#[derive(Clone, Debug, PartialEq)]
pub struct LinesPanel {
    /// The axis below.
    pub across: Measure,
    /// The axis at the left.
    pub up: Measure,
    /// A cell each, or several.
    pub lines: Vec<Line>,
}

/// A line. Points are a value of the axis below and one of the axis at the left.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Number of its colour and shape, from 0: the same in all figures of one report.
    pub look: usize,
    /// Its name.
    pub name: String,
    /// The medians.
    pub points: Vec<(f64, f64)>,
    /// Runs as lines behind the medians; empty where they would hide them.
    pub behind: Vec<Vec<(f64, f64)>>,
    /// Runs as marks; where there are none, some of the medians are marked.
    pub marks: Vec<LineMark>,
}

/// A marked value on a line, or beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct LineMark {
    /// Its place.
    pub at: (f64, f64),
    /// What it is, in words; may be empty.
    pub tip: String,
}

impl LinesFigure {
    /// Lays the figure out.
    pub(super) fn draw(&self) -> Drawing {
        let frame = Frame::new(&self.title, &self.caption);
        let mut drawing = Drawing::new(WIDTH, 0.0);
        let mut y = frame.top();
        for (at, panel) in self.panels.iter().enumerate() {
            if at > 0 {
                y += 14.0;
            }
            y = panel.draw(&mut drawing, y);
        }
        frame.close(&mut drawing, y);
        drawing
    }
}

impl LinesPanel {
    /// Draws as many fields as the lines need; answers with their end.
    fn draw(&self, drawing: &mut Drawing, top: f64) -> f64 {
        let all = || self.lines.iter().flat_map(Line::all);
        let across = Axis::of(&self.across, all().map(|at| at.0));
        let up = Axis::of(&self.up, all().map(|at| at.1));
        let mut y = top;
        for (at, lines) in self.lines.chunks(LINES_A_FIELD).enumerate() {
            if at > 0 {
                y += 14.0;
            }
            y = Field::vertical_title(drawing, &up, y);
            let legends: Vec<_> = lines.iter().map(|line| legend(&line.name)).collect();
            let height = FIELD_HEIGHT.max(legends.iter().map(|words| entry_height(words)).sum());
            let right = WIDTH - MARGIN - LEGEND;
            let field = Field { left: Field::left_of(&up), top: y, right, bottom: y + height };
            field.horizontal(drawing, &across);
            field.vertical(drawing, &up);
            draw_lines(drawing, &field, (&across, &up), lines);
            draw_legend(drawing, &field, lines, &legends);
            y = field.bottom + AXIS_HEIGHT;
        }
        y
    }
}

impl Line {
    fn all(&self) -> impl Iterator<Item = (f64, f64)> {
        let runs = self.behind.iter().flatten().chain(&self.points).copied();
        runs.chain(self.marks.iter().map(|mark| mark.at))
    }

    fn draw_marks(&self, drawing: &mut Drawing, place: impl Fn((f64, f64)) -> Point, radius: f64) {
        for mark in &self.marks {
            drawing.tipped(&mark.tip, |drawing| {
                palette::marker(drawing, self.look, place(mark.at), radius);
            });
        }
    }
}

fn draw_lines(drawing: &mut Drawing, field: &Field, (across, up): (&Axis, &Axis), lines: &[Line]) {
    let place = |(x, y): (f64, f64)| field.place(across.at(x), up.at(y));
    for line in lines {
        for run in &line.behind {
            let points: Vec<Point> = run.iter().copied().map(place).collect();
            drawing.line(&points, 1.0, Colour::Faint(line.look));
        }
    }
    let aside = |number: usize| match lines[number].marks.is_empty() {
        true => 0.0,
        false => (number as f64 - (lines.len() as f64 - 1.0) / 2.0) * ASIDE,
    };
    for (number, line) in lines.iter().enumerate() {
        let moved = |at| (place(at).0 + aside(number), place(at).1);
        let points: Vec<Point> = line.points.iter().copied().map(moved).collect();
        drawing.line(&points, 1.8, Colour::Cell(line.look));
    }
    for (number, line) in lines.iter().enumerate() {
        if !line.marks.is_empty() {
            line.draw_marks(drawing, |at| (place(at).0 + aside(number), place(at).1), 4.2);
            continue;
        }
        // About 8 markers a line, each line's at other places, so that they do not hide each other.
        let every = line.points.len().div_ceil(8).max(1);
        let first = number * every / lines.len();
        for &at in line.points.iter().skip(first).step_by(every) {
            palette::marker(drawing, line.look, place(at), 5.0);
        }
    }
}

fn legend(name: &str) -> Vec<String> {
    words::wrap(name, SMALL, LEGEND - 44.0, 3)
}

/// Height of a line's entry in the legend.
fn entry_height(words: &[String]) -> f64 {
    words.len() as f64 * SMALL * LINE + 10.0
}

fn draw_legend(drawing: &mut Drawing, field: &Field, lines: &[Line], legends: &[Vec<String>]) {
    let left = field.right + 16.0;
    let mut y = field.top + SMALL * 0.7;
    for (line, words) in lines.iter().zip(legends) {
        drawing.line(&[(left, y), (left + 28.0, y)], 1.8, Colour::Cell(line.look));
        palette::marker(drawing, line.look, (left + 14.0, y), 5.0);
        for (at, word) in words.iter().enumerate() {
            let y = y + at as f64 * SMALL * LINE;
            drawing.text((left + 38.0, y), word, SMALL, Colour::Ink, Anchor::Left);
        }
        y += entry_height(words);
    }
}
