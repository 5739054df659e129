//! What a report claims, for experiments of known truth, and that it claims no more.

mod sample;
mod synthetic;

use std::{error::Error, time::Duration};

use proptest::prelude::*;
use reports::{
    record::{Experiment, RunsWriter},
    render::text,
    report::Report,
    stats::Verdict,
    summary::to_csv,
};

/// The report up to the setup, which `report_text` covers.
fn findings(experiment: &Experiment) -> String {
    let text = text(&Report::new(experiment));
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 78), "{text}");
    let (findings, _) = text.split_once("\nSetup\n").expect("a setup");
    let (_, findings) = findings.split_once("Median of").expect("values");
    findings.to_owned()
}

/// The sentences of a report, whatever the line breaks.
fn words(experiment: &Experiment) -> String {
    findings(experiment).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn verdicts(experiment: &Experiment) -> Vec<Option<Verdict>> {
    let standings = Report::new(experiment).ranking.standings;
    standings.iter().map(|of| of.comparison.as_ref().map(|found| found.verdict)).collect()
}

/// The column of p in the comparisons.
fn printed_p(experiment: &Experiment) -> Vec<String> {
    let table = Report::new(experiment).comparisons.table;
    let at = table.columns.iter().position(|column| column.title == "adj. p").expect("a column");
    table.rows.iter().map(|row| row[at].clone()).collect()
}

#[test]
fn one_run() {
    insta::assert_snapshot!(findings(&synthetic::four(1)));
}

#[test]
fn three_runs() {
    insta::assert_snapshot!(findings(&synthetic::four(3)));
}

#[test]
fn six_runs_of_two_cells() {
    insta::assert_snapshot!(findings(&synthetic::two(1.10, 6)));
}

#[test]
fn six_runs_of_four_cells() {
    insta::assert_snapshot!(findings(&synthetic::four(6)));
}

#[test]
fn ten_runs() {
    insta::assert_snapshot!(findings(&synthetic::four(10)));
}

/// The truth of `four`: alike, 1.51 times, and 1.04 times, which is less than counts.
#[test]
fn effects_of_known_size_are_found_with_enough_runs_only() {
    use Verdict::{Equivalent, Inconclusive, Regressed};
    for (runs, found) in [
        (1, [Inconclusive, Inconclusive, Inconclusive]),
        (3, [Inconclusive, Inconclusive, Inconclusive]),
        // Equivalence rests on an interval of its own; a difference needs 7 blocks.
        (6, [Equivalent, Inconclusive, Inconclusive]),
        (10, [Equivalent, Regressed, Equivalent]),
    ] {
        let verdicts = verdicts(&synthetic::four(runs));
        assert_eq!(verdicts[0], None, "the control");
        assert_eq!(verdicts[1..], found.map(Some), "{runs} runs");
    }
    assert_eq!(verdicts(&synthetic::two(1.10, 6))[1], Some(Regressed));
    assert_eq!(verdicts(&synthetic::two(0.90, 6))[1], Some(Verdict::Improved));
    assert_eq!(verdicts(&synthetic::two(1.0, 6))[1], Some(Equivalent));
}

#[test]
fn no_p_is_printed_that_could_not_have_been_small() {
    for runs in 1..=9 {
        for (cells, experiment) in [(2, synthetic::two(1.5, runs)), (4, synthetic::four(runs))] {
            let out_of_reach = 2.0 / f64::from(1 << runs) * f64::from(cells - 1) >= 0.05;
            for p in printed_p(&experiment) {
                assert_eq!(p == "-", out_of_reach, "{cells} cells, {runs} runs: {p}");
            }
            let report = Report::new(&experiment);
            let csv = to_csv(&report.summaries, &report.ranking).expect("a summary");
            let mut csv = csv::Reader::from_reader(csv.as_bytes());
            let at = csv.headers().expect("a header").iter().position(|of| of == "p_adjusted");
            for row in csv.records().skip(1) {
                let p = row.expect("a row")[at.expect("a column")].to_owned();
                assert_eq!(p.is_empty(), out_of_reach, "{cells} cells, {runs} runs: {p}");
            }
            let pairs = f64::from(cells * (cells - 1) / 2);
            let no_letters = 2.0 / f64::from(1 << runs) * pairs >= 0.05;
            let lettered = report.values.columns.iter().any(|column| column.title == "letters");
            assert_eq!(!lettered, no_letters, "{cells} cells, {runs} runs");
        }
    }
}

#[test]
fn large_ratios_of_few_runs_are_an_estimate_with_a_caveat() {
    let words = words(&synthetic::two(15.0, 3));
    assert!(words.contains(" INCONCLUSIVE - qcow2: INCONCLUSIVE: n=3 cannot reach p < 0.05 (the"));
    assert!(words.contains("every run was slower than every run of the control. The ratio is"));
    assert!(!words.contains("REGRESSED"));
}

#[test]
fn a_tie_at_the_transport_floor_is_not_equivalence() {
    let at_floor = |ratio| {
        let mut experiment = synthetic::two(ratio, 6);
        for run in &mut experiment.runs {
            run.clock_block_write_s = Some(Duration::from_millis(40));
            run.clock_block_write_bytes = Some(1 << 20);
        }
        experiment
    };
    assert_eq!(verdicts(&at_floor(1.0))[1], Some(Verdict::Inconclusive));
    assert_eq!(verdicts(&at_floor(1.1))[1], Some(Verdict::Regressed), "a difference stands");
    insta::assert_snapshot!(findings(&at_floor(1.0)));

    // One cell above the floor: the tie is not the channel's.
    let mut one = at_floor(1.0);
    for run in one.runs.iter_mut().filter(|run| run.cell == "raw") {
        run.clock_block_write_s = run.workload_s;
        run.clock_block_write_bytes = Some(run.bytes);
    }
    assert_eq!(verdicts(&one)[1], Some(Verdict::Equivalent));
    assert!(words(&one).contains("TRANSPORT FLOOR (qcow2): of the clock, at most 2.0 % went"));
}

#[test]
fn the_floor_advises_what_is_not_done_yet() {
    let mut experiment = synthetic::two(1.0, 6);
    for run in &mut experiment.runs {
        run.clock_block_write_s = run.clock_block_write_s.map(|of| of / 8);
    }
    let synced = words(&experiment);
    assert!(synced.contains("To measure the images, run under KVM: under tcg the"), "{synced}");
    for run in &mut experiment.runs {
        run.accel = "kvm".to_owned();
    }
    let kvm = words(&experiment);
    assert!(kvm.contains("To measure the images, write inside the guest, past the channel."));
}

#[test]
fn without_block_statistics_the_floor_is_not_known() {
    let mut experiment = synthetic::two(1.0, 6);
    for run in &mut experiment.runs {
        run.clock_block_write_s = None;
        run.clock_block_write_bytes = None;
    }
    assert!(words(&experiment).contains("QEMU's block statistics were not recorded: whether"));
}

/// Report and summary of these rows in this order, by way of the files.
fn from_rows(order: &[usize]) -> Result<(String, String), Box<dyn Error>> {
    let mut experiment = synthetic::four(3);
    experiment.runs[4] =
        sample::unsuccessful(&experiment.runs[4], reports::record::Status::Failed, "no");
    let directory = tempfile::tempdir()?;
    experiment.manifest.write(&directory.path().join("experiment.toml"))?;
    let mut rows = RunsWriter::create(&directory.path().join("runs.csv"))?;
    for &at in order {
        rows.append(&experiment.runs[at])?;
    }
    let report = Report::new(&Experiment::load(directory.path())?);
    Ok((text(&report), to_csv(&report.summaries, &report.ranking)?))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_order_of_rows_does_not_matter(
        order in Just((0..12).collect::<Vec<usize>>()).prop_shuffle()
    ) {
        let read = |order: &[usize]| from_rows(order).map_err(|e| TestCaseError::fail(e.to_string()));
        prop_assert_eq!(read(&order)?, read(&(0..12).collect::<Vec<_>>())?);
    }
}
