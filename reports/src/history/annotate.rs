//! What people say of nights: that one is not to be used, that a new epoch begins, or a note.
//!
//! Annotations are never removed and change no measurement; they are applied when series are read.
//! Refuses nights and cells that are not there, since a mistyped one would be applied to nothing,
//! without a word.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    Filter, History, HistoryError, Night,
    database::{Database, Purpose, transaction},
    filter::Pattern,
    import::next_id,
    night::{self, START_OF_ID},
    value::{Row, Value},
};

/// What an annotation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The night is not used, neither as a baseline nor for change points.
    Exclude,
    /// From this night on nothing is compared with nights before it.
    Epoch,
    /// For people.
    Note,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Kind; 3] = [Kind::Exclude, Kind::Epoch, Kind::Note];

    /// Its name on the command line and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Exclude => "exclude",
            Kind::Epoch => "epoch",
            Kind::Note => "note",
        }
    }
}

/// An annotation to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAnnotation {
    /// A date in UTC (`2026-11-23`), or an experiment's id or its first 8 digits or more.
    pub night: String,
    /// The cells, a glob; `*` for all.
    pub cell: String,
    /// What it does.
    pub kind: Kind,
    /// Why, in a sentence.
    pub reason: String,
    /// Who says so.
    pub author: String,
}

/// An annotation that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// A date in UTC, or the whole id of an experiment.
    pub night: String,
    /// The cells, a glob.
    pub cell: String,
    /// What it does.
    pub kind: Kind,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub author: String,
    /// When it was made.
    pub made: Timestamp,
    /// Start, config and environment of the experiment, if `night` is one.
    experiment: Option<(Timestamp, String, String)>,
}

impl Annotation {
    /// The night as it is printed: a date, or the first digits of an id.
    pub fn short_night(&self) -> &str {
        self.night.get(..START_OF_ID).unwrap_or(&self.night)
    }

    /// When an epoch begins.
    fn begins(&self) -> Option<Timestamp> {
        match &self.experiment {
            Some((started, ..)) => Some(*started),
            None => {
                let date: Date = self.night.parse().ok()?;
                TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()
            }
        }
    }

    fn is_of(&self, night: &Night) -> bool {
        self.night == night.id || self.night == date(night.started)
    }
}

impl History {
    /// Adds an annotation.
    ///
    /// # Errors
    /// The night or the cell is not there, no reason is given, or the database says no.
    pub fn annotate(&mut self, new: &NewAnnotation) -> Result<(), HistoryError> {
        if new.reason.trim().is_empty() {
            return Err(HistoryError::NoReason);
        }
        transaction(self.database.as_mut(), Purpose::Writing, |database| {
            let (night, nights) = resolve(database, new)?;
            check_cell(database, new, &nights)?;
            let id = next_id(database, "annotations")?;
            let sql = "INSERT INTO annotations (id, night, cell, kind, reason, author, made) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7)";
            let texts = [night.as_str(), &new.cell, new.kind.as_str(), &new.reason, &new.author];
            let mut values = vec![Value::Int(id)];
            values.extend(texts.map(Value::from));
            values.push(Timestamp::now().as_microsecond().into());
            database.execute(sql, &values)
        })
    }

    /// Every annotation, in the order they were made.
    ///
    /// # Errors
    /// The database says no.
    pub fn annotations(&mut self) -> Result<Vec<Annotation>, HistoryError> {
        read(self.database.as_mut())
    }
}

/// The date or the whole id that was meant, and its experiments.
fn resolve(
    database: &mut dyn Database,
    new: &NewAnnotation,
) -> Result<(String, Vec<i64>), HistoryError> {
    let refused = |why: &str| HistoryError::Night { night: new.night.clone(), why: why.to_owned() };
    let nights = night::read(database, &Filter::default())?;
    if let Ok(day) = new.night.parse::<Date>() {
        let day = day.to_string();
        let of_day = nights.iter().filter(|(_, night)| date(night.started) == day);
        let ids: Vec<i64> = of_day.map(|(id, _)| *id).collect();
        // An epoch may be announced before its first night.
        if ids.is_empty() && new.kind != Kind::Epoch {
            return Err(refused("no experiment started on that day in UTC"));
        }
        return Ok((day, ids));
    }
    if new.night.len() < 8 || !new.night.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(refused("neither a date nor an id"));
    }
    let start = new.night.to_ascii_lowercase();
    match nights.iter().filter(|(_, night)| night.id.starts_with(&start)).collect::<Vec<_>>()[..] {
        [] => Err(refused("no experiment has that id")),
        [(id, night)] => Ok((night.id.clone(), vec![*id])),
        _ => Err(refused("several experiments have ids that begin so")),
    }
}

