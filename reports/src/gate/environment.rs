//! Takes how every cell moved, raw and relative to its control, and yields whether the night as a whole
//! did: most cells one way, and their control-relative values not with them.

use super::deviation::Deviation;
use crate::stats::{Margin, Worse};

/// The way a cell moved by at least δ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Worse,
    Better,
}

/// The way of a significant deviation that reaches the margin.
pub(super) fn way(deviation: &Deviation, worse: Worse, margin: Margin) -> Option<Way> {
    let worsening = worsening(deviation, worse);
    if margin.reached_by(worsening) {
        Some(Way::Worse)
    } else if margin.reached_by(-worsening) {
        Some(Way::Better)
    } else {
        None
    }
}

/// The shift, positive for the worse.
pub(super) fn worsening(deviation: &Deviation, worse: Worse) -> f64 {
    match worse {
        Worse::Higher => deviation.shift,
        Worse::Lower => -deviation.shift,
    }
}

/// One cell's significant moves of at least δ.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moves {
    pub(super) raw: Option<Way>,
    /// `None` for the control as well, which has no other to move against.
    pub(super) relative: Option<Way>,
}

/// The way the night moved: more than half of at least two cells, of which fewer than half moved
/// relative to their control too.
pub(super) fn common_way(cells: &[Moves]) -> Option<Way> {
    [Way::Worse, Way::Better].into_iter().find(|way| {
        let moved = cells.iter().filter(|cell| cell.raw == Some(*way));
        let alone = moved.clone().filter(|cell| cell.relative == Some(*way)).count();
        let moved = moved.count();
        moved > 1 && 2 * moved > cells.len() && 2 * alone < moved
    })
}
