//! What the workload wrote, and what of it, or more, came out below.

use super::{
    super::numbers::size,
    material::{Material, Shown, median},
};
use crate::{
    plain::plain,
    plot::{
        AmplificationRow, Measure, RowLabel, RowsFigure, RowsGroup, RowsPanel, RunPoint, Scale,
        Stage, Unit,
    },
    record::Record,
};

/// A stage: what it is called, and its bytes in a run.
type Counter = (&'static str, fn(&Record) -> Option<u64>);

/// Numbers of the stages below the workload.
const DEVICE: usize = 1;
const HOST: usize = 2;

/// From the workload down.
const STAGES: [Counter; 3] = [
    ("written by the workload", |run| Some(run.bytes)),
    ("written by the guest's device", |run| run.block_write_bytes),
    ("written by QEMU on the host", |run| run.host_write_bytes),
];

/// The figure; none where nobody counted below the workload.
pub(super) fn figure(of: &Material<'_>) -> Option<RowsFigure<AmplificationRow>> {
    let mut rows: Vec<AmplificationRow> = of.cells().filter_map(row).collect();
    let counted = |at: usize| rows.iter().any(|row| row.stages[at].is_some());
    let kept: Vec<usize> = (0..STAGES.len()).filter(|&at| counted(at)).collect();
    if kept.len() < 2 {
        return None;
    }
    for row in &mut rows {
        row.stages = kept.iter().map(|&at| row.stages[at].take()).collect();
    }
    let shown = rows.len();
    let measure = Measure {
        title: "bytes from the start of the workload to the end of sync".to_owned(),
        scale: Scale::FromZero,
        unit: Unit::Bytes,
    };
    let mut reading = "Bars: median; markers: runs.".to_owned();
    if kept.contains(&HOST) {
        reading += " On the host: write_bytes of QEMU's process; what the page cache still holds is \
                    not in it.";
    }
    Some(RowsFigure {
        title: of.title("bytes written by the workload, and by what is below it"),
        caption: of.caption(&reading, &of.left_out(shown, shown)),
        legend: kept.iter().map(|&at| STAGES[at].0.to_owned()).collect(),
        panels: vec![RowsPanel {
            measure,
            reference: None,
            groups: vec![RowsGroup { heading: String::new(), rows }],
        }],
    })
}

/// A cell whose workload wrote, and below which somebody counted: without a guest nobody does.
fn row(cell: &Shown<'_>) -> Option<AmplificationRow> {
    let stages = STAGES.map(|stage| stage_of(cell, stage));
    let workload = stages[0].as_ref().map(|of| of.median).filter(|&bytes| bytes > 0.0)?;
    stages[DEVICE].as_ref().or(stages[HOST].as_ref())?;
    let times = |stage: usize| match &stages[stage] {
        Some(of) => format!("{:.2} ×", of.median / workload),
        None => "not counted".to_owned(),
    };
    let label = RowLabel {
        look: cell.look,
        name: plain(&cell.cell.name),
        result: format!("host: {}", times(HOST)),
        note: format!("device: {}", times(DEVICE)),
    };
    Some(AmplificationRow { label, stages: stages.into() })
}

fn stage_of(cell: &Shown<'_>, (name, bytes): Counter) -> Option<Stage> {
    let point = |run: &&Record| {
        let value = bytes(run)? as f64;
        let text = format!("{} {name}", size(value as u64));
        Some(RunPoint { value, tip: super::material::tip(run, &text) })
    };
    let runs: Vec<RunPoint> = cell.runs.iter().filter_map(point).collect();
    Some(Stage { median: median(runs.iter().map(|run| run.value))?, runs })
}
