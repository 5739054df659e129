//! Launch, what can be known of the running appliance from outside, and shutdown.
#![allow(unsafe_code)]

use std::fmt;
use std::path::PathBuf;

use nix::unistd::Pid;

use super::error::Error;
use super::handle::Handle;
use super::strings;

/// The version of the library that is loaded (not of the headers it was built with).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The first number.
    pub major: i64,
    /// The second; odd for development versions.
    pub minor: i64,
    /// The third.
    pub release: i64,
    /// What the packager added, often nothing.
    pub extra: String,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}{}", self.major, self.minor, self.release, self.extra)
    }
}

impl Handle {
    /// The library's version.
    ///
    /// # Errors
    /// None known.
    pub fn version(&self) -> Result<Version, Error> {
        // SAFETY: `g` is open.
        let raw = self.call("version", |g| unsafe { self.library.guestfs_version(g) })?;
        // SAFETY: not NULL, or `call` had failed; ours to free, and used by nobody after.
        unsafe {
            let version = Version {
                major: (*raw).major,
                minor: (*raw).minor,
                release: (*raw).release,
                extra: strings::copied((*raw).extra),
            };
            self.library.guestfs_free_version(raw);
            Ok(version)
        }
    }

    /// Boots the appliance, building it first if there is none in the cache. Blocks until it is up:
    /// seconds with KVM, about 10 s without, and for ever if QEMU hangs.
    ///
    /// # Errors
    /// When it does not come up. Why is often not in the error but in [`log`](Self::log), which has
    /// QEMU's messages. A handle whose launch failed is to be dropped.
    pub fn launch(&self) -> Result<(), Error> {
        // SAFETY: `g` is open.
        self.call("launch", |g| unsafe { self.library.guestfs_launch(g) })?;
        Ok(())
    }

    /// The process id of QEMU.
    ///
    /// # Errors
    /// When no appliance runs.
    pub fn get_pid(&self) -> Result<Pid, Error> {
        // SAFETY: `g` is open.
        self.call("get_pid", |g| unsafe { self.library.guestfs_get_pid(g) }).map(Pid::from_raw)
    }

    /// The directory *under which* the library makes its own for sockets, `libguestfsXXXXXX`: always
    /// `/tmp` for root, else `$XDG_RUNTIME_DIR`, and `/tmp` without it. Not moved by
    /// [`set_tmpdir`](Self::set_tmpdir). That own one is named nowhere but on QEMU's command line
    /// (`path=…/guestfsd.sock`); a process that is killed leaves it behind.
    ///
    /// # Errors
    /// None known.
    pub fn get_sockdir(&self) -> Result<PathBuf, Error> {
        // SAFETY: `g` is open.
        let path = self.call("get_sockdir", |g| unsafe { self.library.guestfs_get_sockdir(g) })?;
        // SAFETY: the library hands over a C string from `malloc`.
        Ok(PathBuf::from(unsafe { strings::taken(path) }))
    }

    /// Stops the appliance, without a sync, and waits for QEMU to end. Stopping twice is no error.
    ///
    /// # Errors
    /// When QEMU ends with an error. Success does not prove that QEMU was alive until now: one that was
    /// killed yields none.
    pub fn shutdown(&self) -> Result<(), Error> {
        // SAFETY: `g` is open.
        self.call("shutdown", |g| unsafe { self.library.guestfs_shutdown(g) })?;
        Ok(())
    }
}
