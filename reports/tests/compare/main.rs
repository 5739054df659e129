//! `compare`, from experiments as read back to what is printed.

mod by_factor;
mod formats;
mod metrics;
#[path = "../mixed/mod.rs"]
mod mixed;
mod noisy;
mod refusals;
#[path = "../sample/mod.rs"]
mod sample;
mod verdicts;
