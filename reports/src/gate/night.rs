//! One cell's tonight and the nights it is held against.

/// ln of a median, tonight, on the nights just before it, and on the nights of the baseline: every value
/// finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Night {
    baseline: Vec<f64>,
    recent: Vec<f64>,
    tonight: f64,
}

/// A night without a value that can be compared.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NotFinite {
    /// One of the baseline.
    #[error(
        "night {night} of the baseline (counted from 0) is {value}: the gate needs finite logarithms"
    )]
    Baseline {
        /// Its index, from 0.
        night: usize,
        /// The offending value.
        value: f64,
    },
    /// One just before tonight.
    #[error("recent night {night} (counted from 0) is {value}: the gate needs finite logarithms")]
    Recent {
        /// Its index, from 0.
        night: usize,
        /// The offending value.
        value: f64,
    },
    /// Tonight.
    #[error("tonight is {value}: the gate needs finite logarithms")]
    Tonight {
        /// The offending value.
        value: f64,
    },
}

impl Night {
    /// Takes logarithms, raw (of any one unit) or relative to the control (a difference of two).
    /// `recent` are nights just before tonight that are not in the baseline; it may be empty. Which
    /// nights are which, [`baseline`](super::baseline()) says.
    ///
    /// # Errors
    /// [`NotFinite`] for the first value that is none.
    pub fn new(baseline: Vec<f64>, recent: Vec<f64>, tonight: f64) -> Result<Self, NotFinite> {
        if let Some(night) = baseline.iter().position(|value| !value.is_finite()) {
            return Err(NotFinite::Baseline { night, value: baseline[night] });
        }
        if let Some(night) = recent.iter().position(|value| !value.is_finite()) {
            return Err(NotFinite::Recent { night, value: recent[night] });
        }
        if !tonight.is_finite() {
            return Err(NotFinite::Tonight { value: tonight });
        }
        Ok(Self { baseline, recent, tonight })
    }

    /// The nights before, in the order given.
    pub fn baseline(&self) -> &[f64] {
        &self.baseline
    }

    /// The nights just before tonight, in the order given.
    pub fn recent(&self) -> &[f64] {
        &self.recent
    }

    /// Tonight.
    pub fn tonight(&self) -> f64 {
        self.tonight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_logarithm_and_names_it() {
        let message = |baseline: &[f64], recent: &[f64], tonight| {
            Night::new(baseline.to_vec(), recent.to_vec(), tonight)
                .map_err(|refused| refused.to_string())
        };
        assert!(message(&[0.1, 0.2], &[0.2], 0.3).is_ok());
        assert_eq!(
            message(&[0.1, f64::NEG_INFINITY], &[], 0.3),
            Err("night 1 of the baseline (counted from 0) is -inf: the gate needs finite logarithms"
                .to_owned())
        );
        assert_eq!(
            message(&[], &[0.0, f64::INFINITY], 0.3),
            Err("recent night 1 (counted from 0) is inf: the gate needs finite logarithms"
                .to_owned())
        );
        assert_eq!(
            message(&[], &[], f64::NAN),
            Err("tonight is NaN: the gate needs finite logarithms".to_owned())
        );
    }
}
