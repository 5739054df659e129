//! What holds on every database. Each case gets the target of an empty one.

use std::thread;

use reports::{
    history::{ExportFormat, Filter, HistoryError, Kind, NewAnnotation, Outcome, Which},
    record::{Metric, Status},
};

use super::{
    experiments::{
        days, filled, iops, measured, median_of, night, read, series_of, stopped, write,
    },
    sample,
    server::Database,
};

macro_rules! on_both {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $case() {
                let directory = tempfile::tempdir().unwrap();
                super::$case(directory.path().join("new/history.db").to_str().unwrap());
            })+
        }
        mod postgresql {
            $(#[test]
            fn $case() {
                super::$case(&super::Database::create().target);
            })+
        }
    };
}

on_both!(
    an_import_is_there_once,
    what_was_resumed_is_replaced,
    a_copy_taken_earlier_changes_nothing,
    other_values_are_refused,
    a_series_has_medians_and_controls,
    a_cell_may_have_a_metric_and_a_control_of_its_own,
    without_a_control_there_is_none,
    environments_are_not_mixed,
    versions_do_not_part_a_series,
    filters_let_through_what_they_say,
    annotations_are_applied,
    annotations_of_nothing_are_refused,
    a_clock_that_went_back_is_told,
    two_writers_lose_nothing,
    everything_is_exported,
    strange_names_are_kept,
);

fn an_import_is_there_once(target: &str) {
    let mut history = write(target);
    let first = history.import(&night(1)).unwrap();
    let again = history.import(&night(1)).unwrap();
    assert_eq!((first.outcome, again.outcome), (Outcome::New, Outcome::AlreadyThere));
    assert_eq!(first.id, again.id);
    assert_eq!(first.id.len(), 64);
    let mut copied = night(1);
    copied.directory = "elsewhere".into();
    assert_eq!(history.import(&copied).unwrap().outcome, Outcome::AlreadyThere);
    drop(history);

    let nights = read(target).nights(&Filter::default()).unwrap();
    assert_eq!(nights.len(), 1);
    let found = &nights[0];
    assert_eq!((found.planned, found.done, found.ok, found.cells), (12, 12, 12, 2));
    assert_eq!(found.started.to_string(), "2026-11-01T01:30:00.25Z");
    assert_eq!(found.qemu, night(1).manifest.provenance.qemu);
    assert_eq!(
        found.environment,
        "accelerator tcg, CPU Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz, number of CPUs 2, \
         host filesystem ext4"
    );
}

fn what_was_resumed_is_replaced(target: &str) {
    let mut history = write(target);
    let before = history.import(&stopped(1, 5)).unwrap();
    assert_eq!(before.outcome, Outcome::New);
    // The interrupted row is no difference: the same runs are done.
    let mut without = stopped(1, 5);
    without.runs.pop();
    assert_eq!(history.import(&without).unwrap().outcome, Outcome::AlreadyThere);
    assert_eq!(series_of(&mut history, "raw").points[0].n, 2);

    let after = history.import(&night(1)).unwrap();
    assert_eq!((after.outcome, &after.id), (Outcome::Replaced, &before.id));
    assert_eq!(history.nights(&Filter::default()).unwrap().len(), 1);
    let series = series_of(&mut history, "raw");
    assert_eq!((series.points.len(), series.points[0].n), (1, 6));
    assert_eq!(series.points[0].median, median_of(&night(1), "raw"));
    assert_eq!(exported(target).len(), 12);
}

fn a_copy_taken_earlier_changes_nothing(target: &str) {
    let mut history = filled(target, [1]);
    assert_eq!(history.import(&stopped(1, 5)).unwrap().outcome, Outcome::AlreadyThere);
    assert_eq!(exported(target).len(), 12);
}

fn other_values_are_refused(target: &str) {
    let mut history = filled(target, [1]);
    let mut changed = night(1);
    changed.runs[3].workload_s = Some(std::time::Duration::from_secs(9));
    let id = history.import(&night(1)).unwrap().id;
    let refused = history.import(&changed).unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "results/1: experiment {} is in the history with other values and as many runs; one of \
             the two was changed after it was measured; the history was left as it was",
            &id[..12]
        )
    );
    assert_eq!(series_of(&mut history, "raw").points[0].median, median_of(&night(1), "raw"));
}

