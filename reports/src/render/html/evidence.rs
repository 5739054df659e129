//! What the numbers rest on, folded away: the setup, the commands, what QEMU and qemu-img said.

use maud::{Markup, html};

use crate::report::{Evidence, Report};

/// The folded parts.
pub(super) fn body(report: &Report) -> Markup {
    html! {
        details {
            summary { "Setup" }
            dl.facts {
                @for (label, answer) in &report.setup { dt { (label) } dd { (answer) } }
            }
        }
        details {
            summary { "How each image was made" }
            dl.facts {
                @for case in &report.cases { dt { (case.description) } dd { code { (case.command) } } }
            }
        }
        @for found in &report.evidence.cells { (cell(found)) }
        @if !report.evidence.more.is_empty() { p { (report.evidence.more) } }
        @if !report.evidence.config.is_empty() {
            details {
                summary { "The config, whole" }
                pre { (report.evidence.config) }
            }
        }
    }
}

fn cell(found: &Evidence) -> Markup {
    html! {
        details {
            summary { "QEMU and qemu-img: " (found.cell) }
            @for (label, text) in [
                ("QEMU's command line", &found.qemu_command),
                ("qemu-img info of the fresh image", &found.image_info),
            ] {
                @if !text.is_empty() { h3 { (label) } pre { (text) } }
            }
        }
    }
}
