//! The words that only a posting has: a reviewer's standing questions, each on its own line, and
//! how to do the experiment again.

use std::collections::BTreeMap;

use super::{Comparisons, Table, listed, size};
use crate::{
    plain::plain,
    record::{Cell, Experiment},
};

/// What a message says beside the report's own sections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mail {
    /// The subject: `[imgbench] NAME: HEADLINE`.
    pub subject: String,
    /// The experiment and the question that it asks.
    pub question: String,
    /// The headline as a sentence.
    pub headline: String,
    /// The setup: a label and the answer.
    pub setup: Vec<(String, String)>,
    /// How to do it again: a label and the answer.
    pub reproduce: Vec<(String, String)>,
    /// The comparisons with the control, narrow enough for 72 columns.
    pub comparisons: Table,
    /// Each verdict with what it rests on, or that there is none.
    pub verdicts: Vec<String>,
    /// What the numbers can say and cannot, a paragraph each, without what explains columns that
    /// are not in the message.
    pub limits: Vec<String>,
    /// Name of the file that the config is attached as.
    pub config_file: String,
}

/// The answers of the setup that say how to do it again.
const REPRODUCE: [&str; 6] = ["Order", "imgbench", "Config", "Started", "Command", "Again"];

/// The column that 72 columns have no room for.
const BY_CHANCE: &str = "by chance";

impl Mail {
    /// Takes the setup of the report apart and adds what is asked on mailing lists.
    pub(super) fn of(
        experiment: &Experiment,
        headline: &str,
        question: &str,
        setup: &[(String, String)],
        comparisons: &Comparisons,
        reading: &[String],
    ) -> Self {
        let name = plain(&experiment.manifest.name);
        let (reproduce, mut setup): (Vec<_>, Vec<_>) =
            setup.iter().cloned().partition(|(label, _)| REPRODUCE.contains(&label.as_str()));
        let cells = &experiment.manifest.cells;
        let after = setup.iter().position(|(label, _)| label == "Cache mode");
        let asked = [
            ("O_DIRECT", by_level(cells, direct)),
            ("aio", by_level(cells, aio)),
            ("Preallocation", by_level(cells, preallocation)),
        ];
        let at = after.map_or(setup.len(), |at| at + 1);
        setup.splice(at..at, asked.map(|(label, answer)| (label.to_owned(), answer)));
        let mut verdicts = comparisons.verdicts.clone();
        if verdicts.is_empty() {
            verdicts.push("There are none: no cell could be compared with its control.".to_owned());
        }
        Mail {
            subject: format!("[imgbench] {name}: {headline}"),
            headline: format!("In short: {headline}."),
            question: if question.is_empty() { name } else { format!("{name}: {question}") },
            setup,
            reproduce,
            comparisons: comparisons.table.without(BY_CHANCE),
            verdicts,
            limits: reading.iter().map(|words| without_by_chance(words)).collect(),
            config_file: config_file(&experiment.manifest.name),
        }
    }

    /// What is attached, in a sentence.
    pub(crate) fn attached(&self, names: &[&str]) -> String {
        match names {
            [] => "Nothing is attached.".to_owned(),
            names => format!("{}. The config is {}.", names.join(", "), self.config_file),
        }
    }

    /// Each file, with its size in bytes, that a message has no room for.
    pub(crate) fn left_out(&self, files: &[(String, usize)]) -> Vec<String> {
        let line = |(name, bytes): &(String, usize)| {
            let size = size(*bytes as u64);
            format!("{name} ({size}) is left out, to keep the message small; ask for it.")
        };
        files.iter().map(line).collect()
    }
}

/// A paragraph without its last sentence, if that explains the column.
fn without_by_chance(words: &str) -> String {
    words.split(" \"By chance\":").next().unwrap_or_default().to_owned()
}

/// One answer if it is that of all cells; else each answer with its cells.
fn by_level(cells: &[Cell], answer: fn(&Cell) -> String) -> String {
    let mut cells_of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for cell in cells {
        cells_of.entry(answer(cell)).or_default().push(plain(&cell.name));
    }
    match cells_of.len() {
        0 => "unknown".to_owned(),
        1 => cells_of.into_keys().collect(),
        _ => {
            let part =
                |(answer, names): (String, Vec<String>)| format!("{answer}: {}", listed(&names));
            cells_of.into_iter().map(part).collect::<Vec<_>>().join("; ")
        }
    }
}

fn direct(cell: &Cell) -> String {
    match cell.cache.as_str() {
        "" => "unknown (QEMU was not asked for the cache mode)".to_owned(),
        mode @ ("none" | "directsync") => format!("yes (cache={mode})"),
        mode @ ("writeback" | "writethrough" | "unsafe") => format!("no (cache={mode})"),
        mode => format!("unknown (cache={})", plain(mode)),
    }
}

/// QEMU's own default is `threads`.
fn aio(cell: &Cell) -> String {
    if cell.qemu_command.is_empty() {
        return "unknown (QEMU's command line was not recorded)".to_owned();
    }
    option(&cell.qemu_command, "aio=").unwrap_or_else(|| "threads (QEMU's default)".to_owned())
}

/// In QEMU's words, from the command that makes the image; raw files are made by other programs.
fn preallocation(cell: &Cell) -> String {
    if let Some(mode) = option(&cell.command, "preallocation=") {
        return mode;
    }
    match cell.command.split_whitespace().next() {
        Some("fallocate") => "falloc".to_owned(),
        Some("dd") => "full".to_owned(),
        _ => "off".to_owned(),
    }
}

/// The word after `key` in a command.
fn option(command: &str, key: &str) -> Option<String> {
    let (_, rest) = command.split_once(key)?;
    let end = rest.find(|of: char| !of.is_ascii_alphanumeric() && of != '_' && of != '-');
    let value = &rest[..end.unwrap_or(rest.len())];
    (!value.is_empty()).then(|| value.to_owned())
}

/// A name of the config that is a file's everywhere.
fn config_file(name: &str) -> String {
    let safe = |of: char| of.is_ascii_alphanumeric() || matches!(of, '-' | '_' | '.');
    let name: String = name.chars().map(|of| if safe(of) { of } else { '_' }).take(64).collect();
    let name = name.trim_matches('.');
    format!("{}.toml", if name.is_empty() { "config" } else { name })
}
