//! An fio job: from TOML keys or an fio job file to the text that fio reads in the appliance.
//!
//! Refuses what is not ours to leave open: which file or device is used (`filename` and its like),
//! and a job without `rw` or `size`, of which neither the room nor the metric is known.

use std::{collections::BTreeMap, time::Duration};

use image_prep::ByteSize;
use serde::{Deserialize, Serialize};

/// What fio is to do, as the text of a job file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The job file, without the file or device that it works on.
    pub(super) text: String,
    /// What of it is read and written.
    pub(super) direction: Direction,
    /// Bytes of the file or device that it works on.
    pub(super) size: u64,
    /// Bytes that it moves, where it does not run by the clock.
    pub(super) moves: u64,
    /// How long it runs, where it runs by the clock and not until all is done.
    pub(super) runtime: Option<Duration>,
    /// Whether the guest's page cache is passed by.
    pub(super) direct: bool,
}

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Only reads.
    Read,
    /// Only writes.
    Write,
    /// Only trims.
    Trim,
    /// More than one of them.
    Mixed,
}

/// Options that say where fio works: it works on the image, and imgbench says where that is.
const NOT_THEIRS: [&str; 6] =
    ["filename", "directory", "filename_format", "opendir", "output", "client"];

/// Options that part a job's numbers into groups, of which one is read.
const GROUPS: [&str; 2] = ["new_group", "stonewall"];

impl Job {
    /// The job of these options.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub(super) fn of_options(options: &BTreeMap<String, String>) -> Result<Job, String> {
        let lines: Vec<_> = options.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if let Some(line) = lines.iter().find(|line| line.chars().any(char::is_control)) {
            return Err(format!("the option {line:?} holds a control character"));
        }
        Job::of_text(&format!("[job]\n{}\n", lines.join("\n")))
    }

    /// The job of an fio job file.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub(super) fn of_text(text: &str) -> Result<Job, String> {
        if let Some(control) = text.chars().find(|c| c.is_control() && !"\n\r\t".contains(*c)) {
            return Err(format!("the job file holds the control character {control:?}"));
        }
        let options = options(text)?;
        let value = |names: &[&str]| {
            let found = options.iter().rfind(|(name, _)| names.contains(&name.as_str()));
            found.map(|(_, value)| value.as_str())
        };
        if let Some((name, _)) =
            options.iter().find(|(name, _)| NOT_THEIRS.contains(&name.as_str()))
        {
            return Err(format!(
                "the job says '{name}': leave it out, imgbench names the file or the device"
            ));
        }
        if let Some((name, _)) = options.iter().find(|(name, _)| GROUPS.contains(&name.as_str())) {
            return Err(format!("the job says '{name}': its numbers must be of one group"));
        }
        let all = |names: [&'static str; 2]| {
            let found = options.iter().filter(move |(name, _)| names.contains(&name.as_str()));
            found.map(|(_, value)| value.as_str())
        };
        let mut directions = all(["rw", "readwrite"]).map(Direction::of);
        let first = directions.next().ok_or("the job has no 'rw', such as rw=randwrite")??;
        let direction = directions.try_fold(first, |so_far, next| {
            next.map(|next| if next == so_far { next } else { Direction::Mixed })
        })?;
        let size = value(&["size"]).ok_or("the job has no 'size', such as size=64m")?;
        let bytes = |name: &str, text: &str| {
            let bytes: Result<ByteSize, _> = text.parse();
            bytes.map(|bytes| bytes.0).map_err(|error| format!("the job's {name}: {error}"))
        };
        bytes("size", size)?;
        let furthest = |names| -> Result<u64, String> {
            let mut most = 0;
            for text in all(names) {
                most = most.max(bytes(names[0], text)?);
            }
            Ok(most)
        };
        // Whichever section it is of.
        let size = furthest(["size", "filesize"])?
            .saturating_add(furthest(["offset", "offset_increment"])?);
        if size == 0 {
            return Err("the job's size is 0".to_owned());
        }
        let moves = match value(&["io_size", "io_limit"]) {
            Some(text) => bytes("io_size", text)?,
            None => size,
        };
        let on = |name: &str| value(&[name]).is_some_and(|value| value != "0");
        let runtime = value(&["runtime", "timeout"]).map(seconds).transpose()?;
        if on("time_based") && runtime.is_none() {
            return Err("the job is time_based and has no 'runtime'".to_owned());
        }
        Ok(Job { text: text.to_owned(), direction, size, moves, runtime, direct: on("direct") })
    }

    /// The text for fio, on this file or device of the appliance.
    pub(super) fn text_on(&self, path: &str) -> String {
        format!("[global]\nfilename={path}\ngroup_reporting=1\n\n{}", self.text)
    }
}

