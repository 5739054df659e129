//! One experiment by a factor.

use reports::{
    compare::{Comparison, Format, Question, Refusal, render},
    record::{Experiment, Status},
    stats::Verdict,
};

use crate::{
    noisy::{CELLS, experiment, factor},
    sample,
};

fn by(experiment: &Experiment, factor: &str) -> Result<Comparison, Refusal> {
    Comparison::by_factor(experiment, factor, &Question::default())
}

/// Two images under two workloads: 4 cells.
fn two_factors(runs: u32) -> Experiment {
    let cells = [("raw/seq", 1.0), ("qcow2/seq", 1.3), ("raw/rand", 2.0), ("qcow2/rand", 2.0)];
    let mut experiment = experiment("two", &cells, runs, 0.01, 3);
    for cell in &mut experiment.manifest.cells {
        let (image, workload) = cell.name.split_once('/').expect("two levels");
        cell.factors = vec![factor("image", image), factor("workload", workload)];
    }
    experiment
}

#[test]
fn each_level_is_set_against_the_controls() {
    let comparison = by(&experiment("one", &CELLS, 8, 0.01, 3), "image").expect("compared");
    let text = render(&comparison, Format::Text);
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 78), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn cells_agree_on_all_other_factors() {
    let comparison = by(&two_factors(8), "image").expect("compared");
    let cells: Vec<_> = comparison
        .cells
        .iter()
        .map(|cell| (cell.cell.as_str(), cell.baseline_cell.as_str(), cell.verdict))
        .collect();
    assert_eq!(
        cells,
        [
            ("qcow2/seq", "raw/seq", Verdict::Regressed),
            ("qcow2/rand", "raw/rand", Verdict::Equivalent)
        ]
    );
    assert_eq!(comparison.cells[0].n_baseline, 8);
    let comparison = by(&two_factors(8), "workload").expect("compared");
    let cells: Vec<_> = comparison.cells.iter().map(|cell| cell.baseline_cell.as_str()).collect();
    assert_eq!(cells, ["raw/seq", "qcow2/seq"]);
}

/// A slow drift of the machine, ten times the difference, cancels in each block.
#[test]
fn drift_cancels() {
    let mut experiment = experiment("drift", &[("raw", 1.0), ("qcow2", 1.1)], 10, 0.005, 3);
    for run in &mut experiment.runs {
        run.workload_s = run.workload_s.map(|time| time.mul_f64(1.0 + 0.1 * f64::from(run.block)));
    }
    let comparison = by(&experiment, "image").expect("compared");
    assert_eq!(comparison.cells[0].verdict, Verdict::Regressed);
    assert!(comparison.cells[0].ratio.is_some_and(|ratio| (ratio - 1.1).abs() < 0.01));
}

#[test]
fn a_block_without_a_partner_is_left_out_and_said() {
    let mut experiment = experiment("one", &[("raw", 1.0), ("qcow2", 1.1)], 8, 0.01, 3);
    experiment.runs[0] = sample::unsuccessful(&experiment.runs[0], Status::Failed, "killed");
    let comparison = by(&experiment, "image").expect("compared");
    let cell = &comparison.cells[0];
    assert_eq!((cell.n_baseline, cell.n_candidate, cell.incomplete_blocks), (7, 7, 1));
    assert_eq!((cell.baseline.failed, cell.candidate.failed), (1, 0));
    let text = render(&comparison, Format::Text);
    assert!(text.contains("- of 8 runs of the baseline 1 failed"), "{text}");
    assert!(text.contains("- 1 block left out: only one run of the pair can be used"), "{text}");
}

#[test]
fn without_a_block_of_both_there_is_no_ratio() {
    let mut experiment = experiment("one", &[("raw", 1.0), ("qcow2", 1.1)], 2, 0.01, 3);
    experiment.runs.retain(|run| (run.block == 1) == (run.cell == "raw"));
    let cell = by(&experiment, "image").expect("compared").cells.remove(0);
    assert_eq!((cell.n_baseline, cell.n_candidate, cell.incomplete_blocks), (0, 0, 2));
    assert_eq!(cell.reason.as_deref(), Some("no block has a workload_s of both runs"));
}

/// A tie that the channel forced says nothing of the images; that nothing changed since, it does say.
#[test]
fn a_tie_at_the_transport_floor_is_the_floors() {
    let floored = |name, seed| {
        let mut experiment = experiment(name, &[("raw", 1.0), ("qcow2", 1.0)], 8, 0.01, seed);
        for run in &mut experiment.runs {
            run.clock_block_write_s = run.workload_s.map(|time| time / 20);
        }
        experiment
    };
    let cell = by(&floored("a", 3), "image").expect("compared").cells.remove(0);
    assert_eq!((cell.verdict, cell.at_floor), (Verdict::Inconclusive, true));
    assert!(cell.reason.is_some_and(|reason| reason.contains("transport floor")));
    let question = Question::default();
    let comparison = Comparison::of_experiments(&floored("a", 3), &floored("b", 4), &question);
    let comparison = comparison.expect("compared");
    assert_eq!(comparison.count(Verdict::Equivalent), 2);
    let text = render(&comparison, Format::Text);
    assert!(text.contains("- at the transport floor: the clock saw too little"), "{text}");
}

#[test]
fn a_cell_without_partner_is_listed() {
    let mut experiment = two_factors(6);
    experiment.manifest.cells.remove(2);
    let comparison = by(&experiment, "image").expect("compared");
    assert_eq!(comparison.cells.len(), 1);
    let listed = &comparison.not_compared[0];
    assert_eq!(listed.cell, "qcow2/rand");
    assert_eq!(listed.reason.to_string(), "no cell differs from it only in image = raw");
}

#[test]
fn factors_that_say_nothing_are_refused() {
    let experiment = experiment("one", &CELLS, 3, 0.01, 3);
    let refused = |factor: &str| by(&experiment, factor).expect_err("refused").to_string();
    insta::assert_snapshot!(refused("cache"), @"--by cache: the cells have no such factor; theirs are: image, workload");
    insta::assert_snapshot!(refused("workload"), @"--by workload: every cell has the level 'seqwrite', so there is nothing to compare it with; choose another factor");
}
