//! Takes the medians of cells and which pairs of them differ significantly, and yields the compact
//! letter display: cells that share a letter are *not shown different*, which is not "shown equal".
//!
//! The algorithm is insert-and-absorb (Piepho 2004, doi:10.1198/1061860043515); what it yields is
//! complete: every significant pair shares no letter, every other pair shares one, and no letter's
//! cells all share another letter.

/// The letters of each cell, in the order given; `a` goes to the cell with the smallest median.
///
/// `differ(i, j)`, indices into `medians`, is asked once for each pair i < j. After `z` and `Z` the
/// letters carry a number: `a1`.
pub fn letters(medians: &[f64], differ: impl Fn(usize, usize) -> bool) -> Vec<String> {
    let k = medians.len();
    let mut rank: Vec<usize> = (0..k).collect();
    rank.sort_by(|a, b| medians[*a].total_cmp(&medians[*b]));
    // A column holds the cells that share a letter, in the order of their medians.
    let mut columns = vec![vec![true; k]];
    for low in 0..k {
        for high in low + 1..k {
            let (i, j) = (rank[low].min(rank[high]), rank[low].max(rank[high]));
            if differ(i, j) {
                columns = absorb(insert(columns, low, high));
            }
        }
    }
    columns.sort_by(|a, b| b.cmp(a));
    let mut display = vec![String::new(); k];
    for (place, cell) in rank.into_iter().enumerate() {
        let own = columns.iter().enumerate().filter(|(_, column)| column[place]);
        display[cell] = own.map(|(index, _)| letter(index)).collect();
    }
    display
}

/// Splits every column in which the two differing cells are together into one without each.
fn insert(columns: Vec<Vec<bool>>, low: usize, high: usize) -> Vec<Vec<bool>> {
    let mut split = Vec::with_capacity(columns.len() + 1);
    for column in columns {
        if column[low] && column[high] {
            for out in [high, low] {
                let mut part = column.clone();
                part[out] = false;
                split.push(part);
            }
        } else {
            split.push(column);
        }
    }
    split
}

/// Drops every column whose cells are all in another one. No two are equal: parts of two columns
/// differ where the columns did, and a part equal to a whole column would have absorbed it before.
fn absorb(columns: Vec<Vec<bool>>) -> Vec<Vec<bool>> {
    let within = |a: &[bool], b: &[bool]| a.iter().zip(b).all(|(a, b)| !a || *b);
    let redundant = |i: usize| {
        let mut others = columns.iter().enumerate().filter(|(j, _)| i != *j);
        others.any(|(_, other)| within(&columns[i], other))
    };
    let keep: Vec<bool> = (0..columns.len()).map(|i| !redundant(i)).collect();
    columns.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(column, _)| column).collect()
}

fn letter(index: usize) -> String {
    let alphabet = ('a'..='z').chain('A'..='Z');
    let letter: String = alphabet.skip(index % 52).take(1).collect();
    if index < 52 { letter } else { format!("{letter}{}", index / 52) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn display(medians: &[f64], significant: &[(usize, usize)]) -> Vec<String> {
        letters(medians, |i, j| significant.contains(&(i, j)))
    }

    #[test]
    fn no_difference_is_one_letter() {
        assert_eq!(display(&[2.0, 1.0, 3.0], &[]), ["a", "a", "a"]);
        assert_eq!(display(&[], &[]), [""; 0]);
    }

    #[test]
    fn all_different_is_one_letter_each_by_median() {
        assert_eq!(display(&[2.0, 1.0, 3.0], &[(0, 1), (0, 2), (1, 2)]), ["b", "a", "c"]);
    }

    #[test]
    fn the_middle_shares_with_both() {
        assert_eq!(display(&[1.0, 2.0, 3.0], &[(0, 2)]), ["a", "ab", "b"]);
    }

    /// Cells 2, 3, 5 and 6 cannot be told apart in pairs that overlap: worked by hand.
    #[test]
    fn eight_cells_by_hand() {
        let pairs =
            [(1, 7), (1, 8), (2, 4), (2, 5), (2, 7), (2, 8), (3, 7), (3, 8), (4, 7), (4, 8)];
        let pairs: Vec<_> = pairs.iter().map(|(i, j)| (i - 1, j - 1)).collect();
        let medians: Vec<f64> = (1..=8).map(f64::from).collect();
        let display = display(&medians, &pairs);
        assert_eq!(display, ["ab", "a", "ab", "b", "bc", "abc", "c", "c"]);
    }

    #[test]
    fn letters_beyond_the_alphabet_stay_apart() {
        assert_eq!([letter(25), letter(26), letter(51), letter(52)], ["z", "A", "Z", "a1"]);
    }
}
