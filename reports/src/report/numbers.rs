//! How numbers are written: as many digits as are needed, and no more than were measured.

/// How many decimals the times of one report have; all the same, so that columns line up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimals(usize);

impl Decimals {
    /// One decimal where it is enough. More where a time would have fewer than 3 significant
    /// digits; and one more again if two times that differ would print equal. It stops there: a
    /// fifth digit of a wall-clock time is noise.
    pub(crate) fn enough_for(seconds: &[f64]) -> Self {
        let smallest = seconds.iter().copied().fold(f64::INFINITY, f64::min);
        if !smallest.is_finite() || smallest <= 0.0 {
            return Decimals(1);
        }
        // 15.3 has its first digit at 10^1, and 3 digits with 1 decimal; 0.05 at 10^-2, with 4.
        let first_digit = smallest.log10().floor() as i32;
        let decimals = Decimals((2 - first_digit).clamp(1, 9) as usize);
        let mut sorted = seconds.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        let texts: Vec<_> = sorted.iter().map(|&time| decimals.text(time)).collect();
        let tie = texts.windows(2).any(|pair| pair[0] == pair[1]);
        if tie { Decimals(decimals.0 + 1) } else { decimals }
    }

    /// Seconds without their unit.
    pub(crate) fn text(self, seconds: f64) -> String {
        format!("{seconds:.*}", self.0)
    }
}

/// A ratio with 3 significant digits: `0.98`, `1.05`, `15.1`, `120`.
pub(crate) fn ratio(value: f64) -> String {
    match value {
        0.0..0.095 => format!("{value:.3}"),
        0.095..9.995 => format!("{value:.2}"),
        9.995..99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
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
            [0.01, 0.98, 1.0, 9.999, 15.07, 120.4].map(ratio),
            ["0.010", "0.98", "1.00", "10.0", "15.1", "120"]
        );
        assert_eq!(
            [512, 2 << 20, 300 << 20, 3 << 29].map(size),
            ["512 B", "2 MiB", "300 MiB", "1.5 GiB"]
        );
        assert_eq!([0.0, 0.0512, 0.19, 1.0].map(percent), ["0.0 %", "5.1 %", "19 %", "100 %"]);
    }
}
