//! A config file: from TOML to a [`Config`] in which everything is known to make sense together.
//!
//! Refuses unknown and missing keys, wrong types, values that are not permitted and values that
//! cannot go together, each with file, line and column, the value, what is permitted, and what to
//! do. One file per element of a config.

mod appliance;
mod boot;
mod deadlines;
mod drive;
mod error;
mod factors;
mod image;
mod keys;
mod nightly;
mod workload;

use std::{
    cell::RefCell,
    collections::HashSet,
    fs,
    io::Read,
    ops::Range,
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::IgnoredAny};
use toml::Spanned;

pub use appliance::{Accel, ApplianceConfig, Filesystem, Kind};
pub use boot::Boots;
pub use deadlines::Deadlines;
pub use drive::{Aio, Cache, DetectZeroes, Discard, Drive, Limit};
pub use error::{ConfigError, Source};
pub use factors::{Factor, Level, Setting};
pub use image::{NamedImage, State};
pub use keys::Keys;
pub use nightly::Nightly;
pub use workload::NamedWorkload;

pub(crate) use image::parse_size;

use crate::cells;

/// Most runs of a cell that a plan may hold: far beyond what any experiment needs, and small enough
/// that a slip of the keyboard is noticed.
const MAX_RUNS: u32 = 10_000;

/// Most cells that a config may cross: each is kept, named and reported.
const MAX_CELLS: usize = 10_000;

/// Most bytes of a config, and of a file that it names: a thousand times what any has.
const MAX_BYTES: u64 = 4 << 20;

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
    /// When the appliance is booted.
    pub boots: Boots,
    /// The appliance that the guest runs in.
    pub appliance: ApplianceConfig,
    /// Where the images are made.
    pub directory: PathBuf,
    /// How long anything may take.
    pub deadlines: Deadlines,
    /// What `imgbench nightly` does after an alarm.
    pub nightly: Nightly,
    /// What is measured.
    pub workloads: Vec<NamedWorkload>,
    /// The images.
    pub images: Vec<NamedImage>,
    /// What crosses with them.
    pub factors: Vec<Factor>,
    /// The factor along which cells are compared, each with the first level.
    pub compare: String,
    /// The files that the config names, with their texts: fio's jobs.
    pub attachments: Vec<(String, String)>,
}

/// The file as TOML has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    runs: Spanned<u32>,
    seed: Option<u64>,
    accel: Option<Spanned<String>>,
    boot: Option<Spanned<String>>,
    filesystem: Option<Spanned<String>>,
    mount_options: Option<Spanned<String>>,
    directory: Option<Spanned<String>>,
    appliance: Option<appliance::Table>,
    deadlines: Option<deadlines::Table>,
    nightly: Option<nightly::Table>,
    compare: Option<Spanned<String>>,
    #[serde(rename = "factors")]
    factors: Option<Spanned<IgnoredAny>>,
    #[serde(rename = "workload")]
    _workload: IgnoredAny,
    #[serde(rename = "image")]
    _image: IgnoredAny,
}

impl Config {
    /// Reads and checks a config file.
    ///
    /// # Errors
    /// The file cannot be read, or anything in it is not permitted.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        if path.is_dir() || !path.exists() {
            let why = if path.exists() { "is not a file" } else { "does not exist" };
            return Err(ConfigError::unreadable(path, why));
        }
        // A pipe is read like a file: `imgbench run <(generate-config)`.
        let bytes = read(path).map_err(|error| ConfigError::unreadable(path, &error))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            ConfigError::unreadable(
                path,
                &format!("is not UTF-8 (byte {at} is the first that is not)"),
            )
        })?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let beside = path.parent().unwrap_or(Path::new("")).to_owned();
        let read_beside = |name: &str| {
            let path = beside.join(name);
            // Anything else might never end.
            if path.exists() && !path.is_file() {
                return Err("is not a file".to_owned());
            }
            String::from_utf8(read(&path)?).map_err(|_| "is not UTF-8".to_owned())
        };
        Config::parse(&path.to_string_lossy(), name, text, &read_beside)
    }

    /// Checks the text of a config; `file` is what errors call it, and `read` reads a file that it
    /// names.
    ///
    /// # Errors
    /// Anything in it that is not permitted.
    pub fn parse(
        file: &str,
        name: String,
        text: String,
        read: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Config, ConfigError> {
        let source = Source { file, text: &text, read, attachments: RefCell::default() };
        let parsed: File = toml::from_str(&text).map_err(|error| source.toml_error(&error))?;
        let runs = runs(&source, &parsed.runs)?;
        let factors = factors::check_all(&source)?;
        let given_twice = |key: &str, span: Option<Range<usize>>| match span {
            Some(span) if factors.iter().any(|factor| factor.name == key) => Err(source.error(
                span,
                &format!("{key} is given here and in [factors]"),
                "give it in one of the two places",
            )),
            _ => Ok(()),
        };
        given_twice("filesystem", parsed.filesystem.as_ref().map(Spanned::span))?;
        given_twice("directory", parsed.directory.as_ref().map(Spanned::span))?;
        let filesystem = match &parsed.filesystem {
            None => Filesystem::None,
            Some(given) => Filesystem::check(&source, given)?,
        };
        let images = image::check_all(&source, &factors)?;
        let workloads = workload::check_all(&source)?;
        not_too_many(&source, &parsed, &[images.len(), workloads.len()], &factors)?;
        let compare = compare(&source, parsed.compare, &images, &factors, &workloads)?;
        let (accel, options) = (parsed.accel, parsed.mount_options);
        let config = Config {
            name,
            question: question(&text),
            runs,
            seed: parsed.seed,
            boots: Boots::check(&source, parsed.boot)?,
            appliance: appliance::check(&source, accel, parsed.appliance, filesystem, options)?,
            directory: directory(&source, parsed.directory)?,
            deadlines: deadlines::check(&source, parsed.deadlines)?,
            nightly: nightly::check(&source, parsed.nightly)?,
            workloads,
            images,
            factors,
            compare,
            attachments: source.attachments.take(),
            text: text.clone(),
        };
        let (possible, impossible) = cells::all(&config);
        let measured: HashSet<&str> =
            possible.iter().map(|cell| cell.image.name.as_str()).collect();
        let never = config.images.iter().find(|image| !measured.contains(image.name.as_str()));
        let why = |image: &NamedImage| impossible.iter().find(|cell| cell.image == image.name);
        if let Some((image, found)) = never.and_then(|image| Some((image, why(image)?))) {
            return Err(source.error(
                image.span.clone(),
                &format!("image '{}' cannot be measured: {}", image.name, found.why),
                "change the image, the workload or the factors",
            ));
        }
        Ok(config)
    }
}

