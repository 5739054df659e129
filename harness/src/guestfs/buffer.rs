//! Bytes that the library allocated, read in place: no copy on the way out of a measured read.
#![allow(unsafe_code)]

use std::ffi::c_char;
use std::ops::Deref;
use std::ptr::NonNull;

/// Owned memory from C's `malloc`; freed on drop.
#[derive(Debug)]
pub struct Buffer {
    start: NonNull<u8>,
    length: usize,
}

// SAFETY: the memory has this one owner, and `free` may be called from any thread.
unsafe impl Send for Buffer {}
// SAFETY: a shared buffer can only be read.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// Takes the memory over; `None` for NULL.
    ///
    /// # Safety
    /// `start` is NULL or comes from `malloc`, holds `length` initialised bytes, and nobody else
    /// will use it.
    pub(super) unsafe fn from_c(start: *mut c_char, length: usize) -> Option<Self> {
        NonNull::new(start.cast()).map(|start| Self { start, length })
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the contract of `from_c`; the borrow of `self` keeps the memory.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: the contract of `from_c`; this is the only place that frees.
        unsafe { nix::libc::free(self.start.as_ptr().cast()) }
    }
}
