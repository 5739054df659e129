//! What makes numbers doubtful is warned of, with the figures, and what does not is not.

mod sample;
mod synthetic;

use std::time::Duration;

use reports::{
    record::{Experiment, Status},
    report::Report,
};

fn warnings(experiment: &Experiment) -> Vec<String> {
    Report::new(experiment).warnings
}

/// Multiplies the time of the runs chosen.
fn slow(experiment: &mut Experiment, factor: impl Fn(&reports::record::Record) -> f64) {
    for run in &mut experiment.runs {
        let seconds = run.workload_s.map_or(0.0, |time| time.as_secs_f64());
        run.workload_s = Some(Duration::from_secs_f64(seconds * factor(run)));
    }
}

/// Without the labels of single runs, which chance alone gives now and then.
fn but_outliers(experiment: &Experiment) -> Vec<String> {
    let mut warnings = warnings(experiment);
    warnings.retain(|warning| !warning.starts_with("Far from the median"));
    warnings
}

#[test]
fn a_good_experiment_has_none() {
    assert_eq!(but_outliers(&synthetic::four(10)), [""; 0]);
    assert_eq!(but_outliers(&synthetic::four(3)), [""; 0]);
    assert_eq!(but_outliers(&synthetic::four(1)), [""; 0]);
}

#[test]
fn drift_from_block_to_block() {
    let mut experiment = synthetic::four(6);
    slow(&mut experiment, |run| 1.0 + 0.02 * f64::from(run.block));
    insta::assert_snapshot!(but_outliers(&experiment).join("\n"));
    let mut experiment = synthetic::four(6);
    slow(&mut experiment, |run| 1.2 - 0.02 * f64::from(run.block));
    assert!(but_outliers(&experiment)[0].starts_with("Drift: the times fall with the block"));
}

#[test]
fn order_inside_a_block() {
    let mut experiment = synthetic::four(8);
    slow(&mut experiment, |run| 1.0 + 0.03 * f64::from(run.position));
    insta::assert_snapshot!(but_outliers(&experiment).join("\n"));
}

/// Of experiments without drift, about one in a hundred is warned of, for each of the two trends.
#[test]
fn steady_experiments_are_rarely_called_drifting() {
    let cells = [("a", 1.0, 0.02), ("b", 2.0, 0.02), ("c", 3.0, 0.02)];
    let drifting = |seed: &u64| {
        let warnings = but_outliers(&synthetic::experiment(&cells, 6, *seed));
        warnings.iter().any(|of| of.starts_with("Drift") || of.starts_with("Order"))
    };
    let alarms = (0..200).filter(drifting).count();
    assert!(alarms <= 10, "{alarms} of 200");
}

#[test]
fn a_busy_machine() {
    let mut experiment = synthetic::four(3);
    experiment.runs[2].steal_percent = Some(3.5);
    for run in &mut experiment.runs[4..6] {
        run.other_cpu_percent = Some(50.9);
        run.load_1m = Some(3.2);
        run.cpu_pressure_percent = Some(64.0);
    }
    // Its own writes explain 80 % of the first, and nothing of the second.
    experiment.runs[7].io_pressure_percent = Some(95.0);
    experiment.runs[8].io_pressure_percent = Some(95.0);
    experiment.runs[8].clock_block_write_s = None;
    insta::assert_snapshot!(warnings(&experiment).join("\n"));
}

#[test]
fn another_imgbench_on_the_host() {
    let mut experiment = synthetic::four(3);
    for run in &mut experiment.runs[3..5] {
        run.disturbed_by = "imgbench run other.toml (pid 4321)".to_owned();
    }
    insta::assert_snapshot!(warnings(&experiment).join("\n"));
}

#[test]
fn at_the_thresholds_the_machine_is_not_busy() {
    let mut experiment = synthetic::four(3);
    for run in &mut experiment.runs {
        run.steal_percent = Some(2.0);
        run.other_cpu_percent = Some(10.0);
        run.load_1m = Some(2.0);
        run.cpu_pressure_percent = Some(20.0);
        run.io_pressure_percent = Some(99.0); // 80 % of which are our own writes.
    }
    assert_eq!(warnings(&experiment), [""; 0]);
    experiment.manifest.provenance.cpus = 0;
    experiment.runs[0].load_1m = Some(100.0);
    assert_eq!(warnings(&experiment), [""; 0], "of unknown CPUs no load is too high");
}

#[test]
fn runs_that_are_not_ok_and_blocks_without_a_partner() {
    let mut experiment = synthetic::four(10);
    for (at, status) in [(0, Status::Failed), (21, Status::Timeout)] {
        experiment.runs[at] = sample::unsuccessful(&experiment.runs[at], status, "no");
    }
    insta::assert_snapshot!(but_outliers(&experiment).join("\n"));
}

#[test]
fn unusual_spread() {
    let cells = [("raw", 2.0, 0.01), ("falloc", 2.0, 0.01), ("qcow2", 2.0, 0.2)];
    let warnings = but_outliers(&synthetic::experiment(&cells, 8, 3));
    assert_eq!(warnings.len(), 1);
    insta::assert_snapshot!(warnings[0]);
}

#[test]
fn an_outlier_is_named_and_kept() {
    let mut experiment = synthetic::two(1.0, 10);
    slow(&mut experiment, |run| if run.run == 7 { 1.5 } else { 1.0 });
    let report = Report::new(&experiment);
    let warning = report.warnings.join("\n");
    assert!(warning.contains("(outside Tukey's fences): run 7 (qcow2, +49.4 %)."), "{warning}");
    assert_eq!(report.summaries[1].n(), 10);
}
