//! Layout, checked without looking: texts stay in the picture and off each other.

use super::{ChunkLine, ChunksFigure, Drawing, RunsFigure, RunsRow, drawing::*, words};

/// The box that a text needs: left, top, right, bottom.
fn text_box(shape: &Shape) -> Option<(f64, f64, f64, f64, &str)> {
    let Shape::Text { at: (x, y), text, size, anchor, .. } = shape else { return None };
    let (width, half) = (words::width(text, *size), size * 0.5);
    Some(match anchor {
        Anchor::Left => (*x, y - half, x + width, y + half, text),
        Anchor::Middle => (x - width / 2.0, y - half, x + width / 2.0, y + half, text),
        Anchor::Right => (x - width, y - half, *x, y + half, text),
        Anchor::Upwards => (x - half, y - width / 2.0, x + half, y + width / 2.0, text),
    })
}

fn assert_texts_have_room(drawing: &Drawing) {
    let boxes: Vec<_> = drawing.shapes.iter().filter_map(text_box).collect();
    for (at, &(left, top, right, bottom, text)) in boxes.iter().enumerate() {
        assert!(
            left >= 0.0 && top >= 0.0 && right <= drawing.width && bottom <= drawing.height,
            "{text:?} leaves the picture"
        );
        for &(other_left, other_top, other_right, other_bottom, other) in &boxes[..at] {
            let apart = right <= other_left
                || other_right <= left
                || bottom <= other_top
                || other_bottom <= top;
            assert!(apart, "{text:?} is on {other:?}");
        }
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

fn runs(cells: usize, spread: f64) -> RunsFigure {
    let row = |cell: usize| {
        let median = spread.powf(cell as f64 / cells as f64);
        RunsRow {
            name: name(cell),
            seconds: vec![median, median * 1.1, median * 0.9],
            median: (cell % 5 != 4).then_some(median),
            result: format!("{median:.4} s"),
            runs: "3 runs, 17 failed".to_owned(),
        }
    };
    let (title, caption) = ("A title ".repeat(20), "A caption ".repeat(40));
    RunsFigure { title, caption, rows: (0..cells).map(row).collect() }
}

fn chunks(cells: usize, places: usize, seconds: f64) -> ChunksFigure {
    let line = |cell: usize| {
        let time = seconds * (1.0 + cell as f64);
        let median: Vec<_> = (0..places).map(|place| (2.0 * place as f64, time)).collect();
        ChunkLine { cell, name: name(cell), runs: vec![median.clone()], median, typical: time }
    };
    let (title, caption) = ("A title ".repeat(20), "A caption ".repeat(40));
    ChunksFigure { title, caption, lines: (0..cells).map(line).collect() }
}

#[test]
fn any_number_of_cells_has_room() {
    for cells in [0, 1, 2, 6, 7, 40, 100] {
        assert_texts_have_room(&runs(cells, 2.0).draw());
        assert_texts_have_room(&chunks(cells, 128, 0.1).draw());
    }
}

#[test]
fn any_size_of_number_has_room() {
    for power in -9..=9 {
        let scale = 10f64.powi(power);
        assert_texts_have_room(&chunks(4, 128, scale).draw());
        for spread in [1.0, 7.9, 15.0, 1e4, 1e9] {
            let mut figure = runs(6, spread);
            for row in &mut figure.rows {
                row.seconds.iter_mut().for_each(|seconds| *seconds *= scale);
                row.median = row.median.map(|median| median * scale);
            }
            assert_texts_have_room(&figure.draw());
        }
    }
}

#[test]
fn any_number_of_chunks_has_room() {
    for places in [1, 2, 3, 128, 512] {
        assert_texts_have_room(&chunks(2, places, 0.1).draw());
    }
}

#[test]
fn medians_far_apart_get_a_log_scale_that_says_so() {
    let says_log = |drawing: &Drawing| {
        let mut texts = drawing.shapes.iter().filter_map(text_box);
        texts.any(|(.., text)| text.ends_with("(log scale)"))
    };
    assert!(!says_log(&runs(4, 7.0).draw()));
    assert!(says_log(&runs(4, 200.0).draw()));
    assert!(!says_log(&chunks(4, 9, 0.1).draw()));
    assert!(says_log(&chunks(12, 9, 0.1).draw()));
}

#[test]
fn cells_differ_in_colour_or_shape() {
    let looks = |drawing: Drawing| -> Vec<String> {
        // The first marker of each cell is two shapes, the rim and the marker.
        let markers = drawing
            .shapes
            .into_iter()
            .filter(|shape| matches!(shape, Shape::Area { .. } | Shape::Disc { .. }));
        let look = |shape| match shape {
            Shape::Area { corners, colour } => format!("{} {colour:?}", corners.len()),
            Shape::Disc { colour, .. } => format!("disc {colour:?}"),
            _ => String::new(),
        };
        let mut looks: Vec<String> = markers.map(look).collect();
        looks.retain(|look| !look.contains("(255, 255, 255)"));
        looks.sort();
        looks.dedup();
        looks
    };
    // Triangles that stand and hang have the same number of corners, and squares and diamonds too.
    assert!(looks(runs(7, 2.0).draw()).len() == 7);
    assert!(looks(runs(42, 2.0).draw()).len() >= 28);
}
