//! What the gate says of a cell, and why it says nothing; displayed as a report prints it.

use std::fmt;

use super::baseline::FEWEST_NIGHTS;

/// What the gate says of a cell tonight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Not out of line, or by less than counts.
    Pass,
    /// Out of line, for the worse: fresh blocks must confirm it before it is called REGRESSED.
    Alarm,
    /// Out of line, for the better.
    Improved,
    /// Moved together with most cells, and not relative to its control: the host, not the image.
    EnvironmentShift,
    /// Nothing can be said.
    Inconclusive(Reason),
}

/// Why nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Fewer than 10 nights of this environment and epoch.
    TooFewNights {
        /// How many there are.
        nights: usize,
    },
    /// All nights of the baseline are equal: there is no noise to judge by.
    ZeroSpread {
        /// How many there are.
        nights: usize,
    },
    /// No nights just before tonight beside the baseline, so that tonight is looked at alone.
    NoRecentNights,
    /// The control cell did not run tonight, so the host cannot be told from the image.
    NoControl,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "PASS",
            Self::Alarm => "ALARM",
            Self::Improved => "IMPROVED",
            Self::EnvironmentShift => "ENVIRONMENT SHIFT",
            Self::Inconclusive(_) => "INCONCLUSIVE",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFewNights { nights } => {
                let word = if *nights == 1 { "night" } else { "nights" };
                write!(f, "{nights} {word} of this environment; the gate needs {FEWEST_NIGHTS}")
            }
            Self::ZeroSpread { nights } => {
                write!(f, "all {nights} nights before are equal, so there is no noise to judge by")
            }
            Self::NoRecentNights => {
                f.write_str("no nights just before tonight beside the baseline")
            }
            Self::NoControl => f.write_str(
                "no run of the control cell tonight, so the host cannot be told from the image",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let outcomes = [
            Outcome::Pass,
            Outcome::Alarm,
            Outcome::Improved,
            Outcome::EnvironmentShift,
            Outcome::Inconclusive(Reason::NoControl),
        ];
        let words: Vec<String> = outcomes.iter().map(ToString::to_string).collect();
        assert_eq!(words, ["PASS", "ALARM", "IMPROVED", "ENVIRONMENT SHIFT", "INCONCLUSIVE"]);
        insta::assert_snapshot!(Reason::TooFewNights { nights: 3 }, @"3 nights of this environment; the gate needs 10");
        insta::assert_snapshot!(Reason::TooFewNights { nights: 1 }, @"1 night of this environment; the gate needs 10");
        insta::assert_snapshot!(Reason::ZeroSpread { nights: 12 }, @"all 12 nights before are equal, so there is no noise to judge by");
        insta::assert_snapshot!(Reason::NoRecentNights, @"no nights just before tonight beside the baseline");
        insta::assert_snapshot!(Reason::NoControl, @"no run of the control cell tonight, so the host cannot be told from the image");
    }
}
