//! The library itself, loaded when it is first needed and kept for good: what reads the files of an
//! experiment must work on a machine that has no libguestfs.
#![allow(unsafe_code)]

use std::fmt;
use std::sync::OnceLock;

use super::error::Error;
use super::ffi::Libguestfs;

/// The name under which the loader finds it; libguestfs has had this one ABI since 2009.
const NAME: &str = "libguestfs.so.0";

impl fmt::Debug for Libguestfs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)
    }
}

/// The loaded library.
///
/// # Errors
/// It is not there, or has not all the functions that `ffi` declares. That does not change while we
/// run: a second call yields the same.
pub(super) fn library() -> Result<&'static Libguestfs, Error> {
    static LIBRARY: OnceLock<Result<Libguestfs, Error>> = OnceLock::new();
    let loaded = LIBRARY.get_or_init(|| {
        // SAFETY: loading runs only the initialisers of libguestfs and of what it depends on, which
        // any client of it runs at its start; the types of `ffi` are those of its header, and the
        // name stands for that ABI.
        unsafe { Libguestfs::new(NAME) }.map_err(|why| Error::not_loaded(&why.to_string()))
    });
    loaded.as_ref().map_err(Error::clone)
}
