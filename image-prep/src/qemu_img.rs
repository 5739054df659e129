//! `qemu-img`, called without a shell.

use std::{
    ffi::OsStr,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde::{Deserialize, de::DeserializeOwned};

use crate::{Error, Format};

/// The oldest `qemu-img` whose options and JSON output are relied on (`extended_l2`, 5.2).
pub const MINIMUM_VERSION: (u32, u32) = (5, 2);

/// What `qemu-img info --output=json` says, as far as it is held against the plan.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Info {
    pub(crate) format: String,
    pub(crate) virtual_size: u64,
}

/// First line of `qemu-img --version`, and the version's numbers.
///
/// # Errors
/// `qemu-img` is missing, or its answer has no version.
pub fn version() -> Result<(String, (u32, u32)), Error> {
    let output = run([OsStr::new("--version")])?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().unwrap_or_default().to_owned();
    let numbers = line.split_whitespace().find_map(|word| {
        let mut parts = word.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    });
    match numbers {
        Some(numbers) => Ok((line, numbers)),
        None => Err(Error::Output {
            command: "qemu-img --version".to_owned(),
            message: format!("no version in '{line}'"),
        }),
    }
}

/// `qemu-img create`, with options in QEMU's words (`preallocation=metadata`).
pub(crate) fn create(format: Format, options: &str, path: &Path, bytes: u64) -> Result<(), Error> {
    let size = bytes.to_string();
    let mut arguments = vec![OsStr::new("create"), OsStr::new("-q"), OsStr::new("-f")];
    arguments.push(OsStr::new(format.as_str()));
    if !options.is_empty() {
        arguments.extend([OsStr::new("-o"), OsStr::new(options)]);
    }
    arguments.extend([path.as_os_str(), OsStr::new(&size)]);
    run(arguments).map(drop)
}

/// `qemu-img info`: the parsed facts, and the JSON as printed, for the record.
pub(crate) fn info(format: Format, path: &Path) -> Result<(Info, String), Error> {
    let arguments = ["info", "--output=json", "-f", format.as_str()];
    let output = run(arguments.iter().map(OsStr::new).chain([path.as_os_str()]))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok((parse("qemu-img info", &text)?, text))
}

/// `qemu-img check`: an error when the image is corrupt or leaks clusters.
pub(crate) fn check(format: Format, path: &Path) -> Result<(), Error> {
    let arguments = ["check", "-f", format.as_str()];
    run(arguments.iter().map(OsStr::new).chain([path.as_os_str()])).map(drop)
}

fn parse<T: DeserializeOwned>(command: &str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text)
        .map_err(|error| Error::Output { command: command.to_owned(), message: error.to_string() })
}

fn run<'a>(arguments: impl IntoIterator<Item = &'a OsStr>) -> Result<Output, Error> {
    let mut command = Command::new("qemu-img");
    command.args(arguments).env("LC_ALL", "C").stdin(Stdio::null());
    let output = command.output().map_err(Error::NoQemuImg)?;
    if output.status.success() {
        return Ok(output);
    }
    let line: Vec<_> = [command.get_program()]
        .into_iter()
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect();
    let said = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    Err(Error::QemuImg {
        command: line.join(" "),
        status: output.status,
        message: String::from_utf8_lossy(said).trim().replace('\n', "; "),
    })
}
