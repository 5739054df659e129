//! The chart of a cell: a line through its nights, and marks.
//!
//! The picture is stretched to the width that there is. Lines keep their width by
//! `vector-effect`, and a dot is a line of no length with round ends, so that it stays a dot.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::card::{date_of, tone_of, words};
use crate::{
    plain::plain,
    trend::{CellTrend, Night},
};

/// Units of the picture from a night to the next.
pub(super) const WIDTH_OF_A_NIGHT: usize = 2;

/// Height of the picture, in its units.
const HEIGHT: f64 = 200.0;

/// Kept free above and below.
const MARGIN: f64 = 14.0;

/// The chart.
pub(super) fn svg(cell: &CellTrend) -> Markup {
    let scale = Scale::of(&cell.nights);
    let width = cell.nights.len().saturating_sub(1).max(1) * WIDTH_OF_A_NIGHT;
    let nights = if cell.nights.len() == 1 { "night" } else { "nights" };
    let label = format!("Medians of {} {nights} of {}", cell.nights.len(), plain(&cell.name));
    let excluded =
        (0..).zip(&cell.nights).filter_map(|(at, of)| Some((at, of, of.excluded.as_ref()?)));
    html! {
        svg role="img" aria-label=(label) viewBox={ "0 0 " (width) " " (HEIGHT) } preserveAspectRatio="none" {
            @for (night, reason) in &cell.epochs {
                g.epoch { title { (date_of(cell, *night)) ": new baseline: " (plain(reason)) } (upright(*night)) }
            }
            path.line d=(line(&cell.nights, &scale)) {}
            @for change in &cell.changes {
                g class={ "change " (tone_of(change).class()) } { title { (words(cell, change)) } (upright(change.night)) }
            }
            @for (at, night, reason) in excluded {
                g.excluded {
                    title { (date_of(cell, at)) ": excluded: " (plain(reason)) }
                    (dot(at, scale.place(night.median)))
                }
            }
            @for note in &cell.annotations {
                g.annotation {
                    title { (plain(&note.date)) ": " (plain(&note.text)) " (" (plain(&note.author)) ")" }
                    (dot(night_of(cell, &note.date), MARGIN / 2.0))
                }
            }
        }
    }
}

/// The first night from that date on, or the last of all.
fn night_of(cell: &CellTrend, date: &str) -> usize {
    let night = cell.nights.partition_point(|of| of.date.as_str() < date);
    night.min(cell.nights.len().saturating_sub(1))
}

fn upright(night: usize) -> Markup {
    html! { path d={ "M" (night * WIDTH_OF_A_NIGHT) " 0V" (HEIGHT) } {} }
}

fn dot(night: usize, y: f64) -> Markup {
    html! { path d={ "M" (night * WIDTH_OF_A_NIGHT) " " (format!("{y:.0}")) "h0" } {} }
}

/// The nights that count, in whole units and each relative to the one before: 4 characters a night.
fn line(nights: &[Night], scale: &Scale) -> String {
    let mut path = String::new();
    let mut last: Option<(usize, i32)> = None;
    for (at, night) in nights.iter().enumerate().filter(|(_, of)| of.excluded.is_none()) {
        let (x, y) = (at * WIDTH_OF_A_NIGHT, scale.place(night.median).round() as i32);
        // Writing to a String cannot fail.
        let _ = match last {
            None => write!(path, "M{x} {y}l0 0"),
            Some((before, above)) if y < above => write!(path, " {}{}", x - before, y - above),
            Some((before, above)) => write!(path, " {} {}", x - before, y - above),
        };
        last = Some((x, y));
    }
    path
}

/// Where a value stands.
struct Scale {
    least: f64,
    range: f64,
}

impl Scale {
    /// From the least to the greatest of the nights that count.
    fn of(nights: &[Night]) -> Self {
        let counted = || nights.iter().filter(|of| of.excluded.is_none()).map(|of| of.median);
        let least = counted().fold(f64::INFINITY, f64::min);
        let range = counted().fold(f64::NEG_INFINITY, f64::max) - least;
        Scale { least, range }
    }

    /// From the top; what is outside stands at the edge, and what cannot be placed in the middle.
    fn place(&self, value: f64) -> f64 {
        let share = (value - self.least) / self.range;
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.5 };
        MARGIN + (1.0 - share) * (HEIGHT - 2.0 * MARGIN)
    }
}
