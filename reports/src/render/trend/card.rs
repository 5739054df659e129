//! A cell of the trend page: how it stands, its chart, and what changed.

use maud::{Markup, html};

use super::{
    chart::{self, WIDTH_OF_A_NIGHT},
    nights::{self, Shared, day},
    tone,
};
use crate::{
    plain::plain,
    render::html::{Tone, badge, shape},
    trend::{CellTrend, ChangePoint},
};

/// The card; `at` tells it from the others.
pub(super) fn card(at: usize, cell: &CellTrend, shared: &Shared<'_>) -> Markup {
    let heading = format!("cell-{at}");
    let last = cell.changes.last().and_then(|change| cell.nights.get(change.night));
    html! {
        li.trend.card data-status=(cell.status as u8) data-change=(last.map_or("", |night| day(&night.date))) {
            article aria-labelledby=(heading) class=(tone(cell.status).class()) {
                h3 #(heading) { (plain(&cell.name)) }
                p.state {
                    (badge(tone(cell.status), &cell.status.to_string()))
                    span.soft { (plain(&cell.metric)) ", " (plain(&cell.direction)) }
                }
                @if let (Some(first), Some(last)) = (cell.nights.first(), cell.nights.last()) {
                    p.hero { (nights::value(last.median)) " " span { (plain(&cell.unit)) } }
                    div.plot data-step=(WIDTH_OF_A_NIGHT) { (chart::svg(cell)) }
                    p.ends aria-hidden="true" {
                        span { (day(&first.date)) } span { (day(&last.date)) }
                    }
                    p.readout { (nights::words(cell, last)) }
                    (nights::script(cell, shared))
                } @else {
                    p.soft { "No night yet." }
                }
                @if !cell.changes.is_empty() || !cell.epochs.is_empty() || !cell.annotations.is_empty() {
                    details {
                        summary { "Changes and notes of " (plain(&cell.name)) }
                        ul.events {
                            @for change in &cell.changes { li { (changed(cell, change)) } }
                            @for (night, reason) in &cell.epochs {
                                li { (date_of(cell, *night)) ": new baseline: " (plain(reason)) }
                            }
                            @for note in &cell.annotations {
                                li { (day(&note.date)) ": " (plain(&note.text)) " (" (plain(&note.author)) ")" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn changed(cell: &CellTrend, change: &ChangePoint) -> Markup {
    html! { (shape(tone_of(change))) " " (words(cell, change)) }
}

/// What the change means.
pub(super) fn tone_of(change: &ChangePoint) -> Tone {
    match change.worse {
        Some(true) => Tone::Bad,
        Some(false) => Tone::Good,
        None => Tone::Open,
    }
}

/// A change in a line.
pub(super) fn words(cell: &CellTrend, change: &ChangePoint) -> String {
    let of = &change.interval;
    let kind = match change.worse {
        Some(true) => "worse",
        Some(false) => "better",
        None => "changed",
    };
    let versions = if change.versions.is_empty() { "no version changed" } else { &change.versions };
    let seconded = if change.confirmed { "confirmed by PELT" } else { "not confirmed by PELT" };
    plain(&format!(
        "{}: {kind}, ratio {:.3} [{:.3}, {:.3}], p = {:.4}, {seconded}; {versions}",
        date_of(cell, change.night),
        change.ratio,
        of.low,
        of.high,
        change.p
    ))
}

/// The day of a night.
pub(super) fn date_of(cell: &CellTrend, night: usize) -> &str {
    cell.nights.get(night).map_or("unknown night", |night| day(&night.date))
}
