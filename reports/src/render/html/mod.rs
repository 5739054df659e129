//! `report.html`: an experiment as one page that needs no network, in light and dark, on a phone and
//! on paper.
//!
//! maud escapes every text that is put into it, so that a name is never markup; and the page's
//! Content-Security-Policy lets nothing run or load but the style and the script that it carries,
//! each named by its hash.

mod badge;
mod evidence;
mod page;
mod sections;
mod table;

pub(super) use badge::{Tone, badge, shape};
pub(super) use page::{Page, page};

use maud::html as markup;

use crate::{
    plot::{self, DrawError},
    report::Report,
};

/// What a report needs beside what every page has.
const STYLE: &str = concat!(include_str!("page.css"), include_str!("report.css"));

/// Sorting, and unfolding before printing.
const SCRIPT: &str = include_str!("page.js");

/// The whole page.
///
/// # Errors
/// A chart cannot be drawn.
pub fn html(report: &Report) -> Result<String, DrawError> {
    let sections = sections::all(report)?;
    let simulated = report.banner.as_deref();
    let mark = if simulated.is_some() { "SIMULATED: " } else { "" };
    let content = markup! {
        header {
            h1 { (report.name) }
            @if !report.question.is_empty() { p.lede { (report.question) } }
            p.soft { (report.measured) }
        }
        nav.contents aria-label="Contents" {
            ul {
                @for section in &sections {
                    li { a href=(format!("#{}", section.id)) { (section.title) } }
                }
            }
        }
        main #main tabindex="-1" {
            @for section in &sections {
                section aria-labelledby=(section.id)
                    class=[section.tone.map(|tone| format!("note {}", tone.class()))] {
                    h2 #(section.id) {
                        @if let Some(tone) = section.tone { (shape(tone)) }
                        (section.title)
                    }
                    (section.body)
                }
            }
        }
        footer { "imgbench report. Everything on this page was worked out from the experiment's files alone." }
    };
    let title = format!("{mark}{} - imgbench", report.name);
    let style = format!("{STYLE}{}", plot::PAGE_CSS);
    Ok(page(&Page { title: &title, simulated, style: &style, script: SCRIPT, content }))
}
