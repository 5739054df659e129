//! Everything of imgbench after the measuring: the files of an experiment, their statistics, and
//! every rendering of them.
//!
//! Takes an experiment's directory and yields summaries, reports and plots. It knows nothing of
//! images or appliances: the levels of a cell reach it as text, so that a new image format never
//! touches this library.
//!
//! One way, no way back: [`record`] reads the files, [`summary`] condenses the runs of a cell,
//! [`report`] decides every number and word, [`plot`], [`render`] and [`export`] lay them out.
//! [`compare`] sets two experiments, or the levels of one, against each other; [`history`] keeps all of
//! them, night after night.
#![forbid(unsafe_code)]

pub mod calibration;
pub mod change_points;
pub mod compare;
pub mod disk;
pub mod export;
pub mod gate;
pub mod history;
pub mod nightly;
pub mod plot;
pub mod ranking;
pub mod record;
pub mod render;
pub mod report;
pub mod stats;
pub mod summary;
pub mod trend;

mod accelerator;
mod pairing;
mod paragraph;
mod plain;
mod whole_file;

pub use render::{WriteError, terminal_table, write};
pub use whole_file::{is_unfinished, remove_unfinished, write as replace_file, write_as_asked};
