//! The sections of a report, in the order of reading: what was found, what makes it doubtful, the
//! pictures, the numbers, and what they rest on.

use maud::{Markup, PreEscaped, html};

use super::{Tone, badge, evidence, table::table};
use crate::{
    plain::plain,
    plot::{self, DrawError, Figure},
    report::{Case, Report, Table},
};

/// Cells with a card each; of more, the tables are the better reading.
const CARDS: usize = 12;

/// A section.
pub(super) struct Section {
    /// Of its heading.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// Set off from the others.
    pub tone: Option<Tone>,
    /// What stands under the heading.
    pub body: Markup,
}

/// All sections that have something in them.
pub(super) fn all(report: &Report) -> Result<Vec<Section>, DrawError> {
    let mut sections = vec![section("verdicts", "Verdicts", verdicts(report))];
    let mut note = |id, title, tone, lines: &[String]| {
        if !lines.is_empty() {
            sections.push(Section { id, title, tone: Some(tone), body: items(lines) });
        }
    };
    note("warnings", "Warnings", Tone::Warn, &report.warnings);
    note("failures", "Runs that failed", Tone::Bad, &report.failures);
    sections.push(section("charts", "Charts", charts(report)?));
    sections.push(section("numbers", "Numbers", numbers(report)));
    sections.push(section("reading", "What these numbers can say", paragraphs(&report.reading)));
    if !report.metrics.is_empty() {
        let body = html! {
            @for (at, metrics) in (1..).zip(&report.metrics) {
                (filled(metrics, &format!("Other numbers, table {at}: medians of the ok runs")))
            }
        };
        sections.push(section("metrics", "Other numbers", body));
    }
    if !report.disk.reading.is_empty() {
        let body = html! {
            @for (found, caption) in [
                (&report.disk.table, "What the disk did: medians of the ok runs"),
                (&report.disk.bytes, "Bytes that were written: medians of the ok runs"),
                (&report.disk.clock, "Where the clock's time went: medians of the ok runs"),
            ] { (filled(found, caption)) }
            (paragraphs(&report.disk.reading))
        };
        sections.push(section("disk", "The disk", body));
    }
    if !report.time.sentence.is_empty() {
        let body = html! {
            p { (report.time.sentence) }
            (filled(&report.time.table, "The timed phases of all runs"))
        };
        sections.push(section("time", "Where the time went", body));
    }
    sections.push(section("evidence", "Setup and evidence", evidence::body(report)));
    Ok(sections)
}

fn section(id: &'static str, title: &'static str, body: Markup) -> Section {
    Section { id, title, tone: None, body }
}

fn verdicts(report: &Report) -> Markup {
    html! {
        @if report.cases.len() <= CARDS {
            ul.cards { @for (at, case) in report.cases.iter().enumerate() { (card(report, at, case)) } }
        }
        @if report.comparisons.verdicts.is_empty() {
            p { "No cell was compared with the control, " (plain(&report.control)) "." }
        } @else {
            ul.sentences { @for sentence in &report.comparisons.verdicts { li { (sentence) } } }
        }
    }
}

/// A cell with its number as large as it deserves.
fn card(report: &Report, at: usize, case: &Case) -> Markup {
    let summary = report.summaries.get(at);
    let name = summary.map(|of| plain(&of.cell)).unwrap_or_default();
    let found = report.ranking.standings.get(at).and_then(|of| of.comparison.as_ref());
    let verdict = found.map(|found| found.verdict);
    let ratio = report.comparisons.table.find(&name, "ratio [interval]");
    let measured = case.result.starts_with(|first: char| first.is_ascii_digit());
    html! {
        li class={ "card " (verdict.map_or("", |of| Tone::of(of).class())) } {
            h3 { (case.description) }
            @match case.result.split_once(' ').filter(|_| measured) {
                Some((number, unit)) => p.hero { (number) " " span { (unit) } },
                None => p.plain { (case.result) },
            }
            @if let Some((ratio, interval)) = ratio.map(|of| of.split_once(' ').unwrap_or((of, ""))) {
                p.against { b { (ratio) "\u{d7}" } " the control " (interval) }
            } @else if summary.is_some_and(|of| of.is_control()) {
                p.against { "the control" }
            }
            @if let Some(verdict) = verdict { (badge(Tone::of(verdict), &verdict.to_string())) }
        }
    }
}

fn charts(report: &Report) -> Result<Markup, DrawError> {
    let charts = report.figures.iter().map(chart).collect::<Result<Vec<_>, _>>()?;
    Ok(html! { @for chart in &charts { (chart) } })
}

/// A picture that is scrolled sideways where it is wider than the screen.
fn chart(figure: &Figure) -> Result<Markup, DrawError> {
    let svg = plot::svg_for_page(&figure.draw(), &format!("chart-{}", figure.name()))?;
    Ok(html! {
        figure {
            div.chart.scroll role="region" aria-label=(figure.title()) tabindex="0" {
                (PreEscaped(svg))
            }
        }
    })
}

fn numbers(report: &Report) -> Markup {
    html! {
        (filled(&report.values, "Each cell by itself: median, interval, and what the interval covers"))
        (filled(&report.comparisons.table, report.comparisons.title))
    }
}

/// A table, unless it is empty.
fn filled(rows: &Table, caption: &str) -> Markup {
    html! { @if !rows.rows.is_empty() { (table(rows, caption)) } }
}

fn items(lines: &[String]) -> Markup {
    html! { ul { @for line in lines { li { (line) } } } }
}

fn paragraphs(lines: &[String]) -> Markup {
    html! { @for line in lines { p { (line) } } }
}
