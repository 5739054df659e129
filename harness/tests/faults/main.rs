//! Faults made for real, on experiments whose guests are simulated: what was measured is never lost,
//! what was not is never invented, and nothing is left behind.

#![allow(clippy::unwrap_used)]

mod clock;
mod disk;
mod ends;
mod kills;
#[path = "../simulated/mod.rs"]
mod simulated;
mod together;
mod turns;
