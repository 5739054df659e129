//! `report.md` and the JSON of a report.

mod mixed;
mod sample;

use std::error::Error;

use reports::{
    record::{Experiment, Status},
    render::{json, markdown},
    report::Report,
};

fn rendered(experiment: &Experiment) -> (String, String) {
    let report = Report::new(experiment);
    (markdown(&report), json(&report))
}

fn failed() -> Experiment {
    let mut experiment = sample::of_2010();
    experiment.runs[0] = sample::unsuccessful(&experiment.runs[0], Status::Failed, "Killed | <b>");
    experiment.runs.truncate(9);
    experiment
}

#[test]
fn markdown_of_2010() {
    insta::assert_snapshot!(rendered(&sample::of_2010()).0);
}

#[test]
fn markdown_of_failed_runs() {
    insta::assert_snapshot!(rendered(&failed()).0);
}

#[test]
fn json_of_failed_runs() {
    insta::assert_snapshot!(rendered(&failed()).1);
}

#[test]
fn no_name_becomes_markup() {
    let hostile =
        "@all #1 |\n- [x](http://y) <img src=x> `a` www.z.org ``` \u{1b}[31m $1$ :+1: &lt;";
    let mut experiment =
        sample::experiment(&[("raw", "Raw", "truncate", 1.5), (hostile, hostile, hostile, 2.4)]);
    experiment.manifest.name = hostile.to_owned();
    experiment.manifest.config = format!("# {hostile}\n```\n</details>\n");
    let text = rendered(&experiment).0;
    insta::assert_snapshot!(text);
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let unescaped = line.replace(r"\|", "");
        assert!(line.ends_with(" |") || line == "| | |", "{line}");
        assert!(
            [3, 4, 5, 6, 7, 8].contains(&unescaped.matches('|').count()),
            "a row is broken: {line}"
        );
    }
}

/// A program finds every cell with its unrounded numbers, and `null` for what there is not.
#[test]
fn json_has_every_cell_and_number() -> Result<(), Box<dyn Error>> {
    for experiment in [sample::of_2010(), failed(), mixed::experiment(6)] {
        let report = Report::new(&experiment);
        let object: serde_json::Value = serde_json::from_str(&json(&report))?;
        assert_eq!(object["schema"], 1);
        let cells = object["cells"].as_array().ok_or("cells")?;
        assert_eq!(cells.len(), report.results.len());
        for (cell, result) in cells.iter().zip(&report.results) {
            assert_eq!(cell["cell"], result.cell.as_str());
            assert_eq!(cell["n"], result.n());
            assert_eq!(cell["unit"], result.metric.unit.as_str());
            let sample = result.sample.as_ref().ok_or("an ok run")?;
            // The reader, not the writer, may be wrong in the last of 17 digits.
            let median = cell["median"].as_f64().ok_or("a median")?;
            assert!((median / sample.median() - 1.0).abs() < 1e-15);
            assert_eq!(cell["verdict"].is_null(), result.comparison.is_none());
            assert_eq!(cell["p"].is_null(), result.p.is_none());
        }
    }
    Ok(())
}
