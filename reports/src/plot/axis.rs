//! Axes: where a value is, which values are marked, and how the marks are written.

/// What an axis shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// What is measured, with its unit where the marks do not carry one.
    pub title: String,
    /// How values become places.
    pub scale: Scale,
    /// How marks are written.
    pub unit: Unit,
}

/// How values become places on an axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Scale {
    /// Linear, from zero: lengths can be compared.
    FromZero,
    /// Equal ratios are equally long; 0 is at the lower end.
    Logarithmic,
    /// Linear, marked at these values with these words.
    Named(Vec<(f64, String)>),
}

/// How the marks of an axis are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// As they are, from ten thousand on with k, M or G.
    Number,
    /// Bytes in binary units.
    Bytes,
    /// Seconds in s, ms, us or ns.
    Time,
}

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    logarithmic: bool,
    low: f64,
    high: f64,
    /// The values that are marked, ascending, with their labels.
    pub(super) ticks: Vec<(f64, String)>,
    /// What the axis shows.
    pub(super) title: String,
}

impl Axis {
    /// An axis that has room for all of these values.
    pub(super) fn of(measure: &Measure, values: impl Iterator<Item = f64>) -> Self {
        let mut ends = (f64::INFINITY, 0.0f64);
        // Nothing is no place on a logarithmic axis: its lower end stands for it.
        for value in values.filter(|value| value.is_finite() && *value > 0.0) {
            ends = (ends.0.min(value), ends.1.max(value));
        }
        let title = measure.title.clone();
        match &measure.scale {
            Scale::Logarithmic if ends.0 > 0.0 && ends.0 <= ends.1 => {
                Axis::logarithmic(title, measure.unit, ends)
            }
            Scale::FromZero | Scale::Logarithmic => Axis::from_zero(title, measure.unit, ends.1),
            Scale::Named(ticks) => Axis::named(title, ticks),
        }
    }

    /// From zero, linear, to just above the largest value.
    fn from_zero(title: String, unit: Unit, largest: f64) -> Self {
        let largest = if largest > 0.0 { largest } else { 1.0 };
        let step = unit.step(largest / 6.0);
        // Room for a marker; full units of bytes are filled to the end.
        let room = if unit == Unit::Bytes { 1.0 } else { 1.02 };
        let last = (largest * room / step).ceil();
        let ticks = (0..=last as usize).map(|tick| tick as f64 * step);
        let ticks = ticks.map(|tick| (tick, unit.label(tick, step))).collect();
        Axis { logarithmic: false, low: 0.0, high: last * step, ticks, title }
    }

    /// Logarithmic, from just below the smallest value to just above the largest.
    fn logarithmic(title: String, unit: Unit, (smallest, largest): (f64, f64)) -> Self {
        // Room for the markers at both ends.
        let room = (largest / smallest).powf(0.06).max(1.02);
        let (low, high) = ((smallest / room).max(1e-300), (largest * room).min(1e300));
        let ticks = if high / low < 4.0 {
            let step = unit.step((high - low) / 6.0);
            let marks = (low / step).ceil() as u64..=(high / step) as u64;
            marks.map(|mark| (mark as f64 * step, unit.label(mark as f64 * step, step))).collect()
        } else {
            unit.powers(low, high).into_iter().map(|tick| (tick, unit.label(tick, tick))).collect()
        };
        Axis { logarithmic: true, low, high, ticks, title: format!("{title} (log scale)") }
    }

    /// Linear, with room for markers round the outer marks.
    fn named(title: String, ticks: &[(f64, String)]) -> Self {
        let ends = (ticks.first().map_or(0.0, |of| of.0), ticks.last().map_or(0.0, |of| of.0));
        let room = if ends.1 > ends.0 { 0.08 * (ends.1 - ends.0) } else { 1.0 };
        let (low, high) = (ends.0 - room, ends.1 + room);
        Axis { logarithmic: false, low, high, ticks: ticks.to_vec(), title }
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
}

impl Unit {
    /// A round step, not less than `least`: 1, 2 or 5 times a power of ten, for bytes a power of two.
    fn step(self, least: f64) -> f64 {
        let power = 10f64.powf(least.log10().floor());
        match self {
            Unit::Bytes => least.log2().ceil().exp2(),
            Unit::Number | Unit::Time => [1.0, 2.0, 5.0, 10.0]
                .map(|mark| mark * power)
                .into_iter()
                .find(|&step| step >= least)
                .unwrap_or(least),
        }
    }

    /// Round values inside a logarithmic axis.
    fn powers(self, low: f64, high: f64) -> Vec<f64> {
        let (base, stride, marks) = match self {
            // At most 8 powers.
            Unit::Bytes => (2.0, ((high / low).log2() / 8.0).ceil() as i32, &[1.0][..]),
            _ if high / low < 300.0 => (10.0, 1, &[1.0, 2.0, 5.0][..]),
            _ => (10.0f64, ((high / low).log10() / 10.0).ceil() as i32, &[1.0][..]),
        };
        let powers = low.log(base).floor() as i32..=high.log(base).floor() as i32;
        powers
            .filter(|power| power.rem_euclid(stride) == 0)
            .flat_map(|power| marks.iter().map(move |mark| mark * base.powi(power)))
            .filter(|tick| (low..=high).contains(tick))
            .collect()
    }

