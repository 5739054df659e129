//! Figures of one row a cell: its name at the left, its values in the middle, its result in words at
//! the right. What stands in the middle is the row's own matter.

use super::{
    Drawing, Measure,
    axis::Axis,
    drawing::Anchor,
    frame::{AXIS_HEIGHT, Field, Frame, LABEL, LINE, MARGIN, SMALL, WIDTH},
    palette::{self, Colour},
    words,
};

/// The figure's numbers and words.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsFigure<R> {
    /// What is shown.
    pub title: String,
    /// Where it is from, and how it is read.
    pub caption: String,
    /// What the markers stand for, in the order of their looks; empty where the names say it.
    pub legend: Vec<String>,
    /// A field each, from above: rows that have an axis in common.
    pub panels: Vec<RowsPanel<R>>,
}

/// Rows with an axis in common.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsPanel<R> {
    /// The axis.
    pub measure: Measure,
    /// What is marked behind all rows.
    pub reference: Option<Reference>,
    /// Rows that belong together, from above.
    pub groups: Vec<RowsGroup<R>>,
}

/// A value that the others are held against, and the margin round it that does not count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference {
    /// The lower end of the margin.
    pub low: f64,
    /// The value.
    pub at: f64,
    /// The upper end of the margin.
    pub high: f64,
}

/// Rows that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsGroup<R> {
    /// By what; may be empty.
    pub heading: String,
    /// From above.
    pub rows: Vec<R>,
}

/// The texts of a row, and its look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowLabel {
    /// Number of its colour and shape, from 0: the same in all figures of one report.
    pub look: usize,
    /// The cell's name.
    pub name: String,
    /// What there is to remember of it.
    pub result: String,
    /// What belongs to that.
    pub note: String,
}

/// A row.
pub(super) trait Row {
    /// Its texts.
    fn label(&self) -> &RowLabel;
    /// Every value that it draws.
    fn values(&self) -> Vec<f64>;
    /// Draws its values. The field is that of this row alone.
    fn draw(&self, drawing: &mut Drawing, field: &Field, axis: &Axis);
}

/// Width that a name may take.
const NAME: f64 = 270.0;
/// Width that a result may take.
const RESULT: f64 = 230.0;

/// Widths beside the field, and the height of a row that has one line of a name.
struct Columns {
    left: f64,
    right: f64,
    least: f64,
}

#[allow(private_bounds, reason = "figures are made of the rows of this library alone")]
impl<R: Row> RowsFigure<R> {
    /// Lays the figure out.
    pub(super) fn draw(&self) -> Drawing {
        let frame = Frame::new(&self.title, &self.caption);
        let mut drawing = Drawing::new(WIDTH, 0.0);
        let columns = self.columns();
        let mut y = self.draw_legend(&mut drawing, frame.top());
        for (at, panel) in self.panels.iter().enumerate() {
            if at > 0 {
                y += 24.0;
            }
            y = panel.draw(&mut drawing, &columns, y) + AXIS_HEIGHT;
        }
        frame.close(&mut drawing, y);
        drawing
    }

    fn columns(&self) -> Columns {
        let rows = || self.panels.iter().flat_map(RowsPanel::rows);
        let widest = |texts: &mut dyn Iterator<Item = f64>| texts.fold(0.0, f64::max);
        let width = |text: &str, size, room| words::width(text, size).min(room);
        let names = widest(&mut rows().map(|row| width(&row.label().name, LABEL, NAME)));
        let results = widest(&mut rows().map(|row| width(&row.label().result, LABEL, RESULT)));
        let notes = widest(&mut rows().map(|row| width(&row.label().note, SMALL, RESULT)));
        Columns {
            left: MARGIN + names + 16.0,
            right: WIDTH - MARGIN - results.max(notes) - 16.0,
            least: 50.0,
        }
    }

    /// One line, or more where it is not wide enough; answers with its end.
    fn draw_legend(&self, drawing: &mut Drawing, top: f64) -> f64 {
        let (mut x, mut y) = (MARGIN, top + SMALL * 0.5);
        for (look, text) in self.legend.iter().enumerate() {
            let text = words::wrap(text, SMALL, WIDTH - 2.0 * MARGIN - 20.0, 1).concat();
            let width = 20.0 + words::width(&text, SMALL);
            if x > MARGIN && x + width > WIDTH - MARGIN {
                (x, y) = (MARGIN, y + SMALL * 1.6);
            }
            palette::marker(drawing, look, (x + 7.0, y), 5.0);
            drawing.text((x + 20.0, y), &text, SMALL, Colour::Ink, Anchor::Left);
            x += width + 28.0;
        }
        if self.legend.is_empty() { top } else { y + SMALL * 1.6 }
    }
}

