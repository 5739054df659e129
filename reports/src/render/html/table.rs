//! A table that is whole without any script, and sortable with one.

use maud::{Markup, html};

use super::{Tone, badge};
use crate::report::Table;

/// Lays a table out; the caption says what it holds.
pub(super) fn table(table: &Table, caption: &str) -> Markup {
    let class = |numeric: bool| numeric.then_some("number");
    html! {
        div.table {
            div.scroll role="region" aria-label=(caption) tabindex="0" {
                table.sortable {
                    caption { span { (caption) } }
                    thead {
                        tr {
                            @for column in &table.columns {
                                th scope="col" class=[class(column.numeric)] { (column.title) }
                            }
                        }
                    }
                    tbody {
                        @for row in &table.rows {
                            tr {
                                @for (at, (column, text)) in table.columns.iter().zip(row).enumerate() {
                                    @if at == 0 { th scope="row" { (text) } }
                                    @else { td class=[class(column.numeric)] { (cell(text)) } }
                                }
                            }
                        }
                    }
                }
            }
            p.unseen aria-live="polite" {}
        }
    }
}

/// A verdict gets its colour and shape.
fn cell(text: &str) -> Markup {
    match Tone::of_word(text) {
        Some(tone) => badge(tone, text),
        None => html! { (text) },
    }
}
