//! Everything that is in the history, for other programs.
//!
//! Yields CSV, a row a run with what is known of its experiment and cell, or JSON, one object. Both
//! are written as they are read, an experiment at a time, so that memory does not grow with the
//! history.

use std::{
    collections::{BTreeMap, HashMap},
    io::Write,
};

use serde_json::{Map, Value as Json, json};

use super::{
    Annotation, Filter, History, HistoryError, Night,
    annotate::{self, Applied},
    columns::{NUMBERS, TEXTS},
    database::{Database, Purpose, first, transaction},
    night,
    render::annotation_object,
    value::{Row, Value},
};

/// What everything is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// A row a run; what does not exist is empty.
    Csv,
    /// One object: annotations, and experiments with their cells and runs.
    Json,
}

/// Version of the JSON object's layout.
const SCHEMA: u32 = 1;

impl History {
    /// Writes everything, by time.
    ///
    /// # Errors
    /// The database says no, or `to` cannot be written.
    pub fn export(&mut self, format: ExportFormat, to: &mut dyn Write) -> Result<(), HistoryError> {
        transaction(self.database.as_mut(), Purpose::Reading, |database| {
            let nights = night::read(database, &Filter::default())?;
            let annotations = annotate::read(database)?;
            match format {
                ExportFormat::Csv => {
                    let mut writer = csv::Writer::from_writer(to);
                    write_row(&mut writer, &header())?;
                    for (id, night) in &nights {
                        csv_rows(database, *id, night, &annotations, &mut writer)?;
                    }
                    writer.flush().map_err(HistoryError::Output)
                }
                ExportFormat::Json => {
                    let objects: Vec<Json> = annotations.iter().map(annotation_object).collect();
                    write!(to, "{{\"schema\":{SCHEMA},\"annotations\":{}", Json::from(objects))?;
                    write!(to, ",\"experiments\":[")?;
                    for (at, (id, night)) in nights.iter().enumerate() {
                        let comma = if at == 0 { "\n" } else { ",\n" };
                        write!(to, "{comma}{}", object(database, *id, night)?)?;
                    }
                    Ok(writeln!(to, "\n]}}")?)
                }
            }
        })
    }
}

const OF_EXPERIMENT: [&str; 10] = [
    "experiment",
    "experiment_started",
    "config",
    "environment",
    "imgbench",
    "revision",
    "qemu",
    "host_kernel",
    "guest_kernel",
    "libguestfs",
];
const OF_CELL: [&str; 7] = ["cell", "control", "metric", "unit", "worse", "excluded", "epoch"];

fn header() -> Vec<String> {
    let numbers = NUMBERS.map(|column| column.0);
    let of_run = ["run", "block", "position"].into_iter().chain(TEXTS).chain(numbers);
    let all = OF_EXPERIMENT.into_iter().chain(OF_CELL).chain(of_run).chain(["metrics"]);
    all.map(str::to_owned).collect()
}

/// A cell of one experiment: name, control, metric, unit, direction.
type CellFields = [String; 5];

fn csv_rows(
    database: &mut dyn Database,
    id: i64,
    night: &Night,
    annotations: &[Annotation],
    writer: &mut csv::Writer<&mut dyn Write>,
) -> Result<(), HistoryError> {
    let of_night = [
        night.id.clone(),
        night.started.to_string(),
        night.config.clone(),
        night.environment.clone(),
        night.imgbench.clone(),
        night.revision.clone(),
        night.qemu.clone(),
        night.host_kernel.clone(),
        night.guest_kernel.clone(),
        night.libguestfs.clone(),
    ];
    let mut of_cells: HashMap<i64, Vec<String>> = HashMap::new();
    for (at, cell) in cells(database, id)? {
        let applied = Applied::to(annotations, &night.config, &night.environment, &cell[0])?;
        let mut fields = cell.to_vec();
        fields.push(applied.excluded(night).unwrap_or_default());
        fields.push(applied.epoch(night).to_string());
        of_cells.insert(at, fields);
    }
    let metrics = metrics(database, id)?;
    database.each(&runs_sql(), &[Value::Int(id)], &mut |row| {
        let none = || vec![String::new(); OF_CELL.len()];
        let mut fields = of_night.to_vec();
        fields.extend(of_cells.get(&row.int(0)).cloned().unwrap_or_else(none));
        fields.extend(row.0[1..].iter().map(text));
        let of_run = metrics.get(&row.int(1)).map(|all| Json::from(all.clone()).to_string());
        fields.push(of_run.unwrap_or_default());
        write_row(writer, &fields)
    })
}