fn a_series_has_medians_and_controls(target: &str) {
    let mut history = filled(target, [2, 3, 1]);
    let all = history.series(&Filter::default()).unwrap();
    let cells: Vec<&str> = all.iter().map(|series| series.cell.as_str()).collect();
    assert_eq!(cells, ["raw", "sparse-qcow2"]);
    let qcow2 = &all[1];
    assert_eq!(days(qcow2), [1, 2, 3]);
    assert_eq!((&qcow2.metric, qcow2.judged), (&Metric::default(), true));
    for (day, point) in (1..).zip(&qcow2.points) {
        assert_eq!(point.median, median_of(&night(day), "sparse-qcow2"));
        assert_eq!(point.control_median, Some(median_of(&night(day), "raw")));
        assert_eq!((point.n, point.epoch, &point.excluded), (6, 0, &None));
    }
    assert!(
        all[0].points.iter().all(|point| point.control_median.is_none()),
        "no control of itself"
    );
}

fn a_cell_may_have_a_metric_and_a_control_of_its_own(target: &str) {
    let mut experiment = night(1);
    let mut third = experiment.manifest.cells[1].clone();
    third.name = "metadata-qcow2".to_owned();
    third.control = "sparse-qcow2".to_owned();
    for cell in [&mut experiment.manifest.cells[1], &mut third] {
        cell.metric = iops();
    }
    experiment.manifest.order[0].push(third.name.clone());
    experiment.manifest.cells.push(third);
    experiment.runs.push(sample::record(13, 1, 3, "metadata-qcow2", 1.0));
    measured(&mut experiment, "sparse-qcow2", &iops(), &[10.0, 0.0, 30.0, 50.0, 20.0, 40.0]);
    measured(&mut experiment, "metadata-qcow2", &iops(), &[75.0]);
    let mut history = write(target);
    history.import(&experiment).unwrap();

    let judged = series_of(&mut history, "metadata-qcow2");
    assert_eq!((&judged.metric, judged.judged), (&iops(), true));
    let point = &judged.points[0];
    assert_eq!((point.n, point.median, point.control_median), (1, 75.0, Some(25.0)));
    let raw = series_of(&mut history, "raw");
    assert_eq!(raw.metric, Metric::default(), "the seconds of the others are not its metric");
    let sparse = series_of(&mut history, "sparse-qcow2");
    assert_eq!(sparse.points[0].control_median, None, "raw has no iops");

    let count = |history: &mut reports::history::History, which| {
        history.series(&Filter { which, ..Filter::default() }).unwrap().len()
    };
    assert_eq!(count(&mut history, Which::Judged), 3);
    assert_eq!(count(&mut history, Which::All), 5, "seconds of three, iops of two");
    assert_eq!(count(&mut history, Which::Named("workload_s".to_owned())), 3);
}

fn without_a_control_there_is_none(target: &str) {
    let mut experiment = night(1);
    for run in experiment.runs.iter_mut().filter(|run| run.cell == "raw") {
        *run = sample::unsuccessful(run, Status::Failed, "killed");
    }
    let mut history = write(target);
    history.import(&experiment).unwrap();
    let all = history.series(&Filter::default()).unwrap();
    assert_eq!(all.len(), 1, "no ok run, no point");
    let point = &all[0].points[0];
    assert_eq!((point.n, point.control_median), (6, None));
    let nights = history.nights(&Filter::default()).unwrap();
    assert_eq!((nights[0].done, nights[0].ok), (12, 6));
}

