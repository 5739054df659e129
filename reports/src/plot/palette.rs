//! Colours and marker shapes that stay apart for every reader: Okabe & Ito's palette (Color
//! Universal Design, 2008), and a shape with each colour for those who print in grey.

use super::drawing::{Colour, Drawing, Point, Shape};

/// Text and axes.
pub(super) const INK: Colour = (30, 30, 30);
/// Text of lesser weight.
pub(super) const SOFT: Colour = (90, 90, 90);
/// Grid lines.
pub(super) const GRID: Colour = (222, 222, 222);
/// Warnings.
pub(super) const ALARM: Colour = (176, 32, 0);
/// Ground.
pub(super) const WHITE: Colour = (255, 255, 255);

/// Okabe & Ito without yellow, which is too faint on white: blue, vermilion, bluish green, orange,
/// sky blue, reddish purple, black.
const COLOURS: [Colour; 7] = [
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (230, 159, 0),
    (86, 180, 233),
    (204, 121, 167),
    (0, 0, 0),
];

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

/// The colour of the cell with this number, from 0.
pub(super) fn colour(cell: usize) -> Colour {
    COLOURS[cell % COLOURS.len()]
}

/// The colour made faint, for what stands behind.
pub(super) fn faint(cell: usize) -> Colour {
    let (red, green, blue) = colour(cell);
    let mix = |part: u8| (f64::from(part) * 0.3 + 255.0 * 0.7).round() as u8;
    (mix(red), mix(green), mix(blue))
}

/// Draws the marker of a cell, with a white rim so that markers on each other can be told apart.
pub(super) fn marker(drawing: &mut Drawing, cell: usize, centre: Point, radius: f64) {
    for (radius, colour) in [(radius + 1.2, WHITE), (radius, colour(cell))] {
        let corners = SHAPES[cell % SHAPES.len()];
        drawing.shapes.push(if corners.is_empty() {
            Shape::Disc { centre, radius, colour }
        } else {
            let corner = |&(x, y): &Point| (centre.0 + x * radius, centre.1 + y * radius);
            Shape::Area { corners: corners.iter().map(corner).collect(), colour }
        });
    }
}
