//! How the process that decides whose turn it is has a guest stand still that may be in the middle of its
//! boot, of which the worker that waits for it in libguestfs cannot think.
//!
//! Takes the private directory of the boot. QEMU listens there for a second monitor, beside that by which
//! the worker asks it.

use std::path::{Path, PathBuf};

use super::{Failure, qmp::Qmp};

/// A connection to the second monitor of a QEMU.
pub struct Brake(Qmp);

impl Brake {
    /// Connects.
    ///
    /// # Errors
    /// QEMU is not there yet, or any more, or does not answer.
    pub fn connect(scratch: &Path) -> Result<Brake, Failure> {
        Qmp::connect(&socket(scratch)).map(Brake)
    }

    /// Stops the guest's CPUs, if they are not stopped: nothing of it happens, and no time passes for it.
    ///
    /// # Errors
    /// QEMU does not do it.
    pub fn stop(&mut self) -> Result<(), Failure> {
        self.0.execute("stop").map(drop)
    }

    /// Lets them go on.
    ///
    /// # Errors
    /// QEMU does not do it.
    pub fn release(&mut self) -> Result<(), Failure> {
        self.0.execute("cont").map(drop)
    }
}

/// Where QEMU listens for it.
pub(super) fn socket(scratch: &Path) -> PathBuf {
    scratch.join("brake")
}
