//! Metrics beside the times of a run.

use reports::{
    compare::{Comparison, Format, Question, Refusal, render},
    record::Experiment,
    stats::Verdict,
};

use crate::mixed;

/// The baseline, and the same with the values of a metric times a factor.
fn with(metric: &str, factor: f64) -> (Experiment, Experiment) {
    let baseline = mixed::experiment(6);
    let mut candidate = baseline.clone();
    for found in candidate.metrics.iter_mut().filter(|of| of.metric.name == metric) {
        found.value *= factor;
    }
    // Two experiments never have the same runs.
    candidate.runs[0].started = "2025-02-01T12:00:00Z".to_owned();
    (baseline, candidate)
}

fn asked(metric: &str) -> Question {
    Question { metric: Some(metric.to_owned()), ..Question::default() }
}

fn verdict_of(comparison: &Comparison, cell: &str) -> Option<Verdict> {
    comparison.cells.iter().find(|of| of.cell == cell).map(|of| of.verdict)
}

#[test]
fn each_cell_is_compared_by_its_own_metric() {
    let (baseline, candidate) = with("write_iops", 0.8);
    let of = |a, b| Comparison::of_experiments(a, b, &Question::default()).expect("compared");
    let comparison = of(&baseline, &candidate);
    assert_eq!((comparison.metric.as_ref(), comparison.cells.len()), (None, 8));
    let fio = |comparison: &Comparison| verdict_of(comparison, "raw/randwrite-4k");
    assert_eq!(fio(&comparison), Some(Verdict::Regressed), "fewer IOPS are worse");
    assert_eq!(fio(&of(&candidate, &baseline)), Some(Verdict::Improved));
    assert_eq!(verdict_of(&comparison, "raw/seqwrite"), Some(Verdict::Equivalent));
    let text = render(&comparison, Format::Text);
    assert!(
        text.starts_with("each cell's own metric compared: candidate over baseline\n"),
        "{text}"
    );
    let line = "\nREGRESSED     raw/randwrite-4k, by write_iops (lower is worse)\n";
    assert!(text.contains(line) && text.is_ascii(), "{text}");
    let csv = render(&comparison, Format::Csv);
    assert!(csv.contains("\nraw/randwrite-4k,raw/randwrite-4k,write_iops,REGRESSED,0.8"), "{csv}");
}

#[test]
fn any_metric_can_be_asked_for() {
    let (baseline, candidate) = with("write_lat_p99_s", 1.5);
    let comparison = Comparison::of_experiments(&baseline, &candidate, &asked("write_lat_p99_s"))
        .expect("compared");
    assert_eq!(verdict_of(&comparison, "qcow2/randread-4k"), Some(Verdict::Regressed));
    let seqwrite = comparison.cells.iter().find(|of| of.cell == "raw/seqwrite").expect("a cell");
    let reason = "no ok run of the baseline has a write_lat_p99_s above 0";
    assert_eq!((seqwrite.ratio, seqwrite.reason.as_deref()), (None, Some(reason)));
    let text = render(&comparison, Format::Text);
    let title = "write_lat_p99_s compared: candidate over baseline; a higher ratio is worse\n";
    assert!(text.starts_with(title), "{text}");
    let (baseline, candidate) = with("write_iops", 0.8);
    let comparison =
        Comparison::of_experiments(&baseline, &candidate, &asked("write_iops")).expect("compared");
    assert!(render(&comparison, Format::Text).contains("; a lower ratio is worse\n"));
}

#[test]
fn a_level_is_compared_by_the_metric_of_its_workload() {
    let experiment = mixed::experiment(6);
    let comparison =
        Comparison::by_factor(&experiment, "image", &Question::default()).expect("compared");
    let verdict = |cell| verdict_of(&comparison, cell);
    // Holm over four comparisons of six blocks puts every verdict but a tie out of reach.
    assert_eq!(verdict("qcow2/randwrite-4k"), Some(Verdict::Inconclusive));
    let ten = Comparison::by_factor(&mixed::experiment(10), "image", &Question::default());
    let ten = ten.expect("compared");
    assert_eq!(verdict_of(&ten, "qcow2/randwrite-4k"), Some(Verdict::Regressed));
    assert_eq!(verdict_of(&ten, "qcow2/randread-4k"), Some(Verdict::Equivalent));
    // Seconds over IOPS mean nothing.
    let across = Comparison::by_factor(&mixed::experiment(10), "workload", &Question::default());
    let message = across.expect_err("refused").to_string();
    for reason in [
        "raw/randwrite-4k: the baseline is measured by workload_s, the candidate by write_iops; \
         choose one with --metric\n",
        "raw/create: the baseline wrote 268435456 bytes, the candidate 0\n",
    ] {
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let (baseline, candidate) = with("write_iops", 0.8);
    let refused = |metric: &str| -> Refusal {
        Comparison::of_experiments(&baseline, &candidate, &asked(metric)).expect_err("refused")
    };
    insta::assert_snapshot!(refused("iops"), @"--metric iops: no run has it; theirs are: workload_s, sync_s, workload_s+sync_s, prepare_s, launch_s, format_s, verify_s, allocated_bytes, apparent_bytes, read_bandwidth, write_iops, write_lat_p50_s, write_lat_p95_s, write_lat_p99_9_s, write_lat_p99_s");
    insta::assert_snapshot!(refused("flush_s"), @"--metric flush_s: neither way of it is better or worse, so there is no verdict; choose another");
}
