//! Layout, checked without looking: texts stay in the picture and off each other.

use super::{drawing::*, palette::Colour, *};

/// The box that a text needs: left, top, right, bottom.
fn text_box(shape: &Shape) -> Option<(f64, f64, f64, f64, &str)> {
    let Shape::Text { at: (x, y), text, size, anchor, .. } = shape else { return None };
    let (width, half) = (words::width(text, *size), size * 0.5);
    Some(match anchor {
        Anchor::Left => (*x, y - half, x + width, y + half, text),
        Anchor::Middle => (x - width / 2.0, y - half, x + width / 2.0, y + half, text),
        Anchor::Right => (x - width, y - half, *x, y + half, text),
    })
}

fn assert_has_room(figure: &Figure) {
    let drawing = figure.draw();
    let name = figure.name();
    let boxes: Vec<_> = drawing.shapes.iter().filter_map(text_box).collect();
    for (at, &(left, top, right, bottom, text)) in boxes.iter().enumerate() {
        assert!(
            left >= 0.0 && top >= 0.0 && right <= drawing.width && bottom <= drawing.height,
            "{name}: {text:?} leaves the picture"
        );
        for &(other_left, other_top, other_right, other_bottom, other) in &boxes[..at] {
            let apart = right <= other_left
                || other_right <= left
                || bottom <= other_top
                || other_bottom <= top;
            assert!(apart, "{name}: {text:?} is on {other:?}");
        }
    }
    for shape in &drawing.shapes {
        for (x, y) in places(shape) {
            let inside = (0.0..=drawing.width).contains(&x) && (0.0..=drawing.height).contains(&y);
            assert!(inside, "{name}: {shape:?} leaves the picture");
        }
    }
}

fn places(shape: &Shape) -> Vec<Point> {
    match shape {
        Shape::Line { points: of, .. } | Shape::Area { corners: of, .. } => of.clone(),
        Shape::Disc { centre: (x, y), radius, .. } => {
            vec![(x - radius, y - radius), (x + radius, y + radius)]
        }
        Shape::Text { at, .. } => vec![*at],
    }
}

/// Names of many lengths, one without any place to break.
fn name(cell: usize) -> String {
    match cell % 4 {
        0 => format!("raw{cell}"),
        1 => format!(
            "qcow2-with-preallocated-metadata-{cell}/sequential-write/cache=none/aio=io_uring"
        ),
        2 => "W".repeat(cell * 20),
        _ => format!("image {cell} with words, 画像 and é"),
    }
}

/// How large a figure is.
#[derive(Clone, Copy, Debug)]
struct Size {
    cells: usize,
    runs: usize,
    /// The largest median over the smallest.
    spread: f64,
    /// The smallest.
    least: f64,
}

impl Default for Size {
    fn default() -> Self {
        Size { cells: 4, runs: 3, spread: 2.0, least: 1.0 }
    }
}

impl Size {
    fn median(self, cell: usize) -> f64 {
        self.least * self.spread.powf(cell as f64 / (self.cells.max(2) - 1) as f64)
    }

    fn runs(self, cell: usize) -> Vec<RunPoint> {
        let value = |run: usize| self.median(cell) * (0.95 + 0.1 * (run * 7 % 11) as f64 / 11.0);
        (0..self.runs).map(|run| RunPoint { value: value(run), tip: "a run".into() }).collect()
    }

    fn scale(self) -> Scale {
        if self.spread > 8.0 { Scale::Logarithmic } else { Scale::FromZero }
    }

    fn measure(self, scale: Scale, unit: Unit) -> Measure {
        Measure { title: "what is measured, in its unit; less is better".into(), scale, unit }
    }

    fn label(self, cell: usize) -> RowLabel {
        let (result, note) =
            (format!("{:.4} s", self.median(cell)), "[1.234, 1.345], 12 runs, 3 failed");
        RowLabel { look: cell, name: name(cell), result, note: note.into() }
    }

    fn rows<R>(self, measure: Measure, row: impl Fn(usize) -> R) -> RowsFigure<R> {
        let (title, caption) = words();
        let rows: Vec<R> = (0..self.cells).map(row).collect();
        let reference = Some(Reference { low: 0.95, at: 1.0, high: 1.05 });
        let reference = reference.filter(|_| measure.scale == Scale::Logarithmic);
        let group = RowsGroup { heading: name(1), rows };
        let panel = RowsPanel { measure, reference, groups: vec![group] };
        RowsFigure { title, caption, legend: (0..4).map(name).collect(), panels: vec![panel] }
    }

    fn lines(self, across: Measure, up: Measure, places: &[f64], marked: bool) -> LinesFigure {
        let (title, caption) = words();
        let line = |cell: usize| {
            let points: Vec<_> = places.iter().map(|&at| (at, self.median(cell))).collect();
            let mark = |&at: &(f64, f64)| LineMark { at, tip: "a mark".into() };
            let marks = if marked { points.iter().map(mark).collect() } else { Vec::new() };
            let behind = vec![points.clone(); if marked { 0 } else { self.runs }];
            Line { look: cell, name: name(cell), points, behind, marks }
        };
        let lines = (0..self.cells).map(line).collect();
        LinesFigure { title, caption, panels: vec![LinesPanel { across, up, lines }] }
    }

