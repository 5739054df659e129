//! A drawing turned into a picture: by plotters into SVG, and that by resvg into PNG.
//!
//! plotters has a bitmap backend too; it sets letters on whole pixels without their bearings and
//! draws slanted lines ragged, so a PNG would look worse than the SVG of the same figure.

use std::sync::LazyLock;

use plotters::{
    backend::SVGBackend,
    coord::Shift,
    drawing::{DrawingArea, IntoDrawingArea},
    element::{Circle, PathElement, Polygon, Text},
    prelude::DrawingBackend,
    style::{
        Color, IntoFont, RGBColor, ShapeStyle, TextStyle, WHITE,
        text_anchor::{HPos, Pos, VPos},
    },
};
use png::{BitDepth, ColorType, Compression, Encoder, EncodingError};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg,
};

use super::{
    drawing::{Anchor, Drawing, Shape},
    palette::Colour,
};

/// DejaVu Sans 2.37; its licence is beside it.
pub(super) static FONT_BYTES: &[u8] = include_bytes!("../../fonts/DejaVuSans.ttf");

/// Family of all text in an SVG: the generic one, so that every reader has it.
const FAMILY: &str = "sans-serif";

/// What stands for that family in a PNG: the font that is carried and no other.
static OPTIONS: LazyLock<usvg::Options<'static>> = LazyLock::new(|| {
    let mut options = usvg::Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_font_data(FONT_BYTES.to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    options
});

/// plotters places everything on whole pixels. Drawing this many times larger than the picture is
/// shown makes the steps invisible.
const FINENESS: f64 = 4.0;

/// plotters' font size of an em of one pixel.
const PLOTTERS_EM: f64 = 1.24;

/// Pixels of a PNG per pixel of scale 1: enough for print.
const PNG_SCALE: f64 = 2.0;

/// PNGs higher than this, in pixels of scale 1, are not enlarged, to bound memory, and packed less well,
/// to bound time.
const PNG_TALL: f64 = 1600.0;

/// A drawing could not be turned into a picture.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DrawError(pub(super) String);

/// The picture as PNG: its SVG, rasterized.
///
/// # Errors
/// The rasterizer refused; no drawing is known that makes it.
pub fn png(drawing: &Drawing) -> Result<Vec<u8>, DrawError> {
    let failed = |error: &dyn std::fmt::Display| DrawError(error.to_string());
    let tree = usvg::Tree::from_str(&elements(drawing)?, &OPTIONS).map_err(|e| failed(&e))?;
    let tall = drawing.height > PNG_TALL;
    let scale = if tall { 1.0 } else { PNG_SCALE };
    let (width, height) = pixels(drawing, scale);
    let mut pixmap =
        Pixmap::new(width, height).ok_or_else(|| failed(&"the picture is too large"))?;
    let scale = scale as f32;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    let compression = if tall { Compression::Fast } else { Compression::Balanced };
    encoded(&pixmap, compression).map_err(|e| failed(&e))
}

/// tiny-skia's own encoder writes the transparency that no picture here has, and takes most of a second for
/// one of a thousand cells.
fn encoded(pixmap: &Pixmap, compression: Compression) -> Result<Vec<u8>, EncodingError> {
    let opaque: Vec<u8> =
        pixmap.data().chunks_exact(4).flat_map(|of| [of[0], of[1], of[2]]).collect();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(compression);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&opaque)?;
    writer.finish()?;
    Ok(bytes)
}

/// The picture as plotters writes it: a line that opens the SVG, the ground, an element for each
/// shape, in their order, and a line that closes it.
pub(super) fn elements(drawing: &Drawing) -> Result<String, DrawError> {
    let (width, height) = pixels(drawing, FINENESS);
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
    paint(drawing, &area)?;
    drop(area);
    // The view box keeps the fine coordinates; the size to show it at is that of scale 1.
    let fine = format!("width=\"{width}\" height=\"{height}\"");
    let (width, height) = pixels(drawing, 1.0);
    let shown = format!("width=\"{width}\" height=\"{height}\"");
    Ok(svg.replacen(&fine, &shown, 1))
}

fn pixels(drawing: &Drawing, scale: f64) -> (u32, u32) {
    // Whole at scale 1, so that all scales have the same proportions.
    ((drawing.width.ceil() * scale) as u32, (drawing.height.ceil() * scale) as u32)
}

/// Puts every shape on a backend.
fn paint<B: DrawingBackend>(
    drawing: &Drawing,
    area: &DrawingArea<B, Shift>,
) -> Result<(), DrawError> {
    let failed = |error: plotters::drawing::DrawingAreaErrorKind<_>| DrawError(error.to_string());
    area.fill(&WHITE).map_err(failed)?;
    let place = |(x, y): (f64, f64)| ((x * FINENESS).round() as i32, (y * FINENESS).round() as i32);
    let places = |points: &[(f64, f64)]| points.iter().map(|&at| place(at)).collect::<Vec<_>>();
    for shape in &drawing.shapes {
        match shape {
            Shape::Line { points, width, colour } => {
                let width = (width * FINENESS).round().max(1.0) as u32;
                let style = ShapeStyle::from(rgb(*colour)).stroke_width(width);
                area.draw(&PathElement::new(places(points), style))
            }
            Shape::Area { corners, colour } => {
                area.draw(&Polygon::new(places(corners), rgb(*colour).filled()))
            }
            Shape::Disc { centre, radius, colour } => {
                area.draw(&Circle::new(place(*centre), radius * FINENESS, rgb(*colour).filled()))
            }
            Shape::Text { at, text, size, colour, anchor } => {
                let style = text_style(size * FINENESS, *colour, *anchor);
                // plotters centres small letters; capitals and digits reach higher.
                let at = (at.0, at.1 + 0.07 * size);
                area.draw(&Text::new(text.as_str(), place(at), style))
            }
        }
        .map_err(failed)?;
    }
    area.present().map_err(failed)
}

fn rgb(colour: Colour) -> RGBColor {
    let (red, green, blue) = colour.rgb();
    RGBColor(red, green, blue)
}

fn text_style(size: f64, colour: Colour, anchor: Anchor) -> TextStyle<'static> {
    let horizontal = match anchor {
        Anchor::Left => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::Right => HPos::Right,
    };
    let font = (FAMILY, size * PLOTTERS_EM).into_font();
    let style = TextStyle::from(font).pos(Pos::new(horizontal, VPos::Center));
    TextStyle { color: rgb(colour).to_backend_color(), ..style }
}
