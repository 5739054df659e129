//! Durations in files: seconds with nine decimals, so that nothing measured is rounded away.

use std::time::Duration;

use serde::Serializer;

/// Nothing is an empty field.
pub(crate) fn serialize<S: Serializer>(value: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(duration) => to.serialize_str(&text(*duration)),
        None => to.serialize_str(""),
    }
}

/// `1.500000000` for 1.5 s.
pub(crate) fn text(duration: Duration) -> String {
    format!("{}.{:09}", duration.as_secs(), duration.subsec_nanos())
}

/// Thirty years: those of a million runs can still be added up.
const LONGEST: Duration = Duration::from_secs(1_000_000_000);

/// Refuses what is no time: negative, not finite, or longer than any run.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let parsed = exact(text).or_else(|| Duration::try_from_secs_f64(text.parse().ok()?).ok());
    parsed.filter(|duration| *duration <= LONGEST)
}

/// What we write ourselves, read without going through a float, which would round long times.
fn exact(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let missing = 9 - fraction.len() as u32;
    let nanoseconds = fraction.parse::<u32>().ok()? * 10u32.pow(missing);
    Some(Duration::new(whole.parse().ok()?, nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_written() {
        for duration in [Duration::ZERO, Duration::from_nanos(1), LONGEST] {
            assert_eq!(parse(&text(duration)), Some(duration));
        }
        assert_eq!(text(Duration::from_millis(1500)), "1.500000000");
        assert_eq!(parse("2"), Some(Duration::from_secs(2)));
        assert_eq!(parse("2.5"), Some(Duration::from_millis(2500)));
        assert_eq!(parse("1e-3"), Some(Duration::from_millis(1)));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "-1",
            "-0.5",
            "NaN",
            "inf",
            "1e30",
            "abc",
            "1,5",
            "99999999999999999999.0",
            "1000000000.000000001",
            "1e10",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
