//! Every format, in the situations that comparisons get into.

use reports::{
    compare::{Comparison, Format, Question, render},
    record::{Experiment, Status},
};

use crate::{
    noisy::{CELLS, experiment},
    sample,
};

fn compared(baseline: &Experiment, candidate: &Experiment) -> Comparison {
    let question = Question { across_environments: true, ..Question::default() };
    Comparison::of_experiments(baseline, candidate, &question).expect("compared")
}

/// Something of each verdict but INCONCLUSIVE, under a newer QEMU.
fn usual() -> Comparison {
    let mut changed = CELLS;
    changed[2].1 *= 1.12;
    changed[3].1 *= 0.85;
    let baseline = experiment("monday", &CELLS, 6, 0.01, 1);
    let mut candidate = experiment("tuesday", &changed, 6, 0.01, 2);
    candidate.manifest.provenance.qemu = "QEMU emulator version 8.0.0".to_owned();
    compared(&baseline, &candidate)
}

/// Runs that failed, were not done, or are alone; cells that only one side has.
fn incomplete() -> Comparison {
    let baseline = experiment("monday", &CELLS[..3], 6, 0.01, 1);
    let mut candidate = experiment("tuesday", &CELLS[1..], 6, 0.01, 2);
    let killed = "qemu-system-x86_64: terminated by signal 9 (Killed)";
    for run in &mut candidate.runs {
        if run.cell == "fallocated-raw" && run.block > 1 {
            *run = sample::unsuccessful(run, Status::Failed, killed);
        } else if run.cell == "sparse-qcow2" {
            *run = sample::unsuccessful(run, Status::Timeout, "launch took longer than 5min");
        }
    }
    candidate.runs.pop();
    candidate.warnings.push("runs.csv:19: the last line is cut short.".to_owned());
    compared(&baseline, &candidate)
}

/// Other machines, few runs, no measurement.
fn across() -> Comparison {
    let mut baseline = experiment("here", &CELLS[..2], 3, 0.01, 1);
    let mut candidate = experiment("there", &CELLS[..2], 3, 0.01, 2);
    candidate.manifest.provenance.cpu = "AMD EPYC 7763".to_owned();
    candidate.manifest.provenance.filesystem = "xfs".to_owned();
    for run in baseline.runs.iter_mut().chain(&mut candidate.runs) {
        run.accel = "simulated".to_owned();
    }
    compared(&baseline, &candidate)
}

fn hostile() -> Comparison {
    let long = "qcow2-with-preallocated-metadata-and-extended-l2-entries/sequential-write-in-2M-\
                chunks/cache=none";
    let cells =
        [("<b>a|b`\u{202e}*_[x](http://y)\u{1b}[31m\n# z,\"", 1.0), (long, 1.0), ("画像", 1.0)];
    let mut baseline = experiment("a|b", &cells, 4, 0.01, 1);
    baseline.manifest.name = "na\nme|".to_owned();
    let mut candidate = experiment("b", &cells, 4, 0.01, 2);
    candidate.manifest.provenance.qemu = "=cmd|'x'\u{1b}[0m".to_owned();
    candidate.manifest.provenance.cpu = "a|b".to_owned();
    compared(&baseline, &candidate)
}

fn text(comparison: &Comparison) -> String {
    let text = render(comparison, Format::Text);
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"));
    assert!(text.lines().all(|line| line.trim_end() == line), "space at the end of a line");
    let too_long = text.lines().find(|line| line.chars().count() > 78);
    assert_eq!(too_long, None);
    text
}

#[test]
fn text_of_each() {
    for (name, comparison) in
        [("usual", usual()), ("incomplete", incomplete()), ("across", across())]
    {
        let text = text(&comparison);
        assert!(text.is_ascii(), "{text}");
        insta::assert_snapshot!(format!("text_{name}"), text);
    }
    let text = text(&hostile());
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    insta::assert_snapshot!("text_hostile", text);
}

