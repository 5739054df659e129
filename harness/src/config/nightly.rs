//! `[nightly]`: what `imgbench nightly` does after an alarm. `imgbench run` passes over it.

use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

use super::error::{ConfigError, Source};

/// Fewer blocks cannot reach p < 0.05 when they are paired.
const LEAST_BLOCKS: u32 = 6;
const MOST_BLOCKS: u32 = 100;

/// How an alarm is confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nightly {
    /// Fresh blocks of the cells that alarmed.
    pub blocks: u32,
    /// A QEMU that is known to be good, run in each fresh block beside tonight's.
    pub last_good: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    blocks: Option<Spanned<u32>>,
    last_good: Option<Spanned<String>>,
}

pub(super) fn check(source: &Source<'_>, table: Option<Table>) -> Result<Nightly, ConfigError> {
    let table = table.unwrap_or_default();
    Ok(Nightly {
        blocks: table.blocks.map_or(Ok(LEAST_BLOCKS), |given| blocks(source, &given))?,
        last_good: table.last_good.map(|given| last_good(source, &given)).transpose()?,
    })
}

fn blocks(source: &Source<'_>, given: &Spanned<u32>) -> Result<u32, ConfigError> {
    match *given.get_ref() {
        n if (LEAST_BLOCKS..=MOST_BLOCKS).contains(&n) => Ok(n),
        n => Err(source.error(
            given.span(),
            &format!("blocks = {n} cannot confirm an alarm"),
            &format!("permitted: {LEAST_BLOCKS}, which reach p < 0.05, to {MOST_BLOCKS}"),
        )),
    }
}

fn last_good(source: &Source<'_>, given: &Spanned<String>) -> Result<PathBuf, ConfigError> {
    let path = PathBuf::from(given.get_ref());
    match path.is_absolute() && path.is_file() {
        true => Ok(path),
        false => Err(source.error(
            given.span(),
            &format!("there is no QEMU at {}", path.display()),
            "name a qemu-system-x86_64 by its whole path",
        )),
    }
}
