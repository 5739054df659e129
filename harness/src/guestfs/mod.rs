//! libguestfs, as much of it as imgbench needs, behind safe Rust.
//!
//! Takes settings, images and requests; yields a booted appliance ([`Handle`]), its answers, and an
//! [`Error`] that holds *every* message of a failure. Refuses what C would not survive: text with a
//! NUL byte, numbers that C's types cannot hold, a write of nothing.
//!
//! - `library`: the shared library, loaded at run time
//! - `handle`: the owner of the C handle; every call into the library goes through one function there
//! - `settings`, `lifecycle`, `filesystem`, `data`, `inside`: the operations, by when they are used
//! - `callbacks`, `log`, `error`: what the library says while it works
//! - `strings`, `buffer`: memory that crosses the border
//! - `ffi`: the C declarations, generated
//!
//! Unsafe code lives in this folder only. What the operations mean is in guestfs(3); the comments
//! here say what that manual does not.
//!
//! There are **no timeouts** in libguestfs: a stopped QEMU holds any call for ever, `Drop` included.
//! A process that uses a [`Handle`] must be one that another can kill.

mod buffer;
mod callbacks;
mod data;
mod error;
mod ffi;
mod filesystem;
mod handle;
mod inside;
mod library;
mod lifecycle;
mod log;
mod settings;
mod strings;
#[cfg(test)]
mod tests;

pub use buffer::Buffer;
pub use data::MAX_TRANSFER;
pub use error::Error;
pub use filesystem::{MkfsOptions, StatVfs};
pub use handle::Handle;
pub use inside::Utsname;
pub use lifecycle::Version;
pub use log::Log;
pub use settings::{Accel, CacheMode, Discard, DriveOptions};
