//! Charts, as SVG and PNG from the same drawing.
//!
//! Takes figures whose numbers and words are decided already ([`RunsFigure`], [`ChunksFigure`]),
//! lays them out as a [`Drawing`] and yields the bytes of a picture: the same bytes for the same
//! figure. The font is carried, so nothing of the system is needed.

mod axis;
mod chunks;
mod drawing;
mod frame;
mod paint;
mod palette;
mod runs;
mod words;

pub use chunks::{ChunkLine, ChunksFigure};
pub use drawing::Drawing;
pub use paint::{DrawError, png, svg};
pub use runs::{RunsFigure, RunsRow};

/// Turns a drawing into the bytes of a file.
pub(crate) type Painter = fn(&Drawing) -> Result<Vec<u8>, DrawError>;

/// The formats, by file name extension.
pub(crate) const FORMATS: [(&str, Painter); 2] = [("svg", svg), ("png", png)];

#[cfg(test)]
mod layout_tests;
