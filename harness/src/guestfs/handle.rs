//! The owner of the C handle, and the one function through which all calls into the library go.
//!
//! Yields a handle set up for measuring; refuses an environment that libguestfs cannot apply.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::ptr::NonNull;
use std::sync::Arc;

use nix::errno::Errno;

use super::callbacks::{self, Listener};
use super::error::Error;
use super::ffi::Libguestfs;
use super::library::library;
use super::log::Log;
use super::{ffi, strings};

/// One libguestfs handle: at first settings, after [`launch`](Self::launch) a running appliance.
///
/// Dropping it stops the appliance without a sync, and waits for QEMU to end. It may be sent to
/// another thread, not shared between threads.
#[derive(Debug)]
pub struct Handle {
    pub(super) library: &'static Libguestfs,
    raw: NonNull<ffi::guestfs_h>,
    /// In an `Arc` because C keeps its address until the handle is closed.
    listener: Arc<Listener>,
}

// SAFETY: libguestfs (1.38 and later) lets any thread use a handle; what it keeps for each thread,
// the error handler, `call` sets anew each time. The listener is `Sync`.
unsafe impl Send for Handle {}

/// How a C function says that it failed.
pub(super) trait Outcome: Copy {
    fn failed(self) -> bool;
}

impl Outcome for c_int {
    fn failed(self) -> bool {
        self == -1
    }
}

impl Outcome for i64 {
    fn failed(self) -> bool {
        self == -1
    }
}

impl<T> Outcome for *mut T {
    fn failed(self) -> bool {
        self.is_null()
    }
}

impl Handle {
    /// A handle with libguestfs' environment variables applied (`LIBGUESTFS_HV`, `LIBGUESTFS_PATH`,
    /// `TMPDIR` …) and, over them, what measuring needs:
    ///
    /// - no handler at exit, because it can hang;
    /// - QEMU in a process group of its own, so that an interrupt from the terminal reaches only us;
    /// - the recovery process, which kills QEMU once this process is gone;
    /// - the direct backend, no network, and no sync on shutdown: a sync is timed, so it is ours.
    ///
    /// # Errors
    /// When libguestfs cannot be loaded, when memory is short, and when a variable of the environment
    /// cannot be applied, say a `TMPDIR` that does not exist: libguestfs would leave out all variables
    /// after it.
    pub fn new() -> Result<Self, Error> {
        let library = library()?;
        let flags = ffi::GUESTFS_CREATE_NO_CLOSE_ON_EXIT | ffi::GUESTFS_CREATE_NO_ENVIRONMENT;
        // A field, because bindgen makes no method of a variadic function.
        // SAFETY: these flags take no further arguments.
        let raw = unsafe { (library.guestfs_create_flags)(flags) };
        let raw = NonNull::new(raw).ok_or_else(|| Error {
            operation: "create",
            errno: Some(Errno::last()),
            messages: vec![format!("no handle: {}", Errno::last())],
        })?;
        let handle = Self { library, raw, listener: Arc::default() };

        let opaque = handle.listener.opaque();
        handle.call("set_event_callback", |g| {
            // SAFETY: the listener lives until `drop` has closed the handle.
            unsafe {
                let callback = Some(callbacks::on_event as _);
                library.guestfs_set_event_callback(g, callback, callbacks::LOGGED, 0, opaque)
            }
        })?;
        // SAFETY: `g` is open.
        handle.call("parse_environment", |g| unsafe { library.guestfs_parse_environment(g) })?;
        // SAFETY: `g` is open.
        handle.call("set_pgroup", |g| unsafe { library.guestfs_set_pgroup(g, 1) })?;
        // SAFETY: `g` is open.
        handle.call("set_recovery_proc", |g| unsafe { library.guestfs_set_recovery_proc(g, 1) })?;
        // SAFETY: `g` is open.
        handle.call("set_network", |g| unsafe { library.guestfs_set_network(g, 0) })?;
        // SAFETY: `g` is open.
        handle.call("set_autosync", |g| unsafe { library.guestfs_set_autosync(g, 0) })?;
        let backend = c"direct".as_ptr();
        // SAFETY: `g` is open, the name a constant.
        handle.call("set_backend", |g| unsafe { library.guestfs_set_backend(g, backend) })?;
        Ok(handle)
    }

    /// What QEMU, the appliance and the library said so far; see [`Log`].
    pub fn log(&self) -> Log {
        self.listener.log.clone()
    }

    /// Makes one call into the library. `call` gets the open handle; should it fail, the error holds
    /// all messages raised during it.
    pub(super) fn call<T: Outcome>(
        &self,
        operation: &'static str,
        call: impl FnOnce(*mut ffi::guestfs_h) -> T,
    ) -> Result<T, Error> {
        self.listen();
        self.listener.take_errors(); // left by a call that raised a message and yet succeeded
        let outcome = call(self.raw.as_ptr());
        if outcome.failed() { Err(self.failure(operation)) } else { Ok(outcome) }
    }

    /// Sends this thread's error messages to the listener. libguestfs keeps the handler for each
    /// thread apart; on a thread without one, messages go to stderr and are lost to us.
    fn listen(&self) {
        // SAFETY: the handle is open; the listener lives until `drop` has closed it.
        unsafe {
            let handler = Some(callbacks::on_error as _);
            self.library.guestfs_set_error_handler(
                self.raw.as_ptr(),
                handler,
                self.listener.opaque(),
            );
        }
    }

    fn failure(&self, operation: &'static str) -> Error {
        // SAFETY: the handle is open; the message is valid until the next call, NULL if there is none.
        let (errno, last) = unsafe {
            let errno = self.library.guestfs_last_errno(self.raw.as_ptr());
            (errno, strings::copied(self.library.guestfs_last_error(self.raw.as_ptr())))
        };
        let errno = (errno != 0).then(|| Errno::from_raw(errno));
        let mut messages = self.listener.take_errors();
        if messages.is_empty() {
            let unsaid = String::from("failed without a message");
            messages.push(if last.is_empty() { unsaid } else { last });
        }
        Error { operation, errno, messages }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.listen();
        // SAFETY: the handle is open and this is the only place that closes one; the listener is
        // dropped after it.
        unsafe { self.library.guestfs_close(self.raw.as_ptr()) }
    }
}
