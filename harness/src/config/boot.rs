//! `boot`: how many runs a boot carries.

use toml::Spanned;

use super::error::{ConfigError, Source};

/// When an appliance is booted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Boots {
    /// For each run.
    #[default]
    PerRun,
    /// For all runs of a block that need the same machine, each with a disk of its own.
    PerBlock,
}

impl Boots {
    const ALL: [Boots; 2] = [Boots::PerRun, Boots::PerBlock];

    /// The word in configs and records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Boots::PerRun => "per-run",
            Boots::PerBlock => "per-block",
        }
    }

    pub(super) fn check(
        source: &Source<'_>,
        given: Option<Spanned<String>>,
    ) -> Result<Boots, ConfigError> {
        let Some(given) = given else { return Ok(Boots::default()) };
        let found = Boots::ALL.into_iter().find(|known| known.as_str() == given.get_ref());
        found.ok_or_else(|| {
            let wrong = format!("unknown boot '{}'", given.get_ref());
            source.not_permitted(given.span(), &wrong, Boots::ALL.map(Boots::as_str))
        })
    }
}
