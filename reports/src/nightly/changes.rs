//! Takes series, yields where each changed for good, raw and relative to its control, with the versions
//! before and after, so that the culprit is on the line.

use std::sync::Arc;

use super::replay::{is_control, relative};
use crate::{
    change_points::{ChangePoint, change_points_of_each},
    history::{Night, Point, Series},
    pairing,
    record::Metric,
    stats::{Alpha, Worse},
};

/// The permutations are drawn from it: the same history, the same p.
const SEED: u64 = 1;

/// What of a cell changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Its median.
    Raw,
    /// Its median over the control's.
    Relative,
}

/// A night from which on a cell is at another level.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its series, by place among those given.
    pub series: usize,
    /// Name of the config.
    pub config: String,
    /// Name of the cell.
    pub cell: String,
    /// In what.
    pub metric: Metric,
    /// Whether raw or relative to the control.
    pub value: Value,
    /// The night before it.
    pub before: Arc<Night>,
    /// The first night of the new level.
    pub night: Arc<Night>,
    /// Size, interval, p, and the second opinion; its `night` counts the nights of its epoch.
    pub found: ChangePoint,
}

impl Change {
    /// Whether the new level is worse; `None` where neither way is.
    pub fn worse(&self) -> Option<bool> {
        pairing::worse(self.metric.worse).map(|worse| match worse {
            Worse::Higher => self.found.ratio > 1.0,
            Worse::Lower => self.found.ratio < 1.0,
        })
    }

    /// The versions that differ between the two nights: what, before, after.
    pub fn versions(&self) -> Vec<(&'static str, &str, &str)> {
        let (a, b) = (&*self.before, &*self.night);
        let all: [(&str, &str, &str); 7] = [
            ("QEMU", &a.qemu, &b.qemu),
            ("qemu-img", &a.qemu_img, &b.qemu_img),
            ("libguestfs", &a.libguestfs, &b.libguestfs),
            ("host kernel", &a.host_kernel, &b.host_kernel),
            ("guest kernel", &a.guest_kernel, &b.guest_kernel),
            ("imgbench", &a.revision, &b.revision),
            ("config", &a.config_sha256, &b.config_sha256),
        ];
        all.into_iter().filter(|(_, before, after)| before != after).collect()
    }
}

/// The change points at α = 1 % of all series, by series, the raw before the relative ones, each in the
/// order of time.
pub fn changes(series: &[Series]) -> Vec<Change> {
    let stretches: Vec<Stretch> =
        series.iter().enumerate().flat_map(|(at, of)| stretches(at, of)).collect();
    let histories: Vec<Vec<f64>> = stretches.iter().map(|of| of.values.clone()).collect();
    let found = change_points_of_each(&histories, Alpha::ONE_PERCENT, SEED);
    let mut changes = Vec::new();
    for (stretch, points) in stretches.into_iter().zip(found) {
        // Only finite values were put in.
        for found in points.unwrap_or_default() {
            let of = &series[stretch.series];
            changes.push(Change {
                series: stretch.series,
                config: of.config.clone(),
                cell: of.cell.clone(),
                metric: of.metric.clone(),
                value: stretch.value,
                before: Arc::clone(&stretch.nights[found.night - 1]),
                night: Arc::clone(&stretch.nights[found.night]),
                found,
            });
        }
    }
    changes
}

/// The nights of one epoch that may be used, as logarithms.
struct Stretch {
    series: usize,
    value: Value,
    values: Vec<f64>,
    nights: Vec<Arc<Night>>,
}

fn stretches(at: usize, series: &Series) -> Vec<Stretch> {
    let kinds = if is_control(series) { &[Value::Raw][..] } else { &[Value::Raw, Value::Relative] };
    let mut stretches = Vec::new();
    let usable: Vec<&Point> =
        series.points.iter().filter(|of| of.excluded.is_none() && of.median > 0.0).collect();
    for &value in kinds {
        for epoch in usable.chunk_by(|a, b| a.epoch == b.epoch) {
            let of = |point: &&Point| {
                let value = match value {
                    Value::Raw => Some(point.median.ln()),
                    Value::Relative => relative(point),
                };
                Some((value?, Arc::clone(&point.night)))
            };
            let (values, nights) = epoch.iter().filter_map(of).unzip();
            stretches.push(Stretch { series: at, value, values, nights });
        }
    }
    stretches
}
