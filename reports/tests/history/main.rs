//! The history, on SQLite and on a PostgreSQL server of the test's own: the same suite on both, and
//! what only one of them can meet.
#![allow(clippy::unwrap_used)]

mod experiments;
mod messages;
mod outage;
mod rendered;
mod server;
mod suite;

#[path = "../sample/mod.rs"]
mod sample;
#[path = "../synthetic/mod.rs"]
mod synthetic;
