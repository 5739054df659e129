//! The change points of many histories, on as many threads as the machine has processors.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{ChangePoint, NotFinite, change_points};
use crate::stats::Alpha;

/// What [`change_points`] yields for each history, in the order given, whatever the number of threads.
pub fn change_points_of_each(
    histories: &[Vec<f64>],
    alpha: Alpha,
    seed: u64,
) -> Vec<Result<Vec<ChangePoint>, NotFinite>> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::with_capacity(histories.len()));
    let work = || {
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(history) = histories.get(i) else { break };
            let points = change_points(history, alpha, seed);
            found.lock().unwrap_or_else(PoisonError::into_inner).push((i, points));
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(histories.len());
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(i, _)| *i);
    found.into_iter().map(|(_, points)| points).collect()
}
