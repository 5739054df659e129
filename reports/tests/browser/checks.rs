//! What holds for every page.

use serde_json::Value;

use super::driver::{Browser, Done};

const AXE: &str = include_str!("../../testdata/axe/axe.min.js");

/// The tab key, as WebDriver writes it.
pub const TAB: char = '\u{e004}';
/// The enter key.
pub const ENTER: char = '\u{e007}';

/// Shows the page, and demands that it says nothing on the console and asks nothing of a network.
pub fn shows_quietly(browser: &Browser, html: &str) -> Done {
    browser.requests()?;
    browser.show(html)?;
    let requests = browser.requests()?;
    let [page] = &requests[..] else { return Err(format!("requests: {requests:?}").into()) };
    assert!(page.starts_with("file://") && page.ends_with("/page.html"), "{page}");
    let said = browser.console()?;
    assert!(said.is_empty(), "the console says {said:?}");
    Ok(())
}

/// Nothing is wider than the screen, however narrow.
pub fn fits(browser: &Browser, width: u32) -> Done {
    browser.width(width)?;
    let wide = browser.run("return document.documentElement.scrollWidth")?;
    assert_eq!(wide, width, "the page is wider than the screen");
    Ok(())
}

/// Light on dark, or dark on light.
pub fn has_ground(browser: &Browser, scheme: &str) -> Done {
    browser.medium("screen", scheme)?;
    let colours = "const of = getComputedStyle(document.body);
                   const sum = (text) => text.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0);
                   return [sum(of.backgroundColor), sum(of.color)]";
    let colours = browser.run(colours)?;
    let [ground, ink] = [&colours[0], &colours[1]].map(|of| of.as_u64().unwrap_or_default());
    match scheme {
        "dark" => assert!(ground < 150 && ink > 600, "{colours}"),
        _ => assert!(ground > 700 && ink < 150, "{colours}"),
    }
    Ok(())
}

/// axe-core finds no violation of WCAG 2.2 AA or of its best practices, in either scheme.
pub fn accessible(browser: &Browser) -> Done {
    browser.run(AXE)?;
    for scheme in ["light", "dark"] {
        browser.medium("screen", scheme)?;
        let found = browser.run(
            "return axe.run(document, { resultTypes: ['violations', 'incomplete'] }).then((found) => ({
               passes: found.passes.length,
               violations: found.violations.map((of) => [of.id, of.help, of.nodes.slice(0, 3).map((node) => node.html)]),
             }))",
        )?;
        assert_eq!(found["violations"], Value::Array(Vec::new()), "{scheme}: {found:#}");
        assert!(found["passes"].as_u64() > Some(20), "axe looked at next to nothing: {found:#}");
    }
    Ok(())
}

/// On paper every element that a selector finds is there.
pub fn prints(browser: &Browser, selectors: &[&str]) -> Done {
    browser.medium("print", "light")?;
    for selector in selectors {
        let seen = browser.run(&format!(
            "return [...document.querySelectorAll({selector:?})].filter((of) => of.checkVisibility({{ visibilityProperty: true, opacityProperty: true }})).length",
        ))?;
        assert!(seen.as_u64() > Some(0), "{selector} is not printed");
    }
    browser.medium("screen", "light")
}