#[allow(private_bounds, reason = "figures are made of the rows of this library alone")]
impl<R: Row> RowsPanel<R> {
    fn rows(&self) -> impl Iterator<Item = &R> {
        self.groups.iter().flat_map(|group| &group.rows)
    }

    /// Draws the field with all rows; answers with its end.
    fn draw(&self, drawing: &mut Drawing, columns: &Columns, top: f64) -> f64 {
        let heading_height = |group: &RowsGroup<R>| match group.heading.as_str() {
            "" => 0.0,
            _ => LABEL * 1.9,
        };
        let height = |row: &R| {
            let lines = names(&row.label().name).len() as f64;
            (lines * LABEL * LINE + 10.0).max(columns.least)
        };
        let headings: f64 = self.groups.iter().map(heading_height).sum();
        let bottom = top + headings + self.rows().map(height).sum::<f64>();
        let field = Field { left: columns.left, top, right: columns.right, bottom };
        let margin = self.reference.iter().flat_map(|of| [of.low, of.high]);
        let axis = Axis::of(&self.measure, self.rows().flat_map(Row::values).chain(margin));
        let mut y = top;
        for group in &self.groups {
            if !group.heading.is_empty() {
                let room = WIDTH - 2.0 * MARGIN;
                let heading = words::wrap(&group.heading, LABEL, room, 1).concat();
                let at = (MARGIN, y + heading_height(group) * 0.5);
                drawing.text(at, &heading, LABEL, Colour::Soft, Anchor::Left);
                y += heading_height(group);
            }
            let bottom = y + group.rows.iter().map(height).sum::<f64>();
            self.draw_ground(drawing, &Field { top: y, bottom, ..field }, &axis);
            for (at, row) in group.rows.iter().enumerate() {
                if at > 0 {
                    drawing.line(&[(field.left, y), (field.right, y)], 1.0, Colour::Grid);
                }
                let own = Field { top: y, bottom: y + height(row), ..field };
                draw_label(drawing, &own, row.label());
                row.draw(drawing, &own, &axis);
                y = own.bottom;
            }
        }
        field.horizontal_axis(drawing, &axis);
        bottom
    }

    /// What stands behind the rows of a group.
    fn draw_ground(&self, drawing: &mut Drawing, field: &Field, axis: &Axis) {
        let at = |value, up| field.place(axis.at(value), up);
        if let Some(of) = &self.reference {
            drawing.rectangle(at(of.low, 1.0), at(of.high, 0.0), Colour::Band);
        }
        field.grid(drawing, axis);
        if let Some(of) = &self.reference {
            drawing.line(&[at(of.at, 0.0), at(of.at, 1.0)], 1.6, Colour::Ink);
        }
    }
}

fn names(name: &str) -> Vec<String> {
    words::wrap(name, LABEL, NAME, 3)
}

fn draw_label(drawing: &mut Drawing, field: &Field, label: &RowLabel) {
    let middle = f64::midpoint(field.top, field.bottom);
    let lines = names(&label.name);
    let mut y = middle - (lines.len() as f64 - 1.0) * LABEL * LINE * 0.5;
    for line in &lines {
        drawing.text((field.left - 12.0, y), line, LABEL, Colour::Ink, Anchor::Right);
        y += LABEL * LINE;
    }
    let x = field.right + 14.0;
    let cut = |text: &str, size| words::wrap(text, size, RESULT, 1).concat();
    let result = cut(&label.result, LABEL);
    if label.note.is_empty() {
        drawing.text((x, middle), &result, LABEL, Colour::Ink, Anchor::Left);
        return;
    }
    drawing.text((x, middle - 9.0), &result, LABEL, Colour::Ink, Anchor::Left);
    let note = cut(&label.note, SMALL);
    drawing.text((x, middle + 11.0), &note, SMALL, Colour::Soft, Anchor::Left);
}
