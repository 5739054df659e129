//! The nightly gate: whether tonight's median of a cell is out of line with the nights before.
//!
//! Takes, for every cell, ln of the median of each night, raw and relative to the same night's control
//! cell, and yields an [`Outcome`] each. All cells of a night are judged together, by one call of
//! [`judge`]:
//!
//! ```
//! use reports::gate::{Cell, Control, Gate, Night, Outcome, judge};
//! use reports::stats::Worse;
//!
//! let usual: Vec<f64> = (0..30).map(|night| f64::from(night * 7 % 11) * 0.002).collect();
//! let night = |tonight: f64| Night::new(usual.clone(), Vec::new(), tonight);
//! let cells = [
//!     Cell { raw: night(0.01)?, control: Control::Itself, worse: Worse::Higher },
//!     Cell { raw: night(0.12)?, control: Control::Relative(night(0.11)?), worse: Worse::Higher },
//! ];
//! let judged = judge(&cells, &Gate::default());
//! assert_eq!(judged[0].outcome, Outcome::Pass);
//! assert_eq!(judged[1].outcome, Outcome::Alarm);
//! # Ok::<(), reports::gate::NotFinite>(())
//! ```
//!
//! - The baseline is up to 30 nights of one environment and epoch; [`baseline()`] chooses them.
//! - The test is that of a new value against k old ones: T = (m − m̄)/(s√(1+1/k)), Student's t with
//!   k − 1 degrees. It asks for nights that are exchangeable and about normal, which medians are more
//!   than runs.
//! - Two looks: tonight alone, which a large change needs; and the mean of the last 3 nights by the same
//!   T with s√(1/3+1/k), for a change of about δ, whose estimate of one night falls short
//!   of δ on every second one.
//! - Two-sided, and in each look Benjamini-Hochberg over all cells at q. On a night without change half
//!   of either's errors are for the worse, so that an alarm in any cell has a probability of at most q.
//! - The control-relative value decides: what the host does to all cells alike cancels in it. The raw
//!   one must go at least half of δ the same way. The control is judged by its raw value, having no other.
//! - When most cells move and their control-relative values do not go with them, it is the
//!   [environment](Outcome::EnvironmentShift), for the control too; cells that moved relative to it
//!   alarm all the same. When all cells move relative to the control and none of them raw, the
//!   control moved alone, and the raw values decide.
//!
//! An outlier within the baseline inflates s and hides changes for as long as it is in there: it makes
//! the gate blind, never alarming. Hence nights that alarmed are left out of later baselines; only
//! the first 10, which nothing judges, can hold one. Trimmed estimates of s would see more then, but
//! make T no longer t, and the promise rests on that. Regressing on the control, in place of
//! subtracting it, would see more where the host is calm, and take its first bad night for a change of
//! every cell.
//! A slow drift spreads the baseline too: the gate is for steps, and
//! [`change_points`](crate::change_points) for what crept in.

mod baseline;
mod confirm;
mod deviation;
mod environment;
mod judge;
mod night;
mod outcome;

pub use baseline::{Baseline, FEWEST_NIGHTS, MOST_NIGHTS, PAUSE, RECENT, baseline};
pub use confirm::{Confirmation, Confirmed, FreshNight, confirm_against_nights, confirm_paired};
pub use deviation::Deviation;
pub use judge::{Basis, Cell, Control, Gate, Judged, Look, judge};
pub use night::{Night, NotFinite};
pub use outcome::{Outcome, Reason};
