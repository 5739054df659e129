//! Whether the machine was suspended. The clock of runs stands still meanwhile; disks and caches do
//! not, and what was timed across it is no measurement.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// Below this the two clocks differ because they are read one after the other.
const NOISE: Duration = Duration::from_millis(100);

const TRIES: usize = 100;

/// A moment from which on suspends are looked for.
pub struct Awake(Option<Duration>);

impl Awake {
    /// From now on.
    #[must_use]
    pub fn now() -> Awake {
        Awake(asleep())
    }

    /// For how long the machine has been suspended since, if it was.
    #[must_use]
    pub fn suspended_since(&self) -> Option<Duration> {
        let slept = asleep()?.saturating_sub(self.0?);
        (slept > NOISE).then_some(slept)
    }
}

/// Time that the machine has been suspended since it was booted.
fn asleep() -> Option<Duration> {
    let read = |clock| clock_gettime(clock).ok().map(Duration::from);
    // On a busy machine much time may pass between two lines; that is no sleep.
    for _ in 0..TRIES {
        let before = read(ClockId::CLOCK_MONOTONIC)?;
        let all = read(ClockId::CLOCK_BOOTTIME)?;
        if read(ClockId::CLOCK_MONOTONIC)?.saturating_sub(before) < NOISE / 4 {
            return Some(all.saturating_sub(before));
        }
    }
    None
}
