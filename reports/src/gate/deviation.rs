//! Takes a [`Night`] and yields how far it lies from its baseline: the test of new values against k old
//! ones. The standard error is that of a prediction, s√(1/w+1/k) for the mean of w nights, so
//! s√(1+1/k) for tonight alone.

use super::baseline::{FEWEST_NIGHTS, MOST_NIGHTS};
use super::night::Night;
use super::outcome::Reason;
use crate::stats::distributions::{t_quantile, t_two_sided};
use crate::stats::{Alpha, Interval, IntervalMethod, Margin, POWER, moments};

/// Which nights are held against the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    /// Tonight alone.
    Tonight,
    /// The mean of tonight and the recent nights.
    Lately,
}

/// How far tonight, or the mean of the last nights, lies from its baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviation {
    /// The new nights' mean less the baseline's, in logs; its exp is the ratio.
    pub shift: f64,
    /// s√(1/w+1/k): what chance alone does to `shift`, in logs, above 0.
    pub standard_error: f64,
    /// k, the nights of the baseline.
    pub nights: usize,
    /// w, the new nights.
    pub new_nights: usize,
    /// The two-sided p of T = `shift` / `standard_error` with k − 1 degrees, in (0, 1].
    pub p: f64,
}

impl Deviation {
    /// The nights of `span` against the newest 30 nights of their baseline.
    ///
    /// # Errors
    /// The [`Reason`] why nothing can be said: fewer than 10 nights, or all of them equal, or no
    /// recent nights for a span that takes them.
    pub(super) fn of(night: &Night, span: Span) -> Result<Self, Reason> {
        let all = night.baseline();
        let baseline = &all[all.len().saturating_sub(MOST_NIGHTS)..];
        let nights = baseline.len();
        if nights < FEWEST_NIGHTS {
            return Err(Reason::TooFewNights { nights });
        }
        let sd =
            moments::sd(baseline).filter(|sd| *sd > 0.0).ok_or(Reason::ZeroSpread { nights })?;
        let new = match span {
            Span::Tonight => vec![night.tonight()],
            Span::Lately if night.recent().is_empty() => return Err(Reason::NoRecentNights),
            Span::Lately => [night.recent(), &[night.tonight()]].concat(),
        };
        let shift = moments::mean(&new) - moments::mean(baseline);
        let standard_error = sd * (1.0 / new.len() as f64 + 1.0 / nights as f64).sqrt();
        let p = t_two_sided(shift / standard_error, nights - 1);
        Ok(Self { shift, standard_error, nights, new_nights: new.len(), p })
    }

    /// The new nights over the baseline.
    pub fn ratio(&self) -> f64 {
        self.shift.exp()
    }

    /// The interval for the ratio at 1 − `alpha`: assumes normal medians.
    pub fn interval(&self, alpha: Alpha) -> Interval {
        let half = -t_quantile(alpha.get() / 2.0, self.nights - 1) * self.standard_error;
        let (low, high) = (self.shift - half, self.shift + half);
        Interval { low, high, level: 1.0 - alpha.get(), method: IntervalMethod::StudentT }.exp()
    }

    /// The smallest true change, as a ratio above 1, that a night like this one calls with 80 %
    /// power if a p of `threshold` is asked: it must reach both the critical value and δ, and four
    /// nights in five chance must not take it back below (Bloom 1995, as for the minimum detectable
    /// effect of an experiment).
    pub fn smallest_effect(&self, threshold: f64, margin: Margin) -> f64 {
        let freedom = self.nights - 1;
        let critical = -t_quantile(threshold / 2.0, freedom) * self.standard_error;
        let called = critical.max(margin.get().ln_1p());
        (called + t_quantile(POWER, freedom) * self.standard_error).exp()
    }
}
