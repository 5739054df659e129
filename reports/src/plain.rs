//! Names and messages of others, made safe to print.
//!
//! Takes any text; yields one line without control characters, so that an image's name cannot
//! recolour a terminal, forge a line of a report or turn the reading order round. Everything else,
//! letters of any script above all, stays as it is.

/// One printable line: control and invisible formatting characters as Rust writes them, `\n`,
/// `\u{1b}`.
pub(crate) fn plain(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_invisible(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// Line and paragraph separators, directions, joiners and marks of no width (the Unicode categories
/// Zl, Zp and the ones of Cf that change how a neighbour is shown), and tags.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_stay_and_controls_are_spelled_out() {
        for (text, line) in [
            ("sparse-raw", "sparse-raw"),
            ("Größe 画像 <b>", "Größe 画像 <b>"),
            ("a\nb\tc\0", "a\\nb\\tc\\u{0}"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("abc\u{202e}cba", "abc\\u{202e}cba"),
        ] {
            assert_eq!(plain(text), line);
        }
    }
}
