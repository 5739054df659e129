//! The trend page: tonight's verdict on top, and the history of every cell, as one page that needs no
//! network.
//!
//! Two hundred cells of three years are 200,000 nights. A night is therefore a step of a path and a
//! few characters of JSON, read when it is first pointed at; it has no element of its own.

mod card;
mod chart;
mod nights;

use maud::{Markup, html};

use super::html::{Page, Tone, badge, page, shape};
use crate::{
    plain::plain,
    trend::{Status, Tonight, Trend},
};
use nights::Shared;

/// What the page needs beside what every page has.
const STYLE: &str = concat!(include_str!("../html/page.css"), include_str!("trend.css"));

/// The readout of the charts, filter and order.
const SCRIPT: &str = concat!(include_str!("../html/page.js"), include_str!("trend.js"));

/// The page.
pub fn trend(trend: &Trend) -> String {
    let shared = Shared::of(trend);
    let content = html! {
        header {
            h1 { (plain(&trend.title)) }
            p.soft { "Made " time datetime=(plain(&trend.generated)) { (plain(&trend.generated)) } }
        }
        main #main tabindex="-1" {
            (tonight(trend.tonight.as_ref()))
            @if !trend.shifts.is_empty() {
                section.note.warn aria-labelledby="shifts" {
                    h2 #shifts { (shape(Tone::Warn)) "Environment shifts" }
                    ul { @for shift in &trend.shifts { li { (plain(shift)) } } }
                }
            }
            section aria-labelledby="cells" {
                h2 #cells { "Cells" }
                (controls(trend.cells.len()))
                (legend())
                ul.trends {
                    @for (at, cell) in trend.cells.iter().enumerate() { (card::card(at, cell, &shared)) }
                }
            }
        }
        footer { "imgbench trend. A line is the median of each night; excluded nights are dots beside it." }
        (shared.script())
    };
    let title = format!("{} - imgbench trend", plain(&trend.title));
    page(&Page { title: &title, simulated: None, style: STYLE, script: SCRIPT, content })
}

/// What a status means to the reader.
fn tone(status: Status) -> Tone {
    match status {
        Status::Failed | Status::Regressed => Tone::Bad,
        Status::Alarm | Status::EnvironmentShift => Tone::Warn,
        Status::Inconclusive => Tone::Open,
        Status::Improved => Tone::Good,
        Status::Unchanged => Tone::Same,
    }
}

fn tonight(found: Option<&Tonight>) -> Markup {
    let Some(found) = found else {
        return html! { section aria-labelledby="tonight" { h2 #tonight { "Tonight: no verdict yet" } } };
    };
    html! {
        section class={ "tonight note " (tone(found.status).class()) } aria-labelledby="tonight" {
            h2 #tonight { (shape(tone(found.status))) "Tonight: " (found.status.to_string()) }
            p.lede { (plain(&found.text)) }
            p { "Exit code " (found.exit_code) }
            @if !found.details.is_empty() {
                ul.details {
                    @for (name, status, text) in &found.details {
                        li { (badge(tone(*status), &status.to_string())) " " b { (plain(name)) } ": " (plain(text)) }
                    }
                }
            }
        }
    }
}

/// Shown by the script, without which they would do nothing.
fn controls(cells: usize) -> Markup {
    html! {
        form.controls hidden {
            label { "Filter cells" input #filter type="search" autocomplete="off"; }
            label { "Order"
                select #order {
                    option value="given" { "as given" }
                    option value="status" { "worst verdict first" }
                    option value="change" { "latest change first" }
                    option value="name" { "name" }
                }
            }
            output #shown aria-live="polite" { (cells) " of " (cells) " cells" }
        }
    }
}

fn legend() -> Markup {
    let entry = |class: &str, path: &str, text: &str| {
        html! { li { svg class={ "key " (class) } viewBox="0 0 20 16" aria-hidden="true" { path d=(path) {} } (text) } }
    };
    html! {
        ul.legend aria-label="Legend" {
            (entry("change", "M10 0v16", "change of level"))
            (entry("epoch", "M10 0v16", "new baseline"))
            (entry("annotation", "M10 8h0", "annotation"))
            (entry("excluded", "M10 8h0", "excluded night"))
        }
    }
}
