//! Takes plain slices and yields mean, standard deviation and median. Private: outside, these are
//! asked of a [`Sample`](super::Sample) or of [`LogRatios`](super::LogRatios), which are never empty.

/// The mean by Welford's update, which neither overflows nor loses digits on nearly equal values.
/// Zero for an empty slice.
pub(crate) fn mean(values: &[f64]) -> f64 {
    let mut mean = 0.0;
    for (i, value) in values.iter().enumerate() {
        mean += (value - mean) / (i + 1) as f64;
    }
    mean
}

/// The sum of squared deviations from the mean.
pub(super) fn squared_deviations(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum()
}

/// The standard deviation with n − 1 degrees of freedom; `None` below two values.
pub(crate) fn sd(values: &[f64]) -> Option<f64> {
    let freedom = values.len().checked_sub(1).filter(|freedom| *freedom > 0)?;
    Some((squared_deviations(values) / freedom as f64).sqrt())
}

/// The median of values in ascending order. NaN for an empty slice.
pub(crate) fn median_of_sorted(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[half],
        _ => f64::midpoint(sorted[half - 1], sorted[half]),
    }
}