    /// A value as a mark, `step` from the next.
    fn label(self, value: f64, step: f64) -> String {
        let units: &[(f64, &str)] = match self {
            Unit::Number if value < 9999.5 => &[],
            Unit::Number => &[(1e9, "G"), (1e6, "M"), (1e3, "k")],
            Unit::Bytes => &[(TI, " TiB"), (GI, " GiB"), (MI, " MiB"), (KI, " KiB"), (0.0, " B")],
            Unit::Time => &[(1.0, " s"), (1e-3, " ms"), (1e-6, " us"), (0.0, " ns")],
        };
        let found = units.iter().find(|(size, _)| value >= size * 0.9999);
        let (size, name) = *found.filter(|_| value > 0.0).unwrap_or(&(1.0, ""));
        let size = match self {
            Unit::Time if size == 0.0 => 1e-9,
            _ if size == 0.0 => 1.0,
            _ => size,
        };
        let decimals = if value == 0.0 && self != Unit::Number { 0 } else { decimals(step / size) };
        format!("{:.decimals$}{name}", value / size)
    }
}

const KI: f64 = 1024.0;
const MI: f64 = KI * KI;
const GI: f64 = MI * KI;
const TI: f64 = GI * KI;

/// Decimals that a step of one significant digit needs, and a part of a power of two; at most 9.
fn decimals(step: f64) -> usize {
    // A little more than the step, so that 0.001 is not taken for 0.00099….
    let digits = (-(step * 1.0001).log10().floor()).clamp(0.0, 9.0) as usize;
    let whole = |digits: &usize| {
        let shown = step * 10f64.powi(*digits as i32);
        (shown - shown.round()).abs() < 1e-3
    };
    (digits..digits + 3).find(whole).unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(scale: Scale, unit: Unit, values: &[f64]) -> Axis {
        Axis::of(&Measure { title: "title".into(), scale, unit }, values.iter().copied())
    }

    fn labels(scale: Scale, unit: Unit, values: &[f64]) -> String {
        let axis = axis(scale, unit, values);
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn linear_axes_begin_at_zero_and_reach_past_the_largest() {
        let axis = axis(Scale::FromZero, Unit::Number, &[15.3, 4.0]);
        assert_eq!((axis.at(0.0), axis.at(10.0), axis.at(99.0)), (0.0, 0.5, 1.0));
        let labels = |unit, largest| labels(Scale::FromZero, unit, &[largest]);
        assert_eq!(labels(Unit::Number, 15.3), "0 | 5 | 10 | 15 | 20");
        assert_eq!(
            labels(Unit::Number, 0.012),
            "0.000 | 0.002 | 0.004 | 0.006 | 0.008 | 0.010 | 0.012 | 0.014"
        );
        assert_eq!(labels(Unit::Number, 15_300.0), "0 | 5000 | 10k | 15k | 20k");
        assert_eq!(labels(Unit::Bytes, 268_435_456.0), "0 | 64 MiB | 128 MiB | 192 MiB | 256 MiB");
        assert_eq!(
            labels(Unit::Bytes, 1.4 * GI),
            "0 | 256 MiB | 512 MiB | 768 MiB | 1.00 GiB | 1.25 GiB | 1.50 GiB"
        );
        assert_eq!(labels(Unit::Time, 0.0031), "0 | 1 ms | 2 ms | 3 ms | 4 ms");
    }

    #[test]
    fn logarithmic_axes_enclose_the_values_and_say_so() {
        let of_2010 = axis(Scale::Logarithmic, Unit::Number, &[14.5, 223.0]);
        assert!(of_2010.at(14.5) > 0.04 && of_2010.at(223.0) < 0.96);
        assert_eq!(of_2010.title, "title (log scale)");
        let labels = |unit, values: &[f64]| labels(Scale::Logarithmic, unit, values);
        assert_eq!(labels(Unit::Number, &[14.5, 223.0]), "20 | 50 | 100 | 200");
        assert_eq!(labels(Unit::Number, &[0.02, 300.0]), "0.1 | 1 | 10 | 100");
        assert_eq!(labels(Unit::Number, &[0.95, 1.07]), "0.95 | 1.00 | 1.05");
        assert_eq!(
            labels(Unit::Bytes, &[196_616.0, 107_374_182_400.0]),
            "256 KiB | 2 MiB | 16 MiB | 128 MiB | 1 GiB | 8 GiB | 64 GiB"
        );
        assert_eq!(labels(Unit::Time, &[9e-5, 0.2]), "100 us | 1 ms | 10 ms | 100 ms");
    }

    #[test]
    fn named_marks_have_room_round_them() {
        let ticks = vec![(0.3, "50 %".to_owned()), (2.0, "99 %".to_owned())];
        let axis = axis(Scale::Named(ticks.clone()), Unit::Number, &[]);
        assert_eq!((&axis.ticks, axis.title.as_str()), (&ticks, "title"));
        assert!(axis.at(0.3) > 0.05 && axis.at(2.0) < 0.95);
    }

    #[test]
    fn nothing_makes_an_axis_that_cannot_be_drawn() {
        let named = Scale::Named(vec![(1.0, "one".into())]);
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300, 1e-9, 1e9, 1e300] {
            for scale in [Scale::FromZero, Scale::Logarithmic, named.clone()] {
                for unit in [Unit::Number, Unit::Bytes, Unit::Time] {
                    let axis = axis(scale.clone(), unit, &[value]);
                    assert!(axis.ticks.len() < 20 && axis.high > axis.low, "{value}: {axis:?}");
                    assert!(axis.at(value).is_nan() || (0.0..=1.0).contains(&axis.at(value)));
                }
            }
        }
    }
}