fn environments_are_not_mixed(target: &str) {
    let mut history = filled(target, [1, 2]);
    for (day, change) in [(3, 0), (4, 1), (5, 2)] {
        let mut other = night(day);
        let of = &mut other.manifest.provenance;
        match change {
            0 => of.filesystem = "xfs".to_owned(),
            1 => of.cpu = "another".to_owned(),
            _ => other.runs.iter_mut().for_each(|run| run.accel = "kvm".to_owned()),
        }
        history.import(&other).unwrap();
    }
    let mut unbooted = night(6);
    unbooted.runs[0].accel = "none".to_owned();
    history.import(&unbooted).unwrap();
    let filter = Filter { cell: Some("raw".to_owned()), ..Filter::default() };
    let all = history.series(&filter).unwrap();
    let mut lengths: Vec<usize> = all.iter().map(|series| series.points.len()).collect();
    lengths.sort_unstable();
    assert_eq!(lengths, [1, 1, 1, 3], "a cell without a guest is of no other environment");

    let xfs = Filter { environment: Some("*filesystem xfs".to_owned()), ..filter };
    assert_eq!(days(&history.series(&xfs).unwrap()[0]), [3]);
    assert_eq!(history.nights(&xfs).unwrap().len(), 1);
}

fn versions_do_not_part_a_series(target: &str) {
    let mut history = filled(target, [1]);
    let mut newer = night(2);
    newer.manifest.provenance.qemu = "QEMU emulator version 9.0.0".to_owned();
    newer.manifest.provenance.host_kernel = "6.12.0".to_owned();
    newer.manifest.config_sha256 = "0".repeat(64);
    history.import(&newer).unwrap();
    let series = series_of(&mut history, "raw");
    let qemu: Vec<&str> = series.points.iter().map(|point| point.night.qemu.as_str()).collect();
    assert_eq!(qemu, [night(1).manifest.provenance.qemu.as_str(), "QEMU emulator version 9.0.0"]);
    assert_eq!(series.points[1].night.host_kernel, "6.12.0");
}

fn filters_let_through_what_they_say(target: &str) {
    let mut history = filled(target, 1..=6);
    let mut other = night(20);
    other.manifest.name = "nightly".to_owned();
    history.import(&other).unwrap();

    let of = |filter: Filter| Filter { config: Some("default".to_owned()), ..filter };
    let mut found = |filter: Filter| {
        let nights = history.nights(&filter).unwrap().len();
        let series = history.series(&filter).unwrap();
        let points: usize = series.iter().map(|series| series.points.len()).sum();
        (nights, series.len(), points)
    };
    assert_eq!(found(Filter::default()), (7, 4, 14));
    assert_eq!(found(of(Filter::default())), (6, 2, 12));
    assert_eq!(found(of(Filter { last: Some(2), ..Filter::default() })), (2, 2, 4));
    let last = Filter { last: Some(2), ..Filter::default() };
    assert_eq!(found(last), (3, 4, 6), "of each config");
    let since = Some("2026-11-03T01:30:00.25Z".parse().unwrap());
    let until = Some("2026-11-05T01:30:00Z".parse().unwrap());
    assert_eq!(found(Filter { since, until, ..Filter::default() }), (2, 2, 4));
    let qcow2 = Filter { cell: Some("*-qcow2".to_owned()), ..Filter::default() };
    assert_eq!(found(of(qcow2)), (6, 1, 6));
    assert_eq!(found(of(Filter { last: Some(0), ..Filter::default() })), (0, 0, 0));
    let last = Filter { last: Some(2), ..Filter::default() };
    assert_eq!(days(&history.series(&of(last)).unwrap()[0]), [5, 6]);
    let refused = history.series(&Filter { cell: Some("[a".to_owned()), ..Filter::default() });
    assert_eq!(
        refused.unwrap_err().to_string(),
        "'[a' is not a glob: unclosed character class; missing ']'; an example is '*-qcow2'"
    );
}

fn annotation(night: &str, cell: &str, kind: Kind) -> NewAnnotation {
    NewAnnotation {
        night: night.to_owned(),
        cell: cell.to_owned(),
        kind,
        reason: format!("{} said so", kind.as_str()),
        author: "Jane Doe".to_owned(),
    }
}

