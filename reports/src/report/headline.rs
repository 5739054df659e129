//! What an experiment came to, in as few words as fit into the subject of a message.

use super::{CellResult, count, estimated, units::Unit};
use crate::{
    plain::plain,
    stats::{Comparison, Sample, Verdict},
};

/// `sparse-qcow2 REGRESSED, 14.58 x sparse-raw`: of several verdicts the one with the largest
/// change, and how many there are beside it.
pub(super) fn headline(cells: &[CellResult], simulated: bool) -> String {
    let compared: Vec<(&CellResult, &Comparison)> =
        cells.iter().filter_map(|cell| Some((cell, cell.comparison.as_ref()?))).collect();
    let of = |wanted: fn(Verdict) -> bool| {
        compared.iter().copied().filter(move |(_, found)| wanted(found.verdict)).collect::<Vec<_>>()
    };
    let decided = of(|verdict| matches!(verdict, Verdict::Regressed | Verdict::Improved));
    let undecided = of(|verdict| verdict == Verdict::Inconclusive);
    let text = if let Some((cell, found)) = farthest(&decided) {
        let others = match decided.len() - 1 {
            0 => String::new(),
            more => format!("; {more} more of {} differ", count(compared.len(), "cell")),
        };
        format!("{} {}, {}{others}", plain(&cell.cell), found.verdict, times(cell, found))
    } else if let Some((cell, found)) = farthest(&undecided) {
        let n = found.estimate.design.n_candidate();
        let share = match (undecided.len(), compared.len()) {
            (some, all) if some < all => format!(" for {some} of {}", count(all, "cell")),
            _ => String::new(),
        };
        format!("INCONCLUSIVE{share} (n={n}): {} {}", plain(&cell.cell), times(cell, found))
    } else if let [(cell, _)] = compared.as_slice() {
        format!("{} EQUIVALENT to {}", plain(&cell.cell), plain(&cell.control))
    } else if !compared.is_empty() {
        format!("all {} EQUIVALENT to their control", count(compared.len(), "cell"))
    } else {
        uncompared(cells)
    };
    if simulated { format!("SIMULATED, not a measurement: {text}") } else { text }
}

/// The one whose ratio is farthest from 1.
fn farthest<'a>(
    of: &[(&'a CellResult, &'a Comparison)],
) -> Option<(&'a CellResult, &'a Comparison)> {
    let change = |found: &Comparison| found.estimate.ratio.ln().abs();
    of.iter().copied().max_by(|a, b| change(a.1).total_cmp(&change(b.1)))
}

fn times(cell: &CellResult, found: &Comparison) -> String {
    format!("{} x {}", estimated(found.estimate.ratio), plain(&cell.control))
}

/// Without a comparison: what there is.
fn uncompared(cells: &[CellResult]) -> String {
    let measured: Vec<(&CellResult, &Sample)> =
        cells.iter().filter_map(|cell| Some((cell, cell.sample.as_ref()?))).collect();
    match measured.as_slice() {
        [] => "no ok run".to_owned(),
        [(cell, sample)] => {
            let median = sample.median();
            let number = Unit::of(&cell.metric, &[median]).with_unit(median);
            let n = count(sample.n(), "run");
            format!("{} {number}, median of {n}", plain(&cell.cell))
        }
        _ => "nothing to compare with the control".to_owned(),
    }
}
