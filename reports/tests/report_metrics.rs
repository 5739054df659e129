//! Experiments whose cells have controls and metrics of their own.

mod mixed;
mod sample;

use std::error::Error;

use reports::{
    ranking::WhyNot,
    record::{Direction, Experiment, Measurement, Metric, MetricRecord, MetricsWriter, RunsWriter},
    render::text,
    report::Report,
    stats::Verdict,
    summary::to_csv,
};

/// Every cell with what its comparison came to.
fn verdicts(report: &Report) -> Vec<(&str, Option<Verdict>)> {
    let verdict = |at: usize| report.ranking.standings[at].comparison.as_ref().map(|of| of.verdict);
    let cells = report.summaries.iter().enumerate();
    cells.map(|(at, of)| (of.cell.as_str(), verdict(at))).collect()
}

#[test]
fn each_cell_is_judged_against_its_own_control_in_its_own_direction() {
    let report = Report::new(&mixed::experiment(10));
    assert_eq!(
        verdicts(&report),
        [
            ("raw/seqwrite", None),
            ("qcow2/seqwrite", Some(Verdict::Regressed)),
            ("raw/randwrite-4k", None),
            ("qcow2/randwrite-4k", Some(Verdict::Regressed)),
            ("raw/randread-4k", None),
            ("qcow2/randread-4k", Some(Verdict::Equivalent)),
            ("raw/create", None),
            ("qcow2/create", Some(Verdict::Regressed)),
        ]
    );
    let ratio = report.summaries[3].ratio.expect("a ratio");
    assert!((0.6..0.7).contains(&ratio), "candidate over baseline, whatever is worse: {ratio}");
    let controls: Vec<&str> = report.summaries.iter().map(|of| of.control.as_str()).collect();
    assert_eq!(controls[2..4], ["raw/randwrite-4k", "raw/randwrite-4k"]);
}

#[test]
fn the_family_is_all_comparisons_of_the_experiment() {
    let report = Report::new(&mixed::experiment(10));
    let comparison = report.ranking.standings[1].comparison.as_ref().expect("a comparison");
    // 2/2^10 is the smallest p of 10 blocks; Holm over the four comparisons with a control.
    assert!((comparison.smallest_p - 4.0 * 2.0 / 1024.0).abs() < 1e-12);
    assert_eq!((report.ranking.pairs.compared, report.ranking.pairs.groups), (4, 4));
}

#[test]
fn letters_stay_inside_a_group() {
    let report = Report::new(&mixed::experiment(10));
    let letters: Vec<_> = report.ranking.standings.iter().map(|of| of.letters.as_deref()).collect();
    // Of the throughputs the smaller median, qcow2's, has the first letter.
    let expected = ["a", "b", "b", "a", "a", "a", "a", "b"].map(Some);
    assert_eq!(letters, expected);
}

#[test]
fn a_run_without_a_value_is_named() {
    let mut experiment = mixed::experiment(10);
    let run =
        experiment.runs.iter().find(|run| run.cell == "qcow2/randwrite-4k").expect("a run").run;
    experiment.metrics.retain(|of| of.run != run);
    let report = Report::new(&experiment);
    assert_eq!((report.summaries[3].n(), &report.summaries[3].missing[..]), (9, &[run][..]));
    let warning = format!(
        "qcow2/randwrite-4k: 1 ok run without a value of write_iops above 0 (run {run}): they enter \
         no median and no ratio."
    );
    assert!(report.warnings.contains(&warning), "{:?}", report.warnings);
}

#[test]
fn other_metrics_are_not_compared() {
    let mut experiment = mixed::experiment(10);
    experiment.manifest.cells[3].control = "raw/seqwrite".to_owned();
    experiment.manifest.cells[5].metric = Metric::new("read_lat_p50_s", "s", Direction::Neither);
    experiment.manifest.cells[4].metric = experiment.manifest.cells[5].metric.clone();
    let report = Report::new(&experiment);
    let standings = &report.ranking.standings;
    assert_eq!(standings[3].why_not, Some(WhyNot::OtherMetric));
    assert_eq!((standings[3].comparison.as_ref(), report.summaries[3].ratio), (None, None));
    assert_eq!(standings[5].why_not, Some(WhyNot::NoDirection));
    for warning in [
        "qcow2/randwrite-4k: not compared, since the control is measured by another metric. Give \
         each workload a control of its own.",
        "qcow2/randread-4k: not compared, since neither way of the metric is better or worse.",
    ] {
        assert!(report.warnings.iter().any(|of| of == warning), "{:?}", report.warnings);
    }
}

#[test]
fn no_guest_is_no_other_accelerator() {
    let setup = |experiment: &Experiment| Report::new(experiment).setup[0].1.clone();
    let mut experiment = mixed::experiment(3);
    assert!(setup(&experiment).ends_with("under KVM. For some cells no guest was booted."));
    assert_eq!(mixed(&experiment), None, "they are not compared with each other");
    for run in experiment.runs.iter_mut().filter(|run| run.cell == "qcow2/seqwrite") {
        run.accel = "none".to_owned();
    }
    assert_eq!(
        mixed(&experiment).as_deref(),
        Some("The runs used different accelerators (none, tcg): their times must not be compared.")
    );
    for run in &mut experiment.runs {
        run.accel = "none".to_owned();
    }
    assert_eq!(setup(&experiment), "none: no guest was booted.");
}

fn mixed(experiment: &Experiment) -> Option<String> {
    let warnings = Report::new(experiment).warnings;
    warnings.into_iter().find(|warning| warning.contains("accelerators"))
}

