//! `[factors]`: what crosses with the images, each key a level or a list of them.
//!
//! ```toml
//! [factors]
//! cache = ["writeback", "none"]
//! filesystem = "ext4"
//! directory = [{ name = "ext4", path = "/var/tmp" }, { name = "tmpfs", path = "/dev/shm" }]
//! ```

use std::{ops::Range, path::PathBuf};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    appliance::{Filesystem, check_cpus, check_memory},
    drive::{Aio, Cache, DetectZeroes, Discard, Drive, Limit},
    error::{ConfigError, Source},
    image::{check_name, check_size, parse_size},
};

/// An axis of the experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Its key.
    pub name: &'static str,
    /// Its levels, at least one; the first is the one that others are compared with.
    pub levels: Vec<Level>,
    pub(super) span: Range<usize>,
}

/// One value on an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// What records and reports call it.
    pub name: String,
    /// What it sets.
    pub setting: Setting,
}

/// What a level sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// How the image is opened.
    Drive(Drive),
    /// What the guest makes on the image.
    Filesystem(Filesystem),
    /// Memory of the appliance, bytes.
    Memory(u64),
    /// Virtual CPUs.
    Cpus(u32),
    /// Where the images are made.
    Directory(PathBuf),
    /// The QEMU that runs the guest.
    Qemu(PathBuf),
    /// Virtual size of the image, bytes.
    Size(u64),
}

/// A value of a level, with its place.
type Value<'a> = Spanned<DeValue<'a>>;

/// How a key's levels are read.
type Read = for<'a> fn(&Source<'_>, &Value<'a>) -> Result<Level, ConfigError>;

/// The highest limit that QEMU takes (`THROTTLE_VALUE_MAX`).
const MOST: u64 = 1_000_000_000_000_000;

/// The keys that there are.
const KEYS: [(&str, Read); 12] = [
    ("cache", |source, value| {
        let cache = Some(one_of(source, value, Cache::ALL, Cache::as_str)?);
        drive(source, value, Drive { cache, ..Drive::default() })
    }),
    ("aio", |source, value| {
        let aio = Some(one_of(source, value, Aio::ALL, Aio::as_str)?);
        drive(source, value, Drive { aio, ..Drive::default() })
    }),
    ("discard", |source, value| {
        let discard = Some(one_of(source, value, Discard::ALL, Discard::as_str)?);
        drive(source, value, Drive { discard, ..Drive::default() })
    }),
    ("detect-zeroes", |source, value| {
        let detect_zeroes = Some(one_of(source, value, DetectZeroes::ALL, DetectZeroes::as_str)?);
        drive(source, value, Drive { detect_zeroes, ..Drive::default() })
    }),
    ("l2-cache-size", |source, value| {
        let text = text(source, value)?;
        let l2_cache_size = Some(parse_size(source, &text)?);
        drive(source, value, Drive { l2_cache_size, ..Drive::default() })
    }),
    ("throttling", throttling),
    ("filesystem", |source, value| {
        let text = text(source, value)?;
        let filesystem = Filesystem::check(source, &text)?;
        Ok(Level { name: text.into_inner(), setting: Setting::Filesystem(filesystem) })
    }),
    ("memory", |source, value| {
        let text = text(source, value)?;
        let setting = Setting::Memory(check_memory(source, Some(text.clone()))?);
        Ok(Level { name: text.into_inner(), setting })
    }),
    ("cpus", |source, value| {
        let number = match value.get_ref() {
            DeValue::Integer(number) => number.to_string().parse().ok(),
            _ => None,
        };
        let number: u32 = number.ok_or_else(|| {
            source.error(value.span(), "cpus are a whole number", "permitted: 1 to 255")
        })?;
        let cpus = check_cpus(source, Some(Spanned::new(value.span(), number)))?;
        Ok(Level { name: cpus.to_string(), setting: Setting::Cpus(cpus) })
    }),
    ("directory", |source, value| {
        let (name, path) = named_path(source, value)?;
        Ok(Level { name, setting: Setting::Directory(path) })
    }),
    ("qemu", |source, value| {
        let (name, path) = named_path(source, value)?;
        if !path.is_file() {
            return Err(source.error(
                value.span(),
                &format!("there is no QEMU at {}", path.display()),
                "name a qemu-system-x86_64 by its whole path",
            ));
        }
        Ok(Level { name, setting: Setting::Qemu(path) })
    }),
    ("size", |source, value| {
        let text = text(source, value)?;
        let setting = Setting::Size(check_size(source, &text)?);
        Ok(Level { name: text.into_inner(), setting })
    }),
];

/// The factors of a config, whose syntax is known to be right, in its order.
pub(super) fn check_all(source: &Source<'_>) -> Result<Vec<Factor>, ConfigError> {
    let root = DeTable::parse(source.text).map_err(|error| source.toml_error(&error))?;
    let found = root.into_inner().into_iter().find(|(key, _)| key.get_ref() == "factors");
    let Some((_, found)) = found else { return Ok(Vec::new()) };
    let DeValue::Table(table) = found.get_ref() else {
        let help = "write a table: [factors], and a line such as cache = [\"writeback\", \"none\"]";
        return Err(source.error(found.span(), "factors is not a table", help));
    };
    let mut keys: Vec<_> = table.iter().collect();
    keys.sort_by_key(|(key, _)| key.span().start);
    keys.into_iter().map(|(key, value)| factor(source, key.get_ref(), key.span(), value)).collect()
}

