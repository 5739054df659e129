//! A word with a colour and a shape, so that neither colour nor reading English is needed alone.

use maud::{Markup, html};

use crate::stats::Verdict;

/// What a word means to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Tone {
    /// Slower; something failed.
    Bad,
    /// Faster.
    Good,
    /// Shown to be alike.
    Same,
    /// Not decided.
    Open,
    /// To be heeded before anything is concluded.
    Warn,
}

impl Tone {
    /// The class that has its colours.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Bad => "bad",
            Tone::Good => "good",
            Tone::Same => "same",
            Tone::Open => "open",
            Tone::Warn => "warn",
        }
    }

    /// What a verdict means.
    pub fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Regressed => Tone::Bad,
            Verdict::Improved => Tone::Good,
            Verdict::Equivalent => Tone::Same,
            Verdict::Inconclusive => Tone::Open,
        }
    }

    /// The tone of a text that is a verdict's word and nothing else.
    pub fn of_word(word: &str) -> Option<Self> {
        let all =
            [Verdict::Regressed, Verdict::Improved, Verdict::Equivalent, Verdict::Inconclusive];
        all.into_iter().find(|verdict| verdict.to_string() == word).map(Tone::of)
    }
}

/// The shape: up is slower, down is faster, an equals sign, a ring, an exclamation.
pub(in crate::render) fn shape(tone: Tone) -> Markup {
    let path = match tone {
        Tone::Bad => "M8 1 15.5 14.5H.5Z",
        Tone::Good => "M8 15 .5 1.5h15Z",
        Tone::Same => "M1 3.5h14v3.2H1ZM1 9.3h14v3.2H1Z",
        Tone::Open => "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm0 3a4 4 0 1 1 0 8 4 4 0 0 1 0-8Z",
        Tone::Warn => "M6.2 1h3.6l-.6 9H6.8ZM8 11.4a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6Z",
    };
    html! { svg.shape viewBox="0 0 16 16" aria-hidden="true" { path fill-rule="evenodd" d=(path) {} } }
}

/// The word with its shape.
pub(in crate::render) fn badge(tone: Tone, word: &str) -> Markup {
    html! { span class={ "badge " (tone.class()) } { (shape(tone)) (word) } }
}
