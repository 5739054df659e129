//! How the values of each metric are written: in what unit, and with how many decimals.

use std::collections::HashMap;

use super::Decimals;
use crate::{
    record::{Metric, TIMES},
    summary::Summary,
};

/// The unit that values of one metric are printed in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unit {
    /// What one of it is in the metric's own unit.
    one: f64,
    /// `s`, `MiB`, `IOPS`; empty for a count or a ratio.
    pub(crate) name: String,
    decimals: Decimals,
}

impl Unit {
    /// The unit for these values of a metric, in which the largest is easy to read.
    pub(crate) fn of(metric: &Metric, values: &[f64]) -> Unit {
        let (least, most) = ends(values);
        // Our own phases are seconds where that is readable; a latency is a small part of one.
        let ours = TIMES.contains(&metric.name.as_str());
        Unit::chosen(metric, values, most, ours && (least >= 1e-3 || most == 0.0))
    }

    /// The unit for one value that is not compared with others at a glance.
    fn of_one(metric: &Metric, value: Option<f64>) -> Unit {
        Unit::chosen(metric, &Vec::from_iter(value), value.unwrap_or(1.0), false)
    }

    fn chosen(metric: &Metric, values: &[f64], most: f64, seconds: bool) -> Unit {
        let (one, name) = match metric.unit.as_str() {
            "s" if most >= 1.0 || seconds => (1.0, "s".to_owned()),
            "s" if most >= 1e-3 => (1e-3, "ms".to_owned()),
            "s" => (1e-6, "us".to_owned()),
            "B" => bytes(most, ""),
            "B/s" => bytes(most, "/s"),
            "1/s" if metric.name.ends_with("iops") => (1.0, "IOPS".to_owned()),
            other => (1.0, other.to_owned()),
        };
        let scaled: Vec<f64> = values.iter().map(|value| value / one).collect();
        let decimals = match metric.unit.as_str() {
            "s" if name == "s" => Decimals::enough_for(&scaled),
            _ => Decimals::of_any(&scaled),
        };
        Unit { one, name, decimals }
    }

    /// A value without its unit.
    pub(crate) fn text(&self, value: f64) -> String {
        self.decimals.text(value / self.one)
    }

    /// A value with its unit: `15.3 s`.
    pub(crate) fn with_unit(&self, value: f64) -> String {
        let text = self.text(value);
        if self.name.is_empty() { text } else { format!("{text} {}", self.name) }
    }
}

/// The smallest value above 0 (0 without one) and the largest.
fn ends(values: &[f64]) -> (f64, f64) {
    let above = || values.iter().copied().filter(|&value| value > 0.0);
    (above().reduce(f64::min).unwrap_or(0.0), above().fold(0.0, f64::max))
}

/// Times so far apart that in one unit the short ones were all zeros: a sparse raw file is made in
/// microseconds, the metadata of a large qcow2 file in seconds.
fn too_far_apart(metric: &Metric, values: &[f64]) -> bool {
    let (least, most) = ends(values);
    metric.is_time() && least > 0.0 && least < 1e-3 && most >= 100.0 * least
}

/// The largest unit that the value fills.
fn bytes(most: f64, per: &str) -> (f64, String) {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let found = units.into_iter().find(|&(_, bits)| most >= (1u64 << bits) as f64);
    let (name, bits) = found.unwrap_or(("B", 0));
    ((1u64 << bits) as f64, format!("{name}{per}"))
}

/// The units of all cells: cells that are compared with each other share one, unless their times are
/// too far apart for that.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Units(HashMap<(String, Metric), Unit>);

impl Units {
    /// Those that suit the medians.
    pub(crate) fn of(summaries: &[Summary]) -> Units {
        let mut medians: HashMap<(String, Metric), Vec<f64>> = HashMap::new();
        for summary in summaries {
            medians.entry(key(summary)).or_default().extend(summary.median());
        }
        let unit = |(key, medians): ((String, Metric), Vec<f64>)| {
            let unit = Unit::of(&key.1, &medians);
            (key, unit)
        };
        medians.retain(|(_, metric), medians| !too_far_apart(metric, medians));
        Units(medians.into_iter().map(unit).collect())
    }

    /// Name of the unit of a cell.
    pub(crate) fn name(&self, summary: &Summary) -> Option<&str> {
        self.0.get(&key(summary)).map(|unit| unit.name.as_str())
    }

    /// The unit of a cell of these summaries.
    pub(crate) fn get(&self, summary: &Summary) -> Unit {
        // One that shares none is written in the unit of its own median.
        let own = || Unit::of_one(&summary.metric, summary.median());
        self.0.get(&key(summary)).cloned().unwrap_or_else(own)
    }
}

fn key(summary: &Summary) -> (String, Metric) {
    (summary.control.clone(), summary.metric.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Direction;

    #[test]
    fn every_value_has_its_unit() {
        let text = |name: &str, unit: &str, values: &[f64]| {
            Unit::of(&Metric::new(name, unit, Direction::Neither), values).with_unit(values[0])
        };
        assert_eq!(text("workload_s", "s", &[0.0523]), "0.0523 s");
        assert_eq!(text("workload_s", "s", &[15.3, 223.0]), "15.3 s");
        assert_eq!(text("workload_s", "s", &[0.000_066_9]), "66.9 us");
        assert_eq!(text("workload_s", "s", &[0.000_9, 0.02]), "0.900 ms");
        assert_eq!(text("write_lat_p99_s", "s", &[0.005]), "5.00 ms");
        assert_eq!(text("write_lat_p50_s", "s", &[0.000_12]), "120 us");
        assert_eq!(text("write_iops", "1/s", &[7512.4]), "7512 IOPS");
        assert_eq!(text("requests", "1/s", &[75.0]), "75.0 1/s");
        assert_eq!(text("allocated_bytes", "B", &[3.4 * 1_048_576.0]), "3.40 MiB");
        assert_eq!(text("allocated_bytes", "B", &[0.0]), "0 B");
        assert_eq!(text("write_bandwidth", "B/s", &[104_857_600.0]), "100 MiB/s");
        assert_eq!(text("flush_ops", "", &[12.0]), "12.0");
    }

    #[test]
    fn only_times_that_are_far_apart_have_a_unit_each() {
        let apart = |values: &[f64]| too_far_apart(&Metric::default(), values);
        assert!(apart(&[0.000_07, 0.03]), "microseconds and milliseconds");
        assert!(!apart(&[0.015, 223.0]), "seconds do for both");
        assert!(!apart(&[0.000_9, 0.02]), "milliseconds do for both");
        assert!(!apart(&[]));
        let bytes = Metric::new("allocated_bytes", "B", Direction::Neither);
        assert!(!too_far_apart(&bytes, &[1e-6, 1.0]));
    }
}