#[test]
fn only_the_channel_has_a_floor() {
    let mut experiment = mixed::experiment(10);
    for run in &mut experiment.runs {
        run.clock_block_write_s = run.clock_block_write_s.map(|of| of / 100);
    }
    let report = Report::new(&experiment);
    let at_floor: Vec<bool> = report.summaries.iter().map(|of| of.at_floor()).collect();
    assert_eq!(at_floor, [true, true, false, false, false, false, false, false]);
    assert_eq!(verdicts(&report)[5].1, Some(Verdict::Equivalent), "fio writes inside the guest");
}

/// Forty cells of a group have letters, forty-one have none.
#[test]
fn large_groups_have_no_letters() {
    let lettered = |cells: usize| {
        let names: Vec<String> = (0..cells).map(|n| format!("image-{n}")).collect();
        let cells: Vec<_> = names.iter().map(|name| (name.as_str(), "", "cmd", 2.0)).collect();
        let mut experiment = sample::experiment(&cells);
        experiment.manifest = sample::manifest(experiment.manifest.cells, 15);
        experiment.runs.clear();
        let plan: Vec<_> = experiment
            .manifest
            .planned_runs()
            .into_iter()
            .map(|(b, p, c)| (b, p, c.to_owned()))
            .collect();
        for (run, (block, position, cell)) in (1u32..).zip(plan) {
            experiment.runs.push(sample::record(run, block, position, &cell, 2.0));
        }
        Report::new(&experiment)
    };
    let few = lettered(40);
    assert_eq!((few.ranking.pairs.compared, few.ranking.pairs.too_many), (780, 0));
    assert!(few.ranking.standings.iter().all(|of| of.letters.as_deref() == Some("a")));
    let many = lettered(41);
    assert_eq!((many.ranking.pairs.compared, many.ranking.pairs.too_many), (0, 41));
    assert!(many.ranking.standings.iter().all(|of| of.letters.is_none()));
    let said = "There are no group letters for 41 cells that share their control with more than 39 \
                others: so many cannot be told apart.";
    assert!(many.reading.iter().any(|of| of == said), "{:?}", many.reading);
}

#[test]
fn the_summary_has_each_value_in_its_own_unit() -> Result<(), Box<dyn Error>> {
    let report = Report::new(&mixed::experiment(3));
    let csv = to_csv(&report.summaries, &report.ranking)?;
    let mut csv = csv::Reader::from_reader(csv.as_bytes());
    let names = csv.headers()?.clone();
    let row = csv.records().nth(3).ok_or("no fourth row")??;
    let value = |column: &str| names.iter().position(|name| name == column).map(|at| &row[at]);
    let columns =
        ["cell", "metric", "unit", "worse", "median", "median_s", "control", "factor_image"];
    assert_eq!(
        columns.map(value).map(|of| of.expect("a column")),
        [
            "qcow2/randwrite-4k",
            "write_iops",
            "1/s",
            "lower",
            "5058.08",
            "",
            "raw/randwrite-4k",
            "qcow2"
        ]
    );
    Ok(())
}

/// By way of the files everything is as it was.
#[test]
fn metrics_and_controls_survive_the_files() -> Result<(), Box<dyn Error>> {
    let experiment = mixed::experiment(2);
    let directory = tempfile::tempdir()?;
    experiment.manifest.write(&directory.path().join("experiment.toml"))?;
    let mut runs = RunsWriter::create(&directory.path().join("runs.csv"))?;
    let mut metrics = MetricsWriter::create(&directory.path().join("metrics.csv"))?;
    for run in &experiment.runs {
        let of_run = experiment.metrics.iter().filter(|of| of.run == run.run);
        let values: Vec<_> =
            of_run.map(|of| Measurement { metric: of.metric.clone(), value: of.value }).collect();
        metrics.append(run.run, &run.cell, &values)?;
        runs.append(run)?;
    }
    let read = Experiment::load(directory.path())?;
    assert_eq!((&read.manifest, &read.metrics), (&experiment.manifest, &experiment.metrics));
    assert_eq!(Report::new(&read).summaries, Report::new(&experiment).summaries);
    Ok(())
}

/// The report up to the setup, which `report_text` covers.
#[test]
fn workloads_of_every_kind() {
    let text = text(&Report::new(&mixed::experiment(10)));
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 78), "{text}");
    let (findings, _) = text.split_once("\nWhere the time went\n").expect("phases");
    insta::assert_snapshot!(findings);
}

/// The calls of the cells that have them, beside the guest's requests; a dash for the others.
#[test]
fn the_hosts_calls_stand_beside_the_guests_writes() {
    let mut experiment = mixed::experiment(3);
    let before = text(&Report::new(&experiment));
    assert!(!before.to_lowercase().contains("host calls"), "{before}");
    let runs = experiment.runs.iter().filter(|run| run.cell.ends_with("/seqwrite"));
    let calls = runs.map(|run| MetricRecord {
        run: run.run,
        cell: run.cell.clone(),
        metric: Metric::new("host_write_calls", "", Direction::Neither),
        value: if run.cell.starts_with("raw") { 1055.0 } else { 36075.0 },
    });
    let calls: Vec<_> = calls.collect();
    experiment.metrics.extend(calls);
    let text = text(&Report::new(&experiment));
    let (_, disk) = text.split_once("\nThe disk\n").expect("the disk");
    let (disk, _) = disk.split_once("\nMiB: ").expect("the bytes");
    assert_eq!(text.matches("host_write_calls").count(), 0, "no number of its own: {text}");
    insta::assert_snapshot!(disk);
}