/// The bytes of a file or pipe, or why they cannot be read.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    match bytes.len() as u64 <= MAX_BYTES {
        true => Ok(bytes),
        false => Err(format!("is longer than {MAX_BYTES} bytes")),
    }
}

/// Refuses what crosses to more cells than can be, before they are made.
fn not_too_many(
    source: &Source<'_>,
    parsed: &File,
    of_tables: &[usize],
    factors: &[Factor],
) -> Result<(), ConfigError> {
    let levels = factors.iter().map(|factor| factor.levels.len());
    let cells = of_tables.iter().copied().chain(levels).fold(1, usize::saturating_mul);
    if cells <= MAX_CELLS {
        return Ok(());
    }
    let span = parsed.factors.as_ref().map_or_else(|| parsed.runs.span(), Spanned::span);
    Err(source.error_at_line(
        span,
        &format!("images, workloads and factors cross to {cells} cells"),
        &format!("permitted: {MAX_CELLS}; give fewer levels, or part them over several configs"),
    ))
}

/// The factor along which cells are compared: the first that has two levels, where none is named.
fn compare(
    source: &Source<'_>,
    given: Option<Spanned<String>>,
    images: &[NamedImage],
    factors: &[Factor],
    workloads: &[NamedWorkload],
) -> Result<String, ConfigError> {
    let mut several = vec![("image", images.len())];
    several.extend(factors.iter().map(|factor| (factor.name, factor.levels.len())));
    several.push(("workload", workloads.len()));
    several.retain(|(_, levels)| *levels > 1);
    let Some(given) = given else {
        return Ok(several.first().map_or("image", |(name, _)| name).to_owned());
    };
    match several.iter().any(|(name, _)| name == given.get_ref()) {
        true => Ok(given.into_inner()),
        false => Err(source.error(
            given.span(),
            &format!("compare = \"{}\" is no factor with two levels or more", given.get_ref()),
            &match several.as_slice() {
                [] => "remove the key: there is one cell only".to_owned(),
                several => {
                    let names: Vec<_> = several.iter().map(|(name, _)| *name).collect();
                    format!("permitted: {}", names.join(", "))
                }
            },
        )),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::plan::Plan;

    #[test]
    fn anything_for_a_config_is_planned_or_refused() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../configs");
        let texts: Vec<Vec<u8>> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| fs::read(entry.unwrap().path()).unwrap())
            .collect();
        let seeds: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        let mut planned = 0;
        crate::fuzz::hold(1000, &seeds, |input| {
            let text = String::from_utf8_lossy(input).into_owned();
            let job = |_: &str| Ok(text.clone());
            match Config::parse("fuzz.toml", "fuzz".to_owned(), text.clone(), &job) {
                Err(error) => drop(error.render()),
                Ok(config) => {
                    let Ok(plan) = Plan::new(&config, config.runs, 1, None) else { return };
                    planned += 1;
                    // It prints each run.
                    if plan.runs().count() < 1000 {
                        plan.describe(&config);
                    }
                }
            }
        });
        assert!(planned > 100, "only {planned} were planned");
    }

    #[test]
    fn too_many_cells_are_refused_before_they_are_made() {
        let levels = |number: u32| (1..=number).map(|at| at.to_string()).collect::<Vec<_>>();
        let cpus = levels(255).join(", ");
        let memory: Vec<_> = (256..512).map(|size| format!("\"{size}M\"")).collect();
        let text = include_str!("../../../configs/default.toml");
        let factors = format!("\n[factors]\ncpus = [{cpus}]\nmemory = [{}]\n", memory.join(", "));
        let text = text.to_owned() + &factors;
        let read = |_: &str| Err(String::new());
        let error = Config::parse("many.toml", "many".to_owned(), text, &read).unwrap_err();
        let said = error.render();
        assert!(said.contains("cross to 261120 cells"), "{said}");
    }
}
