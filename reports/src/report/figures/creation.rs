//! What making an image costs by its virtual size: time, and bytes on the host.
//!
//! Cells that differ in nothing but the size are one line. Sizes are known from the plan; that all
//! else is the same is seen from the command that makes the image and from the other factors.

use super::{
    super::{numbers::size, units::Unit as Written},
    material::{Material, Shown, median, tip},
};
use crate::{
    plain::plain,
    plot::{Line, LineMark, LinesFigure, LinesPanel, Measure, Scale, Unit},
    record::{Cell, Direction, Metric},
};

/// The kind of workload whose runs make an image and boot nothing.
const KIND: &str = "create";
/// What such a run says of the host's disk.
const ALLOCATED: &str = "allocated_bytes";

/// Lines in the figure; more make it longer than anyone scrolls.
const LINES: usize = 18;

/// Cells of one line, by size.
struct Family<'a> {
    key: String,
    cells: Vec<&'a Shown<'a>>,
}

/// The figure; none without images made at two sizes or more.
pub(super) fn figure(of: &Material<'_>) -> Option<LinesFigure> {
    let made = |cell: &&Shown<'_>| cell.cell.workload_kind == KIND && !cell.runs.is_empty();
    let mut families: Vec<Family<'_>> = Vec::new();
    for cell in of.every.iter().filter(made) {
        let key = key(cell.cell);
        match families.iter_mut().find(|family| family.key == key) {
            Some(family) => family.cells.push(cell),
            None => families.push(Family { key, cells: vec![cell] }),
        }
    }
    if families.iter().all(|family| family.cells.len() < 2) {
        return None;
    }
    for family in &mut families {
        family.cells.sort_by_key(|cell| cell.cell.size);
    }
    let all = families.len();
    families.truncate(LINES);
    let left_out = match all > LINES {
        true => format!(" Only the first {LINES} of {all} kinds of images are shown."),
        false => String::new(),
    };
    let allocated = Metric::new(ALLOCATED, "B", Direction::Higher);
    let panels = [
        panel(
            of,
            &families,
            &Metric::default(),
            "time of making the image; less is better",
            Unit::Time,
        ),
        panel(
            of,
            &families,
            &allocated,
            "bytes on the host after that; less is better",
            Unit::Bytes,
        ),
    ];
    let mut reading =
        "Markers: runs; lines: medians. Both scales are logarithmic because sizes are \
                       many times apart."
            .to_owned();
    let nothing = nothing(of, &families);
    if !nothing.is_empty() {
        reading += &format!(" On the lower edge: 0 bytes ({}).", nothing.join(", "));
    }
    Some(LinesFigure {
        title: of.title("time of making an image, and bytes on the host, by virtual size"),
        caption: of.caption(&reading, &left_out),
        panels: panels.into_iter().filter(|panel| !panel.lines.is_empty()).collect(),
    })
}

/// The lines that have no bytes at some size.
fn nothing(of: &Material<'_>, families: &[Family<'_>]) -> Vec<String> {
    let empty = |family: &&Family<'_>| {
        let mut runs = family.cells.iter().flat_map(|cell| &cell.runs);
        runs.any(|run| of.value(run, ALLOCATED) == Some(0.0))
    };
    families.iter().filter(empty).map(|family| family.name(families)).collect()
}

fn panel(
    of: &Material<'_>,
    families: &[Family<'_>],
    metric: &Metric,
    title: &str,
    marks: Unit,
) -> LinesPanel {
    let lines = families.iter().enumerate().map(|(look, family)| {
        let mut line = Line { look, name: family.name(families), ..Line::default() };
        for cell in &family.cells {
            let x = cell.cell.size as f64;
            let runs =
                cell.runs.iter().filter_map(|&run| Some((run, of.value(run, &metric.name)?)));
            let runs: Vec<_> = runs.collect();
            line.points.extend(median(runs.iter().map(|run| run.1)).map(|middle| (x, middle)));
            line.marks.extend(runs.iter().map(|&(run, value)| {
                let text = Written::of(metric, &[value]).with_unit(value);
                let tip = tip(run, &format!("{} image: {text}", size(cell.cell.size)));
                LineMark { at: (x, value), tip }
            }));
        }
        line
    });
    LinesPanel {
        across: Measure {
            title: "virtual size".to_owned(),
            scale: Scale::Logarithmic,
            unit: Unit::Bytes,
        },
        up: Measure { title: title.to_owned(), scale: Scale::Logarithmic, unit: marks },
        lines: lines.filter(|line| !line.points.is_empty()).collect(),
    }
}

impl Family<'_> {
    /// Its description where all its cells have the same and no other family has; else its image if
    /// it is one; else the command without the size.
    fn name(&self, families: &[Family<'_>]) -> String {
        let of = |family: &Family<'_>| common(family, |cell| cell.description.clone());
        let description = of(self);
        let alone = families.iter().filter(|family| of(family) == description).count() == 1;
        let image = || common(self, |cell| cell.level("image").unwrap_or_default().to_owned());
        plain(&description.filter(|_| alone).or_else(image).unwrap_or_else(|| self.key.clone()))
    }
}

/// What all cells of a family have in common, if they do and it is not empty.
fn common(family: &Family<'_>, part: impl Fn(&Cell) -> String) -> Option<String> {
    let first = part(family.cells.first()?.cell);
    let all = family.cells.iter().all(|cell| part(cell.cell) == first);
    (all && !first.is_empty()).then_some(first)
}

/// What a cell has beside its size: the command without it, and the levels of the other factors.
fn key(cell: &Cell) -> String {
    let command = cell.command.split_whitespace().filter(|word| bytes(word) != Some(cell.size));
    let mut key: Vec<&str> = command.collect();
    if key.is_empty() {
        // Of an image of which nothing is known, its name alone says what it is.
        key.extend(cell.level("image"));
    }
    let others = cell.factors.iter().filter(|of| !matches!(of.factor.as_str(), "image" | "size"));
    key.extend(others.filter(|of| bytes(&of.level) != Some(cell.size)).map(|of| of.level.as_str()));
    key.join(" ")
}

/// A size as commands have it: `300M`, `20G`, `4096`.
fn bytes(word: &str) -> Option<u64> {
    let end = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (number, unit) = word.split_at(end);
    let bits = match unit {
        "" => 0,
        "K" | "k" | "KiB" => 10,
        "M" | "MiB" => 20,
        "G" | "GiB" => 30,
        "T" | "TiB" => 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_differ_in_size_alone_are_one_line() {
        let cell = |image: &str, size: u64, command: &str, cache: &str| {
            let factor = |factor: &str, level: &str| crate::record::Factor {
                factor: factor.to_owned(),
                level: level.to_owned(),
            };
            let factors = vec![factor("image", image), factor("cache", cache)];
            key(&Cell { command: command.to_owned(), size, factors, ..Cell::default() })
        };
        let small = cell("m-300M", 300 << 20, "qemu-img create -f qcow2 test.img 300M", "none");
        let large = cell("m-20G", 20 << 30, "qemu-img create -f qcow2 test.img 20G", "none");
        assert_eq!(small, "qemu-img create -f qcow2 test.img none");
        assert_eq!(small, large);
        assert_ne!(small, cell("raw", 300 << 20, "truncate --size 300M test.img", "none"));
        assert_ne!(small, cell("m", 300 << 20, "qemu-img create -f qcow2 test.img 300M", "unsafe"));
        assert_eq!(cell("bare", 1, "", ""), "bare ");
    }
}
