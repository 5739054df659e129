//! `[workload]` or `[[workload]]`: what is measured. The keys of each kind are with its steps, in
//! `workload/`.

use std::collections::HashMap;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    error::{ConfigError, Source},
    image::check_name,
    keys::Keys,
};
use crate::workload::Workload;

/// A workload with the name that records and reports call it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedWorkload {
    /// The name: the kind, where the config gives no other.
    pub name: String,
    /// What is done.
    pub work: Workload,
}

/// The workloads of a config, whose syntax is known to be right.
pub(super) fn check_all<'a>(source: &'a Source<'a>) -> Result<Vec<NamedWorkload>, ConfigError> {
    let root = DeTable::parse(source.text).map_err(|error| source.toml_error(&error))?;
    let found = root.into_inner().into_iter().find(|(key, _)| key.get_ref() == "workload");
    let Some((_, found)) = found else { return Ok(Vec::new()) };
    let span = found.span();
    let tables: Vec<Spanned<DeValue<'a>>> = match found.into_inner() {
        DeValue::Array(tables) => tables.into_iter().collect(),
        table => vec![Spanned::new(span.clone(), table)],
    };
    if tables.is_empty() {
        let help = "add a [workload] table; configs/default.toml has one";
        return Err(source.error(span, "there is no workload to measure", help));
    }
    let several = tables.len() > 1;
    let mut seen = HashMap::new();
    let mut workloads = Vec::new();
    for table in tables {
        let span = table.span();
        let workload = check(source, table, several)?;
        if seen.insert(workload.name.clone(), ()).is_some() {
            return Err(source.error(
                span,
                &format!("workload name '{}' is used twice", workload.name),
                "give each workload a name of its own: records and reports tell them apart by it",
            ));
        }
        workloads.push(workload);
    }
    Ok(workloads)
}

fn check<'a>(
    source: &'a Source<'a>,
    table: Spanned<DeValue<'a>>,
    several: bool,
) -> Result<NamedWorkload, ConfigError> {
    let span = table.span();
    let DeValue::Table(table) = table.into_inner() else {
        let help = "write a table: [workload], and its keys below; configs/default.toml has one";
        return Err(source.error(span, "workload is not a table", help));
    };
    let mut keys = Keys::new(source, table, span.clone());
    let kind = keys.word("kind")?.ok_or_else(|| {
        let help = format!("add the key; permitted: {}", Workload::KINDS.join(", "));
        source.error_at_line(span.clone(), "missing key `kind`", &help)
    })?;
    let name = match keys.word("name")? {
        Some(name) => check_name(source, "workload", &name)?,
        None if several => {
            let help = "give each of several workloads a name";
            return Err(source.error_at_line(span, "missing key `name`", help));
        }
        None => kind.get_ref().clone(),
    };
    match Workload::check(kind.get_ref(), keys) {
        Some(work) => Ok(NamedWorkload { name, work: work? }),
        None => {
            let wrong = format!("unknown workload '{}'", kind.get_ref());
            Err(source.not_permitted(kind.span(), &wrong, Workload::KINDS.iter().copied()))
        }
    }
}
