//! Texts in pictures: how wide they are, and how they are broken so that they stay in their place.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef};

use super::paint::FONT_BYTES;

static FONT: LazyLock<FontRef<'static>> =
    LazyLock::new(|| FontRef::try_from_slice(FONT_BYTES).expect("the font carried is whole"));

/// Width of a text in pixels, when an em has `size` pixels. Kerning only makes it narrower.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let units: f32 =
        text.chars().map(|letter| FONT.h_advance_unscaled(FONT.glyph_id(letter))).sum();
    f64::from(units) * size / f64::from(FONT.units_per_em().unwrap_or(2048.0))
}

/// Breaks a text into lines no wider than `room`: after a space or one of `/ , - _ =` where it can,
/// anywhere where it must. What does not fit in `most` lines is cut, with an ellipsis.
pub(super) fn wrap(text: &str, size: f64, room: f64, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    // A number stays with its percent sign.
    let text = text.replace(" %", "\u{a0}%");
    let mut rest = text.trim();
    while !rest.is_empty() {
        if lines.len() + 1 == most && width(rest, size) > room {
            let end = fitting(rest, size, room - width("…", size));
            lines.push(format!("{}…", rest[..end].trim_end()));
            return lines;
        }
        let end = break_at(rest, size, room);
        lines.push(rest[..end].trim_end().to_owned());
        rest = rest[end..].trim_start();
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// Where the first line ends.
fn break_at(text: &str, size: f64, room: f64) -> usize {
    let most = fitting(text, size, room);
    if most == text.len() {
        return most;
    }
    // The space that just does not fit is as good a break as any.
    if text[most..].starts_with(' ') {
        return most;
    }
    // Between the parts of a name rather than inside one; and not so early that a ragged line is
    // left for little.
    let after = |marks: &[char]| text[..most].rfind(marks).map_or(0, |at| at + 1);
    let breaks = [after(&[' ', '/', ',']), after(&['-', '_', '='])];
    breaks.into_iter().find(|&at| at * 3 >= most).unwrap_or(most)
}

/// The longest start of a text that fits, at least one character, in bytes.
fn fitting(text: &str, size: f64, room: f64) -> usize {
    let ends: Vec<usize> = text.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
    let fit = ends.partition_point(|&end| width(&text[..end], size) <= room);
    ends.get(fit.max(1) - 1).copied().unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_in_their_room() {
        let name = "qcow2-with-metadata-preallocation/seqwrite/cache=none,aio=io_uring";
        let lines = wrap(name, 16.0, 200.0, 9);
        assert!(
            lines.len() > 1 && lines.iter().all(|line| width(line, 16.0) <= 200.0),
            "{lines:?}"
        );
        assert_eq!(lines.concat(), name, "nothing is lost");
    }

    #[test]
    fn what_is_too_long_is_cut_visibly() {
        let lines = wrap(&"x".repeat(5000), 16.0, 200.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines[2].ends_with('…') && width(&lines[2], 16.0) <= 201.0);
    }

    #[test]
    fn short_and_empty_texts_are_one_line() {
        assert_eq!(wrap("raw", 16.0, 200.0, 3), ["raw"]);
        assert_eq!(wrap("", 16.0, 200.0, 3), [""]);
        assert_eq!(wrap("W", 16.0, 1.0, 3), ["W"], "a character is never cut");
    }
}
