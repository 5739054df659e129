//! Takes the smallest change that counts as people write it, `5%` or `0.05`; yields a [`Margin`].
//!
//! Refuses 0 and less, 100 % and more, and what is no number.

use crate::stats::Margin;

const PERMITTED: &str = "above 0 and below 100 % is permitted, such as 5% or 0.05";

/// Reads a threshold.
///
/// # Errors
/// What is permitted, in a sentence.
pub fn threshold(text: &str) -> Result<Margin, String> {
    let (number, unit) = match text.trim().strip_suffix('%') {
        Some(percent) => (percent.trim_end(), 100.0),
        None => (text.trim(), 1.0),
    };
    let number: f64 = number.parse().map_err(|_| format!("not a number; {PERMITTED}"))?;
    let fraction = number / unit;
    if fraction >= 1.0 && unit == 1.0 && number < 100.0 {
        return Err(format!("that is {} %; {PERMITTED}; did you mean {number}%?", number * 100.0));
    }
    let below_one = Some(fraction).filter(|fraction| *fraction < 1.0);
    below_one.and_then(Margin::new).ok_or_else(|| PERMITTED.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_and_fractions() {
        for text in ["5%", "5 %", " 5.0% ", "0.05", "5e-2"] {
            assert_eq!(threshold(text), Ok(Margin::FIVE_PERCENT), "{text:?}");
        }
        assert_eq!(threshold("12%").map(Margin::get), Ok(0.12));
    }

    #[test]
    fn what_is_no_threshold_is_refused() {
        for text in ["0", "0%", "-5%", "100%", "1e9%", "NaN", "NaN%", "inf", "-inf", "", "%", "a"] {
            let refused = threshold(text).map_err(|message| message.contains(PERMITTED));
            assert_eq!(refused, Err(true), "{text:?}");
        }
        assert_eq!(threshold("5"), Err(format!("that is 500 %; {PERMITTED}; did you mean 5%?")));
    }
}
