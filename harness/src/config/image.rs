//! `[[image]]`: the images of the experiment.

use std::collections::HashMap;

use image_prep::{ByteSize, Format, ImageSpec, Preallocation};
use serde::Deserialize;
use toml::Spanned;

use super::error::{ConfigError, Source};

/// QEMU counts a disk in sectors of this many bytes.
const SECTOR: u64 = 512;

/// Longest name of an image, in characters: tables and charts carry it.
const MAX_NAME: usize = 60;

/// An image with the name that records and reports call it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedImage {
    /// The name.
    pub name: String,
    /// What is made.
    pub spec: ImageSpec,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    name: Spanned<String>,
    format: Spanned<String>,
    size: Spanned<String>,
    preallocation: Option<Spanned<String>>,
}

pub(super) fn check_all(
    source: &Source<'_>,
    tables: Spanned<Vec<Table>>,
) -> Result<Vec<NamedImage>, ConfigError> {
    if tables.get_ref().is_empty() {
        return Err(source.error(
            tables.span(),
            "there is no image to measure",
            "add an [[image]] table; configs/default.toml has four",
        ));
    }
    let mut seen = HashMap::new();
    let mut images = Vec::new();
    for table in tables.into_inner() {
        let span = table.name.span();
        if let Some(first) = seen.insert(table.name.get_ref().clone(), span.clone()) {
            let line = source.text[..first.start].matches('\n').count() + 1;
            return Err(source.error(
                span,
                &format!(
                    "image name '{}' is used twice, first on line {line}",
                    table.name.get_ref()
                ),
                "give each image a name of its own: records and reports tell them apart by it",
            ));
        }
        images.push(check(source, &table)?);
    }
    Ok(images)
}

fn check(source: &Source<'_>, table: &Table) -> Result<NamedImage, ConfigError> {
    let name = check_name(source, &table.name)?;
    let format = check_format(source, &name, &table.format)?;
    let size = check_size(source, &table.size)?;
    let preallocation = match &table.preallocation {
        Some(given) => check_preallocation(source, &name, format, given)?,
        None => Preallocation::Off,
    };
    Ok(NamedImage { name, spec: ImageSpec { preallocation, ..ImageSpec::new(format, size) } })
}

fn check_name(source: &Source<'_>, name: &Spanned<String>) -> Result<String, ConfigError> {
    let text = name.get_ref();
    let wrong = if text.trim().is_empty() {
        "is empty"
    } else if text.trim() != text {
        "begins or ends with a space"
    } else if text.contains('/') {
        "holds '/', which joins the levels of a cell"
    } else if text.chars().any(char::is_control) {
        "holds a control character"
    } else if text.chars().count() > MAX_NAME {
        "is too long"
    } else {
        return Ok(text.clone());
    };
    Err(source.error(
        name.span(),
        &format!("image name '{}' {wrong}", text.escape_debug()),
        &format!("permitted: 1 to {MAX_NAME} characters, none of them '/' or a control character"),
    ))
}

fn check_format(
    source: &Source<'_>,
    name: &str,
    given: &Spanned<String>,
) -> Result<Format, ConfigError> {
    let found = Format::ALL.into_iter().find(|format| format.as_str() == given.get_ref());
    found.ok_or_else(|| {
        source.not_permitted(
            given.span(),
            &format!("image '{name}': unknown format '{}'", given.get_ref()),
            Format::ALL.map(Format::as_str),
        )
    })
}

fn check_size(source: &Source<'_>, given: &Spanned<String>) -> Result<u64, ConfigError> {
    let size = parse_size(source, given)?;
    if size == 0 || !size.is_multiple_of(SECTOR) || i64::try_from(size).is_err() {
        return Err(source.error(
            given.span(),
            &format!("size = \"{}\" ({size} bytes) is not a disk's", given.get_ref()),
            "permitted: a multiple of 512 bytes, more than 0 and less than 8388608T",
        ));
    }
    Ok(size)
}

fn check_preallocation(
    source: &Source<'_>,
    name: &str,
    format: Format,
    given: &Spanned<String>,
) -> Result<Preallocation, ConfigError> {
    let permitted = format.preallocations();
    let found = permitted.iter().copied().find(|known| known.as_str() == given.get_ref());
    found.ok_or_else(|| {
        source.not_permitted(
            given.span(),
            &format!(
                "image '{name}': {} has no preallocation '{}'",
                format.as_str(),
                given.get_ref()
            ),
            permitted.iter().map(|known| known.as_str()),
        )
    })
}

/// A size as people write it.
pub(super) fn parse_size(source: &Source<'_>, given: &Spanned<String>) -> Result<u64, ConfigError> {
    let parsed: Result<ByteSize, _> = given.get_ref().parse();
    parsed.map(|size| size.0).map_err(|error| {
        source.error(given.span(), &error.to_string(), "write it in quotes: size = \"300M\"")
    })
}
