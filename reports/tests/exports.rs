//! The formats of other programs: golden files, and each read back as its own reader reads it.

mod mixed;
mod sample;

use std::{collections::BTreeMap, error::Error};

use reports::{
    export::{Export, Format, NothingToExport, export},
    record::{Experiment, Status},
    report::Report,
};
use serde::Deserialize;

type Checked = Result<(), Box<dyn Error>>;

fn exported(experiment: &Experiment, format: Format) -> Result<Export, NothingToExport> {
    let export = export(&Report::new(experiment), format)?;
    assert!(export.text.ends_with('\n'));
    Ok(export)
}

/// One of each outcome: the control, too few runs, a failed and a timed-out run, none ok.
fn failed() -> Experiment {
    let mut experiment = sample::of_2010();
    for run in &mut experiment.runs {
        if run.cell == "metadata-qcow2" || (run.cell == "fallocated-raw" && run.block == 2) {
            *run = sample::unsuccessful(run, Status::Failed, "Killed");
        }
    }
    experiment.runs[2] = sample::unsuccessful(&experiment.runs[2], Status::Timeout, "");
    experiment
}

fn hostile() -> Experiment {
    let name = "<a b=\"c\">&amp; ]]> \\ \u{1b}[31m {x=\"y\"}\n# TYPE 画像";
    let mut experiment =
        sample::experiment(&[("raw", "Raw", "truncate", 1.5), (name, name, name, 2.4)]);
    experiment.manifest.name = name.to_owned();
    experiment
}

fn no_ok_run() -> Experiment {
    let mut experiment = sample::of_2010();
    for run in &mut experiment.runs {
        *run = sample::unsuccessful(run, Status::Failed, "No space left on device");
    }
    experiment
}

/// Every situation; the last has metrics of every unit and direction.
fn situations() -> [Experiment; 5] {
    [sample::of_2010(), failed(), hostile(), no_ok_run(), mixed::experiment(6)]
}

#[test]
fn golden_files() -> Checked {
    for format in Format::ALL {
        for (name, experiment) in [("failed", failed()), ("mixed", mixed::experiment(8))] {
            let Ok(export) = exported(&experiment, format) else {
                assert!(matches!(format, Format::GithubActionBenchmarkBigger) && name == "failed");
                continue;
            };
            let left_out = export.left_out.join("\n");
            let golden = format!("{}\nleft out:\n{left_out}", export.text);
            insta::assert_snapshot!(format!("{format}_{name}"), golden);
        }
    }
    Ok(())
}

#[test]
fn what_has_no_cell_for_a_format_is_refused() {
    let refused = |experiment, format| exported(&experiment, format).expect_err("refused");
    let error = refused(no_ok_run(), Format::Bencher);
    assert_eq!(error.reasons.len(), 4);
    let start =
        "bencher: there is no cell to export: \"sparse-raw\" is left out: it has no ok run.";
    assert!(error.to_string().starts_with(start), "{error}");
    let error = refused(sample::of_2010(), Format::GithubActionBenchmarkBigger);
    let end = "\"metadata-qcow2\" is left out: a smaller value of it is better: see github-action-benchmark.";
    assert!(error.to_string().ends_with(end), "{error}");
}

/// As hyperfine's `BenchmarkResult` has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
struct BenchmarkResult {
    command: String,
    mean: f64,
    stddev: Option<f64>,
    median: f64,
    user: f64,
    system: f64,
    min: f64,
    max: f64,
    times: Vec<f64>,
    exit_codes: Vec<Option<i32>>,
    parameters: BTreeMap<String, String>,
}

