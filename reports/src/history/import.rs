//! Takes an experiment into the history, in one transaction.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{
    History, HistoryError, columns,
    database::{Database, Purpose, first, insert, transaction},
    entry::Entry,
    night::START_OF_ID,
    points::{self, Point},
    value::Value,
};
use crate::record::{Experiment, Metric};

/// What an import did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The experiment was not in the history before.
    New,
    /// It was, and as full as this or fuller; nothing was changed.
    AlreadyThere,
    /// It was, with fewer runs, and these took their place.
    Replaced,
}

impl Outcome {
    /// In words, for a line about one experiment.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::New => "imported",
            Outcome::AlreadyThere => "already there",
            Outcome::Replaced => "replaced by the fuller one",
        }
    }
}

/// An experiment that is in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// What was done.
    pub outcome: Outcome,
    /// Its id: 64 hexadecimal digits, the same for every copy of its files.
    pub id: String,
    /// What somebody should look at, in whole sentences.
    pub warnings: Vec<String>,
}

/// What the history has of an experiment already.
struct Known {
    id: i64,
    content: String,
    done: i64,
}

impl History {
    /// Adds an experiment. A second import changes nothing, or, if the experiment was resumed since,
    /// puts the fuller one in the place of the other.
    ///
    /// # Errors
    /// The database says no; the experiment has no time; or it is there with other values. Nothing
    /// of it is in the history then.
    pub fn import(&mut self, experiment: &Experiment) -> Result<Imported, HistoryError> {
        let entry = Entry::new(experiment)?;
        transaction(self.database.as_mut(), Purpose::Writing, |database| {
            let known = known(database, &entry)?;
            let outcome = match &known {
                None => Outcome::New,
                Some(known) if known.content == entry.content => Outcome::AlreadyThere,
                Some(known) if known.done > i64::from(entry.done) => Outcome::AlreadyThere,
                Some(known) if known.done < i64::from(entry.done) => Outcome::Replaced,
                Some(_) => {
                    return Err(HistoryError::Differs {
                        directory: experiment.directory.display().to_string(),
                        id: entry.identity[..START_OF_ID].to_owned(),
                    });
                }
            };
            let mut warnings = Vec::new();
            if outcome != Outcome::AlreadyThere {
                warnings.extend(clock_went_back(database, &entry)?);
                let id = match known {
                    Some(known) => remove(database, known.id)?,
                    None => next_id(database, "experiments")?,
                };
                add(database, &entry, id)?;
            }
            Ok(Imported { outcome, id: entry.identity.clone(), warnings })
        })
    }
}

fn known(database: &mut dyn Database, entry: &Entry<'_>) -> Result<Option<Known>, HistoryError> {
    let sql = "SELECT id, content, done FROM experiments WHERE identity = $1";
    let row = first(database, sql, &[Value::from(&entry.identity)])?;
    Ok(row.map(|row| Known { id: row.int(0), content: row.text(1).to_owned(), done: row.int(2) }))
}

/// A night before the newest one of its kind: an old experiment, or a clock that was set back.
fn clock_went_back(
    database: &mut dyn Database,
    entry: &Entry<'_>,
) -> Result<Option<String>, HistoryError> {
    let sql = "SELECT max(started) FROM experiments WHERE config = $1 AND environment = $2 \
               AND identity <> $3";
    let values = [
        Value::from(&entry.experiment.manifest.name),
        Value::from(&entry.environment),
        Value::from(&entry.identity),
    ];
    let row = first(database, sql, &values)?;
    let newest = row.filter(|row| row.0[0] != Value::Null).map(|row| row.int(0));
    let newest = newest.filter(|&newest| newest > entry.started.as_microsecond());
    Ok(newest.and_then(|at| Timestamp::from_microsecond(at).ok()).map(|newest| {
        format!(
            "It started {:.0}, before the newest experiment of its config and environment ({newest:.0}), \
             and was put where its time is. If it is not an old one, look at the machine's clock.",
            entry.started
        )
    }))
}

/// The id, free again.
fn remove(database: &mut dyn Database, id: i64) -> Result<i64, HistoryError> {
    for table in ["points", "metrics", "runs", "cells"] {
        let sql = format!("DELETE FROM {table} WHERE experiment = $1");
        database.execute(&sql, &[Value::Int(id)])?;
    }
    database.execute("DELETE FROM experiments WHERE id = $1", &[Value::Int(id)])?;
    Ok(id)
}

/// Writers are alone, so that the next number is nobody else's.
pub(super) fn next_id(database: &mut dyn Database, table: &str) -> Result<i64, HistoryError> {
    let row = first(database, &format!("SELECT max(id) FROM {table}"), &[])?;
    Ok(row.map_or(0, |row| row.int(0)) + 1)
}

/// Every row of an experiment.
fn add(database: &mut dyn Database, entry: &Entry<'_>, id: i64) -> Result<(), HistoryError> {
    add_experiment(database, entry, id)?;
    let cells = entry.experiment.manifest.cells.iter();
    let at: HashMap<&str, u32> = cells.map(|cell| cell.name.as_str()).zip(0..).collect();
    add_cells(database, entry.experiment, id)?;

    let numbers = columns::NUMBERS.map(|column| column.0).join(",");
    let names =
        format!("experiment,run,block,position,cell,{},{numbers}", columns::TEXTS.join(","));
    let runs = entry.experiment.runs.iter().map(|run| {
        let cell = at.get(run.cell.as_str()).copied().unwrap_or(u32::MAX);
        let mut values = vec![Value::Int(id)];
        values.extend([run.run, run.block, run.position, cell].map(Value::from));
        values.extend(columns::texts(run));
        values.extend(columns::NUMBERS.map(|(_, of)| of(run)));
        values
    });
    insert(database, "runs", &names, runs)?;

    let metrics = entry.experiment.metrics.iter().map(|of| {
        let Metric { name, unit, worse } = &of.metric;
        let texts = [name.as_str(), unit, worse.as_str()].map(Value::from);
        let mut values = vec![Value::Int(id), of.run.into()];
        values.extend(texts);
        values.push(of.value.into());
        values
    });
    insert(database, "metrics", "experiment,run,metric,unit,worse,value", metrics)?;
    add_points(database, entry, id)
}

