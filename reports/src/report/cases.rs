//! The cells in the shape of the message of 2010.

use std::collections::{BTreeMap, BTreeSet};

use super::{Units, count};
use crate::{
    plain::plain,
    record::{Cell, Manifest, Metric},
    summary::Summary,
};

/// One cell as the message of 2010 showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Number in the report, from 1.
    pub number: usize,
    /// What it is: `A sparse raw file`; with the levels that tell it from others where the experiment
    /// crosses factors: `A sparse raw file (cache=none)`.
    pub description: String,
    /// `15.3 seconds`, `7512 IOPS`, or what happened instead.
    pub result: String,
    /// The command that makes its image.
    pub command: String,
}

/// All cells, in the plan's order.
pub(super) fn cases(manifest: &Manifest, summaries: &[Summary], units: &Units) -> Vec<Case> {
    let cells = manifest.cells.iter().zip(summaries);
    let crossed = crossed(&manifest.cells);
    let one = |(at, (cell, summary))| case(at + 1, cell, &crossed, summary, units);
    cells.enumerate().map(one).collect()
}

/// The factors other than the image, which the description names, that have several levels.
fn crossed(cells: &[Cell]) -> BTreeSet<&str> {
    let mut levels: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for of in cells.iter().flat_map(|cell| &cell.factors).filter(|of| of.factor != "image") {
        levels.entry(&of.factor).or_default().insert(&of.level);
    }
    levels.into_iter().filter(|(_, levels)| levels.len() > 1).map(|(factor, _)| factor).collect()
}

fn case(
    number: usize,
    cell: &Cell,
    crossed: &BTreeSet<&str>,
    summary: &Summary,
    units: &Units,
) -> Case {
    let unit = units.get(summary);
    let result = match summary.median() {
        Some(median) if summary.metric == Metric::default() && unit.name == "s" => {
            format!("{} seconds", unit.text(median))
        }
        Some(median) => unit.with_unit(median),
        None if summary.failed > 0 => format!("no ok run, {} failed", summary.failed),
        None => "no run yet".to_owned(),
    };
    let description = plain(&described(cell, crossed));
    Case { number, description, result, command: plain(&cell.command) }
}

/// The description with the levels of the factors that are crossed; the name, which has them all,
/// where there is no description.
fn described(cell: &Cell, crossed: &BTreeSet<&str>) -> String {
    if cell.description.is_empty() {
        return cell.name.clone();
    }
    let of = cell.factors.iter().filter(|of| crossed.contains(of.factor.as_str()));
    let levels: Vec<_> = of.map(|of| format!("{}={}", of.factor, of.level)).collect();
    match levels.as_slice() {
        [] => cell.description.clone(),
        levels => format!("{} ({})", cell.description, levels.join(", ")),
    }
}

/// The runs of a cell in words: `3 runs`, `2 runs, 1 failed`.
pub(super) fn runs_in_words(summary: &Summary) -> String {
    let runs = count(summary.n(), "run");
    if summary.failed > 0 { format!("{runs}, {} failed", summary.failed) } else { runs }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Factor;

    #[test]
    fn a_case_says_by_what_it_differs_from_others() {
        let cell = |description: &str, levels: [&str; 3]| Cell {
            name: levels.join("/"),
            description: description.to_owned(),
            factors: ["image", "workload", "cache"]
                .into_iter()
                .zip(levels)
                .map(|(factor, level)| Factor { factor: factor.into(), level: level.into() })
                .collect(),
            ..Cell::default()
        };
        let mut cells = vec![
            cell("A sparse raw file", ["raw", "write", "none"]),
            cell("A sparse qcow2 file", ["qcow2", "write", "writeback"]),
            cell("", ["qed", "write", "none"]),
        ];
        let said = |cells: &[Cell]| -> Vec<String> {
            cells.iter().map(|cell| described(cell, &crossed(cells))).collect()
        };
        let expected = [
            "A sparse raw file (cache=none)",
            "A sparse qcow2 file (cache=writeback)",
            "qed/write/none",
        ];
        assert_eq!(said(&cells), expected);
        cells.remove(1);
        assert_eq!(said(&cells), ["A sparse raw file", "qed/write/none"], "one cache mode");
    }
}
