//! Tables for people. Environments are long: they are numbered, and spelled out below.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

use super::super::{Annotation, Night, Point, Series};
use crate::plain::plain;

/// A row a night.
pub(super) fn nights(nights: &[Night]) -> String {
    if nights.is_empty() {
        return "No experiment here is what was asked for.\n".to_owned();
    }
    let mut environments: Vec<&str> = Vec::new();
    let row = |night: &Night| {
        [
            started(night),
            night.short_id().to_owned(),
            plain(&night.config),
            night.cells.to_string(),
            format!("{}/{}", night.ok, night.planned),
            qemu(&night.qemu),
            first_word(&night.host_kernel),
        ]
    };
    let mut rows = Vec::new();
    for night in nights {
        let known = environments.iter().position(|of| *of == night.environment);
        let number = known.unwrap_or_else(|| {
            environments.push(&night.environment);
            environments.len() - 1
        });
        let mut row = row(night).to_vec();
        row.push((number + 1).to_string());
        rows.push(row);
    }
    let header =
        ["started, UTC", "experiment", "config", "cells", "ok", "QEMU", "host kernel", "env."];
    let mut text = table(&header, &[3, 4, 7], rows);
    text += "\nEnvironments:\n";
    for (number, environment) in (1..).zip(environments) {
        text += &format!("{number:>3}  {}\n", plain(environment));
    }
    text
}

/// A table a series.
pub(super) fn series(all: &[Series]) -> String {
    if all.is_empty() {
        return "No cell here is what was asked for.\n".to_owned();
    }
    let mut text = String::new();
    for series in all {
        if !text.is_empty() {
            text += "\n";
        }
        let metric = &series.metric;
        text += &format!(
            "{} ({}): {}, worse when {}\n  {}\n",
            plain(&series.cell),
            plain(&series.config),
            plain(&metric.name),
            metric.worse,
            plain(&series.environment)
        );
        let unit =
            if metric.unit.is_empty() { String::new() } else { format!(", {}", metric.unit) };
        let (median, control) = (format!("median{unit}"), format!("control{unit}"));
        let header = [
            "started, UTC",
            "experiment",
            "n",
            &median,
            &control,
            "ratio",
            "QEMU",
            "host kernel",
            "epoch",
            "excluded",
        ];
        text += &table(&header, &[2, 3, 4, 5, 8], series.points.iter().map(point).collect());
    }
    text
}

fn point(point: &Point) -> Vec<String> {
    let number = |value: f64| format!("{value:.4}");
    let ratio = point.control_median.filter(|control| *control > 0.0);
    vec![
        started(&point.night),
        point.night.short_id().to_owned(),
        point.n.to_string(),
        number(point.median),
        point.control_median.map(number).unwrap_or_default(),
        ratio.map(|control| format!("{:.3}", point.median / control)).unwrap_or_default(),
        qemu(&point.night.qemu),
        first_word(&point.night.host_kernel),
        point.epoch.to_string(),
        point.excluded.as_deref().map(plain).unwrap_or_default(),
    ]
}

/// A line each.
pub(super) fn annotations(all: &[Annotation]) -> String {
    let line = |of: &Annotation| {
        format!(
            "  {}  {:<7}  {}  {} ({})\n",
            of.short_night(),
            of.kind.as_str(),
            plain(&of.cell),
            plain(&of.reason),
            plain(&of.author)
        )
    };
    match all {
        [] => String::new(),
        all => format!("\nAnnotations:\n{}", all.iter().map(line).collect::<String>()),
    }
}

fn table(header: &[&str], numeric: &[usize], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('-').junction('-')));
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.iter().copied());
    table.add_rows(rows);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((1, 0));
        if numeric.contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt() + "\n"
}

fn started(night: &Night) -> String {
    night.started.strftime("%Y-%m-%d %H:%M").to_string()
}

/// `7.2.19` of `QEMU emulator version 7.2.19 (Debian …)`.
fn qemu(version: &str) -> String {
    first_word(version.strip_prefix("QEMU emulator version ").unwrap_or(version))
}

fn first_word(text: &str) -> String {
    plain(text.split_whitespace().next().unwrap_or_default())
}