fn add_experiment(
    database: &mut dyn Database,
    entry: &Entry<'_>,
    id: i64,
) -> Result<(), HistoryError> {
    let manifest = &entry.experiment.manifest;
    let of = &manifest.provenance;
    // Text and numbers only: this cannot fail.
    let provenance = serde_json::to_string(of).unwrap_or_default();
    let fields: [(&str, Value); 22] = [
        ("id", id.into()),
        ("identity", (&entry.identity).into()),
        ("content", (&entry.content).into()),
        ("config", (&manifest.name).into()),
        ("config_sha256", (&manifest.config_sha256).into()),
        ("started", entry.started.as_microsecond().into()),
        ("seed", (&manifest.seed.to_string()).into()),
        ("environment", (&entry.environment).into()),
        ("planned", entry.planned.into()),
        ("done", entry.done.into()),
        ("ok", entry.ok.into()),
        ("cells", (manifest.cells.len() as i64).into()),
        ("imgbench", (&of.imgbench).into()),
        ("revision", (&of.revision).into()),
        ("qemu", (&of.qemu).into()),
        ("qemu_img", (&of.qemu_img).into()),
        ("libguestfs", (&of.libguestfs).into()),
        ("host_kernel", (&of.host_kernel).into()),
        ("guest_kernel", (&of.guest_kernel).into()),
        ("provenance", (&provenance).into()),
        ("config_text", (&manifest.config).into()),
        ("imported", Timestamp::now().as_microsecond().into()),
    ];
    let (names, values): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    insert(database, "experiments", &names.join(","), std::iter::once(values))
}

fn add_cells(
    database: &mut dyn Database,
    experiment: &Experiment,
    id: i64,
) -> Result<(), HistoryError> {
    let manifest = &experiment.manifest;
    let columns =
        "experiment,cell,size,name,control,metric,unit,worse,description,command,cache,factors";
    let rows = (0u32..).zip(&manifest.cells).map(|(at, cell)| {
        // Text only: this cannot fail.
        let factors = serde_json::to_string(&cell.factors).unwrap_or_default();
        let mut values = vec![Value::Int(id), at.into(), cell.size.into()];
        let Metric { name, unit, worse } = &cell.metric;
        let metric = [name.as_str(), unit, worse.as_str()];
        values.extend([cell.name.as_str(), manifest.control_of(cell)].map(Value::from));
        values.extend(metric.map(Value::from));
        let rest = [&cell.description, &cell.command, &cell.cache, &factors];
        values.extend(rest.map(Value::from));
        values
    });
    insert(database, "cells", columns, rows)
}

/// What gate and trends read of this night.
fn add_points(database: &mut dyn Database, entry: &Entry<'_>, id: i64) -> Result<(), HistoryError> {
    let points = points::of(entry.experiment);
    let mut series = known_series(database, entry)?;
    let mut next = next_id(database, "series")?;
    let mut rows = Vec::new();
    let mut unknown = Vec::new();
    for Point { cell, metric, judged, n, median, control_median } in points {
        let Metric { name, unit, worse } = &metric;
        let key = [cell, name, unit, worse.as_str()].map(str::to_owned);
        let judged = i64::from(judged);
        let number = match series.get(&key) {
            Some(&(number, as_before)) if as_before == judged => number,
            Some(&(number, _)) => {
                let sql = "UPDATE series SET judged = $1 WHERE id = $2";
                database.execute(sql, &[Value::Int(judged), Value::Int(number)])?;
                number
            }
            None => {
                let number = next;
                next += 1;
                let mut values = vec![Value::Int(number), judged.into()];
                let manifest = &entry.experiment.manifest;
                values.extend([&manifest.name, &entry.environment].map(Value::from));
                values.extend(key.iter().map(Value::from));
                unknown.push(values);
                series.insert(key, (number, judged));
                number
            }
        };
        let started = entry.started.as_microsecond();
        rows.push(vec![
            Value::Int(number),
            started.into(),
            id.into(),
            n.into(),
            median.into(),
            control_median.into(),
        ]);
    }
    let columns = "id,judged,config,environment,cell,metric,unit,worse";
    insert(database, "series", columns, unknown.into_iter())?;
    let columns = "series,started,experiment,n,median,control_median";
    insert(database, "points", columns, rows.into_iter())
}

type Key = [String; 4];

/// Number, and whether it is judged, of each series of this config and environment.
fn known_series(
    database: &mut dyn Database,
    entry: &Entry<'_>,
) -> Result<HashMap<Key, (i64, i64)>, HistoryError> {
    let sql = "SELECT id, judged, cell, metric, unit, worse FROM series \
               WHERE config = $1 AND environment = $2";
    let of = [Value::from(&entry.experiment.manifest.name), Value::from(&entry.environment)];
    let mut series = HashMap::new();
    database.each(sql, &of, &mut |row| {
        let key = [2, 3, 4, 5].map(|at| row.text(at).to_owned());
        series.insert(key, (row.int(0), row.int(1)));
        Ok(())
    })?;
    Ok(series)
}
