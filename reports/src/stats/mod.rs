//! What the numbers of an experiment may claim: pure functions from the values of runs to
//! descriptions, intervals, tests and verdicts. The scheme, and what each part assumes, is in the
//! module of that part.
//!
//! Takes a [`Sample`] (all values of one metric in one cell) or [`LogRatios`] (two cells paired by
//! block). The run is the unit: values inside a run never enter as if they were independent.
//!
//! One way through, for a family of comparisons that is judged together:
//!
//! ```
//! use reports::stats::{LogRatios, Policy, Verdict, decide, estimate_paired};
//!
//! let policy = Policy::default();
//! let blocks = [(2.31, 2.61), (2.28, 2.60), (2.30, 2.55), (2.35, 2.70), (2.29, 2.58), (2.33, 2.66)];
//! let estimate = estimate_paired(&LogRatios::of_pairs(&blocks)?, policy.alpha);
//! let comparisons = decide(&[estimate], &policy);
//! assert_eq!(comparisons[0].verdict, Verdict::Regressed);
//! assert_eq!(comparisons[0].estimate.test.p, 0.03125);
//! # Ok::<(), reports::stats::SampleError>(())
//! ```
//!
//! Nothing here reads, writes or asks the time; what is random is seeded; no input the types allow
//! panics. All of it is checked against SciPy (`testdata/scipy`) and by simulation
//! (`examples/validate.rs`, whose output is `testdata/validation.md`).

mod chance_gap;
mod design;
pub(crate) mod distributions;
mod equivalence;
mod estimate;
mod fences;
mod letters;
mod log_ratios;
mod mann_whitney;
mod median_interval;
mod memo;
pub(crate) mod moments;
mod multiplicity;
mod outcome;
pub(crate) mod random;
mod reason;
mod runs_needed;
mod sample;
mod shift;
mod sign_flip;
mod signed_rank;
mod trend;
mod verdict;

pub use chance_gap::chance_gap;
pub use design::{Design, POWER};
pub use equivalence::{Equivalence, Margin, equivalence};
pub use estimate::{Estimate, estimate_paired, estimate_unpaired};
pub use fences::Fences;
pub use letters::letters;
pub use log_ratios::LogRatios;
pub use mann_whitney::mann_whitney_test;
pub use median_interval::median_interval;
pub use multiplicity::{Adjustment, benjamini_hochberg, holm};
pub use outcome::{Alpha, Interval, IntervalMethod, Test, TestMethod};
pub use reason::Reason;
pub use runs_needed::{Pairing, runs_needed};
pub use sample::{Sample, SampleError};
pub(crate) use shift::shift_of_logs;
pub use shift::{shift, shift_interval};
pub use sign_flip::sign_flip_test;
pub use signed_rank::{hodges_lehmann, paired_interval, signed_rank_interval, t_interval};
pub use trend::{Trend, trend};
pub use verdict::{Comparison, Policy, Verdict, Worse, decide};
