//! Takes how far every cell moved, raw and relative to the control, and yields what moved most of them
//! at once, if anything did: the host, or the control that they are all measured against.
//!
//! By estimates alone: a host 5 % slower shows in the median of 30 cells long before it does in most of
//! them by itself.

use super::deviation::Deviation;
use crate::stats::{Margin, Worse, moments};

/// The way a value moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Worse,
    Better,
}

/// What moved most cells at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    /// Nothing did, or the cells did.
    Nothing,
    /// All of them, control and all: relative to it they stayed, or did not go that way.
    Host(Way),
    /// The control alone: relative to it all the others did, and raw they stayed.
    Control,
}

/// The way of a shift, positive for the worse, of at least `margin` (in logs).
pub(super) fn way(worsening: f64, margin: f64) -> Option<Way> {
    if worsening >= margin {
        Some(Way::Worse)
    } else if -worsening >= margin {
        Some(Way::Better)
    } else {
        None
    }
}

/// δ in logs, forgiving its last digits.
pub(super) fn full(margin: Margin) -> f64 {
    margin.get().ln_1p() * (1.0 - 1e-12)
}

/// Half of it: nearer to δ than to nothing.
fn half(margin: Margin) -> f64 {
    full(margin) / 2.0
}

/// The shift, positive for the worse.
pub(super) fn worsening(deviation: &Deviation, worse: Worse) -> f64 {
    match worse {
        Worse::Higher => deviation.shift,
        Worse::Lower => -deviation.shift,
    }
}

/// Whether a raw value goes at least half of δ the way that its control-relative one does.
pub(super) fn goes_along(raw: &Deviation, worse: Worse, with: Way, margin: Margin) -> bool {
    way(worsening(raw, worse), half(margin)) == Some(with)
}

/// What moved, from the worsening of every cell but the control, (raw, relative), and whether the
/// control's own value is out of its line.
///
/// The medians over the cells decide, and which of the two is not even half of the other: noise of
/// the control alone sets the relative ones all apart by a little.
pub(super) fn moved(cells: &[(f64, f64)], control_moved: bool, margin: Margin) -> Moved {
    let median = |of: fn(&(f64, f64)) -> f64| {
        let mut values: Vec<f64> = cells.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        moments::median_of_sorted(&values)
    };
    let (raw, relative) = (median(|cell| cell.0), median(|cell| cell.1));
    let goes_along = |of: f64, with: f64| of * with.signum() >= with.abs() / 2.0;
    match (way(raw, half(margin)), way(relative, half(margin))) {
        (Some(host), _) if !goes_along(relative, raw) => Moved::Host(host),
        (_, Some(_)) if control_moved && !goes_along(raw, relative) => Moved::Control,
        _ => Moved::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved_by(cells: &[(f64, f64)]) -> Moved {
        moved(cells, true, Margin::FIVE_PERCENT)
    }

    #[test]
    fn most_cells_decide() {
        assert_eq!(moved_by(&[]), Moved::Nothing);
        assert_eq!(moved_by(&[(0.0, 0.0), (0.1, 0.1), (0.01, 0.0)]), Moved::Nothing);
        assert_eq!(moved_by(&[(0.1, 0.0), (0.2, 0.1), (0.1, 0.01)]), Moved::Host(Way::Worse));
        assert_eq!(moved_by(&[(-0.1, 0.0), (-0.1, 0.0), (0.0, 0.1)]), Moved::Host(Way::Better));
        assert_eq!(moved_by(&[(0.0, 0.1), (0.01, 0.11), (0.1, 0.2)]), Moved::Control);
        let noise_of_the_control = moved(&[(0.0, 0.03)], false, Margin::FIVE_PERCENT);
        assert_eq!(noise_of_the_control, Moved::Nothing);
        // Most cells, but not the control: a change of what they share.
        assert_eq!(moved_by(&[(0.1, 0.1), (0.1, 0.1), (0.0, 0.0)]), Moved::Nothing);
    }
}