fn annotations_are_applied(target: &str) {
    let mut history = filled(target, 1..=6);
    let id = history.nights(&Filter::default()).unwrap()[1].id.clone();
    for new in [
        annotation("2026-11-05", "*-qcow2", Kind::Exclude),
        annotation(&id[..8], "*", Kind::Exclude),
        annotation("2026-11-03", "*", Kind::Epoch),
        annotation("2026-11-03", "*", Kind::Epoch),
        annotation(&id, "raw", Kind::Epoch),
        annotation("2026-11-04", "*", Kind::Note),
    ] {
        history.annotate(&new).unwrap();
    }
    drop(history);
    let mut history = read(target);
    let mut seen = |cell| {
        let series = series_of(&mut history, cell);
        let excluded = series.points.iter().filter(|point| point.excluded.is_some());
        let excluded: Vec<u32> = excluded
            .map(|point| point.night.started.strftime("%d").to_string().parse().unwrap())
            .collect();
        (excluded, series.points.iter().map(|point| point.epoch).collect::<Vec<_>>())
    };
    assert_eq!(seen("raw"), (vec![2], vec![0, 1, 2, 2, 2, 2]));
    assert_eq!(seen("sparse-qcow2"), (vec![2, 5], vec![0, 0, 1, 1, 1, 1]));
    let reason = series_of(&mut history, "raw").points[1].excluded.clone();
    assert_eq!(reason.as_deref(), Some("exclude said so"));
    let all = history.annotations().unwrap();
    assert_eq!(all.len(), 6);
    assert_eq!((all[1].night.as_str(), all[1].author.as_str()), (id.as_str(), "Jane Doe"));
}

fn annotations_of_nothing_are_refused(target: &str) {
    let mut history = filled(target, 1..=2);
    let permitted = "permitted are a date such as 2026-11-23, and an experiment's id or the first 8 \
                     digits of it or more, as `imgbench history list` prints them";
    for (night, cell, message) in [
        (
            "2026-12-01",
            "*",
            format!("--night '2026-12-01': no experiment started on that day in UTC; {permitted}"),
        ),
        ("yesterday", "*", format!("--night 'yesterday': neither a date nor an id; {permitted}")),
        ("00000000", "*", format!("--night '00000000': no experiment has that id; {permitted}")),
        (
            "2026-11-01",
            "qcow",
            "--cell 'qcow' matches no cell of 2026-11-01; its cells are: raw, sparse-qcow2"
                .to_owned(),
        ),
    ] {
        let refused = history.annotate(&annotation(night, cell, Kind::Exclude)).unwrap_err();
        assert_eq!(refused.to_string(), message);
    }
    let mut without = annotation("2026-11-01", "*", Kind::Note);
    without.reason = " ".to_owned();
    let refused = history.annotate(&without).unwrap_err();
    assert_eq!(refused.to_string(), "--reason is empty; say why, for whoever reads it in a year");
    assert!(history.annotations().unwrap().is_empty());
    // An epoch may be announced.
    history.annotate(&annotation("2026-12-01", "raw", Kind::Epoch)).unwrap();
}

fn a_clock_that_went_back_is_told(target: &str) {
    let mut history = filled(target, [5]);
    let warnings = history.import(&night(3)).unwrap().warnings;
    assert_eq!(
        warnings,
        ["It started 2026-11-03T01:30:00Z, before the newest experiment of its config and \
          environment (2026-11-05T01:30:00Z), and was put where its time is. If it is not an old one, \
          look at the machine's clock."]
    );
    assert_eq!(history.import(&night(6)).unwrap().warnings, [""; 0]);
    assert_eq!(history.import(&night(3)).unwrap().warnings, [""; 0], "told once");
    assert_eq!(days(&series_of(&mut history, "raw")), [3, 5, 6]);

    let mut without = night(7);
    without.manifest.started = "last night".to_owned();
    let refused = history.import(&without).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "results/7: experiment.toml, key 'started': \"last night\": a time in UTC such as \
         2026-11-23T20:00:00Z is permitted; restore the file from where it was copied"
    );
}

