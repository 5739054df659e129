//! How text is broken into lines.
//!
//! Everything that textwrap decides by its cargo features is said here: another package of the
//! build may turn them on, and a report must not depend on who built it.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// Lines of at most so many columns, broken at spaces, as many words on each as it takes; a longer
/// word is broken where it must be.
pub(crate) fn lines<'a>(columns: usize) -> Options<'a> {
    Options::new(columns)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit)
}
