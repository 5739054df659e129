//! Takes a claimed effect and the noise of a run, and yields how many runs the claim needs.

use super::design::Design;
use super::outcome::Alpha;

/// Which of the two [`Design`]s is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairing {
    /// Both cells in every block of one experiment.
    Paired,
    /// Two experiments of the same number of runs.
    Unpaired,
}

/// A claim that would need more runs than this needs a quieter machine instead.
const MOST_RUNS: usize = 1_000;

/// The runs of each cell for which a true ratio of `effect` (1.05 and 1 / 1.05 are the same) shows at
/// p < `alpha` with 80 % power, when a run varies by `cv`, a fraction.
///
/// Paired runs are taken to vary independently inside a block, the worst case: what drift they share
/// cancels. `None` beyond 1,000 runs, for no effect, or for arguments that are not positive numbers.
pub fn runs_needed(pairing: Pairing, cv: f64, effect: f64, alpha: Alpha) -> Option<usize> {
    let effect = effect.ln().abs();
    if !(effect > 0.0 && effect.is_finite() && cv >= 0.0) {
        return None;
    }
    // The sd of the log of a lognormal with this CV; of a log-ratio, the root of twice its square.
    let variance = (cv * cv).ln_1p();
    let (design, sd): (fn(usize) -> Design, f64) = match pairing {
        Pairing::Paired => (|n| Design::Paired { blocks: n }, (2.0 * variance).sqrt()),
        Pairing::Unpaired => (|n| Design::Unpaired { baseline: n, candidate: n }, variance.sqrt()),
    };
    (2..=MOST_RUNS)
        .find(|n| design(*n).detectable_shift(alpha).is_some_and(|shift| shift * sd <= effect))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_without_noise_the_test_needs_its_runs() {
        let alpha = Alpha::FIVE_PERCENT;
        assert_eq!(runs_needed(Pairing::Paired, 0.0, 1.5, alpha), Some(6));
        assert_eq!(runs_needed(Pairing::Unpaired, 0.0, 1.5, alpha), Some(4));
    }

    #[test]
    fn a_drop_needs_as_many_as_the_same_rise() {
        let alpha = Alpha::FIVE_PERCENT;
        let rise = runs_needed(Pairing::Unpaired, 0.02, 1.04, alpha);
        assert_eq!(rise, runs_needed(Pairing::Unpaired, 0.02, 1.0 / 1.04, alpha));
        assert_eq!(rise, Some(6));
        // 1.72 standard deviations of a log-ratio, of which six blocks detect 1.79.
        assert_eq!(runs_needed(Pairing::Paired, 0.02, 1.05, alpha), Some(7));
    }

    #[test]
    fn impossible_claims_have_no_number() {
        let alpha = Alpha::FIVE_PERCENT;
        for effect in [1.0, 0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(runs_needed(Pairing::Paired, 0.02, effect, alpha), None);
        }
        assert_eq!(runs_needed(Pairing::Paired, f64::NAN, 1.1, alpha), None);
        assert_eq!(runs_needed(Pairing::Paired, 0.5, 1.001, alpha), None);
    }
}
