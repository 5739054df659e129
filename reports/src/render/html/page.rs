//! What every page has around its content: the head with its policy, the skip link and the banner.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

/// A page.
pub(in crate::render) struct Page<'a> {
    /// Of the window.
    pub title: &'a str,
    /// What says that nothing was measured.
    pub simulated: Option<&'a str>,
    /// The whole style sheet; ours, never of others.
    pub style: &'a str,
    /// The whole script; ours, never of others.
    pub script: &'a str,
    /// What stands in the body, landmarks included; it has an element `#main`.
    pub content: Markup,
}

/// The page as a file.
pub(in crate::render) fn page(page: &Page<'_>) -> String {
    // A page without any request: the empty icon keeps browsers from asking for one.
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; \
         form-action 'none'",
        hash(page.style),
        hash(page.script)
    );
    let laid_out = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (page.title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(page.style)) }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                @if let Some(banner) = page.simulated {
                    aside.simulated aria-label="Not a measurement" { strong { (banner) } }
                }
                (page.content)
                script { (PreEscaped(page.script)) }
            }
        }
    };
    laid_out.into_string() + "\n"
}

/// The source expression that permits exactly this inline text (CSP Level 3, 2.3.1).
fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_browsers_compute() {
        // The example of CSP Level 3, 8.1 ("Usage of hashes").
        let hash = hash("alert('Hello, world.');");
        assert_eq!(hash, "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
    }
}
