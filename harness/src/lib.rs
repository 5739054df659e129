//! The harness of imgbench: from a config file to the files of an experiment.
//!
//! `main.rs` shows the order in which these modules are used.

pub mod accel;
pub mod appliance;
pub mod appliance_cache;
mod appliance_initrd;
pub mod appliance_lean;
pub mod appliance_packages;
pub mod calibrate;
pub mod cells;
pub mod cli;
pub mod compare;
pub mod config;
pub mod doctor;
pub mod experiment;
pub mod guestfs;
pub mod history;
pub mod host;
pub mod libguestfs;
pub mod mail;
pub mod neighbours;
pub mod nightly;
pub mod plan;
pub mod report;
pub mod scratch;
pub mod supervise;
pub mod suspend;
pub mod worker;
pub mod workload;

#[cfg(test)]
#[path = "../../reports/tests/fuzz/mod.rs"]
mod fuzz;

/// A signal asked us to stop.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;
