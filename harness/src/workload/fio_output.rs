//! What fio says of a job (`--output-format=json`), read into metrics.
//!
//! Latencies are fio's completion latencies (`clat`), IOPS and bandwidth its means over the job's run
//! time; see fio(1), "JSON output". Refuses an output with another number of reporting groups than
//! one: percentiles of several cannot be added.

use std::collections::BTreeMap;

use reports::record::{Direction as Worse, Measurement, Metric};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Output {
    #[serde(rename = "fio version")]
    version: String,
    jobs: Vec<Job>,
}

#[derive(Debug, Deserialize)]
struct Job {
    error: i64,
    #[serde(default)]
    read: Side,
    #[serde(default)]
    write: Side,
    #[serde(default)]
    trim: Side,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Side {
    io_bytes: u64,
    bw_bytes: f64,
    iops: f64,
    /// Milliseconds.
    runtime: u64,
    total_ios: u64,
    clat_ns: Latency,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Latency {
    mean: f64,
    percentile: BTreeMap<String, u64>,
}

/// What fio did.
#[derive(Debug, PartialEq)]
pub(super) struct Report {
    /// fio's version.
    pub(super) version: String,
    /// Bytes read.
    pub(super) read: u64,
    /// Bytes written.
    pub(super) written: u64,
    /// All its numbers.
    pub(super) metrics: Vec<Measurement>,
}

/// fio's names of the percentiles, and ours.
const PERCENTILES: [(&str, &str); 4] =
    [("50.000000", "p50"), ("95.000000", "p95"), ("99.000000", "p99"), ("99.900000", "p99_9")];

/// The metrics of one direction of a job, beside the percentiles: name, unit, which way is worse.
const OF_A_SIDE: [(&str, &str, Worse); 3] = [
    ("iops", "1/s", Worse::Lower),
    ("bandwidth", "B/s", Worse::Lower),
    ("lat_mean_s", "s", Worse::Higher),
];

/// The metric with this name, if a job can have it.
pub(super) fn metric(name: &str) -> Option<Metric> {
    match name {
        "iops" => return Some(Metric::new(name, "1/s", Worse::Lower)),
        "runtime_s" => return Some(Metric::new(name, "s", Worse::Higher)),
        _ => {}
    }
    let (side, rest) = name.split_once('_')?;
    ["read", "write", "trim"].contains(&side).then_some(())?;
    let of_side = OF_A_SIDE.iter().find(|(known, ..)| *known == rest);
    let percentile = PERCENTILES.iter().find(|(_, ours)| rest == format!("lat_{ours}_s"));
    match (of_side, percentile) {
        (Some((_, unit, worse)), _) => Some(Metric::new(name, unit, *worse)),
        (None, Some(_)) => Some(Metric::new(name, "s", Worse::Higher)),
        (None, None) => None,
    }
}

/// Reads fio's output.
///
/// # Errors
/// It is not what fio writes, or the job failed.
pub(super) fn read(text: &str) -> Result<Report, String> {
    // What fio warns of stands before the JSON.
    let json = text.find('{').map_or("", |at| &text[at..]);
    let first = text.lines().next().unwrap_or_default();
    let output: Output = serde_json::from_str(json)
        .map_err(|error| format!("fio's output is not what it should be ({error}): '{first}'"))?;
    let [job] = output.jobs.as_slice() else {
        return Err(format!(
            "fio reported {} groups of jobs, and one is read: leave out new_group",
            output.jobs.len()
        ));
    };
    if job.error != 0 {
        return Err(format!("fio's job ended with error {}", job.error));
    }
    let sides = [("read", &job.read), ("write", &job.write), ("trim", &job.trim)];
    let used = || sides.iter().filter(|(_, side)| side.total_ios > 0);
    if used().count() == 0 {
        return Err("fio's job did nothing".to_owned());
    }
    let runtime = used().map(|(_, side)| side.runtime).max().unwrap_or(0);
    let mut metrics = Vec::new();
    let mut add = |name: &str, value: f64| {
        let metric = metric(name).ok_or_else(|| format!("{name} is no metric"))?;
        // What is no measurement would be refused by metrics.csv, and end more than this run.
        if !value.is_finite() || value < 0.0 {
            return Err(format!("fio reported {name} = {value}, which cannot be"));
        }
        metrics.push(Measurement { metric, value });
        Ok::<_, String>(())
    };
    add("iops", used().map(|(_, side)| side.iops).sum())?;
    add("runtime_s", runtime as f64 / 1e3)?;
    for (name, side) in used() {
        for ((known, ..), value) in
            OF_A_SIDE.iter().zip([side.iops, side.bw_bytes, side.clat_ns.mean / 1e9])
        {
            add(&format!("{name}_{known}"), value)?;
        }
        for (theirs, ours) in PERCENTILES {
            if let Some(&nanoseconds) = side.clat_ns.percentile.get(theirs) {
                add(&format!("{name}_lat_{ours}_s"), nanoseconds as f64 / 1e9)?;
            }
        }
    }
    Ok(Report {
        version: output.version,
        read: job.read.io_bytes,
        written: job.write.io_bytes,
        metrics,
    })
}

#[cfg(test)]
mod tests {
    //! Against what fio 3.33 said in an appliance, word for word.
    #![allow(clippy::unwrap_used)]

    use super::*;

    const SAID: &str = include_str!("../../testdata/fio/randwrite.json");

    #[test]
    fn anything_fio_says_is_read_or_refused() {
        let mut understood = 0;
        crate::fuzz::hold(1000, &[SAID.as_bytes()], |said| {
            let Ok(report) = read(&String::from_utf8_lossy(said)) else { return };
            understood += 1;
            for of in report.metrics {
                assert!(of.value.is_finite() && of.value >= 0.0, "{of:?}");
            }
        });
        assert!(understood > 100, "only {understood} were understood");
    }

    fn value(report: &Report, name: &str) -> f64 {
        report.metrics.iter().find(|of| of.metric.name == name).unwrap().value
    }

    #[test]
    fn the_numbers_of_a_job_are_read() {
        let report = read(SAID).unwrap();
        assert_eq!(report.version, "fio-3.33");
        assert_eq!((report.read, report.written), (0, 16 << 20));
        assert!(value(&report, "write_iops") > 100.0);
        assert_eq!(value(&report, "iops"), value(&report, "write_iops"));
        let bandwidth = value(&report, "write_bandwidth");
        assert!((bandwidth / value(&report, "write_iops") / 4096.0 - 1.0).abs() < 1e-3);
        let percentiles =
            ["p50", "p95", "p99", "p99_9"].map(|of| value(&report, &format!("write_lat_{of}_s")));
        assert!(percentiles.is_sorted() && percentiles[0] > 1e-5 && percentiles[3] < 10.0);
        assert!(!report.metrics.iter().any(|of| of.metric.name.starts_with("read")));
    }

    #[test]
    fn every_metric_that_is_read_is_known_by_name() {
        for of in read(SAID).unwrap().metrics {
            assert_eq!(metric(&of.metric.name), Some(of.metric));
        }
        assert_eq!(metric("write_lat_p42_s"), None);
        assert_eq!(metric("append_iops"), None);
    }

    #[test]
    fn warnings_before_the_json_are_passed_over() {
        assert!(read(&format!("fio: this platform does not support something\n{SAID}")).is_ok());
    }

    #[test]
    fn what_is_no_job_that_went_well_is_refused() {
        let said = |text: &str| read(text).unwrap_err();
        assert!(said("fio: pid=0, err=22").starts_with("fio's output is not what it should be"));
        assert_eq!(
            said(&SAID.replacen("\"error\" : 0", "\"error\" : 28", 1)),
            "fio's job ended with error 28"
        );
        assert_eq!(
            said(r#"{"fio version": "fio-3.33", "jobs": []}"#),
            "fio reported 0 groups of jobs, and one is read: leave out new_group"
        );
        assert_eq!(
            said(r#"{"fio version": "fio-3.33", "jobs": [{"error": 0}]}"#),
            "fio's job did nothing"
        );
    }
}