#[test]
fn markdown_of_each() {
    for (name, comparison) in [
        ("usual", usual()),
        ("incomplete", incomplete()),
        ("across", across()),
        ("hostile", hostile()),
    ] {
        let text = render(&comparison, Format::Markdown);
        let table: Vec<_> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(table.len(), 2 + comparison.cells.len());
        for row in table {
            let bars = row.replace(r"\|", "").matches('|').count();
            assert_eq!(bars, 9, "{row}");
        }
        insta::assert_snapshot!(format!("markdown_{name}"), text);
    }
}

/// Long fractions cut after 6 digits: the last ones are the mathematical library's own.
fn short(text: &str) -> String {
    let mut kept = String::new();
    let mut decimals = None;
    for character in text.chars() {
        decimals = match (character, decimals) {
            ('.', _) => Some(0),
            (digit, Some(count)) if digit.is_ascii_digit() => Some(count + 1),
            _ => None,
        };
        if decimals.is_none_or(|count| count <= 6) {
            kept.push(character);
        }
    }
    kept
}

#[test]
fn csv_of_each() {
    for (name, comparison) in
        [("usual", usual()), ("incomplete", incomplete()), ("across", across())]
    {
        insta::assert_snapshot!(format!("csv_{name}"), short(&render(&comparison, Format::Csv)));
    }
    for comparison in [usual(), incomplete(), across(), hostile()] {
        let text = render(&comparison, Format::Csv);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let columns = reader.headers().expect("a header").clone();
        let rows: Vec<_> = reader.records().collect::<Result<_, _>>().expect("rows of one width");
        assert_eq!(rows.len(), comparison.cells.len() + comparison.not_compared.len());
        for (row, cell) in rows.iter().zip(&comparison.cells) {
            assert_eq!(row.get(0), Some(cell.cell.as_str()));
        }
        for (row, cell) in rows[comparison.cells.len()..].iter().zip(&comparison.not_compared) {
            let value = |name| columns.iter().position(|column| column == name).map(|at| &row[at]);
            assert_eq!(value("cell"), Some(cell.cell.as_str()));
            assert_eq!(value("verdict"), Some("NOT COMPARED"));
            assert_eq!(value("reason"), Some(cell.reason.to_string().as_str()));
        }
    }
}

#[test]
fn json_of_each() {
    for (name, comparison) in
        [("usual", usual()), ("incomplete", incomplete()), ("across", across())]
    {
        insta::assert_snapshot!(format!("json_{name}"), short(&render(&comparison, Format::Json)));
    }
}

#[test]
fn json_says_what_was_compared() {
    for comparison in [usual(), incomplete(), across(), hostile()] {
        let text = render(&comparison, Format::Json);
        let object: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(object["schema"], 1);
        assert_eq!(object["threshold"], 0.05);
        let cells = object["cells"].as_array().expect("an array");
        assert_eq!(cells.len(), comparison.cells.len());
        for (read, cell) in cells.iter().zip(&comparison.cells) {
            assert_eq!(read["cell"], cell.cell.as_str());
            assert_eq!(read["verdict"], cell.verdict.to_string());
            assert_eq!(read["n_baseline"], cell.n_baseline);
            assert_eq!(read["n_candidate"], cell.n_candidate);
            // Every digit survives; what does not exist is there, and null.
            let numbers = [
                ("ratio", cell.ratio),
                ("ci_low", cell.interval.map(|ends| ends.low)),
                ("ci_high", cell.interval.map(|ends| ends.high)),
                ("ci_level", cell.interval.map(|ends| ends.level)),
                ("p", cell.p),
                ("mde", cell.mde),
            ];
            for (key, number) in numbers {
                assert!(read.get(key).is_some(), "{key}");
                let read = read[key].as_f64();
                let same = read.zip(number).map(|(a, b)| (a / b - 1.0).abs() < 1e-12);
                assert_eq!((read.is_some(), same.unwrap_or(true)), (number.is_some(), true));
            }
        }
    }
}
