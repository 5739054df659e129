//! What is to be made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ByteSize, Format, OptionError, Preallocation, created, fill};

/// QEMU counts a disk in sectors of this many bytes.
const SECTOR: u64 = 512;

/// The deepest chain: each file of it is one that QEMU opens.
const DEEPEST: u32 = 64;

/// An image to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageSpec {
    /// The format.
    pub format: Format,
    /// Virtual size in bytes, a multiple of 512.
    pub size: u64,
    /// What is allocated beforehand; one of [`Format::preallocations`].
    pub preallocation: Preallocation,
    /// Options of the format, in QEMU's words; [`Format::options`]. What is not set is as QEMU
    /// has it.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// What lies under it, if anything does.
    #[serde(default)]
    pub backing: Option<Backing>,
    /// What the image itself holds before it is used.
    #[serde(default)]
    pub fill: Fill,
}

/// A chain of backing files, beside the image: `NAME.backing-1` is the base, and each one after it
/// lies on the one before, empty and of the image's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backing {
    /// Files in the chain, 1 to 64.
    pub depth: u32,
    /// Format of the base; one of [`Format::bases`] of the image's.
    pub format: Format,
    /// What the base holds.
    pub filled: Fill,
}

/// Incompressible contents, from the disk's beginning on, the same ones each time: ChaCha8's, with
/// seed 0; stream 0 for the image and stream 1 for the base.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fill {
    /// Nothing: it reads as zeros.
    #[default]
    None,
    /// The whole disk.
    All,
    /// As many bytes, a multiple of 512.
    Bytes(u64),
}

/// Why an image cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// One of its options is not permitted.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// It does not go together.
    #[error("{message}")]
    Combination {
        /// The field or option that it is about: `backing`, `extended_l2`.
        key: String,
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
}

impl SpecError {
    pub(crate) fn new(key: &str, message: String, help: &str) -> SpecError {
        SpecError::Combination { key: key.to_owned(), message, help: help.to_owned() }
    }

    /// The field or option that it is about.
    pub fn key(&self) -> &str {
        match self {
            SpecError::Option(error) => error.option(),
            SpecError::Combination { key, .. } => key,
        }
    }

    /// What to do.
    pub fn help(&self) -> String {
        match self {
            SpecError::Option(error) if error.permitted().is_empty() => "leave it out".to_owned(),
            SpecError::Option(error) => format!("permitted: {}", error.permitted().join(", ")),
            SpecError::Combination { help, .. } => help.clone(),
        }
    }
}

impl Fill {
    /// Bytes of it, on a disk of as many.
    pub fn bytes(self, size: u64) -> u64 {
        match self {
            Fill::None => 0,
            Fill::All => size,
            Fill::Bytes(bytes) => bytes,
        }
    }
}

impl ImageSpec {
    /// A sparse, empty image, with QEMU's options.
    pub fn new(format: Format, size: u64) -> ImageSpec {
        ImageSpec {
            format,
            size,
            preallocation: Preallocation::Off,
            options: BTreeMap::new(),
            backing: None,
            fill: Fill::None,
        }
    }

    /// Whether such an image can be had.
    ///
    /// # Errors
    /// It cannot, and what it is about.
    pub fn check(&self) -> Result<(), SpecError> {
        for (name, value) in &self.options {
            self.format.check_option(name, value)?;
        }
        if self.size == 0 || !self.size.is_multiple_of(SECTOR) || i64::try_from(self.size).is_err()
        {
            return Err(SpecError::new(
                "size",
                format!("size = {} is not a disk's", self.size),
                "permitted: a multiple of 512 bytes, more than 0 and less than 8388608T",
            ));
        }
        let permitted = self.format.preallocations();
        if !permitted.contains(&self.preallocation) {
            let words: Vec<_> = permitted.iter().map(|known| known.as_str()).collect();
            return Err(SpecError::new(
                "preallocation",
                format!(
                    "{} has no preallocation '{}'",
                    self.format.as_str(),
                    self.preallocation.as_str()
                ),
                &format!("permitted: {}", words.join(", ")),
            ));
        }
        self.check_fill("fill", self.fill)?;
        if let Some(backing) = &self.backing {
            self.check_backing(backing)?;
        }
        self.format.definition().check(self)
    }

    fn check_fill(&self, key: &str, fill: Fill) -> Result<(), SpecError> {
        match fill {
            Fill::Bytes(bytes)
                if bytes == 0 || bytes > self.size || !bytes.is_multiple_of(SECTOR) =>
            {
                Err(SpecError::new(
                    key,
                    format!("{bytes} bytes cannot fill a disk of {}", self.size),
                    "permitted: a multiple of 512 bytes, more than 0 and at most the size",
                ))
            }
            Fill::None | Fill::All | Fill::Bytes(_) => Ok(()),
        }
    }

