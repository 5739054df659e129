//! What may be written for an option of a format.

use crate::{ByteSize, Format};

/// An option of a format, in the words of `qemu-img create -o`.
#[derive(Clone, Copy, Debug)]
pub struct OptionDefinition {
    /// Its name.
    pub name: &'static str,
    /// The values that it may have.
    pub permitted: Permitted,
    /// What `qemu-img info --output=json` calls it, if it tells it.
    pub(crate) reported: Option<&'static str>,
}

/// Values of an option.
#[derive(Clone, Copy, Debug)]
pub enum Permitted {
    /// A power of two of bytes, both ends permitted.
    Sizes {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// One of these.
    Words(&'static [&'static str]),
    /// `on` or `off`.
    Switch,
}

/// Why an option is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// The format does not have it.
    #[error("{} has no option '{option}'", format.as_str())]
    Unknown {
        /// The format.
        format: Format,
        /// The option.
        option: String,
        /// The options that it has.
        permitted: Vec<String>,
    },
    /// It may not have this value.
    #[error("{option} = \"{value}\" is not permitted")]
    Value {
        /// The option.
        option: String,
        /// The value.
        value: String,
        /// What it may be.
        permitted: Vec<String>,
    },
}

impl OptionError {
    /// The option that it is about.
    pub fn option(&self) -> &str {
        match self {
            OptionError::Unknown { option, .. } | OptionError::Value { option, .. } => option,
        }
    }

    /// What is permitted in the place of what was given; empty where nothing is.
    pub fn permitted(&self) -> &[String] {
        match self {
            OptionError::Unknown { permitted, .. } | OptionError::Value { permitted, .. } => {
                permitted
            }
        }
    }
}

impl Permitted {
    /// Whether the value is one of them.
    pub fn permits(self, value: &str) -> bool {
        match self {
            Permitted::Sizes { min, max } => value
                .parse::<ByteSize>()
                .is_ok_and(|size| size.0.is_power_of_two() && (min..=max).contains(&size.0)),
            Permitted::Words(words) => words.contains(&value),
            Permitted::Switch => matches!(value, "on" | "off"),
        }
    }

    /// Every value, as one would write it.
    pub fn words(self) -> Vec<String> {
        match self {
            Permitted::Sizes { min, max } => {
                let powers = min.trailing_zeros()..=max.trailing_zeros();
                powers.map(|power| ByteSize(1 << power).to_string()).collect()
            }
            Permitted::Words(words) => words.iter().map(|&word| word.to_owned()).collect(),
            Permitted::Switch => ["on", "off"].map(str::to_owned).to_vec(),
        }
    }

    /// Whether what `qemu-img info` reports, if anything, is the value.
    pub(crate) fn same(self, value: &str, reported: Option<&str>) -> bool {
        match self {
            Permitted::Sizes { .. } => {
                let size: Option<ByteSize> = value.parse().ok();
                size.is_some() && reported.and_then(|text| text.parse().ok()) == size
            }
            Permitted::Words(_) => reported == Some(value),
            // What is off may be left out, and what is on may be a file's name.
            Permitted::Switch => (value == "on") == reported.is_some_and(|text| text != "off"),
        }
    }
}
