//! Colours and marker shapes that stay apart for every reader: Okabe & Ito's palette (Color
//! Universal Design, 2008), and a shape with each colour for those who print in grey.

use super::drawing::{Drawing, Point, Shape};

/// What a thing is, and so which colour it has: in a file one for white ground, on a page the page's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    /// Text and axes.
    Ink,
    /// Text of lesser weight.
    Soft,
    /// Grid lines.
    Grid,
    /// Areas behind the values: intervals, margins.
    Band,
    /// Warnings.
    Alarm,
    /// Ground.
    Ground,
    /// The cell, or series, with this number, from 0.
    Cell(usize),
    /// The same made faint, for what stands behind.
    Faint(usize),
}

/// Okabe & Ito without yellow, which is too faint on white: blue, vermilion, bluish green, orange,
/// sky blue, reddish purple, black.
const COLOURS: [(u8, u8, u8); 7] = [
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (230, 159, 0),
    (86, 180, 233),
    (204, 121, 167),
    (0, 0, 0),
];

/// How much of its colour something faint keeps.
const FAINT: f64 = 0.3;

/// The rules that let figures follow the scheme of the page that holds them, for its style sheet.
/// Text and axes take the page's text colour; the rest is right on a light page without them.
pub const PAGE_CSS: &str = "\
@media (prefers-color-scheme: dark) {
  svg.figure {
    --figure-soft: #b4b4b4; --figure-grid: #3c3c3c; --figure-band: #34383d;
    --figure-alarm: #ff8a70; --figure-ground: #161616;
    --figure-0: #4aa8e0; --figure-1: #f07c2a; --figure-2: #1fc295; --figure-6: #f0f0f0;
  }
}
";

impl Colour {
    /// Red, green and blue on white ground.
    pub(super) fn rgb(self) -> (u8, u8, u8) {
        match self {
            Colour::Ink => (30, 30, 30),
            Colour::Soft => (90, 90, 90),
            Colour::Grid => (222, 222, 222),
            Colour::Band => (208, 214, 224),
            Colour::Alarm => (176, 32, 0),
            Colour::Ground => (255, 255, 255),
            Colour::Cell(cell) => COLOURS[cell % COLOURS.len()],
            Colour::Faint(cell) => {
                let (red, green, blue) = Colour::Cell(cell).rgb();
                let mix =
                    |part: u8| (f64::from(part) * FAINT + 255.0 * (1.0 - FAINT)).round() as u8;
                (mix(red), mix(green), mix(blue))
            }
        }
    }

    /// As an SVG writes it.
    pub(super) fn hexadecimal(self) -> String {
        let (red, green, blue) = self.rgb();
        format!("#{red:02X}{green:02X}{blue:02X}")
    }

    /// On a page: a variable of [`PAGE_CSS`], and the colour for white ground where a page has none.
    pub(super) fn on_page(self) -> String {
        let variable = |name: &str| format!("var(--figure-{name}, {})", self.hexadecimal());
        match self {
            Colour::Ink => "currentColor".to_owned(),
            Colour::Soft => variable("soft"),
            Colour::Grid => variable("grid"),
            Colour::Band => variable("band"),
            Colour::Alarm => variable("alarm"),
            Colour::Ground => variable("ground"),
            Colour::Cell(cell) => variable(&(cell % COLOURS.len()).to_string()),
            Colour::Faint(cell) => Colour::Cell(cell).on_page(),
        }
    }

    /// Its opacity on a page, whose ground is not known.
    pub(super) fn opacity_on_page(self) -> f64 {
        if matches!(self, Colour::Faint(_)) { FAINT } else { 1.0 }
    }
}

/// Corners of the shapes on a circle of radius 1; none is the circle itself. There are 6 shapes and
/// 7 colours, so that 42 cells differ.
const SHAPES: [&[Point]; 6] = [
    &[],
    &[(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
    &[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)],
    &[(0.0, -1.3), (1.1, 0.0), (0.0, 1.3), (-1.1, 0.0)],
    &[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)],
    &[
        (-0.4, -1.1),
        (0.4, -1.1),
        (0.4, -0.4),
        (1.1, -0.4),
        (1.1, 0.4),
        (0.4, 0.4),
        (0.4, 1.1),
        (-0.4, 1.1),
        (-0.4, 0.4),
        (-1.1, 0.4),
        (-1.1, -0.4),
        (-0.4, -0.4),
    ],
];

/// Draws the marker of a cell, with a rim so that markers on each other can be told apart.
pub(super) fn marker(drawing: &mut Drawing, cell: usize, centre: Point, radius: f64) {
    for (radius, colour) in [(radius + 1.2, Colour::Ground), (radius, Colour::Cell(cell))] {
        let corners = SHAPES[cell % SHAPES.len()];
        drawing.shapes.push(if corners.is_empty() {
            Shape::Disc { centre, radius, colour }
        } else {
            let corner = |&(x, y): &Point| (centre.0 + x * radius, centre.1 + y * radius);
            Shape::Area { corners: corners.iter().map(corner).collect(), colour }
        });
    }
}
