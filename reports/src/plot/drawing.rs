//! A picture before it has a format: shapes and texts at places, in pixels of scale 1.

use std::ops::Range;

use super::palette::Colour;

/// A place, in pixels from the upper left corner.
pub(super) type Point = (f64, f64);

/// A picture, and what it says to those who do not see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// What is shown, in a line.
    pub(super) title: String,
    /// What the picture says below it.
    pub(super) description: String,
    /// Width in pixels.
    pub(super) width: f64,
    /// Height in pixels.
    pub(super) height: f64,
    /// What is drawn, the hindmost first.
    pub(super) shapes: Vec<Shape>,
    /// Shapes that answer with a text when they are pointed at; ascending, none on another.
    pub(super) tips: Vec<(Range<usize>, String)>,
}

/// One thing in a picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// A line through points.
    Line { points: Vec<Point>, width: f64, colour: Colour },
    /// A filled area.
    Area { corners: Vec<Point>, colour: Colour },
    /// A filled circle.
    Disc { centre: Point, radius: f64, colour: Colour },
    /// A line of text.
    Text { at: Point, text: String, size: f64, colour: Colour, anchor: Anchor },
}

/// Which point of a text is at its place; vertically it is always the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// The left end.
    Left,
    /// The middle.
    Middle,
    /// The right end.
    Right,
}

impl Shape {
    /// The colour that it is drawn in.
    pub(super) fn colour(&self) -> Colour {
        match self {
            Shape::Line { colour, .. }
            | Shape::Area { colour, .. }
            | Shape::Disc { colour, .. }
            | Shape::Text { colour, .. } => *colour,
        }
    }
}

impl Drawing {
    /// An empty picture.
    pub(super) fn new(width: f64, height: f64) -> Self {
        Drawing { width, height, ..Drawing::default() }
    }

    pub(super) fn line(&mut self, points: &[Point], width: f64, colour: Colour) {
        self.shapes.push(Shape::Line { points: points.to_vec(), width, colour });
    }

    /// A filled rectangle between two corners.
    pub(super) fn rectangle(&mut self, (left, top): Point, (right, bottom): Point, of: Colour) {
        let corners = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
        self.shapes.push(Shape::Area { corners, colour: of });
    }

    pub(super) fn text(
        &mut self,
        at: Point,
        text: &str,
        size: f64,
        colour: Colour,
        anchor: Anchor,
    ) {
        if !text.is_empty() {
            self.shapes.push(Shape::Text { at, text: allowed(text), size, colour, anchor });
        }
    }

    /// Draws shapes that answer with a text when they are pointed at; with none if it is empty.
    pub(super) fn tipped(&mut self, tip: &str, draw: impl FnOnce(&mut Drawing)) {
        let first = self.shapes.len();
        draw(self);
        if !tip.is_empty() && self.shapes.len() > first {
            self.tips.push((first..self.shapes.len(), allowed(tip)));
        }
    }
}

/// The text with what XML forbids shown as what it is: something that cannot be shown.
pub(super) fn allowed(text: &str) -> String {
    let forbidden = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if forbidden(c) { '\u{fffd}' } else { c }).collect()
}
