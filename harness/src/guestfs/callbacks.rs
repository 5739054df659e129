//! What the library says while it works: error messages are collected, all other messages logged.
//!
//! Both functions run inside a C call, on the thread that made it. A panic must not cross that
//! border, so each stops it; what was being recorded is lost then, the operation's result is not.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use super::ffi;
use super::log::Log;

/// The messages that go to the log.
pub(super) const LOGGED: u64 = (ffi::GUESTFS_EVENT_APPLIANCE
    | ffi::GUESTFS_EVENT_LIBRARY
    | ffi::GUESTFS_EVENT_WARNING
    | ffi::GUESTFS_EVENT_TRACE) as u64;

/// Receives everything said on one handle; its address is what C hands back to the callbacks.
#[derive(Debug, Default)]
pub(super) struct Listener {
    pub(super) log: Log,
    errors: Mutex<Vec<String>>,
}

impl Listener {
    /// The error messages since the last call of this function, oldest first.
    pub(super) fn take_errors(&self) -> Vec<String> {
        std::mem::take(&mut *self.errors.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What C is to hand back to the callbacks.
    pub(super) fn opaque(&self) -> *mut c_void {
        std::ptr::from_ref(self).cast_mut().cast()
    }
}

/// Collects one error message.
///
/// # Safety
/// `opaque` comes from [`Listener::opaque`] of a listener that is alive; `message` is NULL or a
/// C string.
pub(super) unsafe extern "C" fn on_error(
    _: *mut ffi::guestfs_h,
    opaque: *mut c_void,
    message: *const c_char,
) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        if message.is_null() {
            return;
        }
        // SAFETY: by this function's contract.
        let (listener, message) =
            unsafe { (&*opaque.cast::<Listener>(), CStr::from_ptr(message).to_string_lossy()) };
        let mut errors = listener.errors.lock().unwrap_or_else(PoisonError::into_inner);
        errors.push(message.into_owned());
    }));
}

/// Logs one message of QEMU, the appliance or the library.
///
/// # Safety
/// `opaque` comes from [`Listener::opaque`] of a listener that is alive; `text` is NULL or
/// `length` readable bytes.
pub(super) unsafe extern "C" fn on_event(
    _: *mut ffi::guestfs_h,
    opaque: *mut c_void,
    event: u64,
    _: c_int,
    _: c_int,
    text: *const c_char,
    length: usize,
    _: *const u64,
    _: usize,
) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        if text.is_null() {
            return;
        }
        // SAFETY: by this function's contract.
        let (listener, text) = unsafe {
            (&*opaque.cast::<Listener>(), std::slice::from_raw_parts(text.cast::<u8>(), length))
        };
        // The console comes in pieces with its own line ends; the library's messages have none.
        if event == u64::from(ffi::GUESTFS_EVENT_APPLIANCE) {
            listener.log.push(text);
        } else {
            listener.log.push(&[b"libguestfs: ", text, b"\n"].concat());
        }
    }));
}