impl Direction {
    fn of(rw: &str) -> Result<Direction, String> {
        // "randwrite:8" goes on sequentially for 8 blocks.
        match rw.split(':').next().unwrap_or_default() {
            "read" | "randread" => Ok(Direction::Read),
            "write" | "randwrite" => Ok(Direction::Write),
            "trim" | "randtrim" => Ok(Direction::Trim),
            "rw" | "readwrite" | "randrw" | "trimwrite" | "randtrimwrite" => Ok(Direction::Mixed),
            other => Err(format!("the job's rw={other} is none of fio's")),
        }
    }
}

/// The options of all sections, in their order; of one that has no value the value is "1".
fn options(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut options = Vec::new();
    let mut in_section = false;
    for line in text.lines() {
        // A comment may follow an option.
        let line = line.split([';', '#']).next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        if line.starts_with('[') {
            in_section = true;
            continue;
        }
        if !in_section {
            return Err(format!("the job file has '{line}' before its first [section]"));
        }
        let (name, value) = line.split_once('=').unwrap_or((line, "1"));
        options.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(options)
}

/// A time as fio has it: seconds, or with the unit s, m or h.
fn seconds(text: &str) -> Result<Duration, String> {
    let units = [("s", 1), ("m", 60), ("h", 3600)];
    let (digits, unit) = units
        .iter()
        .find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, *unit)))
        .unwrap_or((text, 1));
    let number: Option<u64> = digits.parse().ok().filter(|&number| number > 0);
    let seconds = number.and_then(|number| number.checked_mul(unit));
    seconds.map(Duration::from_secs).ok_or_else(|| {
        format!("the job's runtime={text} is not read: write whole seconds, such as 60 or 60s")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const JOB: &str = "; a comment\n[global]\nioengine=libaio\ndirect\n\n[a job]\nrw=randwrite:8\nsize=64m\nruntime=2m\n";

    #[test]
    fn a_job_file_says_what_is_done() {
        let job = Job::of_text(JOB).unwrap();
        assert_eq!(job.direction, Direction::Write);
        assert_eq!((job.size, job.runtime), (64 << 20, Some(Duration::from_secs(120))));
        assert!(job.direct);
        assert_eq!(
            job.text_on("/dev/sda"),
            format!("[global]\nfilename=/dev/sda\ngroup_reporting=1\n\n{JOB}")
        );
    }

    #[test]
    fn keys_become_a_job_file() {
        let keys = [("rw", "read"), ("size", "1g"), ("bs", "4k")];
        let keys = keys.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let job = Job::of_options(&keys).unwrap();
        assert_eq!(job.text, "[job]\nbs=4k\nrw=read\nsize=1g\n");
        assert_eq!((job.direction, job.runtime, job.direct), (Direction::Read, None, false));
        assert_eq!((job.size, job.moves), (1 << 30, 1 << 30));
    }

    #[test]
    fn of_several_sections_the_furthest_and_the_mixture_count() {
        let job =
            "[a]\nrw=write ; first\nsize=10m # small\n[b]\nrw=randwrite\noffset=1g\nsize=16m\n";
        let job = Job::of_text(job).unwrap();
        assert_eq!((job.direction, job.size), (Direction::Write, (1 << 30) + (16 << 20)));
        let job = Job::of_text("[a]\nrw=write\nsize=10m\n[b]\nrw=read\nsize=1m\n").unwrap();
        assert_eq!((job.direction, job.size), (Direction::Mixed, 10 << 20));
    }

    #[test]
    fn what_cannot_be_run_is_refused() {
        let said = |old: &str, new: &str| Job::of_text(&JOB.replace(old, new)).unwrap_err();
        assert_eq!(said("rw=randwrite:8", "bs=4k"), "the job has no 'rw', such as rw=randwrite");
        assert_eq!(said("rw=randwrite:8", "rw=up"), "the job's rw=up is none of fio's");
        assert_eq!(said("size=64m", "bs=4k"), "the job has no 'size', such as size=64m");
        assert_eq!(said("size=64m", "size=0"), "the job's size is 0");
        assert_eq!(
            said("runtime=2m", "stonewall"),
            "the job says 'stonewall': its numbers must be of one group"
        );
        assert!(said("runtime=2m", "\u{0}").contains("control character"));
        assert!(said("size=64m", "size=50%").starts_with("the job's size: '50%' is not a size"));
        assert_eq!(
            said("runtime=2m", "filename=/dev/sdb"),
            "the job says 'filename': leave it out, imgbench names the file or the device"
        );
        assert_eq!(said("runtime=2m", "time_based"), "the job is time_based and has no 'runtime'");
        assert_eq!(
            said("runtime=2m", "runtime=0"),
            "the job's runtime=0 is not read: write whole seconds, such as 60 or 60s"
        );
        assert_eq!(
            said("[global]", "global"),
            "the job file has 'global' before its first [section]"
        );
        let keys = [("rw".to_owned(), "read\nfilename=/x".to_owned())].into();
        assert_eq!(
            Job::of_options(&keys).unwrap_err(),
            "the option \"rw=read\\nfilename=/x\" holds a control character"
        );
    }
}
