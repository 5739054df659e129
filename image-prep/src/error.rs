//! Why an image could not be made or proved.

use std::{io, path::PathBuf};

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
    /// `qemu-img` is not there.
    #[error("qemu-img cannot be started ({0}): install it with 'make setup'")]
    NoQemuImg(io::Error),
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
