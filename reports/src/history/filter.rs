//! What of the history is asked for.

use globset::{Glob, GlobMatcher};
use jiff::Timestamp;

use super::HistoryError;

/// What of the history is asked for; the default is everything, by the metrics that cells are judged
/// by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Name of the config.
    pub config: Option<String>,
    /// Cells whose name matches this glob.
    pub cell: Option<String>,
    /// Environments that match this glob; each is whole in [`Night::environment`](super::Night).
    pub environment: Option<String>,
    /// Experiments that started then or later.
    pub since: Option<Timestamp>,
    /// Experiments that started then or earlier.
    pub until: Option<Timestamp>,
    /// Of each config and environment only the newest so many experiments.
    pub last: Option<usize>,
    /// Which metrics.
    pub which: Which,
}

/// Which metrics are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// The one that each cell is judged by.
    #[default]
    Judged,
    /// Every one.
    All,
    /// The one of this name.
    Named(String),
}

/// A glob of cells or environments; without one everything matches.
pub(super) struct Pattern(Option<GlobMatcher>);

impl Pattern {
    pub(super) fn new(pattern: Option<&str>) -> Result<Self, HistoryError> {
        let refused = |error: globset::Error| HistoryError::Glob {
            pattern: pattern.unwrap_or_default().to_owned(),
            why: error.kind().to_string(),
        };
        let glob = pattern.map(Glob::new).transpose().map_err(refused)?;
        Ok(Pattern(glob.map(|glob| glob.compile_matcher())))
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.as_ref().is_none_or(|glob| glob.is_match(text))
    }
}
