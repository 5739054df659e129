//! Signals that ask us to stop: SIGINT, SIGTERM, SIGHUP.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use nix::sys::signal::Signal;
use procfs::process::Process;

/// Whether a signal asked us to stop.
#[derive(Clone)]
pub struct Interrupts(Arc<AtomicUsize>);

impl Interrupts {
    /// Catches the signals from now on, but for a hang-up that we were started to ignore (nohup).
    /// A shell starts what it has in the background with SIGINT ignored, too: who sends one there by
    /// hand means it.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn catch() -> anyhow::Result<Interrupts> {
        let last = Arc::new(AtomicUsize::new(0));
        let ignored = Process::myself()?.status()?.sigign;
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            let number = signal as i32;
            if signal != Signal::SIGHUP || ignored >> (number - 1) & 1 == 0 {
                let value = usize::try_from(number)?;
                signal_hook::flag::register_usize(number, Arc::clone(&last), value)?;
            }
        }
        // What a dying worker leaves becomes our child, so that it can be waited for.
        nix::sys::prctl::set_child_subreaper(true)?;
        Ok(Interrupts(last))
    }

    /// Whether one came.
    #[must_use]
    pub fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }
}