/// Both begin the history, too; and both bring the nights in the middle.
fn two_writers_lose_nothing(target: &str) {
    let outcomes: Vec<Outcome> = thread::scope(|scope| {
        let write = |days: std::ops::RangeInclusive<u32>| {
            scope.spawn(move || {
                let mut history = write(target);
                days.map(|day| history.import(&night(day)).unwrap().outcome).collect::<Vec<_>>()
            })
        };
        let writers = [write(1..=16), write(9..=24)];
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::New).count(), 24);
    assert_eq!(outcomes.len(), 32);
    let mut history = read(target);
    assert_eq!(days(&series_of(&mut history, "raw")), (1..=24).collect::<Vec<_>>());
    assert_eq!(exported(target).len(), 24 * 12);
}

/// The rows of the export in CSV, by column.
fn exported(target: &str) -> Vec<std::collections::HashMap<String, String>> {
    let mut bytes = Vec::new();
    read(target).export(ExportFormat::Csv, &mut bytes).unwrap();
    csv::Reader::from_reader(bytes.as_slice()).deserialize().map(Result::unwrap).collect()
}

fn everything_is_exported(target: &str) {
    let mut experiment = night(2);
    experiment.runs[1] = sample::unsuccessful(&experiment.runs[1], Status::Timeout, "a, \"b\"\nc");
    let first = experiment.runs[0].cell.clone();
    measured(&mut experiment, &first, &iops(), &[0.1 + 0.2]);
    let mut history = filled(target, [1]);
    history.import(&experiment).unwrap();
    history.annotate(&annotation("2026-11-02", "raw", Kind::Exclude)).unwrap();

    let rows = exported(target);
    assert_eq!(rows.len(), 24);
    let row = &rows[12];
    assert_eq!(row["experiment_started"], "2026-11-02T01:30:00.25Z");
    assert_eq!((row["run"].as_str(), row["status"].as_str()), ("1", "ok"));
    let exact = experiment.runs[0].workload_s.unwrap().as_secs_f64();
    assert_eq!(row["workload_s"].parse::<f64>().unwrap().to_bits(), exact.to_bits());
    assert_eq!(row["metrics"], "{\"iops\":0.30000000000000004}");
    assert_eq!((row["host_write_bytes"].as_str(), row["load_1m"].as_str()), ("269484032", "0.25"));
    assert_eq!(rows[13]["error"], "a, \"b\"\nc");
    assert_eq!(rows[13]["workload_s"], "");
    let excluded = rows.iter().filter(|row| row["excluded"] == "exclude said so").count();
    assert_eq!(excluded, 6, "raw of the second night");

    let mut bytes = Vec::new();
    history.export(ExportFormat::Json, &mut bytes).unwrap();
    let object: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(object["schema"], 1);
    assert_eq!(object["annotations"][0]["reason"], "exclude said so");
    let second = &object["experiments"][1];
    assert_eq!(second["provenance"]["cpus"], 2);
    assert_eq!(second["config_text"], experiment.manifest.config);
    assert_eq!(second["seed"], "2");
    assert_eq!(second["runs"].as_array().unwrap().len(), 12);
    assert_eq!(second["runs"][0]["workload_s"].as_f64(), Some(exact));
    assert_eq!(second["runs"][0]["metrics"]["iops"], 0.1 + 0.2);
    assert_eq!(second["runs"][1]["workload_s"], serde_json::Value::Null);
    assert_eq!(second["cells"][1]["control"], "raw");
}

/// Names are others' text: quotes, and a NUL, which PostgreSQL does not store.
fn strange_names_are_kept(target: &str) {
    let mut experiment = night(1);
    experiment.manifest.name = "o'brien \"; DROP TABLE runs; --".to_owned();
    experiment.manifest.seed = u64::MAX;
    experiment.runs[0] = sample::unsuccessful(&experiment.runs[0], Status::Failed, "a\0b");
    experiment.runs[1].host_write_bytes = Some(u64::MAX);
    let mut history = write(target);
    history.import(&experiment).unwrap();
    assert_eq!(history.import(&experiment).unwrap().outcome, Outcome::AlreadyThere);
    let rows = exported(target);
    assert_eq!(rows[0]["config"], experiment.manifest.name);
    assert_eq!(rows[0]["error"], "a\u{fffd}b");
    let other: Result<(), HistoryError> = history.import(&night(2)).map(drop);
    other.unwrap();
}
