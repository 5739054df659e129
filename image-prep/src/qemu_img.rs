//! `qemu-img`, called without a shell.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
    process::{Command, Output, Stdio},
};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Error, ImageSpec};

/// The oldest `qemu-img` whose options and JSON output are relied on (`extended_l2`, 5.2, and `--target-is-zero`, 5.0).
pub const MINIMUM_VERSION: (u32, u32) = (5, 2);

/// What `qemu-img info --output=json` says of one file, as far as it is held against the plan.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Info {
    pub(crate) format: String,
    pub(crate) virtual_size: u64,
    pub(crate) backing_filename: Option<String>,
    cluster_size: Option<u64>,
    format_specific: Option<Specific>,
}

#[derive(Debug, Deserialize)]
struct Specific {
    data: Value,
}

impl Info {
    /// What it says under a name, in the words of `qemu-img create -o`: the size of clusters, or a
    /// fact of the format's own.
    pub(crate) fn at(&self, name: &str) -> Option<String> {
        if name == "cluster-size" {
            return self.cluster_size.map(|size| size.to_string());
        }
        match self.format_specific.as_ref()?.data.get(name)? {
            Value::Bool(true) => Some("on".to_owned()),
            Value::Bool(false) => Some("off".to_owned()),
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Checked {
    #[serde(default)]
    allocated_clusters: u64,
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

/// `qemu-img info` of an image and of what lies under it, the image first; and the JSON as
/// printed, for the record: an object, or an array of them where there is something under it.
pub(crate) fn info(spec: &ImageSpec, path: &Path) -> Result<(Vec<Info>, String), Error> {
    let mut words = vec!["info", "--output=json", "-f", spec.format.driver()];
    let chain = spec.backing.is_some();
    if chain {
        words.push("--backing-chain");
    }
    let output = run(words.iter().map(OsStr::new).chain([path.as_os_str()]))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let files = match chain {
        true => parse("qemu-img info", &text)?,
        false => vec![parse("qemu-img info", &text)?],
    };
    Ok((files, text))
}

/// `qemu-img check`: an error when the image is corrupt or leaks clusters.
pub(crate) fn check(spec: &ImageSpec, path: &Path) -> Result<(), Error> {
    let words = ["check", "-f", spec.format.driver()];
    run(words.iter().map(OsStr::new).chain([path.as_os_str()])).map(drop)
}

/// Clusters that are mapped, by `qemu-img check`.
pub(crate) fn allocated_clusters(spec: &ImageSpec, path: &Path) -> Result<u64, Error> {
    let words = ["check", "--output=json", "-f", spec.format.driver()];
    let output = run(words.iter().map(OsStr::new).chain([path.as_os_str()]))?;
    let checked: Checked = parse("qemu-img check", &String::from_utf8_lossy(&output.stdout))?;
    Ok(checked.allocated_clusters)
}

/// The end of a `qemu-img convert` to an image that exists.
pub(crate) fn target(spec: &ImageSpec, source: &str, target: &str) -> Vec<String> {
    let objects = spec.qemu_objects();
    if objects.is_empty() {
        return ["-O", spec.format.driver(), source, target].map(str::to_owned).to_vec();
    }
    let mut words = Vec::new();
    for object in objects {
        words.extend(["--object".to_owned(), object]);
    }
    words.push("--target-image-opts".to_owned());
    words.extend([source.to_owned(), node(spec, target, "")]);
    words
}

/// An image as QEMU's block layer takes it (`--image-opts`); `prefix` is what comes before each
/// word where it lies under another node (`file.`).
pub(crate) fn node(spec: &ImageSpec, path: &str, prefix: &str) -> String {
    let mut words = vec![format!("{prefix}driver={}", spec.format.driver())];
    for (option, value) in spec.drive_options() {
        words.push(format!("{prefix}{option}={value}"));
    }
    words.push(format!("{prefix}file.driver=file"));
    words.push(format!("{prefix}file.filename={}", escaped(path)));
    words.join(",")
}

/// QEMU's option lists end a value at a comma, and take two for one.
pub(crate) fn escaped(value: &str) -> String {
    value.replace(',', ",,")
}

fn parse<T: DeserializeOwned>(command: &str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text)
        .map_err(|error| Error::Output { command: command.to_owned(), message: error.to_string() })
}

fn run<'a>(words: impl IntoIterator<Item = &'a OsStr>) -> Result<Output, Error> {
    let words: Vec<OsString> = words.into_iter().map(OsStr::to_owned).collect();
    finish(Command::new("qemu-img").args(words))
}

/// `qemu-img` with these arguments, from within a directory.
pub(crate) fn run_in(directory: Option<&Path>, words: Vec<String>) -> Result<Output, Error> {
    let mut command = Command::new("qemu-img");
    command.args(words);
    if let Some(directory) = directory.filter(|directory| !directory.as_os_str().is_empty()) {
        command.current_dir(directory);
    }
    finish(&mut command)
}

/// Runs a command to its end; any exit status but 0 is an error.
pub(crate) fn finish(command: &mut Command) -> Result<Output, Error> {
    let output = output(command)?;
    match output.status.success() {
        true => Ok(output),
        false => Err(failed(command, &output)),
    }
}

/// Runs a command to its end, whatever that is.
pub(crate) fn output(command: &mut Command) -> Result<Output, Error> {
    command.env("LC_ALL", "C").stdin(Stdio::null());
    let program = command.get_program().to_string_lossy().into_owned();
    command.output().map_err(|source| Error::NoProgram { program, source })
}

/// What a command that failed said.
pub(crate) fn failed(command: &Command, output: &Output) -> Error {
    let said = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    Error::QemuImg {
        command: line(command),
        status: output.status,
        message: String::from_utf8_lossy(said).trim().replace('\n', "; "),
    }
}

/// A command as one would type it.
pub(crate) fn line(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    words.join(" ")
}
