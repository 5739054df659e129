//! How the gate is asked of a history: which nights are a baseline, and what is left out.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use jiff::Timestamp;
use reports::{
    gate::{Control, Gate, Outcome, Reason},
    history::{Night, Point, Series},
    nightly::{Judgement, REPLAYED, Value, changes, replay},
    record::{Direction, Metric},
};

fn night(number: u32) -> Arc<Night> {
    let text = String::new;
    Arc::new(Night {
        id: format!("{number:064}"),
        config: "nightly".to_owned(),
        config_sha256: text(),
        started: Timestamp::from_second(1_800_000_000 + 86_400 * i64::from(number)).unwrap(),
        environment: "accelerator tcg".to_owned(),
        planned: 6,
        done: 6,
        ok: 6,
        cells: 2,
        imgbench: text(),
        revision: text(),
        qemu: if number < 20 { "QEMU emulator version 9.1" } else { "9.2" }.to_owned(),
        qemu_img: text(),
        libguestfs: text(),
        host_kernel: text(),
        guest_kernel: text(),
    })
}

/// 1 with noise, of `cell` 0 or 1, changed by a factor.
fn median(number: u32, cell: u32, factor: f64) -> f64 {
    (1.0 + f64::from(number * (3 + 4 * cell) % 11) * 0.002) * factor
}

/// A raw control and a cell that is slower by a factor on some nights.
fn series(nights: u32, slower: impl Fn(u32) -> f64) -> [Series; 2] {
    let of = |cell: &str, points: Vec<Point>| Series {
        config: "nightly".to_owned(),
        environment: "accelerator tcg".to_owned(),
        cell: cell.to_owned(),
        metric: Metric::new("workload_s", "s", Direction::Higher),
        judged: true,
        points,
    };
    let point = |number: u32, median, control_median| Point {
        night: night(number),
        median,
        control_median,
        n: 6,
        excluded: None,
        epoch: 0,
    };
    let raw = (0..nights).map(|at| point(at, median(at, 0, 1.0), None)).collect();
    let own = (0..nights).map(|at| point(at, median(at, 1, slower(at)), Some(median(at, 0, 1.0))));
    [of("raw", raw), of("qcow2", own.collect())]
}

fn outcomes(judged: &[Judgement], cell: &str) -> Vec<Outcome> {
    let of = |night: &Judgement| {
        let found = night.cells.iter().find(|of| of.cell == cell)?;
        Some(found.judged.outcome)
    };
    judged.iter().filter_map(of).collect()
}

fn few(nights: usize) -> Outcome {
    Outcome::Inconclusive(Reason::TooFewNights { nights })
}

#[test]
fn each_night_is_held_against_those_before_it() {
    let judged =
        replay(&series(14, |night| if night == 12 { 1.3 } else { 1.0 }), &Gate::default(), None);
    let found = outcomes(&judged, "qcow2");
    assert_eq!(found[..10], (0..10).map(few).collect::<Vec<_>>());
    assert_eq!(found[10..], [Outcome::Pass, Outcome::Pass, Outcome::Alarm, Outcome::Pass]);
    assert_eq!(outcomes(&judged, "raw")[10..], [Outcome::Pass; 4]);
    // The night that alarmed is in no baseline.
    let Control::Relative(last) = &judged[13].cells[1].asked.control else { panic!() };
    assert_eq!(last.baseline().len(), 12);
    assert!(last.baseline().iter().all(|value| value.abs() < 0.05));
}

#[test]
fn excluded_nights_and_other_epochs_are_no_baseline() {
    let mut all = series(14, |_| 1.0);
    all.iter_mut().for_each(|of| of.points[3].excluded = Some("rebuilding".to_owned()));
    let judged = replay(&all, &Gate::default(), None);
    assert_eq!(
        outcomes(&judged, "qcow2")[9..],
        [few(9), Outcome::Pass, Outcome::Pass, Outcome::Pass]
    );
    all.iter_mut().for_each(|of| of.points[12..].iter_mut().for_each(|point| point.epoch = 1));
    let judged = replay(&all, &Gate::default(), None);
    assert_eq!(outcomes(&judged, "raw")[11..], [few(0), few(1)]);
}

#[test]
fn a_night_without_its_control_is_inconclusive_and_no_baseline() {
    let mut all = series(13, |_| 1.0);
    all[0].points.remove(11);
    all[1].points[11].control_median = None;
    let judged = replay(&all, &Gate::default(), None);
    let expected = [Outcome::Inconclusive(Reason::NoControl), Outcome::Pass];
    assert_eq!(outcomes(&judged, "qcow2")[11..], expected);
    let Control::Relative(last) = &judged[12].cells[1].asked.control else { panic!() };
    assert_eq!(last.baseline().len(), 11);
}

#[test]
fn tonight_comes_last_wherever_the_clock_has_put_it() {
    let all = series(14, |night| if night == 2 { 1.3 } else { 1.0 });
    let judged = replay(&all, &Gate::default(), Some(&night(2).id));
    assert_eq!(judged.last().unwrap().night.id, night(2).id);
    assert_eq!(outcomes(&judged, "qcow2").last(), Some(&Outcome::Alarm));
}

#[test]
fn of_a_long_history_the_newest_nights_are_judged() {
    let judged = replay(&series(400, |_| 1.0), &Gate::default(), None);
    assert_eq!((judged.len(), judged[0].night.id.clone()), (REPLAYED, night(250).id.clone()));
}

#[test]
fn a_change_has_the_versions_of_the_nights_around_it() {
    let slower = |night| if night >= 20 { 1.2 } else { 1.0 };
    let found = changes(&series(40, slower));
    let values: Vec<Value> = found.iter().map(|change| change.value).collect();
    assert_eq!(values, [Value::Raw, Value::Relative]);
    for change in &found {
        assert_eq!((change.cell.as_str(), change.worse()), ("qcow2", Some(true)));
        assert_eq!(change.night.id, night(20).id);
        assert_eq!(change.versions(), [("QEMU", "QEMU emulator version 9.1", "9.2")]);
    }
    // An epoch that begins there has taken note of it.
    let mut known = series(40, slower);
    known.iter_mut().for_each(|of| of.points[20..].iter_mut().for_each(|point| point.epoch = 1));
    assert!(changes(&known).is_empty());
}