    fn check_backing(&self, backing: &Backing) -> Result<(), SpecError> {
        let bases = self.format.bases();
        let format = self.format.as_str();
        if bases.is_empty() {
            let able = Format::ALL.into_iter().filter(|format| !format.bases().is_empty());
            let able: Vec<_> = able.map(Format::as_str).collect();
            return Err(SpecError::new(
                "backing",
                format!("{format} has no backing files"),
                &format!("formats with backing files: {}", able.join(", ")),
            ));
        }
        if !bases.contains(&backing.format) {
            let bases: Vec<_> = bases.iter().map(|base| base.as_str()).collect();
            return Err(SpecError::new(
                "backing",
                format!("{format} cannot lie on {}", backing.format.as_str()),
                &format!("permitted: {}", bases.join(", ")),
            ));
        }
        if !(1..=DEEPEST).contains(&backing.depth) {
            return Err(SpecError::new(
                "backing",
                format!("a chain of {} backing files cannot be made", backing.depth),
                &format!("permitted: 1 to {DEEPEST}"),
            ));
        }
        self.check_fill("backing", backing.filled)
    }

    /// What it is, in a few words: "A sparse raw file".
    pub fn description(&self) -> String {
        let mut text = self.format.definition().description(self);
        for (name, value) in &self.options {
            text.push_str(&format!(", {name}={value}"));
        }
        if let Some(backing) = &self.backing {
            let files = if backing.depth == 1 { "file" } else { "files" };
            text.push_str(&format!(", over {} backing {files}", backing.depth));
            text.push_str(&format!(" ({}{})", backing.format.as_str(), told(backing.filled)));
        }
        text.push_str(&told(self.fill));
        text
    }

    /// The command that makes such an image, as one would type it, for a file named `test.img`;
    /// several, joined by `&&`, where it takes several. Where the image is filled, the data is
    /// other than imgbench's.
    pub fn command(&self) -> String {
        let mut commands = Vec::new();
        for layer in created::layers(self, "test.img") {
            let backing = layer.under.as_ref().map(|(name, format)| (name.as_str(), *format));
            let definition = layer.spec.format.definition();
            commands.push(definition.command(&layer.spec, &layer.name, backing));
            commands.extend(fill::commands(&layer.spec, &layer.name));
        }
        commands.join(" && ")
    }

    /// Arguments of QEMU's `-object` that an appliance on this image needs. The secret is a test
    /// key that everyone may know: what is measured is not a secret.
    pub fn qemu_objects(&self) -> Vec<String> {
        let secret = self.format.definition().secret();
        secret
            .map(|data| format!("secret,id={},data={data}", created::SECRET))
            .into_iter()
            .collect()
    }

    /// Options that QEMU's drive needs beside file and format, for `-set drive.ID.OPTION=VALUE`.
    pub fn drive_options(&self) -> Vec<(String, String)> {
        let secret = self.format.definition().secret();
        secret.map(|_| ("key-secret".to_owned(), created::SECRET.to_owned())).into_iter().collect()
    }

    /// Bytes on the host that the image, with all its files, takes at most when the guest wrote
    /// `written` bytes to it, what its filesystem writes for itself included.
    ///
    /// Holds for a guest that writes in runs of 1 MiB or more on average. One that scatters smaller
    /// ones touches more clusters; `allocation(size)` holds for every guest.
    pub fn allocation(&self, written: u64) -> u64 {
        let written = written.min(self.size);
        let under: u64 = created::layers(self, "")
            .iter()
            .rev()
            .skip(1)
            .map(|layer| layer.spec.own_allocation(0))
            .sum();
        let filled = self.backing.map_or(0, |backing| backing.filled.bytes(self.size));
        // While it is filled, the data is in a file beside it.
        let making = self.own_allocation(0) + self.filled().max(filled);
        under + making.max(self.own_allocation(written))
    }

    fn own_allocation(&self, written: u64) -> u64 {
        let mapped = written.saturating_add(self.filled()).min(self.size);
        self.format.definition().allocation(self, mapped)
    }

    /// Bytes that the image itself is filled with.
    pub(crate) fn filled(&self) -> u64 {
        self.fill.bytes(self.size)
    }

    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }

    pub(crate) fn switched_on(&self, name: &str) -> bool {
        self.option(name) == Some("on")
    }

    /// An option that is a size, or what QEMU takes for it.
    pub(crate) fn sized(&self, name: &str, default: u64) -> u64 {
        let given = self.option(name).and_then(|text| text.parse::<ByteSize>().ok());
        given.map_or(default, |size| size.0)
    }

    pub(crate) fn size_text(&self) -> String {
        ByteSize(self.size).to_string()
    }
}

fn told(fill: Fill) -> String {
    match fill {
        Fill::None => String::new(),
        Fill::All => ", full of data".to_owned(),
        Fill::Bytes(bytes) => format!(", {} of data in it", ByteSize(bytes)),
    }
}
