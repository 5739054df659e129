//! How figures name metrics and choose their axes.

use super::super::numbers::level;
use crate::{
    plot::{Measure, Scale, Unit},
    record::{Direction, Metric},
};

/// Values further apart than this share a linear axis badly: most would sit on its edge.
const LOG_ABOVE: f64 = 8.0;

/// A metric in words, without unit: `time of the workload`, `read IOPS`.
pub(super) fn name(metric: &Metric) -> String {
    match metric.name.as_str() {
        "workload_s" => "time of the workload".to_owned(),
        name => match name.strip_suffix("iops") {
            Some(of) => format!("{}IOPS", of.replace('_', " ")),
            None => name.strip_suffix("_s").unwrap_or(name).replace('_', " "),
        },
    }
}

/// A title that says what is measured, where that is one thing.
pub(super) fn titled(metrics: &[String], shown: &str) -> String {
    match metrics {
        [metric] => format!("{metric}, {shown}"),
        _ => shown.to_owned(),
    }
}

/// An axis of a metric, logarithmic where the typical values are far apart.
pub(super) fn measure(metric: &Metric, typical: &[f64]) -> Measure {
    // Below a millisecond, marks in seconds would be rows of zeros.
    let marks = match metric.unit.as_str() {
        "B" | "B/s" => Unit::Bytes,
        "s" if typical.iter().any(|&time| time > 0.0 && time < 1e-3) => Unit::Time,
        _ => Unit::Number,
    };
    let unit = match metric.unit.as_str() {
        "s" if marks == Unit::Time => String::new(),
        "s" => ", seconds".to_owned(),
        "B" | "" => String::new(),
        "1/s" if metric.name.ends_with("iops") => String::new(),
        "B/s" => ", per second".to_owned(),
        unit => format!(", {unit}"),
    };
    let better = match metric.worse {
        Direction::Higher => "; less is better",
        Direction::Lower => "; more is better",
        Direction::Neither => "",
    };
    let title = format!("{}{unit}{better}", name(metric));
    Measure { title, scale: scale(typical), unit: marks }
}

/// From zero, so that lengths can be compared, or logarithmic.
pub(super) fn scale(typical: &[f64]) -> Scale {
    let largest = typical.iter().copied().fold(0.0, f64::max);
    let smallest = typical.iter().copied().fold(f64::INFINITY, f64::min);
    let far = smallest > 0.0 && largest / smallest > LOG_ABOVE;
    if far { Scale::Logarithmic } else { Scale::FromZero }
}

/// Why a scale is logarithmic, if one is.
pub(super) fn why<'a>(mut scales: impl Iterator<Item = &'a Scale>) -> String {
    if scales.any(|scale| *scale == Scale::Logarithmic) {
        format!(" The scale is logarithmic where medians are more than {LOG_ABOVE} times apart.")
    } else {
        String::new()
    }
}

/// What intervals cover: `75 %`, or `75 % to 97.9 %`.
pub(super) fn levels(intervals: impl Iterator<Item = f64>) -> Option<String> {
    let mut levels: Vec<f64> = intervals.collect();
    levels.sort_by(f64::total_cmp);
    let (least, most) = (level(*levels.first()?), level(*levels.last()?));
    Some(if least == most { least } else { format!("{least} to {most}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_say_what_is_shown_and_which_way_is_better() {
        let title =
            |name: &str, unit: &str, worse| measure(&Metric::new(name, unit, worse), &[]).title;
        assert_eq!(
            title("workload_s", "s", Direction::Higher),
            "time of the workload, seconds; less is better"
        );
        let short = measure(&Metric::default(), &[0.000_07, 1.4]);
        assert_eq!(
            (short.title.as_str(), short.unit),
            ("time of the workload; less is better", Unit::Time)
        );
        assert_eq!(title("write_iops", "1/s", Direction::Lower), "write IOPS; more is better");
        assert_eq!(title("flush_ops", "", Direction::Neither), "flush ops");
    }

    #[test]
    fn a_scale_is_logarithmic_only_where_it_must_be() {
        assert_eq!(scale(&[1.0, 7.9]), Scale::FromZero);
        assert_eq!(scale(&[1.0, 8.1]), Scale::Logarithmic);
        assert_eq!([scale(&[]), scale(&[0.0, 1.0])], [Scale::FromZero, Scale::FromZero]);
        assert_eq!(why([Scale::FromZero].iter()), "");
        assert_eq!(
            why([Scale::FromZero, Scale::Logarithmic].iter()),
            " The scale is logarithmic where medians are more than 8 times apart."
        );
    }
}
