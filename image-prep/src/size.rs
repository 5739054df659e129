//! Sizes as people write them to QEMU, dd and truncate: `300M`, `2G`, `512`.
//!
//! Suffixes are powers of 1024, as everywhere in QEMU. (The crate `bytesize` reads `300M` as
//! 300,000,000 bytes, which no tool of this field does.)

use std::{fmt, str::FromStr};

/// A number of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

/// Why a text is not a size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is not a size: write a whole number with an optional K, M, G or T (powers of 1024), such as 300M"
)]
pub struct SizeError(String);

const SUFFIXES: [(char, u64); 4] = [('T', 1 << 40), ('G', 1 << 30), ('M', 1 << 20), ('K', 1 << 10)];

impl FromStr for ByteSize {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let refuse = || SizeError(text.to_owned());
        let (digits, factor) = SUFFIXES
            .iter()
            .find_map(|&(suffix, factor)| {
                let digits = text.strip_suffix([suffix, suffix.to_ascii_lowercase()])?;
                Some((digits, factor))
            })
            .unwrap_or((text, 1));
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refuse());
        }
        let number: u64 = digits.parse().map_err(|_| refuse())?;
        number.checked_mul(factor).map(ByteSize).ok_or_else(refuse)
    }
}

impl fmt::Display for ByteSize {
    /// The shortest text that reads back as the same number of bytes.
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (suffix, factor) in SUFFIXES {
            if self.0 >= factor && self.0.is_multiple_of(factor) {
                return write!(to, "{}{suffix}", self.0 / factor);
            }
        }
        write!(to, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_powers_of_1024_in_either_case() {
        for (text, bytes) in [
            ("512", 512),
            ("2k", 2048),
            ("300M", 300 << 20),
            ("20g", 20 << 30),
            ("1T", 1 << 40),
            ("0", 0),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused_with_its_text() {
        for text in ["", "M", "-1", "1.5G", "300MB", "300 M", "3x", "99999999999T", "２M"] {
            assert_eq!(text.parse::<ByteSize>(), Err(SizeError(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn a_size_prints_as_it_reads() {
        for text in ["300M", "512", "20G", "1T", "1025", "3K"] {
            assert_eq!(text.parse::<ByteSize>().expect(text).to_string(), text);
        }
    }
}
