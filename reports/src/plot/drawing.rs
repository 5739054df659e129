//! A picture before it has a format: shapes and texts at places, in pixels of scale 1.

/// A place, in pixels from the upper left corner.
pub(super) type Point = (f64, f64);

/// A picture on white ground.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// Width in pixels.
    pub(super) width: f64,
    /// Height in pixels.
    pub(super) height: f64,
    /// What is drawn, the hindmost first.
    pub(super) shapes: Vec<Shape>,
}

/// Red, green, blue.
pub(super) type Colour = (u8, u8, u8);

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
    /// The middle, the text turned to read upwards.
    Upwards,
}

impl Drawing {
    /// An empty picture.
    pub(super) fn new(width: f64, height: f64) -> Self {
        Drawing { width, height, shapes: Vec::new() }
    }

    pub(super) fn line(&mut self, points: &[Point], width: f64, colour: Colour) {
        self.shapes.push(Shape::Line { points: points.to_vec(), width, colour });
    }

    pub(super) fn text(
        &mut self,
        at: Point,
        text: &str,
        size: f64,
        colour: Colour,
        anchor: Anchor,
    ) {
        self.shapes.push(Shape::Text { at, text: text.to_owned(), size, colour, anchor });
    }
}
