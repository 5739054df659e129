//! Which libguestfs this host has, and which QEMU it starts.
//!
//! A process of its own looks: the library brings some hundred others into memory, which the parent of
//! workers has no use for while they measure.

use std::{
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, Stdio},
    sync::OnceLock,
};

use anyhow::{Context, anyhow};
use serde::{Deserialize, Serialize};

use crate::{cli::LIBGUESTFS, guestfs};

/// What was found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Libguestfs {
    /// Major and minor number of the version.
    pub number: (i64, i64),
    /// The version, for people.
    pub version: String,
    /// The QEMU that it starts unless it is told another, or why that is not known.
    qemu: Result<PathBuf, String>,
}

type Found = Result<Libguestfs, String>;

impl Libguestfs {
    /// What there is on this host. It is looked for once.
    ///
    /// # Errors
    /// There is none, or it does not work.
    pub fn find() -> anyhow::Result<&'static Libguestfs> {
        static FOUND: OnceLock<Found> = OnceLock::new();
        let asked = || ask().unwrap_or_else(|error| Err(format!("{error:#}")));
        FOUND.get_or_init(asked).as_ref().map_err(|why| anyhow!("{why}"))
    }

    /// The QEMU that it starts unless it is told another.
    ///
    /// # Errors
    /// libguestfs does not say.
    pub fn qemu(&self) -> anyhow::Result<&PathBuf> {
        self.qemu.as_ref().map_err(|why| anyhow!("{why}"))
    }
}

fn ask() -> anyhow::Result<Found> {
    let program = std::env::current_exe().context("finding our own program")?;
    let told = Command::new(program)
        .arg(LIBGUESTFS)
        .stdin(Stdio::null())
        // An interrupt typed at the terminal is for us.
        .process_group(0)
        .output()
        .context("asking for libguestfs")?;
    serde_json::from_slice(&told.stdout).with_context(|| {
        let said = String::from_utf8_lossy(&told.stderr);
        format!("libguestfs cannot be asked for its version ({}): {}", told.status, said.trim())
    })
}

/// The whole life of the process that looks.
///
/// # Errors
/// Nobody listens.
pub fn tell() -> anyhow::Result<()> {
    let found: Found = look().map_err(|error| error.to_string());
    println!("{}", serde_json::to_string(&found)?);
    Ok(())
}

fn look() -> Result<Libguestfs, guestfs::Error> {
    let handle = guestfs::Handle::new()?;
    let version = handle.version()?;
    Ok(Libguestfs {
        number: (version.major, version.minor),
        version: version.to_string(),
        qemu: handle.get_hv().map_err(|error| error.to_string()),
    })
}
