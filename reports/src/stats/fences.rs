//! Takes a [`Sample`] and yields Tukey's fences, 1.5 interquartile ranges outside the quartiles
//! (Tukey 1977, *Exploratory Data Analysis*). They label runs worth a look; nothing is ever deleted
//! and no test leaves such a run out.

use super::sample::Sample;

/// The bounds beyond which a run is labelled an outlier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fences {
    /// First quartile − 1.5·IQR, in the sample's unit.
    pub low: f64,
    /// Third quartile + 1.5·IQR, in the sample's unit.
    pub high: f64,
}

impl Fences {
    /// The fences of a sample. Below 5 runs no run can lie outside its own fences.
    pub fn of(sample: &Sample) -> Self {
        let (first, third) = sample.quartiles();
        let reach = 1.5 * (third - first);
        Self { low: first - reach, high: third + reach }
    }

    /// Whether a run of `value` lies outside.
    pub fn exclude(&self, value: f64) -> bool {
        value < self.low || value > self.high
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn label_the_far_run_only() {
        let sample = Sample::new(vec![10.0, 10.2, 9.9, 10.1, 30.0, 10.0]).unwrap();
        let fences = Fences::of(&sample);
        let out: Vec<f64> =
            sample.values().iter().copied().filter(|value| fences.exclude(*value)).collect();
        assert_eq!(out, [30.0]);
    }

    #[test]
    fn lie_one_and_a_half_ranges_beyond_the_quartiles() {
        let sample = Sample::new(vec![11.0, 12.0, 13.0, 14.0, 15.0]).unwrap();
        assert_eq!(Fences::of(&sample), Fences { low: 9.0, high: 17.0 });
    }

    #[test]
    fn equal_runs_are_never_outliers() {
        let sample = Sample::new(vec![2.0; 7]).unwrap();
        assert!(!Fences::of(&sample).exclude(2.0));
    }
}
