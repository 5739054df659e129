//! Remembers the results of slow pure functions for the life of the process: a report compares many
//! cells of the same few sizes.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Results by argument.
pub(super) struct Memo<K, V = f64>(Mutex<BTreeMap<K, V>>);

impl<K: Ord + Copy, V: Copy> Memo<K, V> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// The result for `key`, computed at most once by each thread that asks.
    pub(super) fn get(&self, key: K, compute: impl FnOnce() -> V) -> V {
        // A panic elsewhere cannot leave the map half written, so a poisoned lock is still good.
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        known.unwrap_or_else(|| {
            let value = compute();
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, value);
            value
        })
    }
}
