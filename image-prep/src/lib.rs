//! Guest disk images: from an [`ImageSpec`] to an [`Image`] on disk that is proved to be what was
//! asked for.
//!
//! The only code of imgbench that creates images or calls `qemu-img`. A new format is one file in
//! `format/` and one line in its `mod.rs`.
#![forbid(unsafe_code)]

mod bounds;
pub mod convert;
mod created;
mod error;
mod fill;
mod format;
mod image;
mod options;
mod qemu_img;
mod size;
mod spec;

pub use error::Error;
pub use format::{Format, Preallocation};
pub use image::{Facts, Image};
pub use options::{OptionDefinition, OptionError, Permitted};
pub use qemu_img::{MINIMUM_VERSION, version};
pub use size::{ByteSize, SizeError};
pub use spec::{Backing, Fill, ImageSpec, SpecError};
