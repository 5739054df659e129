//! When appliances are booted, and how many runs a boot carries.

#![allow(clippy::unwrap_used)]

mod ahead;
mod bench;
mod shared;
