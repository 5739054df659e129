//! Charts, as SVG and PNG from the same drawing.
//!
//! Takes a [`Figure`], whose numbers and words are decided already, lays it out as a [`Drawing`] and
//! yields a picture: the same bytes for the same figure. The font is carried, so nothing of the
//! system is needed. There are three layouts: rows ([`RowsFigure`]), lines ([`LinesFigure`]) and
//! panels ([`GridFigure`]).

mod amplification;
mod axis;
mod drawing;
mod figure;
mod frame;
mod grid;
mod lines;
mod paint;
mod palette;
mod ratios;
mod rows;
mod runs;
mod svg;
mod words;

pub use amplification::{AmplificationRow, Stage};
pub use axis::{Measure, Scale, Unit};
pub use drawing::Drawing;
pub use figure::Figure;
pub use grid::{GridFigure, GridGroup, GridPanel, GridSeries};
pub use lines::{Line, LineMark, LinesFigure, LinesPanel};
pub use paint::{DrawError, png};
pub use palette::PAGE_CSS;
pub use ratios::RatioRow;
pub use rows::{Reference, RowLabel, RowsFigure, RowsGroup, RowsPanel};
pub use runs::{RunPoint, RunsRow};
pub use svg::{svg, svg_for_page};

/// Turns a drawing into the bytes of a file.
pub(crate) type Painter = fn(&Drawing) -> Result<Vec<u8>, DrawError>;

/// The formats, by file name extension.
pub(crate) const FORMATS: [(&str, Painter); 2] = [("svg", svg), ("png", png)];

#[cfg(test)]
mod layout_tests;
