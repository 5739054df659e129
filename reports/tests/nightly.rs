//! How the gate is asked of a history: which nights are a baseline, and what is left out; and what
//! fresh blocks say of its alarms.

#![allow(clippy::unwrap_used)]

mod sample;

use std::sync::Arc;

use jiff::Timestamp;
use reports::{
    gate::{Basis, Confirmed, Control, Gate, Outcome, Reason},
    history::{Night, Point, Series},
    nightly::{CellJudged, Fresh, Judgement, REPLAYED, Value, changes, confirm, replay},
    record::{Direction, Metric},
    stats::Margin,
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
    let raw = |at| median(at, 0, 1.0);
    [
        of_cell("raw", nights, raw, |_| None),
        of_cell("qcow2", nights, |at| median(at, 1, slower(at)), |at| Some(raw(at))),
    ]
}

fn of_cell(
    cell: &str,
    nights: u32,
    own: impl Fn(u32) -> f64,
    control: impl Fn(u32) -> Option<f64>,
) -> Series {
    let point = |number: u32| Point {
        night: night(number),
        median: own(number),
        control_median: control(number),
        n: 6,
        excluded: None,
        epoch: 0,
    };
    Series {
        config: "nightly".to_owned(),
        environment: "accelerator tcg".to_owned(),
        cell: cell.to_owned(),
        metric: Metric::new("workload_s", "s", Direction::Higher),
        judged: true,
        points: (0..nights).map(point).collect(),
    }
}

/// What fresh blocks say of an alarm of qcow2, in which raw and qcow2 take these seconds.
fn blocks(alarm: &CellJudged, raw: f64, qcow2: f64) -> Fresh {
    let blocks = [("raw", "Raw", "truncate", raw), ("qcow2", "Q", "qemu-img", qcow2)];
    confirm(&sample::experiment(&blocks), alarm, "raw", Margin::FIVE_PERCENT)
}

/// What the gate says of qcow2 on the newest night, which must be an alarm.
fn alarm(series: &[Series]) -> CellJudged {
    let judged = replay(series, &Gate::default(), None);
    let cells = &judged.last().unwrap().cells;
    let of = cells.iter().find(|of| of.cell == "qcow2").unwrap();
    assert_eq!(of.judged.outcome, Outcome::Alarm);
    of.clone()
}

fn said(fresh: &Fresh) -> (Confirmed, bool) {
    (fresh.confirmed(), fresh.nights.unwrap().control_moved)
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

/// A control that is faster in the fresh blocks makes the cell no slower.
#[test]
fn fresh_blocks_must_show_it_raw_as_well() {
    let alarm = alarm(&series(14, |night| if night == 13 { 1.2 } else { 1.0 }));
    assert_eq!(alarm.judged.alarmed_by(), Some(Basis::Both));
    assert_eq!(said(&blocks(&alarm, 1.01, 1.21)), (Confirmed::Yes, false));
    assert_eq!(said(&blocks(&alarm, 0.84, 1.01)), (Confirmed::CannotTell, true));
    assert_eq!(said(&blocks(&alarm, 1.01, 1.01)), (Confirmed::No, false));
    assert_eq!(said(&blocks(&alarm, 1.21, 1.21)), (Confirmed::No, false), "the host");
}

/// On a night on which the host became faster the raw value was not asked, and is not in the blocks.
#[test]
fn of_a_night_that_moved_fresh_blocks_are_asked_relative_to_the_control() {
    let host = |at| if at == 13 { 0.8 } else { 1.0 };
    let raw = |at| median(at, 0, host(at));
    let others = [("a", 3), ("b", 4)].map(|(name, cell)| {
        of_cell(name, 14, move |at| median(at, cell, host(at)), |at| Some(raw(at)))
    });
    let [a, b] = others;
    let qcow2 = of_cell("qcow2", 14, |at| median(at, 1, 1.0), |at| Some(raw(at)));
    let alarm = alarm(&[of_cell("raw", 14, raw, |_| None), a, b, qcow2]);
    assert_eq!(alarm.judged.alarmed_by(), Some(Basis::Relative));
    assert_eq!(said(&blocks(&alarm, 0.81, 1.01)), (Confirmed::Yes, false));
    assert_eq!(said(&blocks(&alarm, 0.81, 0.81)), (Confirmed::No, false));
}

/// On a night on which the control moved alone the raw value decided, and does so again.
#[test]
fn of_a_control_that_moved_alone_fresh_blocks_are_asked_raw() {
    let slow = |at| if at == 13 { 1.3 } else { 1.0 };
    let raw = |at| median(at, 0, slow(at));
    let others = [("a", 3), ("b", 4)]
        .map(|(name, cell)| of_cell(name, 14, move |at| median(at, cell, 1.0), |at| Some(raw(at))));
    let [a, b] = others;
    let qcow2 = of_cell("qcow2", 14, |at| median(at, 1, slow(at)), |at| Some(raw(at)));
    let alarm = alarm(&[of_cell("raw", 14, raw, |_| None), a, b, qcow2]);
    assert_eq!(alarm.judged.alarmed_by(), Some(Basis::Raw));
    assert_eq!(said(&blocks(&alarm, 1.31, 1.31)), (Confirmed::Yes, false));
    assert_eq!(said(&blocks(&alarm, 1.31, 1.01)), (Confirmed::No, false));
}
