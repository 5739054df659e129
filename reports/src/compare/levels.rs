//! Takes one experiment and the name of a factor; yields, for each cell whose level is not the
//! control's, its pair: the cell that has the control's level and agrees on all other factors.
//!
//! Runs are paired by block, so that a drift of the machine cancels. Refuses a factor that the cells
//! do not have, and one with a single level.

use std::collections::{BTreeSet, HashMap};

use super::{
    NotCompared, Refusal, WhyNot, cell::Pair, metric, runs::Sorted, some, unlike::other_work,
};
use crate::{
    pairing,
    record::{Cell, Experiment, Factor, Metric},
    stats::{Alpha, LogRatios, estimate_paired},
};

/// A factor and the level that the others are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// The factor.
    pub factor: String,
    /// The control's level of it.
    pub level: String,
}

pub(super) fn pairs(
    experiment: &Experiment,
    factor: &str,
    asked: Option<&Metric>,
) -> Result<(By, Vec<Pair>, Vec<NotCompared>), Refusal> {
    let cells = &experiment.manifest.cells;
    let control = cells.iter().find(|cell| cell.name == experiment.manifest.control);
    let Some(level) = control.and_then(|cell| cell.level(factor)) else {
        return Err(no_factor(cells, factor));
    };
    if cells.iter().filter_map(|cell| cell.level(factor)).all(|of| of == level) {
        let (factor, level) = (factor.to_owned(), level.to_owned());
        return Err(Refusal::OneLevel { factor, level });
    }
    let sorted = Sorted::of(experiment);
    let mut partners = HashMap::new();
    for cell in cells.iter().filter(|cell| cell.level(factor) == Some(level)) {
        partners.entry(others(cell, factor)).or_insert(cell);
    }
    let mut pairs = Vec::new();
    let mut not_compared = Vec::new();
    let other = |cell: &&Cell| cell.level(factor).is_some_and(|of| of != level);
    for cell in cells.iter().filter(other) {
        let partner = partners.get(&others(cell, factor)).copied();
        let partner =
            partner.ok_or_else(|| format!("no cell differs from it only in {factor} = {level}"));
        match partner.and_then(|partner| pair(&sorted, partner, cell, asked)) {
            Ok(pair) => pairs.push(pair),
            Err(difference) => not_compared
                .push(NotCompared { cell: cell.name.clone(), reason: WhyNot::Unlike(difference) }),
        }
    }
    some(&pairs, &not_compared)?;
    Ok((By { factor: factor.to_owned(), level: level.to_owned() }, pairs, not_compared))
}

fn no_factor(cells: &[Cell], factor: &str) -> Refusal {
    let factors: BTreeSet<_> =
        cells.iter().flat_map(|cell| &cell.factors).map(|of| of.factor.clone()).collect();
    Refusal::NoFactor { factor: factor.to_owned(), factors: factors.into_iter().collect() }
}

/// A cell with its partner.
///
/// # Errors
/// Why it is not compared.
fn pair(
    sorted: &Sorted<'_>,
    partner: &Cell,
    cell: &Cell,
    asked: Option<&Metric>,
) -> Result<Pair, String> {
    let (metric, worse) = metric::common(asked, partner, cell)?;
    let baseline = sorted.runs(partner, &metric);
    let candidate = sorted.runs(cell, &metric);
    if let Some(reason) = other_work(&baseline.bytes, &candidate.bytes) {
        return Err(reason);
    }
    let both = pairing::pairs(&baseline.values, &candidate.values);
    let estimate = LogRatios::of_pairs(&both)
        .map(|log_ratios| estimate_paired(&log_ratios, Alpha::FIVE_PERCENT))
        .map_err(|_| format!("no block has a {} of both runs", metric.name));
    Ok(Pair {
        cell: cell.name.clone(),
        baseline_cell: partner.name.clone(),
        metric,
        worse,
        n: (both.len(), both.len()),
        at_floor: baseline.at_floor && candidate.at_floor,
        of_levels: true,
        incomplete_blocks: baseline.values.len() + candidate.values.len() - 2 * both.len(),
        baseline: baseline.counts,
        candidate: candidate.counts,
        estimate,
    })
}

/// The levels of all factors but one.
fn others<'a>(cell: &'a Cell, factor: &str) -> BTreeSet<(&'a str, &'a str)> {
    let others = cell.factors.iter().filter(|of| of.factor != factor);
    others.map(|Factor { factor, level }| (factor.as_str(), level.as_str())).collect()
}
