//! Bytes into and out of the guest: the measured path. Neither direction copies on our side.
//!
//! Refuses to move more than [`MAX_TRANSFER`] bytes in one call.
#![allow(unsafe_code)]

use std::ffi::{CString, c_char, c_int};

use super::buffer::Buffer;
use super::error::Error;
use super::ffi::Libguestfs;
use super::handle::Handle;
use super::{ffi, strings};

/// The most that one call moves, in bytes.
///
/// libguestfs limits a message to 4 MiB. Measured with 1.48.6: a read may have 4 MiB - 44 bytes, a
/// write 4 MiB - 56 bytes less the path's length, rounded up to 4. So this leaves room for the longest
/// path there is. Beyond the limit the library only says "dispatch failed to marshal args".
pub const MAX_TRANSFER: usize = (4 << 20) - (8 << 10);

type Write =
    unsafe fn(&Libguestfs, *mut ffi::guestfs_h, *const c_char, *const c_char, usize, i64) -> c_int;

type Read = unsafe fn(
    &Libguestfs,
    *mut ffi::guestfs_h,
    *const c_char,
    c_int,
    i64,
    *mut usize,
) -> *mut c_char;

impl Handle {
    /// Writes to an existing file at `offset` bytes. Yields how many bytes were written: at least one,
    /// and like pwrite(2) perhaps fewer than all, so callers loop.
    ///
    /// # Errors
    /// When `data` is empty or exceeds [`MAX_TRANSFER`], when the guest refuses, and when it wrote
    /// nothing.
    pub fn pwrite(&self, path: &str, data: &[u8], offset: u64) -> Result<usize, Error> {
        self.write("pwrite", Libguestfs::guestfs_pwrite, path, data, offset)
    }

    /// Writes to a block device, otherwise like [`pwrite`](Self::pwrite).
    ///
    /// # Errors
    /// The same.
    pub fn pwrite_device(&self, device: &str, data: &[u8], offset: u64) -> Result<usize, Error> {
        self.write("pwrite_device", Libguestfs::guestfs_pwrite_device, device, data, offset)
    }

    /// Reads up to `count` bytes of a file from `offset` bytes on: fewer before the end of the file,
    /// none at it.
    ///
    /// # Errors
    /// When `count` exceeds [`MAX_TRANSFER`], and when the guest refuses.
    pub fn pread(&self, path: &str, count: usize, offset: u64) -> Result<Buffer, Error> {
        self.read("pread", Libguestfs::guestfs_pread, path, count, offset)
    }

    /// Reads from a block device, otherwise like [`pread`](Self::pread).
    ///
    /// # Errors
    /// The same.
    pub fn pread_device(&self, device: &str, count: usize, offset: u64) -> Result<Buffer, Error> {
        self.read("pread_device", Libguestfs::guestfs_pread_device, device, count, offset)
    }

    fn write(
        &self,
        operation: &'static str,
        function: Write,
        path: &str,
        data: &[u8],
        offset: u64,
    ) -> Result<usize, Error> {
        let (path, _, offset) = place(operation, path, data.len(), offset)?;
        if data.is_empty() {
            return Err(Error::refused(operation, "there is nothing to write"));
        }
        // SAFETY: `g` is open; path and data outlive the call, which reads them only, and
        // `function` is one of the two above.
        let written = self.call(operation, |g| unsafe {
            function(self.library, g, path.as_ptr(), data.as_ptr().cast(), data.len(), offset)
        })?;
        match usize::try_from(written) {
            Ok(written) if (1..=data.len()).contains(&written) => Ok(written),
            _ => {
                let message = format!("the guest wrote {written} of {} bytes", data.len());
                Err(Error::senseless(operation, message))
            }
        }
    }

    fn read(
        &self,
        operation: &'static str,
        function: Read,
        path: &str,
        count: usize,
        offset: u64,
    ) -> Result<Buffer, Error> {
        let (path, count, offset) = place(operation, path, count, offset)?;
        let mut length = 0;
        // SAFETY: `g` is open; the path outlives the call, and `function` is one of the two above.
        let start = self.call(operation, |g| unsafe {
            function(self.library, g, path.as_ptr(), count, offset, &mut length)
        })?;
        // SAFETY: the library hands over `length` bytes from `malloc`.
        let buffer = unsafe { Buffer::from_c(start, length) };
        buffer.ok_or_else(|| Error::senseless(operation, "no buffer"))
    }
}

/// Path, count and offset as C takes them.
fn place(
    operation: &'static str,
    path: &str,
    count: usize,
    offset: u64,
) -> Result<(CString, c_int, i64), Error> {
    let path = strings::argument(operation, path)?;
    let fits = c_int::try_from(count).ok().filter(|_| count <= MAX_TRANSFER);
    let count = fits.ok_or_else(|| {
        let message = format!("{count} bytes at once are more than {MAX_TRANSFER}");
        Error::refused(operation, message)
    })?;
    let offset = i64::try_from(offset)
        .map_err(|_| Error::refused(operation, format!("the offset {offset} is too large")))?;
    Ok((path, count, offset))
}
