//! Takes the p-values of a family of comparisons and yields adjusted ones, in the same order: an
//! adjusted p below α is significant in the family.

/// How a family of p-values is adjusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// Holm 1979: the probability of *any* false alarm stays below α, whatever depends on what.
    Holm,
    /// Benjamini & Hochberg 1995: the expected *share* of false alarms among all alarms stays
    /// below α, for independent or positively dependent comparisons.
    BenjaminiHochberg,
}

impl Adjustment {
    /// The adjusted p-values.
    pub fn adjust(self, p: &[f64]) -> Vec<f64> {
        match self {
            Self::Holm => holm(p),
            Self::BenjaminiHochberg => benjamini_hochberg(p),
        }
    }
}

/// Holm's step-down p-values: the i-th smallest of m times m + 1 − i, never decreasing, at most 1.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut adjusted = vec![1.0; p.len()];
    let mut largest: f64 = 0.0;
    for (i, index) in ascending(p).into_iter().enumerate() {
        largest = largest.max(p[index] * (p.len() - i) as f64).min(1.0);
        adjusted[index] = largest;
    }
    adjusted
}

/// Benjamini and Hochberg's step-up p-values: the i-th smallest of m times m / i, never
/// decreasing, at most 1.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut adjusted = vec![1.0; p.len()];
    let mut smallest: f64 = 1.0;
    for (i, index) in ascending(p).into_iter().enumerate().rev() {
        smallest = smallest.min(p[index] * (p.len() as f64 / (i + 1) as f64));
        adjusted[index] = smallest;
    }
    adjusted
}

fn ascending(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_of_one_is_left_alone() {
        assert_eq!(holm(&[0.03]), [0.03]);
        assert_eq!(benjamini_hochberg(&[0.03]), [0.03]);
        assert!(holm(&[]).is_empty());
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    #[test]
    fn holm_steps_down() {
        assert_eq!(holm(&[0.25, 0.0625, 0.5]), [0.5, 0.1875, 0.5]);
    }
}
