//! Why a comparison is inconclusive: as data, and displayed as the sentence a report prints.

use std::fmt;

use super::design::Design;
use super::estimate::Estimate;
use super::verdict::Policy;

/// Why a comparison is inconclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reason {
    /// No data of this size could have been significant.
    TooFewRuns {
        /// Paired or not, and how many runs.
        design: Design,
        /// Comparisons in the family.
        family: usize,
        /// The significance level.
        alpha: f64,
        /// The smallest adjusted p in reach.
        smallest_p: f64,
        /// Whether there is a 90 % interval, so that equivalence at least could have been shown.
        equivalence_in_reach: bool,
        /// How far apart two medians of one cell lie by chance, as a fraction; `None` at one run.
        chance_gap: Option<f64>,
    },
    /// Significant, but smaller than what counts, and not shown to be within it either.
    BelowMargin {
        /// Candidate over baseline.
        ratio: f64,
        /// The adjusted p.
        p_adjusted: f64,
        /// The smallest change that counts, as a fraction.
        margin: f64,
    },
    /// Shown to be about the same, but only because something else than what is compared took nearly
    /// all of the time.
    AtFloor {
        /// The smallest change that counts, as a fraction.
        margin: f64,
    },
    /// Neither significant nor shown to be about the same.
    NotShown {
        /// The adjusted p.
        p_adjusted: f64,
        /// The significance level.
        alpha: f64,
        /// The smallest change that counts, as a fraction.
        margin: f64,
        /// The minimum detectable effect, a ratio.
        mde: Option<f64>,
    },
}

impl Reason {
    /// Why `estimate`, known to be inconclusive, is.
    pub(super) fn of(
        estimate: &Estimate,
        p_adjusted: f64,
        smallest_p: f64,
        mde: Option<f64>,
        family: usize,
        policy: &Policy,
    ) -> Self {
        let (alpha, margin) = (policy.alpha.get(), policy.margin.get());
        if p_adjusted < alpha {
            Self::BelowMargin { ratio: estimate.ratio, p_adjusted, margin }
        } else if smallest_p >= alpha {
            Self::TooFewRuns {
                design: estimate.design,
                family,
                alpha,
                smallest_p,
                equivalence_in_reach: estimate.equivalence_interval.is_some(),
                chance_gap: estimate.chance_gap(),
            }
        } else {
            Self::NotShown { p_adjusted, alpha, margin, mde }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooFewRuns {
                design,
                family,
                alpha,
                smallest_p,
                equivalence_in_reach,
                chance_gap,
            } => {
                match (design.n_baseline(), design.n_candidate()) {
                    (m, n) if m == n => write!(f, "n={n}")?,
                    (m, n) => write!(f, "n={m} against n={n}")?,
                }
                write!(f, " cannot reach p < {alpha}")?;
                if family > 1 {
                    write!(f, " over {family} comparisons")?;
                }
                write!(f, " (the smallest is {})", two_digits(smallest_p))?;
                if !equivalence_in_reach {
                    f.write_str(", nor give the 90 % interval that equivalence needs")?;
                }
                match chance_gap {
                    Some(gap) => {
                        write!(f, "; chance alone sets medians up to {} apart", percent(gap))
                    }
                    None => Ok(()),
                }
            }
            Self::BelowMargin { ratio, p_adjusted, margin } => write!(
                f,
                "significant (p = {}), but a change of {} is less than the {} that counts",
                two_digits(p_adjusted),
                percent(ratio - 1.0),
                percent(margin)
            ),
            Self::AtFloor { margin } => write!(
                f,
                "the times are shown to lie within {} of each other, but at the transport floor: \
                 the clock saw too little of the disk to tell the images apart",
                percent(margin)
            ),
            Self::NotShown { p_adjusted, alpha, margin, mde } => {
                write!(
                    f,
                    "p = {} is not below {alpha}, nor is the ratio shown to be within {} of 1",
                    two_digits(p_adjusted),
                    percent(margin)
                )?;
                match mde {
                    Some(mde) => write!(
                        f,
                        "; a change of {} would have shown with 80 % power",
                        percent(mde - 1.0)
                    ),
                    None => Ok(()),
                }
            }
        }
    }
}

/// `p` with two significant digits.
fn two_digits(p: f64) -> String {
    let places = (1.0 - p.log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{p:.places$}")
}

fn percent(fraction: f64) -> String {
    let percent = fraction * 100.0;
    if percent.abs() < 9.95 && percent.fract() != 0.0 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        let mut reason = Reason::TooFewRuns {
            design: Design::Paired { blocks: 3 },
            family: 1,
            alpha: 0.05,
            smallest_p: 0.25,
            equivalence_in_reach: false,
            chance_gap: Some(0.0372),
        };
        insta::assert_snapshot!(reason, @"n=3 cannot reach p < 0.05 (the smallest is 0.25), nor give the 90 % interval that equivalence needs; chance alone sets medians up to 3.7 % apart");
        reason = Reason::TooFewRuns {
            design: Design::Unpaired { baseline: 10, candidate: 1 },
            family: 6,
            alpha: 0.05,
            smallest_p: 1.0,
            equivalence_in_reach: true,
            chance_gap: None,
        };
        insta::assert_snapshot!(reason, @"n=10 against n=1 cannot reach p < 0.05 over 6 comparisons (the smallest is 1.0)");
        reason = Reason::BelowMargin { ratio: 0.969, p_adjusted: 0.00391, margin: 0.05 };
        insta::assert_snapshot!(reason, @"significant (p = 0.0039), but a change of -3.1 % is less than the 5 % that counts");
        reason = Reason::AtFloor { margin: 0.05 };
        insta::assert_snapshot!(reason, @"the times are shown to lie within 5 % of each other, but at the transport floor: the clock saw too little of the disk to tell the images apart");
        reason = Reason::NotShown { p_adjusted: 0.3, alpha: 0.05, margin: 0.05, mde: Some(1.123) };
        insta::assert_snapshot!(reason, @"p = 0.30 is not below 0.05, nor is the ratio shown to be within 5 % of 1; a change of 12 % would have shown with 80 % power");
    }
}
