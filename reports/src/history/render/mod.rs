//! Nights and series as text, CSV or JSON. Takes what was read of a history and prints it; computes
//! nothing.

mod flat;
mod text;

use std::{fmt, str::FromStr};

use serde_json::{Value as Json, json};

use super::{Annotation, Night, Series};
use flat::Flat;

/// What nights and series are rendered to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A table for people.
    #[default]
    Text,
    /// An array of objects; what does not exist is `null`.
    Json,
    /// A row a night or point; what does not exist is empty.
    Csv,
}

impl Format {
    /// Every format there is.
    pub const ALL: [Format; 3] = [Format::Text, Format::Json, Format::Csv];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Csv => "csv",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let permitted = || Format::ALL.map(Format::as_str).join(", ");
        let found = Format::ALL.into_iter().find(|format| format.as_str() == text);
        found.ok_or_else(|| format!("no such format; permitted are {}", permitted()))
    }
}

/// Renders nights; the text ends with a line feed.
pub fn nights(nights: &[Night], format: Format) -> String {
    match format {
        Format::Text => text::nights(nights),
        Format::Json => flat_nights(nights).json(),
        Format::Csv => flat_nights(nights).csv(),
    }
}

/// Renders series, a row a point; the text ends with a line feed.
pub fn series(series: &[Series], format: Format) -> String {
    match format {
        Format::Text => text::series(series),
        Format::Json => flat_series(series).json(),
        Format::Csv => flat_series(series).csv(),
    }
}

/// The annotations for people, a line each; empty if there are none.
pub fn annotations(annotations: &[Annotation]) -> String {
    text::annotations(annotations)
}

/// An annotation as JSON.
pub(super) fn annotation_object(of: &Annotation) -> Json {
    json!({
        "night": of.night,
        "cell": of.cell,
        "kind": of.kind.as_str(),
        "reason": of.reason,
        "author": of.author,
        "made": of.made.to_string(),
    })
}

fn flat_nights(nights: &[Night]) -> Flat {
    let row = |of: &Night| {
        vec![
            json!(of.id),
            json!(of.started.to_string()),
            json!(of.config),
            json!(of.environment),
            json!(of.cells),
            json!(of.planned),
            json!(of.done),
            json!(of.ok),
            json!(of.qemu),
            json!(of.qemu_img),
            json!(of.libguestfs),
            json!(of.host_kernel),
            json!(of.guest_kernel),
            json!(of.imgbench),
            json!(of.revision),
            json!(of.config_sha256),
        ]
    };
    Flat {
        columns: &[
            "experiment",
            "started",
            "config",
            "environment",
            "cells",
            "planned",
            "done",
            "ok",
            "qemu",
            "qemu_img",
            "libguestfs",
            "host_kernel",
            "guest_kernel",
            "imgbench",
            "revision",
            "config_sha256",
        ],
        rows: nights.iter().map(row).collect(),
    }
}

fn flat_series(series: &[Series]) -> Flat {
    let mut rows = Vec::new();
    for series in series {
        for point in &series.points {
            let night = &point.night;
            rows.push(vec![
                json!(series.cell),
                json!(series.metric.name),
                json!(series.metric.unit),
                json!(series.metric.worse),
                json!(series.config),
                json!(series.environment),
                json!(night.id),
                json!(night.started.to_string()),
                json!(point.n),
                json!(point.median),
                json!(point.control_median),
                json!(point.excluded),
                json!(point.epoch),
                json!(night.qemu),
                json!(night.host_kernel),
                json!(night.guest_kernel),
                json!(night.revision),
            ]);
        }
    }
    Flat {
        columns: &[
            "cell",
            "metric",
            "unit",
            "worse",
            "config",
            "environment",
            "experiment",
            "started",
            "n",
            "median",
            "control_median",
            "excluded",
            "epoch",
            "qemu",
            "host_kernel",
            "guest_kernel",
            "revision",
        ],
        rows,
    }
}
