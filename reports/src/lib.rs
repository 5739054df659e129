//! Everything of imgbench after the measuring: records, statistics, reports.
