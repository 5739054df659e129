//! Text across the C border: arguments in, results out.
//!
//! Refuses arguments with a NUL byte. Results are copied and their C memory freed here, once. They
//! become UTF-8, with U+FFFD for what is not.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char};

use super::error::Error;

/// `text` as a C string, for `operation`.
pub(super) fn argument(operation: &'static str, text: impl AsRef<[u8]>) -> Result<CString, Error> {
    let text = text.as_ref();
    CString::new(text).map_err(|_| {
        let shown = String::from_utf8_lossy(text);
        Error::refused(operation, format!("the argument {shown:?} contains a NUL byte"))
    })
}

/// An optional C string, NULL where there is none.
pub(super) fn pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr())
}

/// A list of C strings, closed by NULL as C expects it.
pub(super) struct List {
    pointers: Vec<*mut c_char>,
    /// What `pointers` points to; heap memory, so moving the list does not move it.
    _owned: Vec<CString>,
}

impl List {
    pub(super) fn new(operation: &'static str, items: &[&str]) -> Result<Self, Error> {
        let owned =
            items.iter().map(|item| argument(operation, item)).collect::<Result<Vec<_>, _>>()?;
        let pointers = owned.iter().map(|item| item.as_ptr().cast_mut());
        let pointers = pointers.chain([std::ptr::null_mut()]).collect();
        Ok(Self { pointers, _owned: owned })
    }

    /// Valid while the list lives. C reads it only, although the declaration says `char *`.
    pub(super) fn as_ptr(&self) -> *const *mut c_char {
        self.pointers.as_ptr()
    }
}

/// Copies a C string; NULL becomes the empty text.
///
/// # Safety
/// `text` is NULL or a C string.
pub(super) unsafe fn copied(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: by this function's contract.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// Copies a C string and frees it.
///
/// # Safety
/// `text` is NULL or a C string from `malloc` that nobody else will use.
pub(super) unsafe fn taken(text: *mut c_char) -> String {
    // SAFETY: by this function's contract.
    unsafe {
        let copy = copied(text);
        nix::libc::free(text.cast());
        copy
    }
}

/// Copies a list of C strings closed by NULL, and frees the strings and the list.
///
/// # Safety
/// `list` is NULL or such a list; it and its strings come from `malloc` and nobody else will use
/// them.
pub(super) unsafe fn taken_list(list: *mut *mut c_char) -> Vec<String> {
    let mut copies = Vec::new();
    if list.is_null() {
        return copies;
    }
    // SAFETY: by this function's contract; nothing is read beyond the closing NULL.
    unsafe {
        let mut item = list;
        while !(*item).is_null() {
            copies.push(taken(*item));
            item = item.add(1);
        }
        nix::libc::free(list.cast());
    }
    copies
}
