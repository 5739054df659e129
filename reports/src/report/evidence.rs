//! What the tools themselves said: long texts that a reader looks up, and hardly reads.

use crate::{
    plain::plain,
    record::{Cell, Manifest},
};

/// Cells whose texts are given; `experiment.toml` has all.
const CELLS: usize = 100;

/// The texts of an experiment. They may have several lines, each safe to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidences {
    /// Of the cells that have any, in the plan's order.
    pub cells: Vec<Evidence>,
    /// Where the texts of further cells are; empty where there are none.
    pub more: String,
    /// The config, whole.
    pub config: String,
}

/// What the tools said of one cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Name of the cell.
    pub cell: String,
    /// The command line of QEMU in the first run; empty if unknown.
    pub qemu_command: String,
    /// `qemu-img info --output=json` of the fresh image; empty if unknown.
    pub image_info: String,
}

impl Evidences {
    /// Collects the texts.
    pub(super) fn of(manifest: &Manifest) -> Self {
        let known = |cell: &&Cell| !(cell.qemu_command.is_empty() && cell.image_info.is_empty());
        let known: Vec<&Cell> = manifest.cells.iter().filter(known).collect();
        let more = match known.len().saturating_sub(CELLS) {
            0 => String::new(),
            more => format!("What QEMU and qemu-img said of {more} more is in experiment.toml."),
        };
        let evidence = |cell: &&Cell| Evidence {
            cell: plain(&cell.name),
            qemu_command: lines(&cell.qemu_command),
            image_info: lines(&cell.image_info),
        };
        Evidences {
            cells: known.iter().take(CELLS).map(evidence).collect(),
            more,
            config: lines(&manifest.config),
        }
    }
}

/// Each line made safe by itself.
fn lines(text: &str) -> String {
    text.lines().map(plain).collect::<Vec<_>>().join("\n")
}