    fn grid(self) -> GridFigure {
        let (title, caption) = words();
        let series = |number: usize| GridSeries {
            number,
            runs: self.runs(number),
            median: self.median(number),
        };
        let panel = |at: usize| GridPanel {
            heading: format!("cache = {}, aio = {}", name(at), name(at + 1)),
            series: if at == 4 {
                Vec::new()
            } else {
                (0..self.cells.min(12)).map(series).collect()
            },
        };
        GridFigure {
            title,
            caption,
            series: (0..self.cells.min(12)).map(name).collect(),
            groups: vec![GridGroup {
                measure: self.measure(self.scale(), Unit::Number),
                columns: self.cells.clamp(1, 5),
                panels: (0..self.cells).map(panel).collect(),
            }],
        }
    }

    /// A figure of each kind.
    fn figures(self) -> [Figure; 7] {
        let run_row = |cell| RunsRow {
            label: self.label(cell),
            runs: if cell % 5 == 4 { Vec::new() } else { self.runs(cell) },
            median: (cell % 5 != 4).then(|| self.median(cell)),
            interval: Some((self.median(cell) * 0.95, self.median(cell) * 1.05)),
        };
        let ratio_row = |cell| RatioRow {
            label: self.label(cell),
            ratio: self.median(cell),
            interval: Some((self.median(cell) * 0.9, self.median(cell) * 1.2)),
            tip: "a ratio".into(),
        };
        let bytes_row = |cell| {
            let stage = Stage { median: self.median(cell), runs: self.runs(cell) };
            AmplificationRow { label: self.label(cell), stages: vec![Some(stage), None, None] }
        };
        let percentiles = [("50 %", 0.3), ("95 %", 1.3), ("99 %", 2.0), ("99.9 %", 3.0)];
        let named = percentiles.map(|(name, at)| (at, name.to_owned())).to_vec();
        let log = |unit| self.measure(Scale::Logarithmic, unit);
        let zero = |unit| self.measure(Scale::FromZero, unit);
        let places: Vec<f64> = (0..128).map(|place| f64::from(place << 21)).collect();
        let sizes = [3e8, 2e10, 1e11, 1e12];
        [
            Figure::Runs(self.rows(self.measure(self.scale(), Unit::Number), run_row)),
            Figure::Ratios(self.rows(log(Unit::Number), ratio_row)),
            Figure::Chunks(self.lines(
                zero(Unit::Bytes),
                self.measure(self.scale(), Unit::Number),
                &places,
                false,
            )),
            Figure::Creation(self.lines(log(Unit::Bytes), log(Unit::Time), &sizes, true)),
            Figure::Grid(self.grid()),
            Figure::Latency(self.lines(
                self.measure(Scale::Named(named), Unit::Number),
                log(Unit::Time),
                &percentiles.map(|of| of.1),
                true,
            )),
            Figure::Amplification(self.rows(zero(Unit::Bytes), bytes_row)),
        ]
    }
}

fn words() -> (String, String) {
    ("A title ".repeat(20), "A caption of 95 % ".repeat(30))
}

#[test]
fn any_number_of_cells_and_runs_has_room() {
    for cells in [1, 2, 6, 7, 40] {
        for runs in [1, 12] {
            Size { cells, runs, ..Size::default() }.figures().iter().for_each(assert_has_room);
        }
    }
}

#[test]
fn any_size_of_number_has_room() {
    for power in (-9..=12).step_by(3) {
        for spread in [1.0, 7.9, 15.0, 1e4, 1e9] {
            let size = Size { spread, least: 10f64.powi(power), ..Size::default() };
            size.figures().iter().for_each(assert_has_room);
        }
    }
}

#[test]
fn a_picture_is_no_higher_than_can_be_shown() {
    for figure in (Size { cells: 40, ..Size::default() }).figures() {
        let height = figure.draw().height;
        assert!(height < 4000.0, "{}: {height}", figure.name());
    }
}

#[test]
fn a_log_scale_says_so() {
    let says_log = |figure: &Figure| {
        let drawing = figure.draw();
        drawing.shapes.iter().filter_map(text_box).any(|(.., text)| text.ends_with("(log scale)"))
    };
    let says = |spread| Size { spread, ..Size::default() }.figures().map(|of| says_log(&of));
    // Runs, ratios, chunks, creation, grid, latency, amplification.
    assert_eq!(says(7.0), [false, true, false, true, false, true, false]);
    assert_eq!(says(15.0), [true, true, true, true, true, true, false]);
}

#[test]
fn every_run_can_be_pointed_at() {
    let size = Size { cells: 3, runs: 12, ..Size::default() };
    let tips = size.figures().map(|figure| figure.draw().tips.len());
    // 12 runs of 3 cells; 3 ratios; no chunks; 4 sizes of 3; 12 runs of 3 cells in 3 panels; …
    assert_eq!(tips, [36, 3, 0, 12, 108, 12, 36]);
}

#[test]
fn cells_differ_in_colour_or_shape() {
    let looks = |cells: usize| {
        let mut drawing = Drawing::new(960.0, 100.0);
        for cell in 0..cells {
            palette::marker(&mut drawing, cell, (0.0, 0.0), 5.0);
        }
        drawing.shapes.retain(|shape| shape.colour() != Colour::Ground);
        let look = |shape: &Shape| match shape {
            Shape::Area { corners, colour } => format!("{corners:?} {:?}", colour.rgb()),
            other => format!("disc {:?}", other.colour().rgb()),
        };
        drawing.shapes.iter().map(look).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!([7, 42, 43].map(looks), [7, 42, 42]);
}
