//! Signals that ask us to stop: SIGINT, SIGTERM, SIGHUP.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use nix::sys::signal::Signal;
use procfs::process::Process;
use signal_hook::iterator::Signals;

/// Whether a signal asked us to stop.
#[derive(Clone, Default)]
pub struct Interrupts(Arc<Shared>);

#[derive(Default)]
struct Shared {
    came: AtomicBool,
    wake: Mutex<Option<Wake>>,
}

type Wake = Box<dyn Fn() + Send>;

impl Interrupts {
    /// Catches the signals from now on, but for a hang-up that we were started to ignore (nohup).
    /// A shell starts what it has in the background with SIGINT ignored, too: who sends one there by
    /// hand means it.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn catch() -> anyhow::Result<Interrupts> {
        let ignored = Process::myself()?.status()?.sigign;
        let mut signals = Signals::new([Signal::SIGINT as i32, Signal::SIGTERM as i32])?;
        if ignored >> (Signal::SIGHUP as i32 - 1) & 1 == 0 {
            signals.add_signal(Signal::SIGHUP as i32)?;
        }
        // What a dying worker leaves becomes our child, so that it can be waited for.
        nix::sys::prctl::set_child_subreaper(true)?;
        let interrupts = Interrupts::default();
        let told = interrupts.clone();
        thread::spawn(move || signals.forever().for_each(|_| told.tell()));
        Ok(interrupts)
    }

    fn tell(&self) {
        self.0.came.store(true, Ordering::Relaxed);
        if let Some(wake) = &*self.0.wake.lock().unwrap_or_else(PoisonError::into_inner) {
            wake();
        }
    }

    /// Who sleeps until something happens is woken by a signal, too, so that it need not look for one
    /// now and then, which would take CPU time from what is measured. The last to ask for it is.
    pub(super) fn wake_by(&self, wake: impl Fn() + Send + 'static) {
        *self.0.wake.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(wake));
    }

    /// Whether one came.
    #[must_use]
    pub fn came(&self) -> bool {
        self.0.came.load(Ordering::Relaxed)
    }
}
