//! A config file: from TOML to a [`Config`] in which everything is known to make sense together.
//!
//! Refuses unknown and missing keys, wrong types, values that are not permitted and values that
//! cannot go together, each with file, line and column, the value, what is permitted, and what to
//! do. One file per element of a config.

mod appliance;
mod deadlines;
mod error;
mod image;
mod workload;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::Spanned;

pub use appliance::{Accel, ApplianceConfig, Filesystem};
pub use deadlines::Deadlines;
pub use error::ConfigError;
pub use image::NamedImage;
pub use workload::{Data, FileWrite, Verify};

use error::Source;

/// Most runs of a cell that a plan may hold: far beyond what any experiment needs, and small enough
/// that a slip of the keyboard is noticed.
const MAX_RUNS: u32 = 10_000;

/// What an experiment is to do.
#[derive(Clone, Debug)]
pub struct Config {
    /// Name of the experiment: the config's file name without `.toml`.
    pub name: String,
    /// The question that it answers, from the header of the file.
    pub question: String,
    /// The file's text, for the record.
    pub text: String,
    /// Runs of each cell.
    pub runs: u32,
    /// Seed of order and data, where the config fixes one.
    pub seed: Option<u64>,
    /// The appliance that the guest runs in.
    pub appliance: ApplianceConfig,
    /// Where the images are made.
    pub directory: PathBuf,
    /// How long anything may take.
    pub deadlines: Deadlines,
    /// What the guest does.
    pub workload: FileWrite,
    /// The images, the first of them the control.
    pub images: Vec<NamedImage>,
}

/// The file as TOML has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    runs: Spanned<u32>,
    seed: Option<u64>,
    accel: Option<Spanned<String>>,
    filesystem: Spanned<String>,
    mount_options: Option<Spanned<String>>,
    directory: Option<Spanned<String>>,
    appliance: Option<appliance::Table>,
    deadlines: Option<deadlines::Table>,
    workload: workload::Table,
    image: Spanned<Vec<image::Table>>,
}

impl Config {
    /// Reads and checks a config file.
    ///
    /// # Errors
    /// The file cannot be read, or anything in it is not permitted.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        if !path.is_file() {
            return Err(ConfigError::unreadable(
                path,
                match path.exists() {
                    true => "is not a file",
                    false => "does not exist",
                },
            ));
        }
        let bytes =
            fs::read(path).map_err(|error| ConfigError::unreadable(path, &error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            ConfigError::unreadable(
                path,
                &format!("is not UTF-8 (byte {at} is the first that is not)"),
            )
        })?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Config::parse(&path.to_string_lossy(), name, text)
    }

    /// Checks the text of a config; `file` is what errors call it.
    ///
    /// # Errors
    /// Anything in it that is not permitted.
    pub fn parse(file: &str, name: String, text: String) -> Result<Config, ConfigError> {
        let source = Source { file, text: &text };
        let parsed: File = toml::from_str(&text).map_err(|error| source.toml_error(&error))?;
        let runs = runs(&source, &parsed.runs)?;
        let filesystem = Filesystem::check(&source, &parsed.filesystem)?;
        let images = image::check_all(&source, parsed.image)?;
        let workload = workload::check(&source, parsed.workload, &images, filesystem)?;
        Ok(Config {
            name,
            question: question(&text),
            runs,
            seed: parsed.seed,
            appliance: appliance::check(
                &source,
                parsed.accel,
                parsed.appliance,
                filesystem,
                parsed.mount_options,
            )?,
            directory: directory(&source, parsed.directory)?,
            deadlines: deadlines::check(&source, parsed.deadlines)?,
            workload,
            images,
            text,
        })
    }
}

fn runs(source: &Source<'_>, runs: &Spanned<u32>) -> Result<u32, ConfigError> {
    match *runs.get_ref() {
        0 => Err(source.error(
            runs.span(),
            "runs = 0 measures nothing",
            "permitted: 1 or more; 3 describe, 6 are for nightly jobs, 10 for a claim on a mailing list",
        )),
        n if n > MAX_RUNS => Err(source.error(
            runs.span(),
            &format!("runs = {n} is too many"),
            &format!("permitted: 1 to {MAX_RUNS}"),
        )),
        n => Ok(n),
    }
}

fn directory(source: &Source<'_>, given: Option<Spanned<String>>) -> Result<PathBuf, ConfigError> {
    let Some(given) = given else { return Ok(PathBuf::from("/var/tmp")) };
    let path = PathBuf::from(given.get_ref());
    match path.is_absolute() {
        true => Ok(path),
        false => Err(source.error(
            given.span(),
            &format!("directory '{}' is not an absolute path", path.display()),
            "write the whole path of a directory for the images, such as \"/var/tmp\"",
        )),
    }
}

/// The first comment of the file, up to its first empty line: every config opens with its question.
fn question(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix('#')).map(str::trim);
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
