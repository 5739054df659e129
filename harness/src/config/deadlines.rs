//! `[deadlines]`: libguestfs has no time-outs of its own, so every wait has one here.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;
use toml::Spanned;

use super::error::{ConfigError, Source};

/// How long anything may take before its run is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Booting, the building of the appliance on first use included.
    pub launch: Duration,
    /// One call to the appliance without any bytes moving.
    pub call: Duration,
    /// One run from beginning to end.
    pub run: Duration,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    launch: Option<Spanned<String>>,
    call: Option<Spanned<String>>,
    run: Option<Spanned<String>>,
}

pub(super) fn check(source: &Source<'_>, table: Option<Table>) -> Result<Deadlines, ConfigError> {
    let table = table.unwrap_or_default();
    Ok(Deadlines {
        launch: duration(source, table.launch, 5 * 60)?,
        call: duration(source, table.call, 2 * 60)?,
        run: duration(source, table.run, 60 * 60)?,
    })
}

fn duration(
    source: &Source<'_>,
    given: Option<Spanned<String>>,
    default: u64,
) -> Result<Duration, ConfigError> {
    let Some(given) = given else { return Ok(Duration::from_secs(default)) };
    let parsed: Option<SignedDuration> = given.get_ref().parse().ok();
    parsed
        .and_then(|signed| Duration::try_from(signed).ok())
        .filter(|duration| *duration >= Duration::from_secs(1))
        .ok_or_else(|| {
            source.error(
                given.span(),
                &format!("'{}' is not a deadline", given.get_ref()),
                "permitted: one second or more, written as \"90s\", \"5min\" or \"1h\"",
            )
        })
}
