//! Prometheus' text format, as the textfile collector of its node exporter reads it: gauges without
//! timestamps, in base units.
//!
//! A cell's median and its interval are gauges named by metric and unit, such as
//! `imgbench_workload_seconds`. The verdict is one gauge a verdict, of which at most one is 1.

use std::fmt::Write as _;

use crate::{
    record::Metric,
    report::{CellResult, Outcome, Report},
    stats::Verdict,
};

/// The values of one name: labels and value each.
type Samples = Vec<(Vec<(&'static str, String)>, f64)>;

const VERDICTS: [Verdict; 4] =
    [Verdict::Regressed, Verdict::Improved, Verdict::Equivalent, Verdict::Inconclusive];

/// The file.
pub(super) fn prometheus(report: &Report) -> String {
    let mut text = String::new();
    let mut put = |name: &str, help: &str, samples: Samples| family(&mut text, name, help, samples);
    let origin = &report.origin;
    let mut info = vec![("experiment", report.name.clone())];
    info.extend([
        ("started", origin.started.clone()),
        ("config_sha256", origin.config_sha256.clone()),
        ("imgbench", origin.imgbench.clone()),
        ("revision", origin.revision.clone()),
        ("qemu", origin.qemu.clone()),
        ("accelerator", origin.accel.clone()),
        ("simulated", report.banner.is_some().to_string()),
    ]);
    put("imgbench_experiment_info", "The experiment; always 1.", vec![(info, 1.0)]);
    if let Some(started) = origin.started_unix() {
        let labels = vec![("experiment", report.name.clone())];
        put(
            "imgbench_experiment_start_time_seconds",
            "When the experiment began, Unix time.",
            vec![(labels, started as f64)],
        );
    }

    for metric in metrics(report) {
        let name = name(metric);
        let of = |value: fn(&CellResult) -> Option<f64>| {
            samples(report, |cell| same(&cell.metric, metric).then(|| value(cell))?)
        };
        let unit = unit(&metric.unit);
        let what = format!("{} of the ok runs", metric.name.replace(['\\', '\n'], " "));
        let median = of(|cell| cell.sample.as_ref().map(|sample| sample.median()));
        put(&format!("{name}{unit}"), &format!("Median {what}."), median);
        let (low, high) =
            (of(|cell| Some(cell.interval?.low)), of(|cell| Some(cell.interval?.high)));
        put(
            &format!("{name}_low{unit}"),
            &format!("Lower end of the median's interval, {what}."),
            low,
        );
        put(
            &format!("{name}_high{unit}"),
            &format!("Upper end of the median's interval, {what}."),
            high,
        );
    }
    put(
        "imgbench_runs_ok",
        "Runs that were measured.",
        samples(report, |cell| Some(cell.n() as f64)),
    );
    put(
        "imgbench_runs_failed",
        "Runs that failed or ran into a deadline.",
        samples(report, |cell| Some((cell.failed + cell.timeout) as f64)),
    );
    put(
        "imgbench_ratio",
        "Ratio to the control, paired by block.",
        samples(report, |cell| Some(cell.comparison.as_ref()?.estimate.ratio)),
    );
    put(
        "imgbench_ratio_low",
        "Lower end of the ratio's interval.",
        samples(report, |cell| Some(cell.ratio_interval()?.low)),
    );
    put(
        "imgbench_ratio_high",
        "Upper end of the ratio's interval.",
        samples(report, |cell| Some(cell.ratio_interval()?.high)),
    );
    put(
        "imgbench_verdict",
        "1 for the verdict of a cell against its control, 0 for the others.",
        verdicts(report),
    );
    text
}

/// Every metric of the report, once.
fn metrics(report: &Report) -> Vec<&Metric> {
    let mut metrics: Vec<&Metric> = Vec::new();
    for cell in &report.results {
        if !metrics.iter().any(|of| same(of, &cell.metric)) {
            metrics.push(&cell.metric);
        }
    }
    metrics
}

/// Whether two metrics are one gauge.
fn same(one: &Metric, other: &Metric) -> bool {
    name(one) == name(other) && unit(&one.unit) == unit(&other.unit)
}

/// A sample for each cell that has a value.
fn samples(report: &Report, value: impl Fn(&CellResult) -> Option<f64>) -> Samples {
    let cells = report.results.iter();
    cells.filter_map(|cell| Some((labels(report, cell), value(cell)?))).collect()
}

fn verdicts(report: &Report) -> Samples {
    let mut samples = Samples::new();
    for cell in &report.results {
        let Outcome::Judged(found) = cell.outcome else { continue };
        for verdict in VERDICTS {
            let mut labels = labels(report, cell);
            labels.push(("control", cell.control.clone()));
            labels.push(("verdict", verdict.to_string().to_lowercase()));
            samples.push((labels, f64::from(u8::from(verdict == found))));
        }
    }
    samples
}

fn labels(report: &Report, cell: &CellResult) -> Vec<(&'static str, String)> {
    vec![("experiment", report.name.clone()), ("cell", cell.cell.clone())]
}

/// A name with its help, its type and its samples; nothing without samples.
fn family(text: &mut String, name: &str, help: &str, samples: Samples) {
    if samples.is_empty() {
        return;
    }
    // Writing to a String cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in samples {
        let labels: Vec<String> =
            labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escape(value))).collect();
        let _ = writeln!(text, "{name}{{{}}} {value}", labels.join(","));
    }
}

/// A label's value: backslash, quote and line feed are the three that need it.
fn escape(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

/// `imgbench_workload` of `workload_s`.
fn name(metric: &Metric) -> String {
    let stem = match metric.unit.as_str() {
        "s" => metric.name.strip_suffix("_s").unwrap_or(&metric.name),
        _ => metric.name.as_str(),
    };
    let stem: String =
        stem.chars().map(|of| if of.is_ascii_alphanumeric() { of } else { '_' }).collect();
    format!("imgbench_{stem}")
}

/// A unit as the end of a name.
fn unit(unit: &str) -> &'static str {
    match unit {
        "s" => "_seconds",
        "B" => "_bytes",
        "1/s" => "_per_second",
        "B/s" => "_bytes_per_second",
        _ => "",
    }
}
