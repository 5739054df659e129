//! Histories made up for the tests: nobody measured them.

use reports::{
    stats::{Interval, IntervalMethod},
    trend::{Annotation, CellTrend, ChangePoint, Night, Status, Subject, Tonight, Trend},
};

/// Cells of so many nights, each with a change, a new baseline, an annotation and excluded nights.
pub fn history(cells: usize, nights: usize) -> Trend {
    Trend {
        title: "qcow2 on builder-3".to_owned(),
        generated: "2026-11-23T04:10:00Z".to_owned(),
        tonight: Some(Tonight {
            status: Status::Regressed,
            text: "1 cell is REGRESSED, confirmed by 4 fresh blocks.".to_owned(),
            exit_code: 3,
            details: vec![(
                "image-1/randwrite".to_owned(),
                Status::Regressed,
                "ratio 1.082, 1.4 % would have shown".to_owned(),
            )],
        }),
        shifts: vec!["2026-11-20: all cells 4 % slower, as was the control.".to_owned()],
        cells: (0..cells).map(|cell| one(cell, nights)).collect(),
    }
}

fn one(cell: usize, nights: usize) -> CellTrend {
    let changed = nights * (3 + cell % 3) / 6;
    let night = |at: usize| {
        let noise = ((at * 7919 + cell * 104_729) % 1009) as f64 / 1009.0 - 0.5;
        let level = if at < changed { 11.3 } else { 11.3 * 1.05 };
        let (year, day) = (2023 + at / 365, at % 365);
        Night {
            date: format!("{year}-{:02}-{:02}T03:00:00Z", 1 + day / 31, 1 + day % 31),
            median: level * (1.0 + 0.02 * noise),
            to_control: Some(1.0 + 0.02 * noise),
            runs: 6,
            subject: Subject {
                qemu: if at < changed { "9.1.0" } else { "9.2.0" }.to_owned(),
                kernel: "6.1.0-31".to_owned(),
                revision: format!("{:012x}", at / 7),
            },
            excluded: (at % 97 == 13).then(|| "the host was busy".to_owned()),
        }
    };
    let statuses = [Status::Unchanged, Status::Regressed, Status::Improved, Status::Inconclusive];
    CellTrend {
        name: format!("image-{cell}/randwrite"),
        metric: "workload_s".to_owned(),
        unit: "s".to_owned(),
        direction: "lower is better".to_owned(),
        status: statuses[cell % 4],
        nights: (0..nights).map(night).collect(),
        changes: vec![ChangePoint {
            night: changed,
            worse: Some(true),
            ratio: 1.0512,
            interval: Interval {
                low: 1.049,
                high: 1.0534,
                level: 0.95,
                method: IntervalMethod::OrderedDifferences,
            },
            p: 0.005,
            versions: "QEMU 9.1.0 \u{2192} 9.2.0".to_owned(),
            confirmed: cell.is_multiple_of(2),
        }],
        epochs: vec![(nights / 4, "the host got a new disk".to_owned())],
        annotations: vec![Annotation {
            date: "2023-02-01T12:00:00Z".to_owned(),
            text: "microcode update".to_owned(),
            author: "rjones".to_owned(),
        }],
    }
}
