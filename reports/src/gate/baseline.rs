//! Takes which of the nights before were out of line and yields those that tonight is held against.

/// Fewer nights are no baseline.
pub const FEWEST_NIGHTS: usize = 10;

/// More nights are not used: what a machine did long ago says little of tonight.
pub const MOST_NIGHTS: usize = 30;

/// The newest nights, left out of the baseline while 30 others remain: a change too small for
/// its first night would otherwise become its own baseline before it is found. With them left
/// out, tonight and the 6 nights before are 7 chances against the same old nights.
pub const PAUSE: usize = 6;

/// The indices of the baseline's nights, in ascending order, at most 30.
///
/// `out_of_line` has one value for each night of the same environment and epoch, oldest first: whether
/// the cell's outcome was an alarm, an improvement or an environment shift. Such nights are left out.
/// The newest 6 of the others are left out as well, as far as 30 remain without them.
pub fn baseline(out_of_line: &[bool]) -> Vec<usize> {
    let mut nights: Vec<usize> =
        (0..out_of_line.len()).filter(|night| !out_of_line[*night]).collect();
    // A night out of line is left out already, but has taken its place among the newest.
    let newest = out_of_line.len().saturating_sub(PAUSE);
    let settled = nights.partition_point(|night| *night < newest);
    nights.truncate(settled.max(MOST_NIGHTS.min(nights.len())));
    nights.split_off(nights.len().saturating_sub(MOST_NIGHTS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: usize, to: usize) -> Vec<usize> {
        (from..to).collect()
    }

    #[test]
    fn the_newest_six_pause_as_far_as_thirty_remain() {
        assert_eq!(baseline(&[false; 9]), range(0, 9));
        assert_eq!(baseline(&[false; 30]), range(0, 30));
        assert_eq!(baseline(&[false; 33]), range(0, 30));
        assert_eq!(baseline(&[false; 36]), range(0, 30));
        assert_eq!(baseline(&[false; 100]), range(64, 94));
    }

    #[test]
    fn nights_out_of_line_are_left_out() {
        let mut nights = [false; 100];
        for night in [70, 80, 97, 98, 99] {
            nights[night] = true;
        }
        let chosen = baseline(&nights);
        assert_eq!((chosen.len(), chosen[0], chosen[29]), (30, 62, 93));
        assert!(!chosen.contains(&70) && !chosen.contains(&80));
        assert_eq!(baseline(&[true; 50]), [] as [usize; 0]);
    }
}
