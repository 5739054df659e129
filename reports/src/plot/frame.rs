//! What all figures have in common: the title above, the caption below, a field with its axes.

use super::{
    axis::Axis,
    drawing::{Anchor, Drawing, Point, allowed},
    palette::Colour,
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
/// Height of a line of text, in parts of its size.
pub(super) const LINE: f64 = 1.25;
/// Height that [`Field::horizontal`] takes below the field.
pub(super) const AXIS_HEIGHT: f64 = 52.0;

/// The texts round a figure, broken into lines.
pub(super) struct Frame {
    title: String,
    caption: String,
    title_lines: Vec<String>,
    caption_lines: Vec<String>,
}

impl Frame {
    /// Breaks the texts to the figure's width.
    pub(super) fn new(title: &str, caption: &str) -> Self {
        let room = WIDTH - 2.0 * MARGIN;
        Frame {
            title: title.to_owned(),
            caption: caption.to_owned(),
            title_lines: words::wrap(title, TITLE, room, 3),
            caption_lines: words::wrap(caption, SMALL, room, 8),
        }
    }

    /// Where the figure proper begins, from above.
    pub(super) fn top(&self) -> f64 {
        MARGIN + self.title_lines.len() as f64 * TITLE * 1.3 + 14.0
    }

    /// Height of everything below the figure proper.
    fn bottom(&self) -> f64 {
        self.caption_lines.len() as f64 * SMALL * 1.35 + MARGIN + 10.0
    }

    /// Draws title and caption round a figure proper that ends at `end`.
    pub(super) fn close(&self, drawing: &mut Drawing, end: f64) {
        drawing.height = end + self.bottom();
        drawing.title = allowed(&self.title);
        drawing.description = allowed(&self.caption);
        let mut y = MARGIN + TITLE * 0.65;
        for line in &self.title_lines {
            drawing.text((MARGIN, y), line, TITLE, Colour::Ink, Anchor::Left);
            y += TITLE * 1.3;
        }
        let simulated = self.caption.starts_with("SIMULATED");
        let colour = if simulated { Colour::Alarm } else { Colour::Soft };
        let mut y = end + 10.0 + SMALL * 0.65;
        for line in &self.caption_lines {
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
    pub(super) fn horizontal(&self, drawing: &mut Drawing, axis: &Axis) {
        self.grid(drawing, axis);
        self.horizontal_axis(drawing, axis);
    }

    /// Draws the grid lines of an axis below.
    pub(super) fn grid(&self, drawing: &mut Drawing, axis: &Axis) {
        for (tick, _) in &axis.ticks {
            let (x, bottom) = self.place(axis.at(*tick), 0.0);
            drawing.line(&[(x, self.top), (x, bottom)], 1.0, Colour::Grid);
        }
    }

    /// Draws the axis below with its labels and title.
    pub(super) fn horizontal_axis(&self, drawing: &mut Drawing, axis: &Axis) {
        let mut free_from = f64::NEG_INFINITY;
        for (tick, label) in &axis.ticks {
            let (x, bottom) = self.place(axis.at(*tick), 0.0);
            let half = words::width(label, SMALL) / 2.0;
            if x - half > free_from && x + half < WIDTH {
                drawing.line(&[(x, bottom), (x, bottom + 5.0)], 1.0, Colour::Ink);
                drawing.text((x, bottom + 16.0), label, SMALL, Colour::Ink, Anchor::Middle);
                free_from = x + half + 10.0;
            }
        }
        drawing.line(&[(self.left, self.bottom), (self.right, self.bottom)], 1.2, Colour::Ink);
        // Never out of the picture, though it may reach beyond the field.
        let title = words::wrap(&axis.title, LABEL, WIDTH - 2.0 * MARGIN, 1).concat();
        let half = words::width(&title, LABEL) / 2.0;
        let middle = f64::midpoint(self.left, self.right);
        let x = middle.min(WIDTH - MARGIN - half).max(MARGIN + half);
        drawing.text((x, self.bottom + 40.0), &title, LABEL, Colour::Ink, Anchor::Middle);
    }

    /// Draws the axis at the left with grid lines, labels and title; after the one below, whose
    /// first grid line it covers.
    pub(super) fn vertical(&self, drawing: &mut Drawing, axis: &Axis) {
        for (tick, label) in &axis.ticks {
            let (x, y) = self.place(0.0, axis.at(*tick));
            if y < self.bottom {
                drawing.line(&[(x, y), (self.right, y)], 1.0, Colour::Grid);
            }
            drawing.line(&[(x - 5.0, y), (x, y)], 1.0, Colour::Ink);
            drawing.text((x - 9.0, y), label, SMALL, Colour::Ink, Anchor::Right);
        }
        drawing.line(&[(self.left, self.top), (self.left, self.bottom)], 1.2, Colour::Ink);
    }

    /// Draws the title of the axis at the left, above it, where it reads as any other text; answers
    /// with where the field may begin.
    pub(super) fn vertical_title(drawing: &mut Drawing, axis: &Axis, top: f64) -> f64 {
        let title = words::wrap(&axis.title, LABEL, WIDTH - 2.0 * MARGIN, 1).concat();
        let at = (MARGIN, top + LABEL * 0.5);
        drawing.text(at, &title, LABEL, Colour::Ink, Anchor::Left);
        top + LABEL * 1.7
    }

    /// Where a field begins, from the left, that has this axis at its side.
    pub(super) fn left_of(axis: &Axis) -> f64 {
        let labels = axis.ticks.iter().map(|(_, label)| words::width(label, SMALL));
        MARGIN + 12.0 + labels.fold(0.0, f64::max)
    }
}