fn factor(
    source: &Source<'_>,
    key: &str,
    span: Range<usize>,
    value: &Value<'_>,
) -> Result<Factor, ConfigError> {
    let Some((name, read)) = KEYS.iter().find(|(name, _)| *name == key) else {
        let wrong = format!("unknown factor '{key}'");
        return Err(source.not_permitted(span, &wrong, KEYS.iter().map(|(name, _)| *name)));
    };
    let levels = match value.get_ref() {
        DeValue::Array(values) => {
            values.iter().map(|value| read(source, value)).collect::<Result<Vec<_>, _>>()?
        }
        _ => vec![read(source, value)?],
    };
    if levels.is_empty() {
        let help = "give it a level, or remove the key";
        return Err(source.error(value.span(), &format!("factor {name} has no level"), help));
    }
    for (at, level) in levels.iter().enumerate() {
        if levels[..at].iter().any(|other| other.name == level.name) {
            return Err(source.error(
                value.span(),
                &format!("factor {name} has the level '{}' twice", level.name),
                "name each level once",
            ));
        }
        if levels.len() > 1 && level.name.contains('/') {
            return Err(source.error(
                value.span(),
                &format!("level '{}' holds '/', which joins the levels of a cell", level.name),
                &format!(
                    "give it a name: {name} = [{{ name = \"short\", path = \"{}\" }}, ...]",
                    level.name
                ),
            ));
        }
    }
    Ok(Factor { name, levels, span })
}

fn text(source: &Source<'_>, value: &Value<'_>) -> Result<Spanned<String>, ConfigError> {
    match value.get_ref() {
        DeValue::String(text) => Ok(Spanned::new(value.span(), text.to_string())),
        other => Err(source.error(
            value.span(),
            &format!("a level is a text here, not {}", other.type_str()),
            "put it in quotes",
        )),
    }
}

fn one_of<T: Copy>(
    source: &Source<'_>,
    value: &Value<'_>,
    all: &[T],
    word: fn(T) -> &'static str,
) -> Result<T, ConfigError> {
    let text = text(source, value)?;
    let found = all.iter().copied().find(|known| word(*known) == text.get_ref());
    found.ok_or_else(|| {
        let wrong = format!("unknown level '{}'", text.get_ref());
        source.not_permitted(text.span(), &wrong, all.iter().map(|known| word(*known)))
    })
}

fn drive(source: &Source<'_>, value: &Value<'_>, drive: Drive) -> Result<Level, ConfigError> {
    Ok(Level { name: text(source, value)?.into_inner(), setting: Setting::Drive(drive) })
}

/// `none`, or limits joined by commas: `bps-write=50M,iops-total=1000`.
fn throttling(source: &Source<'_>, value: &Value<'_>) -> Result<Level, ConfigError> {
    let text = text(source, value)?;
    let mut throttling = Vec::new();
    for limit in text.get_ref().split(',').filter(|_| text.get_ref() != "none") {
        let (name, number) = limit.split_once('=').unwrap_or((limit, ""));
        let known = Limit::ALL.iter().copied().find(|known| known.as_str() == name.trim());
        let number: Option<image_prep::ByteSize> = number.trim().parse().ok();
        let (Some(known), Some(number)) = (known, number.filter(|number| number.0 > 0)) else {
            let names = Limit::ALL.iter().map(|known| known.as_str()).collect::<Vec<_>>();
            return Err(source.error(
                text.span(),
                &format!("'{limit}' is no limit"),
                &format!(
                    "permitted: \"none\", or limits a second joined by commas, such as \"bps-write=50M\"; they are {}",
                    names.join(", ")
                ),
            ));
        };
        let wrong = if number.0 > MOST {
            Some("is more than QEMU takes (1000000000000000)".to_owned())
        } else {
            let clash = throttling.iter().find(|(other, _)| known.excludes(*other));
            clash.map(|(other, _)| format!("does not go with {other}"))
        };
        if let Some(wrong) = wrong {
            let help = "limit the total, or reads and writes apart, each once";
            return Err(source.error(text.span(), &format!("'{limit}' {wrong}"), help));
        }
        throttling.push((known, number.0));
    }
    let drive = Drive { throttling, ..Drive::default() };
    Ok(Level { name: text.into_inner(), setting: Setting::Drive(drive) })
}

/// A path, or a path with a name: `{ name = "tmpfs", path = "/dev/shm" }`.
fn named_path(source: &Source<'_>, value: &Value<'_>) -> Result<(String, PathBuf), ConfigError> {
    let (name, path) = match value.get_ref() {
        DeValue::Table(table) => {
            let member = |name: &str| {
                let member = table.iter().find(|(key, _)| key.get_ref() == name);
                member.and_then(|(_, value)| value.get_ref().as_str()).map(str::to_owned)
            };
            match (member("name"), member("path"), table.len()) {
                (Some(name), Some(path), 2) => (Some(name), path),
                _ => {
                    return Err(source.error(
                        value.span(),
                        "a level with a name has two keys, name and path",
                        "write { name = \"tmpfs\", path = \"/dev/shm\" }",
                    ));
                }
            }
        }
        _ => (None, text(source, value)?.into_inner()),
    };
    if !PathBuf::from(&path).is_absolute() {
        return Err(source.error(
            value.span(),
            &format!("'{path}' is not an absolute path"),
            "write the whole path",
        ));
    }
    let name = match name {
        Some(name) => check_name(source, "level", &Spanned::new(value.span(), name))?,
        None if path.chars().any(char::is_control) => {
            let wrong = format!("'{}' holds a control character", path.escape_debug());
            return Err(source.error(value.span(), &wrong, "name another path"));
        }
        None => path.clone(),
    };
    Ok((name, PathBuf::from(path)))
}
