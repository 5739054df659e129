//! Probabilities and quantiles of the normal and Student's t distribution, by `statrs`, for arguments
//! at which it neither fails nor panics.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Φ(x).
pub(super) fn normal_cdf(x: f64) -> f64 {
    Normal::standard().cdf(x)
}

/// Φ⁻¹(p); infinite at or beyond 0 and 1.
pub(super) fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p.clamp(0.0, 1.0))
}

/// The quantile `p` of Student's t with `freedom` degrees of freedom; infinite without any.
pub(crate) fn t_quantile(p: f64, freedom: usize) -> f64 {
    StudentsT::new(0.0, 1.0, freedom as f64)
        .map_or(f64::INFINITY, |t| t.inverse_cdf(p.clamp(0.0, 1.0)))
}

/// P(|T| ≥ |t|) under Student's t with `freedom` degrees of freedom, in (0, 1]; 1 without any.
pub(crate) fn t_two_sided(t: f64, freedom: usize) -> f64 {
    StudentsT::new(0.0, 1.0, freedom as f64)
        .map_or(1.0, |of| (2.0 * of.sf(t.abs())).clamp(f64::MIN_POSITIVE, 1.0))
}
