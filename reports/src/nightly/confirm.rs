//! Takes fresh blocks of the cells that alarmed and yields what they say of each.
//!
//! Against the nights before, and where a last good QEMU ran in the same blocks, against that; both
//! together confirm a false alarm no oftener than one of them alone would. A regression that the last
//! good QEMU shows as well is one all the same, of something else.
//!
//! Against the nights the blocks are held by what the alarm rests on ([`Basis`]): a relative alarm that
//! the raw value agreed with tonight is confirmed only if it does so again.

use super::replay::CellJudged;
use crate::{
    gate::{
        self, Basis, Confirmation, Confirmed, Control, Night, Reason, confirm_against_nights,
        confirm_paired,
    },
    pairing,
    record::{ByCell, Experiment},
    stats::{LogRatios, Margin, Sample},
};

/// What is added to the name of a cell that the last good QEMU runs.
pub const LAST_GOOD: &str = "/last-good";

/// What fresh blocks say of a cell that alarmed.
#[derive(Clone, Debug, PartialEq)]
pub struct Fresh {
    /// Tonight's QEMU against the last good one, block by block; `None` where none ran.
    pub last_good: Option<Confirmation>,
    /// The blocks as a night against the nights before.
    pub nights: Result<Confirmation, WhyNot>,
}

/// Why the blocks cannot be held against the nights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyNot {
    /// The nights are no baseline.
    #[error("{0}")]
    Nights(Reason),
    /// No fresh run of the cell, or of its control, is ok.
    #[error("no fresh run of the cell or of its control succeeded")]
    NoRuns,
}

impl Fresh {
    /// What they come to. Worse than the last good QEMU is worse; and so is what no QEMU explains and
    /// the nights show again.
    pub fn confirmed(&self) -> Confirmed {
        let nights = self.nights.as_ref().map_or(Confirmed::CannotTell, |of| of.confirmed);
        match self.last_good.map(|of| of.confirmed) {
            Some(Confirmed::Yes) => Confirmed::Yes,
            Some(Confirmed::No) | None => nights,
            Some(Confirmed::CannotTell) => match nights {
                Confirmed::Yes => Confirmed::Yes,
                Confirmed::No | Confirmed::CannotTell => Confirmed::CannotTell,
            },
        }
    }

    /// Whether the last good QEMU is as slow: the change is not QEMU's.
    pub fn not_of_qemu(&self) -> bool {
        self.last_good.is_some_and(|of| of.confirmed == Confirmed::No)
            && self.confirmed() == Confirmed::Yes
    }
}

/// What an experiment of fresh blocks says of a cell; `control` names the cell beside it.
pub fn confirm(blocks: &Experiment, of: &CellJudged, control: &str, margin: Margin) -> Fresh {
    let runs = blocks.by_cell();
    let last_good = against_last_good(&runs, of, margin);
    let nights = as_a_night(&runs, of, control).and_then(|fresh| {
        confirm_against_nights(&fresh, last_good.is_some(), of.worse, margin)
            .map_err(WhyNot::Nights)
    });
    Fresh { last_good, nights }
}

fn against_last_good(runs: &ByCell<'_>, of: &CellJudged, margin: Margin) -> Option<Confirmation> {
    let values = |cell: &str| runs.values(cell, &of.metric.name).by_block();
    let pairs = pairing::pairs(&values(&format!("{}{LAST_GOOD}", of.cell)), &values(&of.cell));
    let blocks = LogRatios::of_pairs(&pairs).ok()?;
    Some(confirm_paired(&blocks, of.worse, margin))
}

/// The medians of the blocks, in the place of tonight's.
fn as_a_night(
    runs: &ByCell<'_>,
    of: &CellJudged,
    control: &str,
) -> Result<gate::FreshNight, WhyNot> {
    let median = |cell: &str| {
        let found = runs.values(cell, &of.metric.name).found;
        let values = Sample::new(found.iter().map(|of| of.value).collect()).ok()?;
        Some(values.median().ln())
    };
    let night = |nights: &Night, fresh: f64| {
        Night::new(nights.baseline().to_vec(), Vec::new(), fresh).map_err(|_| WhyNot::NoRuns)
    };
    let own = median(&of.cell).ok_or(WhyNot::NoRuns)?;
    let raw = night(&of.asked.raw, own)?;
    let basis = of.judged.alarmed_by().unwrap_or(Basis::Both);
    match (&of.asked.control, basis) {
        (Control::Itself | Control::Missing, _) | (_, Basis::Raw) => {
            Ok(gate::FreshNight::Alone(raw))
        }
        (Control::Relative(nights), Basis::Both | Basis::Relative) => {
            let relative = night(nights, own - median(control).ok_or(WhyNot::NoRuns)?)?;
            Ok(match basis {
                Basis::Relative => gate::FreshNight::Alone(relative),
                Basis::Both | Basis::Raw => gate::FreshNight::WithRaw { relative, raw },
            })
        }
    }
}
