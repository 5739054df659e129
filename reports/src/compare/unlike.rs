//! Takes two cells of one name; yields why their times are not of the same work, if they are not.

use std::collections::BTreeSet;

use super::runs::{Runs, Sorted};
use crate::record::Cell;

/// One side of the question.
pub(super) struct Subject<'a> {
    pub(super) experiment: &'a Sorted<'a>,
    pub(super) cell: &'a Cell,
    pub(super) runs: &'a Runs,
}

/// The first thing in which image or work differ, with both values.
pub(super) fn unlike(baseline: &Subject<'_>, candidate: &Subject<'_>) -> Option<String> {
    let (a, b) = (baseline.cell, candidate.cell);
    if a.command != b.command {
        return Some(format!("its image was made by '{}', now by '{}'", a.command, b.command));
    }
    if a.size != b.size {
        return Some(format!("its image had {} bytes, now {}", a.size, b.size));
    }
    if !a.work.is_empty() && !b.work.is_empty() && a.work != b.work {
        return Some(format!("its work was {}, now {}", a.work, b.work));
    }
    if let Some(reason) = other_work(&baseline.runs.bytes, &candidate.runs.bytes) {
        return Some(reason);
    }
    let chunks = |of: &Subject<'_>| of.experiment.chunk_size(of.cell);
    match (chunks(baseline), chunks(candidate)) {
        (Some(a), Some(b)) if a != b => Some(format!("it wrote chunks of {a} bytes, now of {b}")),
        _ => None,
    }
}

/// Why runs that wrote so many bytes cannot be set against each other.
pub(super) fn other_work(baseline: &BTreeSet<u64>, candidate: &BTreeSet<u64>) -> Option<String> {
    let text =
        |bytes: &BTreeSet<u64>| bytes.iter().map(u64::to_string).collect::<Vec<_>>().join(" or ");
    let known = !baseline.is_empty() && !candidate.is_empty();
    (known && baseline != candidate).then(|| {
        format!("the baseline wrote {} bytes, the candidate {}", text(baseline), text(candidate))
    })
}