/// Refuses a glob that matches no cell of the nights; of no night, of the whole history.
fn check_cell(
    database: &mut dyn Database,
    new: &NewAnnotation,
    nights: &[i64],
) -> Result<(), HistoryError> {
    let pattern = Pattern::new(Some(&new.cell))?;
    let mut names = BTreeSet::new();
    let sql = "SELECT DISTINCT name FROM cells WHERE experiment = $1";
    for &night in nights {
        database.each(sql, &[Value::Int(night)], &mut |row| {
            names.insert(row.text(0).to_owned());
            Ok(())
        })?;
    }
    if nights.is_empty() {
        database.each("SELECT DISTINCT cell FROM series", &[], &mut |row| {
            names.insert(row.text(0).to_owned());
            Ok(())
        })?;
    }
    if new.cell == "*" || names.iter().any(|name| pattern.matches(name)) {
        return Ok(());
    }
    let cells: Vec<String> = names.iter().map(|name| crate::plain::plain(name)).collect();
    Err(HistoryError::NoCell {
        cell: new.cell.clone(),
        night: new.night.clone(),
        cells: cells.join(", "),
    })
}

fn date(time: Timestamp) -> String {
    TimeZone::UTC.to_datetime(time).date().to_string()
}

/// Every annotation, in the order they were made.
pub(super) fn read(database: &mut dyn Database) -> Result<Vec<Annotation>, HistoryError> {
    let sql = "SELECT a.night, a.cell, a.kind, a.reason, a.author, a.made, \
               e.started, e.config, e.environment \
               FROM annotations a LEFT JOIN experiments e ON e.identity = a.night ORDER BY a.id";
    let mut annotations = Vec::new();
    database.each(sql, &[], &mut |row| {
        annotations.extend(annotation(row));
        Ok(())
    })?;
    Ok(annotations)
}

/// `None` for a kind of a newer imgbench, which would have raised the schema if it mattered.
fn annotation(row: &Row) -> Option<Annotation> {
    let text = |at: usize| row.text(at).to_owned();
    let time = |at: usize| Timestamp::from_microsecond(row.int(at)).unwrap_or_default();
    let is_experiment = row.0.get(6).is_some_and(|started| *started != Value::Null);
    Some(Annotation {
        night: text(0),
        cell: text(1),
        kind: Kind::ALL.into_iter().find(|kind| kind.as_str() == row.text(2))?,
        reason: text(3),
        author: text(4),
        made: time(5),
        experiment: is_experiment.then(|| (time(6), text(7), text(8))),
    })
}

/// The annotations of one cell.
pub(super) struct Applied<'a> {
    excluding: Vec<&'a Annotation>,
    epochs: BTreeSet<Timestamp>,
}

impl<'a> Applied<'a> {
    pub(super) fn to(
        annotations: &'a [Annotation],
        config: &str,
        environment: &str,
        cell: &str,
    ) -> Result<Self, HistoryError> {
        let mut applied = Applied { excluding: Vec::new(), epochs: BTreeSet::new() };
        for annotation in annotations {
            let of_experiment = annotation.experiment.as_ref();
            let elsewhere =
                of_experiment.is_some_and(|(_, of, at)| of != config || at != environment);
            if elsewhere || !Pattern::new(Some(&annotation.cell))?.matches(cell) {
                continue;
            }
            match annotation.kind {
                Kind::Exclude => applied.excluding.push(annotation),
                Kind::Epoch => applied.epochs.extend(annotation.begins()),
                Kind::Note => {}
            }
        }
        Ok(applied)
    }

    /// Why the cell's night is not to be used; the first reason that was given.
    pub(super) fn excluded(&self, night: &Night) -> Option<String> {
        let found = self.excluding.iter().find(|annotation| annotation.is_of(night));
        found.map(|annotation| annotation.reason.clone())
    }

    /// How many epochs began up to the night.
    pub(super) fn epoch(&self, night: &Night) -> u32 {
        self.epochs.range(..=night.started).count() as u32
    }
}