fn write_row(
    writer: &mut csv::Writer<&mut dyn Write>,
    fields: &[String],
) -> Result<(), HistoryError> {
    writer.write_record(fields).map_err(|error| HistoryError::Output(error.into()))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Int(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
    }
}

fn cells(database: &mut dyn Database, id: i64) -> Result<BTreeMap<i64, CellFields>, HistoryError> {
    let sql = "SELECT cell, name, control, metric, unit, worse FROM cells WHERE experiment = $1";
    let mut cells = BTreeMap::new();
    database.each(sql, &[Value::Int(id)], &mut |row| {
        cells.insert(row.int(0), [1, 2, 3, 4, 5].map(|at| row.text(at).to_owned()));
        Ok(())
    })?;
    Ok(cells)
}

/// The other numbers of each run, by their names.
fn metrics(
    database: &mut dyn Database,
    id: i64,
) -> Result<HashMap<i64, Map<String, Json>>, HistoryError> {
    let sql = "SELECT run, metric, value FROM metrics WHERE experiment = $1 ORDER BY run, metric";
    let mut metrics: HashMap<i64, Map<String, Json>> = HashMap::new();
    database.each(sql, &[Value::Int(id)], &mut |row| {
        let of_run = metrics.entry(row.int(0)).or_default();
        of_run.insert(row.text(1).to_owned(), json!(row.real(2)));
        Ok(())
    })?;
    Ok(metrics)
}

/// The cell's number, then the columns of [`header`] from `run` on.
fn runs_sql() -> String {
    let numbers = NUMBERS.map(|column| column.0).join(", ");
    format!(
        "SELECT cell, run, block, position, {}, {numbers} FROM runs WHERE experiment = $1 ORDER BY run",
        TEXTS.join(", ")
    )
}

/// An experiment, whole.
fn object(database: &mut dyn Database, id: i64, night: &Night) -> Result<Json, HistoryError> {
    let sql = "SELECT provenance, config_text, seed FROM experiments WHERE id = $1";
    let row = first(database, sql, &[Value::Int(id)])?.unwrap_or(Row(Vec::new()));
    let cells = cells(database, id)?;
    let metrics = metrics(database, id)?;
    let mut runs = Vec::new();
    database.each(&runs_sql(), &[Value::Int(id)], &mut |row| {
        let mut run = Map::new();
        let name = cells.get(&row.int(0)).map(|cell| cell[0].clone());
        run.insert("cell".to_owned(), json!(name));
        let names = ["run", "block", "position"].into_iter().chain(TEXTS);
        for (at, name) in (1..).zip(names.chain(NUMBERS.map(|column| column.0))) {
            run.insert(name.to_owned(), json_value(&row.0[at]));
        }
        run.insert("metrics".to_owned(), json!(metrics.get(&row.int(1))));
        runs.push(Json::from(run));
        Ok(())
    })?;
    let cells = cells.values().map(|[name, control, metric, unit, worse]| {
        json!({"name": name, "control": control, "metric": metric, "unit": unit, "worse": worse})
    });
    Ok(json!({
        "id": night.id,
        "started": night.started.to_string(),
        "config": night.config,
        "config_sha256": night.config_sha256,
        "config_text": row.text(1),
        "seed": row.text(2),
        "environment": night.environment,
        "provenance": serde_json::from_str::<Json>(row.text(0)).unwrap_or(Json::Null),
        "cells": cells.collect::<Vec<_>>(),
        "runs": runs,
    }))
}

fn json_value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int(number) => json!(number),
        Value::Real(number) => json!(number),
        Value::Text(text) => json!(text),
    }
}
