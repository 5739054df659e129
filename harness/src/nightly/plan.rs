//! The fresh blocks that an alarm asks for, and what of a plan makes a nightly job say less.

use std::collections::{BTreeSet, HashSet};

use image_prep::Format;
use reports::{history::Night, nightly::LAST_GOOD, record::Record};

use crate::{
    cells::Cell,
    config::{Config, Nightly},
    plan::Plan,
    workload::{Place, Work},
};

/// Fresh blocks of the cells that alarmed and of their controls and, where a last good QEMU is named,
/// of the same cells with that. The seed is another than the night's.
///
/// The config has another name, so that an import never takes the blocks for a night.
pub fn blocks(config: &Config, plan: &Plan, alarms: &[&str]) -> (Config, Plan) {
    let alarmed = |cell: &Cell| alarms.contains(&cell.name.as_str());
    let wanted: BTreeSet<&str> = plan
        .cells
        .iter()
        .filter(|cell| alarmed(cell))
        .flat_map(|cell| [cell.name.as_str(), cell.control.as_str()])
        .collect();
    let mut cells = Vec::new();
    for cell in plan.cells.iter().filter(|cell| wanted.contains(cell.name.as_str())) {
        cells.push(cell.clone());
        if alarmed(cell) {
            cells.extend(with_last_good(cell, &config.nightly));
        }
    }
    let named = Config { name: format!("{}-confirm", config.name), ..config.clone() };
    (named, Plan::of_cells(cells, config.nightly.blocks, plan.boots, plan.seed.wrapping_add(1)))
}

/// The cell under the last good QEMU; `None` where none is named or no guest runs.
fn with_last_good(cell: &Cell, nightly: &Nightly) -> Option<Cell> {
    let qemu = nightly.last_good.clone().filter(|_| cell.workload.work.place() != Place::Host)?;
    Some(Cell { name: format!("{}{LAST_GOOD}", cell.name), qemu: Some(qemu), ..cell.clone() })
}

/// What of the plan, or of the night before, makes the verdict say less than it seems to.
pub fn warnings(plan: &Plan, config_sha256: &str, before: Option<&Night>) -> Vec<String> {
    let mut warnings = Vec::new();
    let controls: HashSet<&str> = plan.cells.iter().map(|cell| cell.control.as_str()).collect();
    let is_raw = |cell: &Cell| cell.image.spec.format == Format::Raw;
    for control in plan.cells.iter().filter(|cell| controls.contains(cell.name.as_str())) {
        if !is_raw(control) {
            warnings.push(format!(
                "the control {} is {}, not raw: what makes it slower hides in every cell that is compared with it; put a raw image first",
                control.name,
                control.image.spec.format.as_str()
            ));
        }
    }
    if controls.len() == plan.cells.len() {
        warnings.push(
            "no cell has a control, so that a slower host cannot be told from a slower image; give the config a raw image first, and another to compare with it"
                .to_owned(),
        );
    }
    if let Some(before) = before.filter(|before| before.config_sha256 != config_sha256) {
        warnings.push(format!(
            "the config was changed since the night of {:.0}; if other work is measured now, begin a new baseline: imgbench history annotate --night DATE --kind epoch --reason ...",
            before.started
        ));
    }
    warnings
}

/// That another experiment was measured on this host beside some runs: they may be slower by that.
#[must_use]
pub fn disturbed(runs: &[Record]) -> Option<String> {
    let mut by = runs.iter().filter(|run| !run.disturbed_by.is_empty());
    let first = by.next()?;
    Some(format!(
        "{} of {} runs were measured beside another imgbench ({}): a change of this night may be its work; repeat the night, or leave it out: imgbench history annotate --night DATE --kind exclude --reason ...",
        by.count() + 1,
        runs.len(),
        first.disturbed_by
    ))
}
