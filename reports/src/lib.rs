//! Everything of imgbench after the measuring: records, statistics, reports.

pub mod stats;
