//! A nightly job from the history: takes the [`Series`](crate::history::Series) of one config and
//! environment, yields what the gate says of its nights, what fresh blocks say of an alarm, one
//! verdict, change points with the versions before and after, and the trend page.
//!
//! Nothing is decided here that [`gate`](crate::gate) and [`change_points`](crate::change_points) do
//! not decide; this is how they are asked. What the gate said of earlier nights is not stored but said
//! again ([`replay`]), so that an annotation made today holds for last week too.
//!
//! Excluded nights are not used. Nights of another epoch are no baseline, and change points are not
//! looked for across one. A median of 0 has no logarithm; the cell is left out of that night.

mod changes;
mod confirm;
mod page;
mod render;
mod replay;
mod verdict;

pub use changes::{Change, Value, changes};
pub use confirm::{Fresh, LAST_GOOD, WhyNot, confirm};
pub use page::trend;
pub use render::{changes_json, changes_text, json, text};
pub use replay::{CellJudged, Judgement, REPLAYED, replay};
pub use verdict::{Finding, Standing, Verdict, verdict};
