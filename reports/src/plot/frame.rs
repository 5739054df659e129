//! What all figures have in common: the title above, the caption below, a field with its axes.

use super::{
    axis::Axis,
    drawing::{Anchor, Drawing, Point},
    palette::{ALARM, GRID, INK, SOFT},
    words,
};

/// Width of every figure. Shown at 600 pixels its smallest text is still 9 pixels high.
pub(super) const WIDTH: f64 = 960.0;
/// Space round everything.
pub(super) const MARGIN: f64 = 24.0;
/// Size of titles.
pub(super) const TITLE: f64 = 23.0;
/// Size of labels.
pub(super) const LABEL: f64 = 18.0;
/// Size of captions and lesser labels.
pub(super) const SMALL: f64 = 15.0;

/// The texts round a figure, broken into lines.
pub(super) struct Frame {
    title: Vec<String>,
    caption: Vec<String>,
}

impl Frame {
    /// Breaks the texts to the figure's width.
    pub(super) fn new(title: &str, caption: &str) -> Self {
        let room = WIDTH - 2.0 * MARGIN;
        Frame {
            title: words::wrap(title, TITLE, room, 3),
            caption: words::wrap(caption, SMALL, room, 4),
        }
    }

    /// Where the figure proper begins, from above.
    pub(super) fn top(&self) -> f64 {
        MARGIN + self.title.len() as f64 * TITLE * 1.3 + 14.0
    }

    /// Height of everything below the figure proper.
    pub(super) fn bottom(&self) -> f64 {
        self.caption.len() as f64 * SMALL * 1.35 + MARGIN + 10.0
    }

    /// Draws title and caption.
    pub(super) fn draw(&self, drawing: &mut Drawing) {
        let mut y = MARGIN + TITLE * 0.65;
        for line in &self.title {
            drawing.text((MARGIN, y), line, TITLE, INK, Anchor::Left);
            y += TITLE * 1.3;
        }
        let simulated = self.caption.first().is_some_and(|line| line.starts_with("SIMULATED"));
        let colour = if simulated { ALARM } else { SOFT };
        let mut y = drawing.height - self.bottom() + 10.0 + SMALL * 0.65;
        for line in &self.caption {
            drawing.text((MARGIN, y), line, SMALL, colour, Anchor::Left);
            y += SMALL * 1.35;
        }
    }
}

/// The rectangle in which values are shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Field {
    /// The place at shares of the field's width, from the left, and height, from below.
    pub(super) fn place(&self, across: f64, up: f64) -> Point {
        let x = self.left + across * (self.right - self.left);
        (x, self.bottom - up * (self.bottom - self.top))
    }

    /// Draws the axis below with grid lines, labels and title. Labels that would touch the one
    /// before are left out.
    pub(super) fn horizontal(&self, drawing: &mut Drawing, axis: &Axis, title: &str) {
        let mut free_from = f64::NEG_INFINITY;
        for &tick in &axis.ticks {
            let (x, bottom) = self.place(axis.at(tick), 0.0);
            drawing.line(&[(x, self.top), (x, bottom)], 1.0, GRID);
            let label = axis.label(tick);
            let half = words::width(&label, SMALL) / 2.0;
            if x - half > free_from {
                drawing.line(&[(x, bottom), (x, bottom + 5.0)], 1.0, INK);
                drawing.text((x, bottom + 16.0), &label, SMALL, INK, Anchor::Middle);
                free_from = x + half + 10.0;
            }
        }
        drawing.line(&[(self.left, self.bottom), (self.right, self.bottom)], 1.2, INK);
        let middle = ((self.left + self.right) / 2.0, self.bottom + 40.0);
        drawing.text(middle, &format!("{title}{}", axis.note()), LABEL, INK, Anchor::Middle);
    }

    /// Draws the axis at the left with grid lines, labels and title; after the one below, whose
    /// first grid line it covers.
    pub(super) fn vertical(&self, drawing: &mut Drawing, axis: &Axis, title: &str) {
        for &tick in &axis.ticks {
            let (x, y) = self.place(0.0, axis.at(tick));
            if y < self.bottom {
                drawing.line(&[(x, y), (self.right, y)], 1.0, GRID);
            }
            drawing.line(&[(x - 5.0, y), (x, y)], 1.0, INK);
            drawing.text((x - 9.0, y), &axis.label(tick), SMALL, INK, Anchor::Right);
        }
        drawing.line(&[(self.left, self.top), (self.left, self.bottom)], 1.2, INK);
        let middle = (MARGIN + LABEL * 0.5, (self.top + self.bottom) / 2.0);
        drawing.text(middle, &format!("{title}{}", axis.note()), LABEL, INK, Anchor::Upwards);
    }
}

/// Height that [`Field::horizontal`] takes below the field.
pub(super) const AXIS_HEIGHT: f64 = 52.0;
