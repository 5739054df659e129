//! How numbers are written: as many digits as are needed, and no more than were measured.

/// How many decimals the values that are compared have; all the same, so that columns line up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimals(usize);

impl Decimals {
    /// One decimal where it is enough. More where a time would have fewer than 3 significant
    /// digits; and one more again if two times that differ would print equal. It stops there: a
    /// fifth digit of a wall-clock time is noise.
    pub(crate) fn enough_for(seconds: &[f64]) -> Self {
        Self::at_least(1, seconds)
    }

    /// The same for values that are not times in seconds: none where 3 digits stand before the
    /// point, or where all is 0.
    pub(crate) fn of_any(values: &[f64]) -> Self {
        Self::at_least(0, values)
    }

    fn at_least(least: i32, values: &[f64]) -> Self {
        let smallest = values.iter().copied().filter(|&of| of > 0.0).fold(f64::INFINITY, f64::min);
        if !smallest.is_finite() {
            return Decimals(least as usize);
        }
        // 15.3 has its first digit at 10^1, and 3 digits with 1 decimal; 0.05 at 10^-2, with 4.
        let first_digit = smallest.log10().floor() as i32;
        let decimals = Decimals((2 - first_digit).clamp(least, 9) as usize);
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        let texts: Vec<_> = sorted.iter().map(|&time| decimals.text(time)).collect();
        let tie = texts.windows(2).any(|pair| pair[0] == pair[1]);
        if tie { Decimals(decimals.0 + 1) } else { decimals }
    }

    /// A value without its unit.
    pub(crate) fn text(self, value: f64) -> String {
        format!("{value:.*}", self.0)
    }
}

/// An estimated ratio, fine enough to see 5 % and its interval: `0.967`, `14.58`, `120.4`.
pub(crate) fn estimated(ratio: f64) -> String {
    match ratio {
        ..9.9995 => format!("{ratio:.3}"),
        9.9995..99.995 => format!("{ratio:.2}"),
        99.995..999.95 => format!("{ratio:.1}"),
        _ => format!("{ratio:.0}"),
    }
}

/// A p with two significant digits: `0.094`, `0.0020`.
pub(crate) fn probability(p: f64) -> String {
    if p < 0.0001 {
        return "<0.0001".to_owned();
    }
    format!("{p:.*}", (1.0 - p.log10().floor()).max(0.0) as usize)
}

/// A share that is known exactly, the level of an interval above all, as STATISTICS.md gives it:
/// `75 %`, `93.8 %`, `96.9 %`.
pub(crate) fn level(level: f64) -> String {
    let percents = 100.0 * level;
    if (percents - percents.round()).abs() < 1e-9 {
        format!("{percents:.0} %")
    } else if percents < 99.95 {
        format!("{percents:.1} %")
    } else {
        ">99.9 %".to_owned()
    }
}

/// Names or numbers of one sentence; more are counted only.
const LISTED: usize = 12;

/// Names or numbers in a row, cut after the first ones: `3, 7, 9`, `1, 2, … and 5 more`.
pub(crate) fn listed(items: &[String]) -> String {
    let shown = items.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A share of 1 in percent: `19 %`.
pub(crate) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// Bytes in the largest unit that they fill: `256 MiB`, `1.5 GiB`, `512 B`.
pub(crate) fn size(bytes: u64) -> String {
    let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    match units.into_iter().find(|(_, bits)| bytes >> bits > 0) {
        None => format!("{bytes} B"),
        Some((unit, bits)) if bytes.trailing_zeros() >= bits => format!("{} {unit}", bytes >> bits),
        Some((unit, bits)) => format!("{:.1} {unit}", bytes as f64 / (1u64 << bits) as f64),
    }
}

/// `1 run`, `3 runs`.
pub(crate) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_decimals_they_need() {
        let texts = |seconds: &[f64]| {
            let decimals = Decimals::enough_for(seconds);
            seconds.iter().map(|&time| decimals.text(time)).collect::<Vec<_>>()
        };
        assert_eq!(texts(&[15.3, 14.8, 223.0, 14.5]), ["15.3", "14.8", "223.0", "14.5"]);
        assert_eq!(texts(&[11.31, 11.34]), ["11.31", "11.34"], "would print equal");
        assert_eq!(texts(&[11.3101, 11.3102]), ["11.31", "11.31"], "noise is not spelled out");
        assert_eq!(texts(&[11.31, 11.31]), ["11.3", "11.3"], "equal they are");
        assert_eq!(texts(&[2.42, 1.6]), ["2.42", "1.60"]);
        assert_eq!(texts(&[12.7, 0.0523]), ["12.7000", "0.0523"]);
        assert_eq!(texts(&[]), [""; 0]);
    }

    #[test]
    fn ratios_sizes_and_shares() {
        assert_eq!(
            [512, 2 << 20, 300 << 20, 3 << 29].map(size),
            ["512 B", "2 MiB", "300 MiB", "1.5 GiB"]
        );
        assert_eq!(
            [0.9671, 1.0, 9.9999, 14.576, 120.41, 2000.0].map(estimated),
            ["0.967", "1.000", "10.00", "14.58", "120.4", "2000"]
        );
        assert_eq!(
            [1.0, 0.09375, 0.001953, 0.0001, 0.00001].map(probability),
            ["1.0", "0.094", "0.0020", "0.00010", "<0.0001"]
        );
        assert_eq!(
            [0.05, 0.75, 0.9375, 0.96875, 0.999999].map(level),
            ["5 %", "75 %", "93.8 %", "96.9 %", ">99.9 %"]
        );
        let items: Vec<String> = (1..=14).map(|item| item.to_string()).collect();
        assert_eq!(listed(&items[..3]), "1, 2, 3");
        assert_eq!(listed(&items), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 2 more");
        assert_eq!([0.0, 0.0512, 0.19, 1.0].map(percent), ["0.0 %", "5.1 %", "19 %", "100 %"]);
    }
}
