//! Why an image could not be made or proved.

use std::{io, path::PathBuf};

use crate::SpecError;

/// What went wrong, with the file or command that it went wrong on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("{what} {}: {source}", path.display())]
    Io {
        /// What was tried: "truncating".
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// Its answer.
        source: io::Error,
    },
    /// The image cannot be had.
    #[error("{0}: {help}", help = .0.help())]
    Spec(#[from] SpecError),
    /// An image that is to be in memory would be on a disk.
    #[error("{} is not in memory (tmpfs): give format 'floor' a directory that is, such as /dev/shm", .0.display())]
    NotInMemory(PathBuf),
    /// `qemu-img` or another program is not there.
    #[error("{program} cannot be started ({source}): install it with 'make setup'")]
    NoProgram {
        /// The program.
        program: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// `qemu-img` ended with an error.
    #[error("{command}: {status}: {message}")]
    QemuImg {
        /// Its command line.
        command: String,
        /// Its exit status.
        status: std::process::ExitStatus,
        /// What it wrote to standard error.
        message: String,
    },
    /// `qemu-img` answered something that is not its documented output.
    #[error("{command}: unexpected output: {message}")]
    Output {
        /// Its command line.
        command: String,
        /// What was wrong with the output.
        message: String,
    },
    /// The image that was made is not the image that was asked for.
    #[error("{} is not what was asked for: {message}", path.display())]
    NotAsAsked {
        /// The image.
        path: PathBuf,
        /// Which fact differs.
        message: String,
    },
}
