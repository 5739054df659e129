//! `[[image]]`: the images of the experiment.

use std::{collections::HashMap, ops::Range};

use image_prep::{
    Backing, ByteSize, Fill, Format, ImageSpec, OptionError, Preallocation, SpecError,
};
use serde::{Deserialize, Serialize};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    error::{ConfigError, Source},
    factors::{Factor, Setting},
    keys::Keys,
};

/// QEMU counts a disk in sectors of this many bytes.
const SECTOR: u64 = 512;

/// The keys of an image that are not options of its format.
const KEYS: [&str; 7] = ["name", "format", "size", "preallocation", "fill", "backing", "state"];

/// Longest name of an image, in characters: tables and charts carry it.
const MAX_NAME: usize = 60;

/// An image with the name that records and reports call it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedImage {
    /// The name.
    pub name: String,
    /// What is made.
    pub spec: ImageSpec,
    /// Whether the workload meets it as it was made.
    pub state: State,
    pub(super) span: Range<usize>,
}

/// What the workload meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The image as it was made: its clusters are allocated inside the clock.
    #[default]
    Fresh,
    /// An image on which the same workload was done once before, outside the clock.
    Written,
}

impl State {
    fn check(source: &Source<'_>, given: &Spanned<String>) -> Result<State, ConfigError> {
        match given.get_ref().as_str() {
            "fresh" => Ok(State::Fresh),
            "written" => Ok(State::Written),
            other => {
                let wrong = format!("unknown state '{other}'");
                Err(source.not_permitted(given.span(), &wrong, ["fresh", "written"]))
            }
        }
    }
}

/// The images of a config, whose syntax is known to be right.
pub(super) fn check_all<'a>(
    source: &'a Source<'a>,
    factors: &[Factor],
) -> Result<Vec<NamedImage>, ConfigError> {
    let root = DeTable::parse(source.text).map_err(|error| source.toml_error(&error))?;
    let found = root.into_inner().into_iter().find(|(key, _)| key.get_ref() == "image");
    let Some((_, found)) = found else { return Ok(Vec::new()) };
    let span = found.span();
    let DeValue::Array(tables) = found.into_inner() else {
        let help = "write [[image]], and its keys below; configs/default.toml has four";
        return Err(source.error_at_line(span, "image is not a list of tables", help));
    };
    if tables.is_empty() {
        return Err(source.error(
            span,
            "there is no image to measure",
            "add an [[image]] table; configs/default.toml has four",
        ));
    }
    let mut seen = HashMap::new();
    let mut images = Vec::new();
    for table in tables {
        let span = table.span();
        let DeValue::Table(table) = table.into_inner() else {
            return Err(source.error(span, "an image is a table", "write [[image]]"));
        };
        let image = check(source, Keys::new(source, table, span), factors)?;
        let span = image.span.clone();
        if let Some(first) = seen.insert(image.name.clone(), span.clone()) {
            let line = source.text[..first.start].matches('\n').count() + 1;
            return Err(source.error(
                span,
                &format!("image name '{}' is used twice, first on line {line}", image.name),
                "give each image a name of its own: records and reports tell them apart by it",
            ));
        }
        images.push(image);
    }
    Ok(images)
}

