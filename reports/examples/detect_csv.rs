//! The change points of a CSV file as JSON: a row a night, oldest first, a column of medians for each
//! cell, and a first column that says which night.
//!
//! `cargo run --release -p reports --example detect_csv -- nights.csv`

use std::error::Error;
use std::io;

use csv::StringRecord;
use reports::change_points::{ChangePoint, change_points_of_each};
use reports::stats::Alpha;
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: detect_csv FILE")?;
    let mut reader = csv::Reader::from_path(path)?;
    let cells: Vec<String> = reader.headers()?.iter().skip(1).map(str::to_owned).collect();
    let mut histories = vec![Vec::new(); cells.len()];
    let mut record = StringRecord::new();
    for night in 0.. {
        if !reader.read_record(&mut record)? {
            break;
        }
        for ((history, cell), median) in histories.iter_mut().zip(&cells).zip(record.iter().skip(1))
        {
            let median: f64 = median
                .parse()
                .map_err(|error| format!("{cell}, night {night}: {median:?}: {error}"))?;
            history.push(median.ln());
        }
    }
    let mut found = Map::new();
    for (cell, points) in
        cells.into_iter().zip(change_points_of_each(&histories, Alpha::ONE_PERCENT, 1))
    {
        let points: Vec<Value> = points?.iter().map(as_json).collect();
        found.insert(cell, points.into());
    }
    serde_json::to_writer(io::stdout().lock(), &found)?;
    Ok(())
}

fn as_json(point: &ChangePoint) -> Value {
    json!({
        "night": point.night,
        "ratio": point.ratio,
        "low": point.interval.low,
        "high": point.interval.high,
        "p": point.p,
        "seconded": point.seconded,
    })
}