#[test]
fn hyperfine_reads_its_own() -> Checked {
    for experiment in situations() {
        let Ok(export) = exported(&experiment, Format::Hyperfine) else { continue };
        let file: BTreeMap<String, Vec<BenchmarkResult>> = serde_json::from_str(&export.text)?;
        assert_eq!(file.keys().collect::<Vec<_>>(), ["results"]);
        for result in &file["results"] {
            assert_eq!(result.times.len(), result.exit_codes.len());
            let mean = result.times.iter().sum::<f64>() / result.times.len() as f64;
            assert!((result.mean - mean).abs() < 1e-9);
            assert!(result.times.iter().all(|&time| result.min <= time && time <= result.max));
        }
    }
    let export = exported(&sample::of_2010(), Format::Hyperfine)?;
    let file: BTreeMap<String, Vec<BenchmarkResult>> = serde_json::from_str(&export.text)?;
    assert_eq!(file["results"].len(), 4);
    assert_eq!(file["results"][2].median, 223.0);
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bmf {
    value: f64,
    lower_value: Option<f64>,
    upper_value: Option<f64>,
}

/// The rules of Bencher's JSON schema and its limits of length.
#[test]
fn bencher_reads_its_own() -> Checked {
    for experiment in situations() {
        let Ok(export) = exported(&experiment, Format::Bencher) else { continue };
        let file: BTreeMap<String, BTreeMap<String, Bmf>> = serde_json::from_str(&export.text)?;
        for (name, measures) in file {
            assert!(!name.is_empty() && name.chars().count() <= 1024);
            for (slug, of) in measures {
                let kebab = |of: char| of.is_ascii_lowercase() || of.is_ascii_digit() || of == '-';
                assert!(!slug.is_empty() && slug.len() <= 64 && slug.chars().all(kebab), "{slug}");
                assert!(of.lower_value.unwrap_or(of.value) <= of.value);
                assert!(of.upper_value.unwrap_or(of.value) >= of.value);
            }
        }
    }
    let export = exported(&sample::of_2010(), Format::Bencher)?;
    let file: BTreeMap<String, BTreeMap<String, Bmf>> = serde_json::from_str(&export.text)?;
    assert_eq!(file["sparse-raw"]["latency"].value, 15.3e9, "nanoseconds");
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
struct Custom {
    name: String,
    unit: String,
    value: f64,
    range: Option<String>,
    extra: Option<String>,
}

#[test]
fn github_action_benchmark_reads_its_own() -> Checked {
    let names = |experiment: &Experiment, format| -> Result<Vec<String>, Box<dyn Error>> {
        let file: Vec<Custom> = serde_json::from_str(&exported(experiment, format)?.text)?;
        Ok(file.into_iter().map(|of| of.name).collect())
    };
    let experiment = mixed::experiment(6);
    let smaller = names(&experiment, Format::GithubActionBenchmark)?;
    let bigger = names(&experiment, Format::GithubActionBenchmarkBigger)?;
    assert!(smaller.iter().any(|name| name.ends_with("/seqwrite")), "{smaller:?}");
    assert!(bigger.iter().any(|name| name.ends_with("/randwrite-4k")), "{bigger:?}");
    assert_eq!(smaller.len() + bigger.len(), 8, "every cell is in one of the two");
    Ok(())
}

#[test]
fn a_junit_reader_counts_what_we_mean() -> Checked {
    let counts = |experiment: &Experiment| -> Result<_, Box<dyn Error>> {
        let text = exported(experiment, Format::Junit)?.text;
        let suites = junit_parser::from_reader(text.as_bytes())?;
        let suite = suites.suites.first().ok_or("a suite")?;
        assert_eq!((suites.suites.len(), suite.cases.len() as u64), (1, suite.tests));
        Ok((suite.tests, suite.failures, suite.errors, suite.skipped))
    };
    assert_eq!(counts(&sample::of_2010())?, (4, 0, 0, 3), "too few runs");
    assert_eq!(counts(&failed())?, (4, 0, 3, 0), "runs that failed");
    assert_eq!(counts(&no_ok_run())?, (4, 0, 4, 0));
    assert_eq!(counts(&hostile())?, (2, 0, 0, 1));
    let mut none = sample::of_2010();
    none.runs.clear();
    assert_eq!(counts(&none)?, (4, 0, 0, 4));
    let (tests, failures, errors, _) = counts(&mixed::experiment(8))?;
    assert_eq!((tests, errors), (8, 0));
    assert!(failures > 0, "a regression is a failure");
    Ok(())
}

/// The elements and attributes that Jenkins' schema (junit-10.xsd of its xUnit plugin) permits.
#[test]
fn junit_has_nothing_that_jenkins_refuses() -> Checked {
    let permitted = |element: &str| match element {
        "testsuites" => "name time tests failures errors",
        "testsuite" => "name tests failures errors group time skipped timestamp hostname id",
        "testcase" => "name time classname group",
        "failure" | "error" | "skipped" => "type message",
        "property" => "name value",
        "properties" | "system-out" => "",
        _ => "no such element",
    };
    for experiment in situations() {
        let text = exported(&experiment, Format::Junit)?.text;
        for tag in text.split('<').skip(2).filter(|tag| !tag.starts_with('/')) {
            let tag = tag.split('>').next().ok_or("an end")?.trim_end_matches('/');
            let (element, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
            assert_ne!(permitted(element), "no such element", "{element}");
            while let Some((name, value)) = rest.split_once("=\"") {
                assert!(permitted(element).split(' ').any(|of| of == name), "{element} {name}");
                rest = value.split_once('"').ok_or("an end")?.1.trim_start();
            }
            assert_eq!(rest, "");
        }
    }
    Ok(())
}

/// Prometheus' text format, strictly: HELP and TYPE before samples of one name in one block, names
/// and escapes of the permitted letters, no sample twice.
#[test]
fn prometheus_text_is_well_formed() -> Checked {
    for experiment in situations() {
        let text = exported(&experiment, Format::Prometheus)?.text;
        let (mut family, mut families) = (String::new(), Vec::new());
        let mut seen = std::collections::HashSet::new();
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                family = help.split(' ').next().ok_or("a name")?.to_owned();
                assert!(!families.contains(&family), "{family} comes twice");
                families.push(family.clone());
                continue;
            }
            if line.starts_with("# TYPE ") {
                assert_eq!(line, format!("# TYPE {family} gauge"));
                continue;
            }
            let (sample, value) = line.rsplit_once(' ').ok_or("a value")?;
            assert!(value.parse::<f64>()?.is_finite());
            assert!(seen.insert(sample.to_owned()), "{sample} comes twice");
            let (name, labels) = sample.split_once('{').ok_or("labels")?;
            assert_eq!(name, family);
            assert!(name.chars().all(|of| of.is_ascii_alphanumeric() || of == '_'), "{name}");
            let mut rest = labels.strip_suffix('}').ok_or("an end")?;
            while !rest.is_empty() {
                let (label, quoted) = rest.split_once("=\"").ok_or("a label")?;
                assert!(
                    label
                        .chars()
                        .all(|of| of.is_ascii_lowercase() || of.is_ascii_digit() || of == '_')
                );
                let mut letters = quoted.char_indices();
                let end = loop {
                    match letters.next().ok_or("the end of a value")? {
                        (_, '\\') => {
                            let (_, escaped) = letters.next().ok_or("an escaped letter")?;
                            assert!(r#"\"n"#.contains(escaped), "{line}");
                        }
                        (at, '"') => break at,
                        _ => {}
                    }
                };
                rest = quoted[end + 1..].trim_start_matches(',');
            }
        }
        assert!(families.len() > 2);
    }
    Ok(())
}

#[test]
fn names_on_the_command_line() {
    for format in Format::ALL {
        assert_eq!(format.as_str().parse(), Ok(format));
    }
    let error = "xunit".parse::<Format>().expect_err("refused");
    insta::assert_snapshot!(error, @"no such format; permitted are hyperfine, bencher, github-action-benchmark, github-action-benchmark-bigger, junit, prometheus");
}