fn check(
    source: &Source<'_>,
    mut keys: Keys<'_>,
    factors: &[Factor],
) -> Result<NamedImage, ConfigError> {
    let given = keys.needed("name")?;
    let name = check_name(source, "image", &given)?;
    let format = keys.needed("format")?;
    let format = check_format(source, &name, &format)?;
    let mut spec = ImageSpec::new(format, check_own_size(source, &mut keys, factors)?);
    let place = keys.span();
    let mut places: HashMap<String, Range<usize>> = HashMap::new();
    if let Some(word) = keys.word("preallocation")? {
        spec.preallocation = check_preallocation(source, &name, format, &word)?;
        places.insert("preallocation".to_owned(), word.span());
    }
    if let Some(word) = keys.word("fill")? {
        spec.fill = check_fill(source, &word)?;
        places.insert("fill".to_owned(), word.span());
    }
    if let Some(table) = keys.take("backing") {
        places.insert("backing".to_owned(), table.span());
        spec.backing = Some(check_backing(source, table)?);
    }
    let state = match keys.word("state")? {
        None => State::Fresh,
        Some(word) => State::check(source, &word)?,
    };
    for (key, value) in keys.rest()? {
        places.insert(key.get_ref().clone(), key.span());
        spec.options.insert(key.into_inner(), value);
    }
    spec.check().map_err(|error| {
        let span = places.get(error.key()).cloned();
        let wrong = format!("image '{name}': {error}");
        let help = match &error {
            SpecError::Option(OptionError::Unknown { permitted, .. }) => {
                let ours = KEYS.iter().map(|key| (*key).to_owned());
                let all: Vec<_> = ours.chain(permitted.iter().cloned()).collect();
                format!("permitted: {}", all.join(", "))
            }
            error => error.help(),
        };
        match span {
            Some(span) => source.error(span, &wrong, &help),
            None => source.error_at_line(place, &wrong, &help),
        }
    })?;
    Ok(NamedImage { name, spec, state, span: given.span() })
}

/// The size of the image, or the first of those that a factor gives it.
fn check_own_size(
    source: &Source<'_>,
    keys: &mut Keys<'_>,
    factors: &[Factor],
) -> Result<u64, ConfigError> {
    let first = factors
        .iter()
        .flat_map(|factor| &factor.levels)
        .find_map(|level| if let Setting::Size(size) = level.setting { Some(size) } else { None });
    match (first, keys.word("size")?) {
        (None, Some(given)) => check_size(source, &given),
        (Some(size), None) => Ok(size),
        (Some(_), Some(given)) => Err(source.error(
            given.span(),
            "the image has a size, and [factors] has sizes",
            "give the size in one of the two places",
        )),
        (None, None) => {
            let help = "add the key; configs/default.toml is an example";
            Err(source.error_at_line(keys.span(), "missing key `size`", help))
        }
    }
}

/// `none`, `all`, or as many bytes.
fn check_fill(source: &Source<'_>, given: &Spanned<String>) -> Result<Fill, ConfigError> {
    match given.get_ref().as_str() {
        "none" => Ok(Fill::None),
        "all" => Ok(Fill::All),
        _ => parse_size(source, given).map(Fill::Bytes),
    }
}

/// `{ depth = 1, format = "qcow2", filled = "all" }`.
fn check_backing<'a>(
    source: &'a Source<'a>,
    value: Spanned<DeValue<'a>>,
) -> Result<Backing, ConfigError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Table {
        depth: Option<u32>,
        format: Option<Spanned<String>>,
        filled: Spanned<String>,
    }
    let span = value.span();
    let DeValue::Table(table) = value.into_inner() else {
        let help = "write backing = { filled = \"all\" }";
        return Err(source.error(span, "backing is a table", help));
    };
    let (_, table) = Keys::new(source, table, span).read::<Table>()?;
    let format = match &table.format {
        None => Format::Qcow2,
        Some(given) => check_format(source, "backing", given)?,
    };
    Ok(Backing {
        depth: table.depth.unwrap_or(1),
        format,
        filled: check_fill(source, &table.filled)?,
    })
}

/// A name that is part of the names of cells; `of` is what it names.
pub(super) fn check_name(
    source: &Source<'_>,
    of: &str,
    name: &Spanned<String>,
) -> Result<String, ConfigError> {
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
        &format!("{of} name '{}' {wrong}", text.escape_debug()),
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

pub(super) fn check_size(source: &Source<'_>, given: &Spanned<String>) -> Result<u64, ConfigError> {
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
pub(crate) fn parse_size(source: &Source<'_>, given: &Spanned<String>) -> Result<u64, ConfigError> {
    let parsed: Result<ByteSize, _> = given.get_ref().parse();
    parsed.map(|size| size.0).map_err(|error| {
        source.error(given.span(), &error.to_string(), "write it in quotes: size = \"300M\"")
    })
}
