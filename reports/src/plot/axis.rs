//! Axes of seconds and of places in a file: where a value is, and which values are marked.

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    logarithmic: bool,
    low: f64,
    high: f64,
    /// The values that are marked, ascending.
    pub(super) ticks: Vec<f64>,
    decimals: usize,
}

impl Axis {
    /// From zero, linear, to just above the largest value.
    pub(super) fn from_zero(largest: f64) -> Self {
        let largest = if largest.is_finite() && largest > 0.0 { largest } else { 1.0 };
        let step = nice_step(largest / 6.0);
        let last = (largest * 1.02 / step).ceil() as usize;
        let ticks: Vec<f64> = (0..=last).map(|tick| tick as f64 * step).collect();
        let decimals = decimals_of(step);
        Axis { logarithmic: false, low: 0.0, high: last as f64 * step, ticks, decimals }
    }

    /// From zero to the largest value, marked at multiples of a power of two: places in a file.
    pub(super) fn of_places(largest: f64) -> Self {
        let largest = if largest.is_finite() && largest > 0.0 { largest } else { 1.0 };
        let step = (largest / 8.0).log2().ceil().exp2();
        let last = (largest / step).ceil() as usize;
        let ticks = (0..=last).map(|tick| tick as f64 * step).collect();
        let decimals = if step < 1.0 { 3 } else { 0 };
        Axis { logarithmic: false, low: 0.0, high: last as f64 * step, ticks, decimals }
    }

    /// Logarithmic, from just below the smallest value to just above the largest.
    pub(super) fn logarithmic(smallest: f64, largest: f64) -> Self {
        if !(smallest > 0.0 && largest.is_finite() && smallest <= largest) {
            return Axis::from_zero(largest);
        }
        // Room for the markers at both ends.
        let room = (largest / smallest).powf(0.06).max(1.2);
        let (low, high) = (smallest / room, largest * room);
        let marks = if high / low < 1000.0 { &[1.0, 2.0, 5.0][..] } else { &[1.0] };
        let ticks = (low.log10().floor() as i32..=high.log10().floor() as i32)
            .flat_map(|power| marks.iter().map(move |mark| mark * 10f64.powi(power)))
            .filter(|tick| (low..=high).contains(tick))
            .collect();
        Axis { logarithmic: true, low, high, ticks, decimals: 0 }
    }

    /// Where a value is: 0 at the start of the axis, 1 at its end; values outside are at the ends.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = if self.logarithmic {
            (value.max(f64::MIN_POSITIVE) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        share.clamp(0.0, 1.0)
    }

    /// The text at a tick.
    pub(super) fn label(&self, tick: f64) -> String {
        let decimals = if self.logarithmic { decimals_of(tick) } else { self.decimals };
        format!("{tick:.decimals$}")
    }

    /// What is added to the axis' title.
    pub(super) fn note(&self) -> &'static str {
        if self.logarithmic { " (log scale)" } else { "" }
    }
}

/// 1, 2 or 5 times a power of ten, not less than `least`.
fn nice_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|mark| mark * power)
        .into_iter()
        .find(|&s| s >= least)
        .unwrap_or(least)
}

/// Decimals that a number with one significant digit needs.
fn decimals_of(value: f64) -> usize {
    // A little more than the value, so that 0.001 is not taken for 0.00099….
    (-(value * 1.0001).log10().floor()).clamp(0.0, 9.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks.iter().map(|&tick| axis.label(tick)).collect()
    }

    #[test]
    fn linear_axes_begin_at_zero_and_reach_past_the_largest() {
        let axis = Axis::from_zero(15.3);
        assert_eq!(labels(&axis), ["0", "5", "10", "15", "20"]);
        assert_eq!((axis.at(0.0), axis.at(10.0), axis.at(99.0)), (0.0, 0.5, 1.0));
        assert_eq!(
            labels(&Axis::from_zero(0.03)),
            ["0.000", "0.005", "0.010", "0.015", "0.020", "0.025", "0.030", "0.035"]
        );
    }

    #[test]
    fn logarithmic_axes_enclose_the_values() {
        let axis = Axis::logarithmic(14.5, 223.0);
        assert_eq!(labels(&axis), ["20", "50", "100", "200"]);
        assert!(axis.at(14.5) > 0.04 && axis.at(223.0) < 0.96);
        assert_eq!(axis.note(), " (log scale)");
        assert_eq!(labels(&Axis::logarithmic(0.02, 300.0)), ["0.1", "1", "10", "100"]);
    }

    #[test]
    fn places_are_marked_at_powers_of_two() {
        assert_eq!(
            labels(&Axis::of_places(256.0)),
            ["0", "32", "64", "96", "128", "160", "192", "224", "256"]
        );
        assert_eq!(labels(&Axis::of_places(0.0)).len(), 9);
    }

    #[test]
    fn nothing_makes_an_axis_that_cannot_be_drawn() {
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300, 1e300] {
            for axis in
                [Axis::from_zero(value), Axis::logarithmic(value, value), Axis::of_places(value)]
            {
                assert!(axis.ticks.len() < 20 && axis.high > axis.low, "{value}: {axis:?}");
                assert!(axis.at(value).is_nan() || (0.0..=1.0).contains(&axis.at(value)));
            }
        }
    }
}
