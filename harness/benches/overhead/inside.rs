//! The library's own share of a client's CPU time, told by inside.c while a program runs.
//!
//! The call costs hundreds of times what is around it, and differs from run to run by more than that:
//! only apart from it can what a program itself takes be seen.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context;

/// What passes in the library during one run of a program.
pub struct Inside {
    file: PathBuf,
}

impl Inside {
    /// Has a program tell it, by the auditing library at `library`, to a file in `scratch`.
    pub fn of(program: &mut Command, library: &Path, scratch: &Path) -> anyhow::Result<Inside> {
        let file = scratch.join("inside");
        fs::write(&file, 0u64.to_ne_bytes())?;
        program.env("LD_AUDIT", library).env("OVERHEAD_INSIDE", &file);
        Ok(Inside { file })
    }

    /// CPU time inside the calls that have returned by now.
    pub fn so_far(&self) -> anyhow::Result<Duration> {
        let bytes = fs::read(&self.file)?;
        let bytes =
            bytes.try_into().ok().context("what the auditing library wrote is no number")?;
        Ok(Duration::from_nanos(u64::from_ne_bytes(bytes)))
    }
}
