//! Guest disk images: from an [`ImageSpec`] to an [`Image`] on disk that is proved to be what was
//! asked for.
//!
//! The only code of imgbench that creates images or calls `qemu-img`. A new format is one file in
//! `format/` and one line in its `mod.rs`.

mod error;
mod format;
mod image;
mod qemu_img;
mod size;

pub use error::Error;
pub use format::{Format, ImageSpec, Preallocation};
pub use image::{Facts, Image};
pub use qemu_img::{MINIMUM_VERSION, version};
pub use size::{ByteSize, SizeError};
