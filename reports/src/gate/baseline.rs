//! Takes which of the nights before were out of line and yields those that tonight is held against.

/// Fewer nights are no baseline.
pub const FEWEST_NIGHTS: usize = 10;

/// More nights are not used: what a machine did long ago says little of tonight.
pub const MOST_NIGHTS: usize = 30;

/// The newest nights, left out of the baseline while 30 others remain: a change too small for
/// its first night would otherwise become its own baseline before it is found. With them left
/// out, tonight and the 6 nights before are 7 chances against the same old nights.
pub const PAUSE: usize = 6;

/// The nights just before tonight that are looked at together with it.
pub const RECENT: usize = 2;

/// The nights that tonight is held against and looked at with, as indices in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The nights of the baseline, at most 30.
    pub nights: Vec<usize>,
    /// The 2 nights before tonight, if both pause and neither was out of line; else none. One that
    /// was has had its alarm, and would drag the two after it along.
    pub recent: Vec<usize>,
}

/// Chooses from the nights of the same environment and epoch, oldest first, each said to have been
/// out of line or not: whether the cell's outcome was an alarm, an improvement or an environment shift.
///
/// Such nights are left out of the baseline. The newest 6 are left out as well, as far as 30 others
/// remain.
pub fn baseline(out_of_line: &[bool]) -> Baseline {
    let all = out_of_line.len();
    let mut nights: Vec<usize> = (0..all).filter(|night| !out_of_line[*night]).collect();
    // A night out of line is left out already, but has taken its place among the newest.
    let settled = nights.partition_point(|night| *night < all.saturating_sub(PAUSE));
    nights.truncate(settled.max(MOST_NIGHTS.min(nights.len())));
    let nights = nights.split_off(nights.len().saturating_sub(MOST_NIGHTS));
    let recent: Vec<usize> = (all.saturating_sub(RECENT)..all)
        .filter(|night| !out_of_line[*night] && !nights.contains(night))
        .collect();
    Baseline { nights, recent: if recent.len() == RECENT { recent } else { Vec::new() } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: usize, to: usize) -> Vec<usize> {
        (from..to).collect()
    }

    #[test]
    fn the_newest_six_pause_as_far_as_thirty_remain() {
        let chosen = |all: usize| baseline(&vec![false; all]);
        assert_eq!(chosen(9), Baseline { nights: range(0, 9), recent: vec![] });
        assert_eq!(chosen(31), Baseline { nights: range(0, 30), recent: vec![] });
        assert_eq!(chosen(33), Baseline { nights: range(0, 30), recent: range(31, 33) });
        assert_eq!(chosen(36), Baseline { nights: range(0, 30), recent: range(34, 36) });
        assert_eq!(chosen(100), Baseline { nights: range(64, 94), recent: range(98, 100) });
    }

    #[test]
    fn nights_out_of_line_are_left_out() {
        let mut nights = [false; 100];
        for night in [70, 80, 96, 99] {
            nights[night] = true;
        }
        let chosen = baseline(&nights);
        assert_eq!((chosen.nights.len(), chosen.nights[0], chosen.nights[29]), (30, 62, 93));
        assert!(!chosen.nights.contains(&70) && !chosen.nights.contains(&80));
        assert!(chosen.recent.is_empty());
        assert_eq!(baseline(&[true; 50]), Baseline { nights: vec![], recent: vec![] });
    }
}
